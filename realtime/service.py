"""The realtime side of one process, put together: connections, gateway, pump, and the wake-up from other processes."""

from __future__ import annotations

from typing import Any

from flask_socketio import SocketIO  # type: ignore[import-untyped]  # the library ships no types

from backend.accounts.tokens import Identity
from backend.sync.renderers import Renderers
from backend.unit_of_work import Database
from realtime.connections import Connections
from realtime.fanout import Fanout
from realtime.gateway import Gateway
from realtime.listener import Listener
from realtime.pump import Pump


class Realtime:
    """Starts and stops everything that pushes."""

    def __init__(
        self, socketio: SocketIO, database: Database, identity: Identity, renderers: Renderers, tick_s: int
    ) -> None:
        self._socketio, self._database, self._renderers, self._tick_s = socketio, database, renderers, tick_s
        self.connections = Connections()
        self._fanout = Fanout(socketio, self.connections)
        self.gateway = Gateway(database, identity, self.connections, self._fanout, tick_s)
        self.gateway.install(socketio)
        self._running: list[Any] = []

    def start(self) -> None:
        """Start the background tasks; once a process, after any fork."""
        pump = Pump(self._database, self._renderers, self.connections, self._fanout, self.gateway, tick_s=self._tick_s)
        self._running = [pump]
        if not self._database.engine.is_sqlite:
            self._running.append(Listener(self._database.engine.url, pump.wake))
        for part in self._running:
            self._socketio.start_background_task(part.run_forever)

    def stop(self) -> None:
        """Send all phones away, spread over their reconnect window, and stop the tasks."""
        self.gateway.farewell()
        for part in self._running:
            part.stop()
