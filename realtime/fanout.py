"""Writing what is new to phones: each event is encoded once, and no phone waits for another.

A phone on the fast path (`direct/`) is written to here and now. Any other has the library's own queue and writer; so it
is in the gevent and threading modes, with the fast path switched off, and after an unusual handshake.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from engineio import packet as engine_packet  # type: ignore[import-untyped]  # the library ships no types
from engineio.exceptions import SocketIsClosedError  # type: ignore[import-untyped]  # the same
from flask_socketio import SocketIO  # type: ignore[import-untyped]  # the same
from socketio import packet  # type: ignore[import-untyped]  # the same

from realtime import metrics
from realtime.connections import Connection, Connections
from realtime.direct.frames import write_frame
from realtime.direct.line import Line
from realtime.limits import MAX_QUEUED, MAX_QUEUED_BYTES, NAMESPACE, PASS

# A phone that is told to go gets this long to read why; one that has stopped reading is not waited for longer.
FAREWELL_S = 0.05
SLOW_FAREWELL_S = 1.0


class Message:
    """An event as it travels: the library's packet, and the whole frame around it."""

    __slots__ = ("frame", "packet")

    def __init__(self, server: Any, event: str, payload: Any) -> None:
        event_packet = server.packet_class(packet.EVENT, namespace=NAMESPACE, data=[event, payload])
        self.packet = engine_packet.Packet(engine_packet.MESSAGE, event_packet.encode())
        # Engine.IO packets keep what they were encoded to, so the library's writers share it as well.
        self.frame = write_frame(self.packet.encode().encode())


class Fanout:
    """Sends one event to many phones; one that lets frames pile up is told `bye {slow}` and cut off."""

    def __init__(self, socketio: SocketIO, connections: Connections) -> None:
        self._socketio, self._connections = socketio, connections

    @property
    def too_slow(self) -> bytes:
        """The frame that tells a phone that it was too slow."""
        return self.encode("bye", _bye("slow", 0)).frame

    def pause(self) -> None:
        """Let other work of the process have its turn."""
        self._socketio.sleep(0)

    def encode(self, event: str, payload: Any) -> Message:
        """Encode an event, once for all who get it."""
        return Message(self._socketio.server, event, payload)

    def send(self, phones: Sequence[Connection], message: Message) -> None:
        """Write a message to each phone. None is waited for; after every so many, other work gets its turn."""
        frame = message.frame
        for begin in range(0, len(phones), PASS):
            if begin:
                self.pause()
            for phone in phones[begin : begin + PASS]:
                if isinstance(phone.channel, Line):
                    phone.channel.write(frame)
                else:
                    self._post(phone, message)

    def bye(self, phone: Connection, reason: str, retry_after_ms: int) -> None:
        """Tell a phone to go and when to come back, then close its connection."""
        self.send([phone], self.encode("bye", _bye(reason, retry_after_ms)))
        if isinstance(phone.channel, Line):
            self._disconnect(phone)
        else:
            self._socketio.start_background_task(self._disconnect, phone, FAREWELL_S)

    def _post(self, phone: Connection, message: Message) -> None:
        """Put a message into the library's queue, which has no bound of its own."""
        if _is_full(phone.channel.queue):
            metrics.CUT.inc()
            self._cut(phone)
            return
        try:
            phone.channel.send(message.packet)
        except SocketIsClosedError:
            self._connections.remove(phone.sid)

    def _cut(self, phone: Connection) -> None:
        """Send away a phone that does not read. What waits for it is dropped: it comes by HTTP, or never."""
        self._connections.remove(phone.sid)
        _empty(phone.channel.queue)
        with suppress(SocketIsClosedError):
            phone.channel.send(self.encode("bye", _bye("slow", 0)).packet)
        environ = self._socketio.server.get_environ(phone.sid, NAMESPACE) or {}
        self._socketio.start_background_task(self._disconnect, phone, SLOW_FAREWELL_S, environ)

    def _disconnect(self, phone: Connection, wait_s: float = 0, environ: dict[str, Any] | None = None) -> None:
        if wait_s:
            # The library's writer gets a moment to send the farewell before the socket closes.
            self._socketio.sleep(wait_s)
        self._socketio.server.disconnect(phone.sid, namespace=NAMESPACE)
        phone.channel.close(wait=False)
        if environ is not None:
            self._socketio.sleep(FAREWELL_S)
            _close_socket(environ)


def _bye(reason: str, retry_after_ms: int) -> dict[str, Any]:
    return {"reason": reason, "retry_after_ms": retry_after_ms}


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
