"""Writing frames to phones. First cut: the library's own queues, watched for phones that do not read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_socketio import SocketIO  # type: ignore[import-untyped]  # the library ships no types

NAMESPACE = "/sync"
MAX_QUEUED = 256


class Fanout:
    """Sends one event to many phones; one that lets frames pile up is told `bye {slow}` and cut off."""

    def __init__(self, socketio: SocketIO) -> None:
        self._socketio = socketio

    def send(self, sids: Iterable[str], event: str, payload: Any) -> list[str]:
        """Send to each phone; return those that were too slow and have been cut off."""
        slow = []
        for sid in sids:
            if self._queued(sid) > MAX_QUEUED:
                slow.append(sid)
            else:
                self._socketio.emit(event, payload, namespace=NAMESPACE, to=sid)
        for sid in slow:
            self.bye(sid, "slow", 0)
        return slow

    def bye(self, sid: str, reason: str, retry_after_ms: int) -> None:
        """Tell a phone to go and when to come back, then close its connection."""
        self._socketio.emit("bye", {"reason": reason, "retry_after_ms": retry_after_ms}, namespace=NAMESPACE, to=sid)
        self._socketio.start_background_task(self._disconnect, sid)

    def _disconnect(self, sid: str) -> None:
        # The writer of the connection gets a moment to send the farewell before the socket closes.
        self._socketio.sleep(0.05)
        self._socketio.server.disconnect(sid, namespace=NAMESPACE)

    def _queued(self, sid: str) -> int:
        server = self._socketio.server
        engine_id = server.manager.eio_sid_from_sid(sid, NAMESPACE)
        socket = server.eio.sockets.get(engine_id)
        return socket.queue.qsize() if socket is not None else 0
