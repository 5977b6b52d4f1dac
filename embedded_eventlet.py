"""eventlet's own HTTP server, with its two traps mended. Only for the embedded start; production runs gunicorn."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import eventlet  # type: ignore[import-untyped]  # the library ships no types
import eventlet.wsgi  # type: ignore[import-untyped]  # the same
from flask import Flask


class Protocol(eventlet.wsgi.HttpProtocol):  # type: ignore[misc]  # for the same reason
    """Tells the application that a chunked body has an end; else it would silently read none of it."""

    def get_environ(self) -> dict[str, Any]:
        """Return the WSGI environment."""
        environ: dict[str, Any] = super().get_environ()
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ["wsgi.input_terminated"] = True
        return environ


def start(app: Flask, host: str, port: int, max_connections: int, stop_s: float) -> Callable[[], None]:
    """Serve in a green thread; return what stops accepting and waits for requests in flight, `stop_s` at most.

    Raises:
        OSError: the port is in use.
    """
    # With eventlet's default a second server on the port would start without a word and take every other request.
    listener = eventlet.listen((host, port), backlog=4096, reuse_port=False)
    # The pool bounds open connections, and its default of 1,024 would turn phones away.
    pool = eventlet.GreenPool(max_connections)
    serving = eventlet.spawn(
        eventlet.wsgi.server, listener, app, custom_pool=pool, log_output=False, protocol=Protocol, keepalive=75
    )

    def stop() -> None:
        eventlet.kill(serving, KeyboardInterrupt)
        deadline = time.monotonic() + stop_s
        while pool.running() and time.monotonic() < deadline:
            time.sleep(0.05)

    return stop
