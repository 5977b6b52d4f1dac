"""The realtime side of one process, put together: connections, gateway, pump, and the wake-up from other processes."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask_socketio import SocketIO  # type: ignore[import-untyped]  # the library ships no types

from backend.accounts.tokens import Identity
from backend.pressure import Pressure
from backend.sync.renderers import Renderers
from backend.unit_of_work import Database
from realtime import metrics
from realtime.admission import Admission
from realtime.catch_up import CatchUp
from realtime.connections import Connection, Connections
from realtime.fanout import Fanout
from realtime.gateway import Gateway
from realtime.listener import Listener
from realtime.pump import Pump
from realtime.recent import Recent
from realtime.wheel import Wheel

if TYPE_CHECKING:
    from realtime.direct.door import Door, HandOn
    from realtime.direct.reactor import Reactor

LAG_S = 0.1
GARBAGE = (20_000, 50, 100)


class Realtime:
    """Starts and stops everything that pushes."""

    def __init__(
        self,
        socketio: SocketIO,
        database: Database,
        identity: Identity,
        renderers: Renderers,
        *,
        tick_s: int,
        hello_rate: int,
        pressure: Pressure,
    ) -> None:
        self._socketio, self._database, self._renderers = socketio, database, renderers
        self._pressure = pressure
        self.connections, self._recent = Connections(), Recent()
        self._fanout = Fanout(socketio, self.connections)
        self._ticks: Wheel[Connection] = Wheel(tick_s, lambda phone: not phone.gone)
        self.gateway = Gateway(
            database,
            identity,
            self.connections,
            self._fanout,
            recent=self._recent,
            catch_up=CatchUp(database, renderers, self._recent, self._fanout),
            ticks=self._ticks,
            admission=Admission(hello_rate),
            tick_s=tick_s,
        )
        self.gateway.install(socketio.server)
        self._reactor: Reactor | None = None
        self._running: list[Any] = []
        self._stopping = False

    def front_door(self, hand_on: HandOn, room: Callable[[int], bool]) -> Door:
        """Make the fast way in for phones; only in the eventlet mode, whose servers ask for it.

        Args:
            hand_on: called with socket and address of whoever is not a phone.
            room: tells whether one more connection fits, given how many phones are inside or at the door.
        """
        from realtime.direct.door import Door  # noqa: PLC0415  # these import eventlet, which the other modes do without
        from realtime.direct.reactor import Reactor  # noqa: PLC0415  # the same

        engine = self._socketio.server.eio
        if self._reactor is None:
            self._reactor = Reactor(engine, self._fanout.too_slow)
            self._reactor.start()
        return Door(self._reactor, hand_on, room, {"flask.app": self._socketio.sockio_mw.flask_app})

    def begin(self) -> None:
        """Read where the log stands; before the first phone comes, and after any fork."""
        self.gateway.begin()
        # What is here by now stays for good. Looking through it, and through every phone, each time a few hundred
        # objects more have been made would be a tenth of what a phone costs that comes in.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)

    def start(self) -> None:
        """Start the background tasks, once a process, after `begin`."""
        pump = Pump(
            self._database,
            self._renderers,
            connections=self.connections,
            fanout=self._fanout,
            gateway=self.gateway,
            recent=self._recent,
            ticks=self._ticks,
        )
        self._running = [pump]
        if not self._database.engine.is_sqlite:
            self._running.append(Listener(self._database.engine.url, pump.wake))
        for part in self._running:
            self._socketio.start_background_task(part.run_forever)
        self._socketio.start_background_task(self._watch_lag)

    def stop(self) -> None:
        """Send all phones away, spread over their reconnect window, and stop the tasks."""
        self._stopping = True
        self.gateway.farewell()
        for part in self._running:
            part.stop()

    def _watch_lag(self) -> None:
        """Measure how late this process is, so that it lets in no more phones than it can serve."""
        while not self._stopping:
            metrics.PHONES.set(len(self.connections))
            metrics.RATE.set(self.gateway.admission.rate)
            asked = time.monotonic()
            self._socketio.sleep(LAG_S)
            lag_s = time.monotonic() - asked - LAG_S
            self.gateway.admission.observe(lag_s)
            self._pressure.observe(lag_s, crowded=self._database.engine.is_crowded)
