"""A gunicorn worker that serves with eventlet, as gunicorn itself no longer ships one.

On SIGTERM it stops accepting, ends connections that only wait for a next request, calls the application's
`before_stop` and lets the requests in flight finish. Whatever still runs when the grace is over is cut off.

An application that has a `front_door` (an entry in its `extensions`, see `realtime.service.Realtime.front_door`) gets
every connection first; its doors keep the phones, and the rest is served here.

`before_stop` is an attribute of the WSGI callable, or an entry in its `extensions`: a callable without arguments
that says goodbye to the websockets and closes them. It is called once, while requests in flight still finish.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from types import FrameType
from typing import Any

import eventlet  # type: ignore[import-untyped]  # eventlet ships no type hints.
from eventlet import greenio, hubs, wsgi
from greenlet import GreenletExit  # type: ignore[import-untyped]  # Its hints are a package of their own.
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]  # gunicorn ships no type hints.
from gunicorn.workers.base_async import AsyncWorker  # type: ignore[import-untyped]  # gunicorn ships no type hints.

from deploy.sockets import SocketHandle, allow_open_files, cut, end_reading

HEARTBEAT = 1.0  # Seconds between two signs of life to the master.
LINGER = 1.0  # Seconds in which a stopping worker still takes a request from a client that is connected already.
GOODBYE = 2.0  # Seconds that websockets have for closing once `before_stop` is through.
SPARE_FILES = 1024  # Descriptors for everything that is not a client: database, logs, outgoing calls.


class EventletWorker(AsyncWorker):  # type: ignore[misc]  # Without hints the base class counts as Any.
    """Serves up to `worker_connections` clients at once, one greenlet each."""

    alive: bool
    worker_connections: int
    wsgi: Callable[..., Iterable[bytes]]

    def init_process(self) -> None:
        """Patch the standard library before the application is imported, then boot and serve."""
        eventlet.monkey_patch()
        hubs.use_hub()
        # Python's socket.sendfile refuses the non-blocking socket under a green one; gunicorn then copies in blocks.
        self.cfg.set("sendfile", value=False)
        self._fit_connections(allow_open_files(self.worker_connections + SPARE_FILES))
        self.pool = eventlet.GreenPool(self.worker_connections)
        self.clients: dict[Any, greenio.GreenSocket] = {}
        self.idle: set[greenio.GreenSocket] = set()
        self.websockets: set[greenio.GreenSocket] = set()
        self.doors: list[Any] = []
        # The master kills at graceful_timeout; ending a little earlier lets requests that are cut off roll back.
        self.grace = max(self.cfg.graceful_timeout - 1, self.cfg.graceful_timeout / 2)
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application and put the adaptation of its environment in front of it."""
        try:
            super().load_wsgi()
        except SystemExit as refusal:  # A bad setting: with any other exit code the master would try again for ever.
            self.log.error("%s", refusal)  # noqa: TRY400  # The text names the setting; a traceback would bury it.
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
        self.application, self.wsgi = self.wsgi, self._call_application

    def run(self) -> None:
        """Serve until told to stop, then stop gracefully."""
        listeners = [_listener(each.sock) for each in self.sockets]
        close = self._open(listeners)
        while self.alive and self.ppid == os.getppid():
            self.notify()
            # Every signal writes a byte into this pipe, so a stop begins at once and not at the next heartbeat.
            with eventlet.Timeout(HEARTBEAT, exception=False):
                os.read(self.PIPE[0], 64)
        self.alive = False
        close()
        for listener in listeners:
            self._take_waiting(listener)
            listener.close()
        self._drain()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        """Serve one connection to its end."""
        me = eventlet.getcurrent()
        self.clients[me] = client
        try:
            super().handle(listener, client, addr)
        finally:
            del self.clients[me]
            self.websockets.discard(client)
            client.fd.close()

    @contextmanager
    def timeout_ctx(self) -> Iterator[None]:
        """Bound the wait for a next request, and know who is waiting: a stop does not wait long for them."""
        client = self.clients[eventlet.getcurrent()]
        self.idle.add(client)
        try:
            with eventlet.Timeout(self.cfg.keepalive if self.alive else LINGER, exception=False):
                yield
        finally:
            self.idle.discard(client)

    def is_already_handled(self, respiter: Iterable[bytes]) -> bool:
        """End the connection after a websocket, which has written its own answer."""
        if getattr(wsgi.WSGI_LOCAL, "already_handled", False):
            raise StopIteration
        return bool(super().is_already_handled(respiter))

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer errors as gunicorn does, but write nothing to a client that is cut off at the end of the grace."""
        if not isinstance(exc, GreenletExit):
            super().handle_error(req, client, addr, exc)

    def handle_quit(self, _sig: int, _frame: FrameType | None) -> None:
        """Stop quickly; gunicorn's own handler sleeps, which no signal handler may do inside the event loop."""
        self.grace = min(self.grace, 1.0)
        self.alive = False

    def handle_usr1(self, sig: int, frame: FrameType | None) -> None:
        """Reopen the logs from a greenlet, as their locks may have to be waited for."""
        eventlet.spawn_n(super().handle_usr1, sig, frame)

    def handle_abort(self, _sig: int, frame: FrameType | None) -> None:
        """The master missed the heartbeat: show where the event loop stands still, and die."""
        traceback.print_stack(frame, file=sys.stderr)
        self.cfg.worker_abort(self)
        os._exit(1)

    def _call_application(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        client = environ["gunicorn.socket"]
        environ["eventlet.input"] = SocketHandle(client)
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            self.websockets.add(client)
            # engineio's writer closes while its reader waits. That would leave the reader asleep on a descriptor that
            # is gone; a shutdown wakes it, and `handle` closes in the end.
            client.close = partial(cut, client)
        if "CONTENT_LENGTH" in environ:
            # With this promise werkzeug takes a body that ends too early for a whole one; without it, it raises a 400.
            del environ["wsgi.input_terminated"]
        return self.application(environ, start_response)

    def _fit_connections(self, open_files: int) -> None:
        """Let clients wait at the door rather than run out of descriptors in the middle of their requests."""
        fitting = max(open_files - SPARE_FILES, open_files // 2)
        if fitting < self.worker_connections:
            self.log.warning("%d open files are allowed, which is enough for %d connections", open_files, fitting)
            self.worker_connections = fitting

    def _open(self, listeners: list[Any]) -> Callable[[], None]:
        """Begin to accept; return what ends it. Where the application has a door, it sees everybody first."""
        make_door = getattr(self.application, "extensions", {}).get("front_door")
        if make_door is None or self.cfg.is_ssl:
            accepting = [eventlet.spawn(self._accept, listener).kill for listener in listeners]
        else:
            self.doors = [make_door(partial(self._hand_on, listener), self._has_room) for listener in listeners]
            for door, listener in zip(self.doors, listeners, strict=True):
                door.open(listener.fd)
            accepting = [door.shut for door in self.doors]

        def close() -> None:
            for end in accepting:
                end()

        return close

    def _has_room(self, phones: int) -> bool:
        return bool(phones + self.pool.running() < self.worker_connections)

    def _hand_on(self, listener: Any, client: Any, addr: Any) -> None:
        self.pool.spawn(self.handle, listener, greenio.GreenSocket(client), addr)

    def _phones(self) -> int:
        """Count the phones that came through a door and have not left; the doors share one house."""
        return max((door.inside for door in self.doors), default=0)

    def _accept(self, listener: Any) -> None:
        while True:
            try:
                client, addr = listener.accept()
            except OSError as error:  # Out of descriptors, or the client has gone: the next one may fare better.
                self.log.warning("accept failed: %s", error)
                eventlet.sleep(0.1)
                continue
            self.pool.spawn(self.handle, listener, client, addr)
            eventlet.sleep(0)  # A rush of new clients neither starves those being served nor passes by other workers.

    def _take_waiting(self, listener: Any) -> None:
        """Serve those who wait at the door: with `reuse_port` nobody else would, and closing it resets them."""
        with suppress(OSError):  # Nobody is waiting any more.
            while self.pool.free() > 0:
                client, addr = listener.fd.accept()
                self.pool.spawn(self.handle, listener, greenio.GreenSocket(client), addr)

    def _drain(self) -> None:
        begun = time.monotonic()
        eventlet.spawn_after(LINGER, self._end_idle)
        goodbye = eventlet.spawn(self._say_goodbye)
        while (self.pool.running() or self._phones() or not goodbye.dead) and time.monotonic() - begun < self.grace:
            self.notify()
            eventlet.sleep(0.05)
        if self.pool.running():
            self.log.warning("the grace is over, %d connections are cut off", self.pool.running())
        for handler in list(self.pool.coroutines_running):
            handler.kill()
        with eventlet.Timeout(0.3, exception=False):
            self.pool.waitall()

    def _end_idle(self) -> None:
        for client in self.idle:
            end_reading(client)

    def _say_goodbye(self) -> None:
        hook = getattr(self.application, "before_stop", None)
        hook = hook or getattr(self.application, "extensions", {}).get("before_stop")
        try:
            if hook is not None:
                hook()
        except Exception:  # A broken goodbye must not keep requests in flight from finishing.
            self.log.exception("before_stop failed")
        eventlet.spawn_after(GOODBYE, self._cut_websockets)

    def _cut_websockets(self) -> None:
        for client in self.websockets:
            cut(client)
        for door in self.doors:
            door.clear()


def _listener(plain: Any) -> Any:
    """Wrap a listening socket so that it still knows its address when closed, as gunicorn asks for each client."""
    listener = greenio.GreenSocket(plain)
    address = plain.getsockname()
    listener.getsockname = lambda: address
    return listener
