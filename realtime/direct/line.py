"""One phone's connection without a greenlet of its own, in the place of the library's `engineio.socket.Socket`.

A frame is written at once if nothing waits and the kernel takes it. What the kernel does not take waits in order, up
to a bound, and is written when the socket can take more; so frames of one phone never interleave nor overtake.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from engineio import exceptions, packet  # type: ignore[import-untyped]  # the library ships no types

from realtime import metrics
from realtime.direct import frames
from realtime.limits import MAX_QUEUED, MAX_QUEUED_BYTES

if TYPE_CHECKING:
    from realtime.direct.reactor import Reactor

_READ_AT_ONCE = 64 * 1024
# A phone that sends faster than it is answered is not read from until its messages have been dealt with.
MAX_UNANSWERED = 32


class Line:
    """A phone's line. Everything without an underscore up to `close` is what the library asks of a connection."""

    __slots__ = (
        "_fragments",
        "_kind",
        "_reactor",
        "_session",
        "_sock",
        "_torn",
        "_unread",
        "_waiting",
        "_waiting_bytes",
        "busy",
        "closed",
        "closing",
        "connected",
        "fd",
        "inbox",
        "last_ping",
        "server",
        "sid",
        "upgraded",
        "upgrading",
    )

    def __init__(self, server: Any, sid: str, sock: socket.socket, reactor: Reactor) -> None:
        self.server, self.sid = server, sid
        self._sock, self._reactor = sock, reactor
        self.fd = sock.fileno()
        self.connected = self.upgraded = True
        self.upgrading = self.closing = self.closed = False
        self.last_ping: float | None = None
        self._session: dict[str, Any] | None = None
        self._unread = b""
        self._fragments: bytearray | None = None
        self._kind = frames.TEXT
        self._waiting: deque[bytes | memoryview] | None = None
        self._waiting_bytes, self._torn = 0, False
        # What the phone has said and nobody has dealt with yet; None for its going away.
        self.inbox: list[str | bytes | None] | None = None
        self.busy = False

    # ── what the library asks of a connection ──

    @property
    def session(self) -> dict[str, Any]:
        """What an application keeps with the connection."""
        if self._session is None:
            self._session = {}
        return self._session

    @session.setter
    def session(self, session: dict[str, Any]) -> None:
        self._session = session

    def send(self, pkt: Any) -> None:
        """Send an Engine.IO packet."""
        encoded = pkt.encode()
        if isinstance(encoded, str):
            self.write(frames.write_frame(encoded.encode()))
        else:
            self.write(frames.write_frame(encoded, frames.BINARY))

    def check_ping_timeout(self) -> bool:
        """Close a line whose phone has not answered the last ping in time; tell whether it is still good.

        Raises:
            SocketIsClosedError: it was closed before.
        """
        if self.closed:
            raise exceptions.SocketIsClosedError
        if self.last_ping is not None and time.monotonic() - self.last_ping > self.server.ping_timeout:
            self.close(reason=self.server.reason.PING_TIMEOUT)
            return False
        return True

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:  # noqa: FBT001, FBT002  # the library's own signature
        """End the connection: what waits is still written, then the close of both protocols, for a second at most.

        With `abort` the phone is not told by Engine.IO, since it was the one to end it.
        """
        if self.closing:
            return
        self.closing = True
        self._say_disconnected(reason or self.server.reason.SERVER_DISCONNECT)
        if not abort:
            self.write(_ENGINE_CLOSE)
        self.write(_CLOSE)
        self._end()

    # ── writing ──

    def write(self, frame: bytes) -> None:
        """Write a frame, now or as soon as the phone takes it; a phone that lets too much pile up is cut off."""
        if self.closed:
            return
        if self._waiting is None:
            try:
                sent = self._sock.send(frame)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.lost()
                return
            if sent < len(frame):
                self._waiting = deque((memoryview(frame)[sent:],))
                self._waiting_bytes, self._torn = len(frame) - sent, sent > 0
                self._reactor.watch(self)
        elif len(self._waiting) >= MAX_QUEUED or self._waiting_bytes + len(frame) > MAX_QUEUED_BYTES:
            self.cut()
        else:
            self._waiting.append(frame)
            self._waiting_bytes += len(frame)

    def cut(self) -> None:
        """Send a phone away that does not read: it is told so if it still hears, and what waited for it is dropped."""
        if self.closed:
            return
        metrics.CUT.inc()
        # A frame that has been begun must be ended, or what follows could not be read.
        begun = [self._waiting[0]] if self._waiting and self._torn else []
        self._waiting = deque([*begun, self._reactor.too_slow, _CLOSE])
        self._waiting_bytes = sum(map(len, self._waiting))
        if not self.closing:
            self.closing = True
            self._say_disconnected(self.server.reason.SERVER_DISCONNECT)
        self._end()

    def _flush(self) -> None:
        waiting = self._waiting
        while waiting:
            piece = waiting[0]
            try:
                sent = self._sock.send(piece)
            except BlockingIOError:
                return
            except OSError:
                self.lost()
                return
            self._waiting_bytes -= sent
            if sent < len(piece):
                waiting[0], self._torn = memoryview(piece)[sent:], True
                return
            waiting.popleft()
            self._torn = False
        self._waiting = None
        self._reactor.watch(self)
        if self.closed:
            self._say_goodbye()

    # ── reading ──

    @property
    def wants_write(self) -> bool:
        """Whether something waits to be written."""
        return self._waiting is not None

    @property
    def wants_read(self) -> bool:
        """Whether more is taken from the phone at this moment."""
        return self.inbox is None or len(self.inbox) < MAX_UNANSWERED

    def ready(self, events: int) -> None:
        """Do what the socket is ready for."""
        if events & self._reactor.WRITE and self._waiting is not None:
            self._flush()
        if events & self._reactor.READ and self.fd >= 0:
            self._read()

    def _read(self) -> None:
        try:
            data = self._sock.recv(_READ_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.lost()
        elif not self.closed:
            try:
                read, self._unread = frames.read_frames(
                    self._unread + data if self._unread else data, self.server.max_http_buffer_size
                )
                for frame in read:
                    self._take(frame)
            except frames.BrokenFrame as broken:
                self._refuse(broken.code)

    def _take(self, frame: frames.Frame) -> None:
        opcode = frame.opcode
        if self.closing or self.closed:
            return
        if opcode == frames.PING:
            self.write(frames.write_frame(frame.payload, frames.PONG))
        elif opcode == frames.CLOSE:
            self._put_down(None)
        elif opcode == frames.TEXT and frame.final and self._fragments is None:
            self._hear(frames.TEXT, frame.payload)
        elif opcode != frames.PONG:
            self._join(frame)

    def _join(self, frame: frames.Frame) -> None:
        """Put together a message that comes in several frames."""
        if (frame.opcode == frames.CONTINUATION) != (self._fragments is not None):
            raise frames.BrokenFrame(frames.PROTOCOL_ERROR, "a continuation of nothing, or a message inside another")
        if self._fragments is None:
            self._fragments, self._kind = bytearray(), frame.opcode
        self._fragments += frame.payload
        if len(self._fragments) > self.server.max_http_buffer_size:
            raise frames.BrokenFrame(frames.TOO_BIG, "too big")
        if frame.final:
            message, self._fragments = bytes(self._fragments), None
            self._hear(self._kind, message)

    def _hear(self, kind: int, payload: bytes) -> None:
        """Take a whole message: the answer to a ping at once, anything else when its turn comes."""
        if payload == b"3":
            self.last_ping = None
            return
        try:
            message = payload.decode() if kind == frames.TEXT else payload
        except UnicodeDecodeError:
            raise frames.BrokenFrame(frames.NOT_UTF8, "not UTF-8") from None
        self._put_down(message)

    def _put_down(self, message: str | bytes | None) -> None:
        """Have a message, or the phone's going away, dealt with after all that came before."""
        if self.inbox is None:
            self.inbox = [message]
        else:
            self.inbox.append(message)
            if len(self.inbox) == MAX_UNANSWERED:
                self._reactor.watch(self)
        if not self.busy:
            self.busy = True
            self._reactor.crew.call(self)

    def answer(self) -> None:
        """Deal with what has come, one message after the other. May block, so it runs in a greenlet of the crew."""
        try:
            while self.inbox and not self.closing:
                paused = not self.wants_read
                message = self.inbox.pop(0)
                if paused and self.wants_read and not self.closed:
                    self._reactor.watch(self)
                if message is None:
                    self.close(abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
                else:
                    self._deal_with(message)
        finally:
            self.inbox, self.busy = None, False

    def _deal_with(self, message: str | bytes) -> None:
        if isinstance(message, str) and message[:1] == "4" and message[1:2].isdigit():
            # The library's packet would try to read it as JSON first.
            self._pass_on(message[1:])
            return
        try:
            pkt = packet.Packet(encoded_packet=message)
        except ValueError:
            self._refuse(frames.PROTOCOL_ERROR)
            return
        if pkt.packet_type == packet.MESSAGE:
            self._pass_on(pkt.data)
        elif pkt.packet_type == packet.CLOSE:
            self.close(abort=True, reason=self.server.reason.CLIENT_DISCONNECT)
        elif pkt.packet_type == packet.UPGRADE:
            self.send(packet.Packet(packet.NOOP))

    def _pass_on(self, data: Any) -> None:
        # As the library itself does: what a handler fails on is logged, and the next message is another one.
        self.server._trigger_event("message", self.sid, data, run_async=False)  # noqa: SLF001

    # ── the end ──

    def ping(self) -> None:
        """Ask whether the phone is still there, unless it owes an answer already."""
        if self.last_ping is None and not self.closing:
            self.last_ping = time.monotonic()
            self.write(_PING)

    def lost(self) -> None:
        """Note that the other side has gone. What it said before is still dealt with, and then its going away."""
        if not self.closing:
            self._put_down(None)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the socket, whatever still waits."""
        self._forget()
        if self.fd >= 0:
            self._reactor.drop(self.fd)
            self._sock.close()
            self.fd = -1

    def _refuse(self, code: int) -> None:
        if not self.closing:
            self.closing = True
            self._say_disconnected(self.server.reason.TRANSPORT_ERROR)
            self.write(frames.close_frame(code))
            self._end()

    def _say_disconnected(self, reason: str) -> None:
        self.server._trigger_event("disconnect", self.sid, reason, run_async=False)  # noqa: SLF001  # as the library's own sockets do

    def _end(self) -> None:
        """Nothing more is taken; what waits may still go out."""
        self._forget()
        if self.fd >= 0:
            self._reactor.part(self)
            if self._waiting is None:
                self._say_goodbye()

    def _forget(self) -> None:
        self.closed = True
        self.server.sockets.pop(self.sid, None)

    def _say_goodbye(self) -> None:
        # Closing with unread bytes would reset the connection and take the last frames with it; the phone closes
        # after reading them, or the reactor does when its patience ends.
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)


_PING = frames.write_frame(str(packet.PING).encode())
_ENGINE_CLOSE = frames.write_frame(str(packet.CLOSE).encode())
_CLOSE = frames.close_frame()
