"""The pump: reads new rows of the log and writes them to the phones that hold their streams. One a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import structlog

from backend.sync import queries
from backend.sync.models import Row
from backend.sync.queries import Change
from backend.sync.renderers import Renderers
from backend.unit_of_work import Database
from realtime import metrics
from realtime.connections import Connection, Connections
from realtime.fanout import Fanout
from realtime.gateway import Gateway
from realtime.recent import Recent
from realtime.wheel import Wheel

POLL_S = 0.25
BATCH = 500
_log = structlog.get_logger(__name__)


class Pump:
    """Wakes by a commit of this process, by a NOTIFY of another, or after 250 ms; a lost wake-up costs that much."""

    def __init__(
        self,
        database: Database,
        renderers: Renderers,
        *,
        connections: Connections,
        fanout: Fanout,
        gateway: Gateway,
        recent: Recent,
        ticks: Wheel[Connection],
    ) -> None:
        self._database, self._renderers, self._recent, self._ticks = database, renderers, recent, ticks
        self._connections, self._fanout, self._gateway = connections, fanout, gateway
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._position = recent.position
        database.on_commit(self._wake.set)

    def wake(self) -> None:
        """Say that something may be new."""
        self._wake.set()

    def stop(self) -> None:
        """End after the turn in hand."""
        self._stopping.set()
        self._wake.set()

    def run_forever(self) -> None:
        """Pump until stopped. A failing turn is logged and tried again: the rows are still in the log."""
        while not self._stopping.is_set():
            self._wake.wait(POLL_S)
            self._wake.clear()
            try:
                while self._turn():
                    pass
                self._gateway.expire(self._database.clock.now())
                self._tick()
            except Exception:
                _log.exception("pump.turn_failed", position=self._recent.position)
                self._stopping.wait(POLL_S)

    def _turn(self) -> bool:
        """Send one batch of rows; True if there may be more."""
        with self._database.reading() as session:
            rows = queries.rows_after(session, self._position, BATCH)
            if not rows:
                self._check_epoch(queries.get_head(session).epoch)
                return False
            # Lost rights first, whether a row or the clock took them: what comes after the loss must not reach the
            # one who lost them.
            self._heed(rows)
            self._gateway.expire(self._database.clock.now())
            # Known before they are sent: whoever joins from here on is told of heads that these rows have moved.
            self._recent.learn(rows)
            held = self._connections.held({row.stream for row in rows})
            changes = queries.render_rows(session, self._renderers, [row for row in rows if row.stream in held])
        with metrics.PASS_SECONDS.time():
            self._send(changes)
        self._position = rows[-1].seq
        return len(rows) == BATCH

    def _check_epoch(self, epoch: str) -> None:
        """Begin afresh when the log is another one, as after a restored backup: nothing that phones hold counts."""
        if epoch == self._recent.epoch:
            return
        _log.warning("pump.another_epoch")
        self._gateway.begin()
        self._position = self._recent.position
        self._gateway.farewell()

    def _send(self, changes: Sequence[Change]) -> None:
        by_stream: dict[str, list[Change]] = {}
        for change in changes:
            by_stream.setdefault(change["stream"], []).append(change)
        for stream, rows in by_stream.items():
            self._fanout.send(self._connections.members(stream), self._fanout.encode("change", rows))

    def _heed(self, rows: Sequence[Row]) -> None:
        """Let the gateway know of rows that change what a phone may hold."""
        for row in rows:
            scope, _, owner = row.stream.partition(":")
            if scope == "user" and row.kind == "me":
                self._gateway.rights_changed(owner)
            elif scope == "user" and row.kind == "session" and row.op == "del":
                self._gateway.session_ended(owner, row.item_id)

    def _tick(self) -> None:
        """Tell the phones whose turn it is how far their streams have come, so that a lost frame is noticed.

        A stream that is not named has not moved lately. So most phones get the same words, encoded once.
        """
        alike: dict[tuple[tuple[str, int], ...], list[Connection]] = {}
        for phone in self._ticks.due(time.monotonic()):
            alike.setdefault(tuple(self._recent.moved(sorted(phone.streams)).items()), []).append(phone)
        for heads, phones in alike.items():
            self._fanout.send(
                phones, self._fanout.encode("tick", {"head": self._recent.position, "streams": dict(heads)})
            )
