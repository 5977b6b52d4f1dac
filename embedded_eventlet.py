"""eventlet's own HTTP server, with its traps mended. Only for the embedded start; production runs gunicorn."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import eventlet  # type: ignore[import-untyped]  # the library ships no types
import eventlet.wsgi  # type: ignore[import-untyped]  # the same
from eventlet import greenio, queue
from flask import Flask


class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]  # for the same reason
    """Tells the application that a chunked body has an end; else it would silently read none of it."""

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment."""
        environ: dict[str, Any] = super().get_environ()
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ["wsgi.input_terminated"] = True
        return environ


class HandedOn:
    """Stands for a listening socket: what the front door hands on is what it accepts."""

    def __init__(self, listener: Any) -> None:
        self._listener, self._waiting = listener, queue.LightQueue()

    def take(self, sock: Any, address: Any) -> None:
        """Hand a connection on."""
        self._waiting.put((greenio.GreenSocket(sock), address))

    def accept(self) -> tuple[Any, Any]:
        """Return the next connection; waits for one."""
        accepted: tuple[Any, Any] = self._waiting.get()
        return accepted

    def __getattr__(self, name: str) -> Any:
        """Be the listening socket in everything else."""
        return getattr(self._listener, name)


def start(app: Flask, host: str, port: int, max_connections: int, stop_s: float) -> Callable[[], None]:
    """Serve in a green thread; return what stops accepting and waits for requests in flight, `stop_s` at most.

    Raises:
        OSError: the port is in use.
    """
    # With eventlet's default a second server on the port would start without a word and take every other request.
    listener = eventlet.listen((host, port), backlog=4096, reuse_port=False)
    # The pool bounds open connections, and its default of 1,024 would turn phones away.
    pool = eventlet.GreenPool(max_connections)
    server_socket, door = listener, None
    if "front_door" in app.extensions:
        server_socket = HandedOn(listener)
        make_door = app.extensions["front_door"]
        door = make_door(server_socket.take, lambda phones: phones + pool.running() < max_connections)
        door.open(listener.fd)
    serving = eventlet.spawn(
        eventlet.wsgi.server, server_socket, app, custom_pool=pool, log_output=False, protocol=Protocol, keepalive=75
    )

    def stop() -> None:
        if door is not None:
            door.shut()
        eventlet.kill(serving, KeyboardInterrupt)
        deadline = time.monotonic() + stop_s
        while (pool.running() or (door and door.inside)) and time.monotonic() < deadline:
            time.sleep(0.05)

    return stop
