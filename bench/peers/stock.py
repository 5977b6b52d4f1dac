"""Flask-SocketIO as it comes, websocket only: a POST's JSON goes to everybody. Usage: stock.py PORT eventlet|gevent."""

from __future__ import annotations

import sys
import warnings
from typing import Any

PORT, MODE = int(sys.argv[1]), sys.argv[2]
# Patching comes before any other import, or locks and sockets made meanwhile stay blocking.
if MODE == "eventlet":
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet  # type: ignore[import-untyped]  # the library ships no types

    eventlet.monkey_patch()
else:
    from gevent import monkey  # type: ignore[import-untyped,import-not-found,unused-ignore]  # an optional peer

    monkey.patch_all()

# ruff: noqa: E402  # for the reason above
from flask import Flask, request
from flask_socketio import SocketIO  # type: ignore[import-untyped]  # the library ships no types

app = Flask("stock")
socketio = SocketIO(app, async_mode=MODE, transports=["websocket"], logger=False, engineio_logger=False)


@app.get("/")
def answer() -> tuple[str, int]:
    """Say that the server is up."""
    return "", 204


@app.post("/emit")
def emit() -> tuple[str, int]:
    """Emit to everybody."""
    socketio.emit("change", request.get_json())
    return "", 204


# The pool of eventlet's server bounds its connections, and 1,024 is where it would stop.
options: dict[str, Any] = {"max_size": 20_000} if MODE == "eventlet" else {}
socketio.run(app, host="127.0.0.1", port=PORT, log_output=False, **options)
