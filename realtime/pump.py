"""The pump: reads new rows of the log and writes them to the phones that hold their streams. One a process."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import structlog

from backend.sync import queries
from backend.sync.models import Row
from backend.sync.queries import Change
from backend.sync.renderers import Renderers
from backend.unit_of_work import Database
from realtime.connections import Connections
from realtime.fanout import Fanout
from realtime.gateway import Gateway

POLL_S = 0.25
BATCH = 500
_log = structlog.get_logger(__name__)


class Pump:
    """Wakes by a commit of this process, by a NOTIFY of another, or after 250 ms; a lost wake-up costs that much."""

    def __init__(
        self,
        database: Database,
        renderers: Renderers,
        connections: Connections,
        fanout: Fanout,
        gateway: Gateway,
        *,
        tick_s: int,
    ) -> None:
        self._database, self._renderers, self._tick_s = database, renderers, tick_s
        self._connections, self._fanout, self._gateway = connections, fanout, gateway
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._next_tick = time.monotonic() + tick_s
        self.position = self._head()
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
                _log.exception("pump.turn_failed", position=self.position)
                self._stopping.wait(POLL_S)

    def _head(self) -> int:
        with self._database.reading() as session:
            return queries.get_head(session).seq

    def _turn(self) -> bool:
        """Send one batch of rows; True if there may be more."""
        with self._database.reading() as session:
            rows = queries.rows_after(session, self.position, BATCH)
            if not rows:
                return False
            # Lost rights first, whether a row or the clock took them: what comes after the loss must not reach the
            # one who lost them.
            self._heed(rows)
            self._gateway.expire(self._database.clock.now())
            held = self._connections.held({row.stream for row in rows})
            changes = queries.render_rows(session, self._renderers, [row for row in rows if row.stream in held])
        self._send(changes)
        self.position = rows[-1].seq
        return len(rows) == BATCH

    def _send(self, changes: Sequence[Change]) -> None:
        by_stream: dict[str, list[Change]] = {}
        for change in changes:
            by_stream.setdefault(change["stream"], []).append(change)
        for stream, frame in by_stream.items():
            self._fanout.send(self._connections.members(stream), "change", frame)

    def _heed(self, rows: Sequence[Row]) -> None:
        """Let the gateway know of rows that change what a phone may hold."""
        for row in rows:
            scope, _, owner = row.stream.partition(":")
            if scope == "user" and row.kind == "me":
                self._gateway.rights_changed(owner)
            elif scope == "user" and row.kind == "session" and row.op == "del":
                self._gateway.session_ended(owner, row.item_id)

    def _tick(self) -> None:
        """Tell every phone, every `tick_s` seconds, how far its streams have come, so that a lost frame is noticed."""
        if time.monotonic() < self._next_tick:
            return
        self._next_tick = time.monotonic() + self._tick_s
        phones = self._connections.all()
        with self._database.reading() as session:
            heads = queries.stream_heads(session, sorted({name for phone in phones for name in phone.streams}))
        for phone in phones:
            body: dict[str, Any] = {
                "head": self.position,
                "streams": {stream: heads[stream] for stream in sorted(phone.streams) if stream in heads},
            }
            self._fanout.send([phone.sid], "tick", body)
