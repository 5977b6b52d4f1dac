"""A toy application for the worker's tests: it says how it was called, and how it was left."""

import contextlib
import hashlib
import io
import os
import time
from pathlib import Path

import eventlet.patcher
from flask import Flask, request, send_file
from flask_socketio import SocketIO

app = Flask(__name__)
sio = SocketIO(app, async_mode="eventlet", transports=["websocket"], cors_allowed_origins="*")
blob = os.urandom(1 << 20)
diary = Path(os.environ["TOY_DIARY"])  # One line for everything that happened, across all processes.
busy: list[int] = []
phones: set[str] = set()


def note(text: str) -> None:
    with diary.open("a") as file:
        file.write(f"{text}\n")


@app.get("/state")
def state():
    return {"pid": os.getpid(), "busy": len(busy), "phones": len(phones)}


@app.get("/work")
def work():
    """Take `s` seconds and write down `name` at the very end, as a commit would."""
    busy.append(1)
    try:
        time.sleep(float(request.args.get("s", "0")))
        note(f"done {request.args.get('name')}")
    finally:
        busy.pop()
    return "done"


@app.get("/freeze")
def freeze():
    """Block the whole event loop, as C code that does not yield would."""
    note("frozen")
    eventlet.patcher.original("time").sleep(float(request.args.get("s", "30")))
    return "thawed"


@app.post("/body")
def body():
    try:
        return {"bytes": len(request.get_data())}
    except Exception as error:  # The test asks which one it is.
        return {"error": f"{type(error).__module__}.{type(error).__name__}"}, 400


@app.get("/file")
def file():
    return send_file(io.BytesIO(blob), mimetype="application/octet-stream", etag=hashlib.sha256(blob).hexdigest())


@app.get("/real-file")
def real_file():
    return send_file(__file__, conditional=True)


@sio.on("connect", namespace="/sync")
def connect():
    phones.add(request.sid)


@sio.on("disconnect", namespace="/sync")
def disconnect(_reason=None):
    phones.discard(request.sid)


def before_stop():
    note(f"goodbye {os.getpid()}")
    if os.environ.get("TOY_HOOK") == "hangs":
        time.sleep(60)
    if os.environ.get("TOY_HOOK") == "fails":
        raise RuntimeError("no voice")
    sio.emit("bye", {"reason": "restart", "retry_after_ms": 100}, namespace="/sync")
    for phone in list(phones):
        with contextlib.suppress(KeyError):
            sio.server.disconnect(phone, namespace="/sync")


app.extensions["before_stop"] = before_stop
if os.environ.get("TOY_REFUSES"):
    raise SystemExit("bad setting TOY_REFUSES")
