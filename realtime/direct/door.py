"""The front door: who comes is let in as a phone or handed on to the HTTP server, by the first bytes they send."""

from __future__ import annotations

import errno
import json
import socket
import time
from collections.abc import Callable
from typing import Any

from engineio import packet  # type: ignore[import-untyped]  # the library ships no types

from realtime.direct.frames import write_frame
from realtime.direct.handshake import LONGEST_HEAD, Environ, accept_handshake, read_handshake
from realtime.direct.line import Line
from realtime.direct.reactor import Reactor

# Connections accepted in one go: in a rush the phones already inside get their turn in between, as do the other
# processes that listen on the same port.
AT_ONCE = 32
# Whoever says nothing for so long is handed on: the HTTP server has its own patience with silent clients.
SILENCE_S = 5.0
_OUT_OF_FILES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
HandOn = Callable[[socket.socket, Any], None]


class Door:
    """Accepts connections and sorts them.

    Args:
        reactor: where phones go.
        hand_on: called with the socket, non-blocking, and the address of everybody else; must not block.
        room: tells whether one more connection fits, beside the phones and the undecided whose number it is given.
            While it does not, clients wait in the kernel's queue.
        extra: what stands in the environment of every request beside what the client says: `flask.app`, by which
            Flask-SocketIO's handlers find their application.
    """

    def __init__(self, reactor: Reactor, hand_on: HandOn, room: Callable[[int], bool], extra: Environ) -> None:
        self._reactor, self._hand_on, self._room, self._extra = reactor, hand_on, room, extra
        self._listeners: dict[_Listener, bool] = {}
        self._callers: dict[Caller, None] = {}
        reactor.each_tick.append(self._look_around)

    def open(self, listener: socket.socket) -> None:
        """Begin to accept from a listening socket of the standard library."""
        listener.settimeout(0)
        if listener.family in {socket.AF_INET, socket.AF_INET6}:
            # Inherited by every connection: a small frame is not held back until the last one is acknowledged.
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch(_Listener(listener, self))

    def shut(self) -> None:
        """Accept nobody any more; those inside stay, and the undecided are the server's. Closes no listening socket."""
        for listener in self._listeners:
            self._reactor.drop(listener.sock.fileno())
        self._listeners.clear()
        for caller in list(self._callers):
            self._pass_on(caller)

    @property
    def inside(self) -> int:
        """How many phones have come in, through this door or another of the house, and are not gone yet."""
        return self._reactor.lines

    def clear(self) -> None:
        """Hang up on every phone."""
        self._reactor.hang_up()

    def accept(self, listener: _Listener) -> None:
        """Take those who wait, as many as fit."""
        for _ in range(AT_ONCE):
            if not self._has_room():
                self._pause(listener)
                return
            try:
                sock, address = listener.sock.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _OUT_OF_FILES:
                    self._pause(listener)
                return
            sock.settimeout(0)
            caller = Caller(sock, address, self)
            if not self.sort(caller):
                self._callers[caller] = None
                self._reactor.add(sock, caller)

    def _has_room(self) -> bool:
        return self._room(len(self._reactor.engine.sockets) + len(self._callers))

    def _pause(self, listener: _Listener) -> None:
        # The kernel would go on telling us that somebody waits; we look again with the next tick.
        self._reactor.drop(listener.sock.fileno())
        self._listeners[listener] = False

    def sort(self, caller: Caller) -> bool:
        """Let a caller in, hand them on or let them go, by the bytes they have sent; False if there are none yet."""
        try:
            head = caller.sock.recv(LONGEST_HEAD + 1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            head = b""
        if not head:
            self._forget(caller)
            caller.sock.close()
            return True
        environ = read_handshake(head, caller.peer)
        if environ is None or not _is_ours(self._reactor.engine, environ):
            self._pass_on(caller)
        else:
            self._forget(caller)
            caller.sock.recv(len(head))
            environ |= self._extra
            _welcome(self._reactor, caller.sock, environ)
        return True

    def _pass_on(self, caller: Caller) -> None:
        self._forget(caller)
        self._hand_on(caller.sock, caller.address)

    def _forget(self, caller: Caller) -> None:
        if caller in self._callers:
            del self._callers[caller]
            self._reactor.drop(caller.sock.fileno())

    def _watch(self, listener: _Listener) -> None:
        self._listeners[listener] = True
        self._reactor.add(listener.sock, listener)

    def _look_around(self, now: float) -> None:
        """Open again where there was no room, and hand on who has been silent for too long."""
        for listener, watched in self._listeners.items():
            if not watched and self._has_room():
                self._watch(listener)
        while self._callers and next(iter(self._callers)).came_at + SILENCE_S < now:
            self._pass_on(next(iter(self._callers)))


class _Listener:
    def __init__(self, sock: socket.socket, door: Door) -> None:
        self.sock, self._door = sock, door

    def ready(self, _events: int) -> None:
        self._door.accept(self)


class Caller:
    """Somebody at the door who has not said yet what they want."""

    __slots__ = ("_door", "address", "came_at", "sock")

    def __init__(self, sock: socket.socket, address: Any, door: Door) -> None:
        self.sock, self.address, self._door = sock, address, door
        self.came_at = time.monotonic()

    @property
    def peer(self) -> tuple[str, int]:
        """Address and port; a Unix socket has neither."""
        return (self.address[0], self.address[1]) if isinstance(self.address, tuple) else ("", 0)

    def ready(self, _events: int) -> None:
        """Look at what they say."""
        self._door.sort(self)


def _is_ours(engine: Any, environ: Environ) -> bool:
    """Tell whether a page of ours asks, or no page at all; the HTTP server refuses the others."""
    origin = environ.get("HTTP_ORIGIN")
    if origin is None:
        return True
    allowed = engine._cors_allowed_origins(environ)  # noqa: SLF001  # the library's own rule, not a second one
    return allowed is None or origin in allowed


def _welcome(reactor: Reactor, sock: socket.socket, environ: Environ) -> None:
    """Do what the library does with a new connection: number it, tell the application, and open the protocol."""
    engine = reactor.engine
    line = Line(engine, engine.generate_id(), sock, reactor)
    engine.sockets[line.sid] = line
    engine._trigger_event("connect", line.sid, environ, run_async=False)  # noqa: SLF001  # as the library itself does
    reactor.adopt(sock, line)
    opening = {
        "sid": line.sid,
        "upgrades": [],
        "pingTimeout": int(engine.ping_timeout * 1000),
        "pingInterval": int(engine.ping_interval * 1000),
        "maxPayload": engine.max_http_buffer_size,
    }
    greeting = f"{packet.OPEN}{json.dumps(opening, separators=(',', ':'))}"
    # One write for both: the end of the handshake and the first packet.
    line.write(accept_handshake(environ["HTTP_SEC_WEBSOCKET_KEY"]) + write_frame(greeting.encode()))
