"""Waiting for all phones of the process at once: one greenlet reads them, one keeps the time."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

import eventlet  # type: ignore[import-untyped]  # the library ships no types
import structlog
from eventlet import hubs, patcher

from realtime.direct.crew import Crew
from realtime.direct.line import Line
from realtime.wheel import SLOT_S, Wheel

select: Any = patcher.original("select")
# Events taken in one go: few enough that the rest of the process is not kept waiting.
AT_ONCE = 64
# So long a phone that is sent away has for reading why.
PATIENCE_S = 1.0
_log = structlog.get_logger(__name__)


class Watched(Protocol):
    """Something with a socket that does its part when that is ready."""

    def ready(self, events: int) -> None:
        """Do it, without blocking."""


class Mortal(Protocol):
    """Something whose time runs out."""

    def hang_up(self) -> None:
        """Close it, if it is still open."""


class Reactor:
    """All lines of one process.

    Args:
        engine: the library's Engine.IO server, which the lines belong to.
        too_slow: the frame that tells a phone that too much was waiting for it.
    """

    READ = select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR
    WRITE = select.EPOLLOUT

    def __init__(self, engine: Any, too_slow: bytes) -> None:
        self.engine, self.too_slow = engine, too_slow
        self.crew = Crew(eventlet.spawn_n)
        self._epoll, self._idle = select.epoll(), False
        self._watched: dict[int, Watched] = {}
        # Called ten times a second with the time (seconds of the monotonic clock); must not block.
        self.each_tick: list[Callable[[float], None]] = []
        self._ending: deque[tuple[float, Mortal]] = deque()
        self._pings: Wheel[Line] = Wheel(engine.ping_interval, lambda line: not line.closed)

    def start(self) -> None:
        """Begin to read and to keep the time; once a process, after any fork."""
        eventlet.spawn(self._read_forever)
        eventlet.spawn(self._keep_time)

    @property
    def lines(self) -> int:
        """How many lines are open, those included that only wait for their last words to be read."""
        return sum(isinstance(watched, Line) for watched in self._watched.values())

    def hang_up(self) -> None:
        """Hang up on every phone."""
        for watched in list(self._watched.values()):
            if isinstance(watched, Line):
                watched.lost()

    # ── who is watched ──

    def add(self, sock: socket.socket, watched: Watched) -> None:
        """Watch a socket for what comes."""
        self._watched[sock.fileno()] = watched
        self._epoll.register(sock.fileno(), select.EPOLLIN)

    def adopt(self, sock: socket.socket, line: Line) -> None:
        """Take in a line with its socket."""
        self.add(sock, line)
        self._pings.add(line)

    def watch(self, line: Line) -> None:
        """Wait for what a line wants now: to read, to write, or both."""
        events = (select.EPOLLIN if line.wants_read else 0) | (select.EPOLLOUT if line.wants_write else 0)
        self._epoll.modify(line.fd, events)

    def drop(self, fd: int) -> None:
        """Watch a socket no longer; called before it is closed or handed on."""
        if self._watched.pop(fd, None) is not None:
            with suppress(OSError):  # The descriptor may be gone already.
                self._epoll.unregister(fd)

    def part(self, mortal: Mortal) -> None:
        """Close something when patience ends, unless it has ended by itself."""
        self._ending.append((time.monotonic() + PATIENCE_S, mortal))

    # ── the two greenlets ──

    def _read_forever(self) -> None:
        self._wait_by_hub()
        while True:
            ready = self._epoll.poll(0, AT_ONCE)
            if ready:
                for fd, events in ready:
                    self._serve(fd, events)
                eventlet.sleep(0)
            else:
                self._idle = True
                hubs.get_hub().switch()

    def _wait_by_hub(self) -> None:
        """Let the hub of the process watch our epoll, and switch back here when somebody is ready.

        Registered once and for good: each time one epoll is put into another, the kernel walks through all that it
        watches, which is every phone.
        """
        reader = eventlet.getcurrent()

        def wake(_fd: int) -> None:
            if self._idle:
                self._idle = False
                reader.switch()

        hub = hubs.get_hub()
        hub.add(hub.READ, self._epoll.fileno(), wake, reader.throw, None)

    def _serve(self, fd: int, events: int) -> None:
        watched = self._watched.get(fd)
        if watched is None:
            return
        try:
            watched.ready(events)
        except Exception:
            # One phone's trouble must not silence all others; what fails here is a fault of ours.
            _log.exception("realtime.unexpected")
            self.drop(fd)

    def _keep_time(self) -> None:
        while True:
            eventlet.sleep(SLOT_S)
            try:
                self._tick(time.monotonic())
            except Exception:
                _log.exception("realtime.unexpected")

    def _tick(self, now: float) -> None:
        for call in self.each_tick:
            call(now)
        while self._ending and self._ending[0][0] <= now:
            self._ending.popleft()[1].hang_up()
        for line in self._pings.due(now):
            if line.last_ping is None:
                line.ping()
            else:
                line.check_ping_timeout()
