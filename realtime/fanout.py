"""Writing frames to phones. First cut: the library's own queues, watched for phones that do not read."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from flask_socketio import SocketIO  # type: ignore[import-untyped]  # the library ships no types

from realtime.connections import Connections

NAMESPACE = "/sync"
MAX_QUEUED = 256
MAX_QUEUED_BYTES = 1024 * 1024
# A phone that is told to go gets this long to read why; one that has stopped reading is not waited for longer.
FAREWELL_S = 0.05
SLOW_FAREWELL_S = 1.0


class Fanout:
    """Sends one event to many phones; one that lets frames pile up is told `bye {slow}` and cut off."""

    def __init__(self, socketio: SocketIO, connections: Connections) -> None:
        self._socketio, self._connections = socketio, connections

    def send(self, sids: Iterable[str], event: str, payload: Any) -> None:
        """Send to each phone. None of them is waited for: a frame goes into the phone's queue or not at all."""
        for sid in sids:
            queue = self._queue(sid)
            if queue is None:
                self._connections.remove(sid)
            elif _is_full(queue):
                self._cut(sid, queue)
            else:
                self._socketio.emit(event, payload, namespace=NAMESPACE, to=sid)

    def bye(self, sid: str, reason: str, retry_after_ms: int) -> None:
        """Tell a phone to go and when to come back, then close its connection."""
        self._say_bye(sid, reason, retry_after_ms)
        self._socketio.start_background_task(self._disconnect, sid, FAREWELL_S)

    def _say_bye(self, sid: str, reason: str, retry_after_ms: int) -> None:
        body = {"reason": reason, "retry_after_ms": retry_after_ms}
        self._socketio.emit("bye", body, namespace=NAMESPACE, to=sid)

    def _cut(self, sid: str, queue: Any) -> None:
        """Send away a phone that does not read. What waits for it is dropped: it comes by HTTP, or never."""
        self._connections.remove(sid)
        _empty(queue)
        self._say_bye(sid, "slow", 0)
        environ = self._socketio.server.get_environ(sid, NAMESPACE) or {}
        self._socketio.start_background_task(self._disconnect, sid, SLOW_FAREWELL_S, environ)

    def _disconnect(self, sid: str, wait_s: float, environ: dict[str, Any] | None = None) -> None:
        # The writer of the connection gets a moment to send the farewell before the socket closes.
        self._socketio.sleep(wait_s)
        self._socketio.server.disconnect(sid, namespace=NAMESPACE)
        if environ is not None:
            self._socketio.sleep(FAREWELL_S)
            _close_socket(environ)

    def _queue(self, sid: str) -> Any:
        """Return what still waits to be written to a phone; None if it has gone."""
        server = self._socketio.server
        connection = server.eio.sockets.get(server.manager.eio_sid_from_sid(sid, NAMESPACE))
        return connection.queue if connection is not None else None


def _is_full(queue: Any) -> bool:
    waiting = queue.qsize()
    if waiting > MAX_QUEUED:
        return True
    # Nearly always nothing waits. All three async modes keep their packets in `queue`; None marks the end.
    return waiting > 1 and sum(len(packet.data or "") for packet in list(queue.queue) if packet) > MAX_QUEUED_BYTES


def _empty(queue: Any) -> None:
    with suppress(Exception):  # Each async mode has a class of its own for "empty".
        while True:
            queue.get(block=False)
            queue.task_done()


def _close_socket(environ: dict[str, Any]) -> None:
    """Close the connection below the websocket: its writer hangs in it for as long as the phone does not read."""
    source: Any = environ.get("eventlet.input")
    raw = source.get_socket() if source is not None else environ.get("werkzeug.socket")
    if raw is not None:
        with suppress(OSError):  # The other side may have gone meanwhile.
            raw.shutdown(socket.SHUT_RDWR)
