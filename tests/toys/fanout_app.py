"""A toy house: streams and rooms without a database, told what to do over HTTP. `FAST_PATH` says how phones are met."""

# ruff: noqa: E402  # Patching comes before any other import.
from __future__ import annotations

import os
import socket
import warnings

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
import eventlet

eventlet.monkey_patch()

import threading
import time
from types import SimpleNamespace
from typing import Any

from flask import Flask, request
from flask_socketio import ConnectionRefusedError as NotWanted
from flask_socketio import SocketIO, close_room, emit, join_room, leave_room
from flask_socketio import disconnect as disconnect_phone

import embedded_eventlet
from realtime import json_text
from realtime.connections import Connection, Connections
from realtime.direct.door import Door
from realtime.direct.reactor import Reactor
from realtime.fanout import Fanout
from realtime.limits import NAMESPACE
from realtime.manager import PhoneManager
from realtime.packets import read_strictly

app = Flask("toy")
socketio = SocketIO(
    app,
    async_mode="eventlet",
    transports=["websocket"],
    async_handlers=False,
    manage_session=False,
    client_manager=PhoneManager(),
    json=json_text,
    max_http_buffer_size=64 * 1024,
    ping_interval=float(os.environ.get("PING_INTERVAL", "25")),
    ping_timeout=float(os.environ.get("PING_TIMEOUT", "20")),
)
server = socketio.server
connections = Connections()
fanout = Fanout(socketio, connections)
phones: dict[str, Connection] = {}
names: dict[str, str] = {}
# What the application saw of each phone, in order.
diary: dict[str, list[str]] = {}
# Handlers of `wait` wait for it.
gate = threading.Event()


def me() -> str:
    return str(request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO puts it there


def note(text: str) -> None:
    diary[names[me()]].append(text)


def own_socket(sid: str) -> Any:
    """The socket below a phone, whichever way it is met."""
    channel = phones[sid].channel
    if hasattr(channel, "fd"):
        return channel._sock
    return server.get_environ(sid, NAMESPACE)["eventlet.input"].get_socket()


# ── what phones say: ordinary handlers of Flask-SocketIO, with a request and rooms ──


@socketio.on("connect", namespace=NAMESPACE)
def connect(auth: Any = None) -> None:
    names[me()] = str(request.args.get("name", "nobody"))
    diary[names[me()]] = [f"connect {auth} {request.headers.get('X-Toy')}"]
    if names[me()] == "unwelcome":
        raise NotWanted("not you")


@socketio.on("hello", namespace=NAMESPACE)
def hello(form: dict[str, Any]) -> dict[str, Any]:
    sid = me()
    channel = server.eio.sockets[server.manager.eio_sid_from_sid(sid, NAMESPACE)]
    phones[sid] = Connection(sid, channel, streams=frozenset({"all", names[sid]}))
    connections.add(phones[sid])
    if form.get("send_buffer"):
        own_socket(sid).setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, form["send_buffer"])
    return {"sid": sid, "fast": hasattr(channel, "fd")}


@socketio.on("say", namespace=NAMESPACE)
def say(words: Any) -> Any:
    """Give back what was said."""
    note(f"say {words}")
    return words


@socketio.on("tell", namespace=NAMESPACE)
def tell(room: str, words: Any) -> None:
    """Say something to a room, oneself left out."""
    note(f"tell {words}")
    emit("told", {"by": me(), "words": words}, to=room, include_self=False)


@socketio.on("enter", namespace=NAMESPACE)
def enter(room: str) -> list[str]:
    join_room(room)
    return sorted(set(socketio.server.rooms(me(), NAMESPACE)) - {me()})


@socketio.on("leave", namespace=NAMESPACE)
def leave(room: str) -> list[str]:
    leave_room(room)
    return sorted(set(socketio.server.rooms(me(), NAMESPACE)) - {me()})


@socketio.on("wait", namespace=NAMESPACE)
def wait(words: Any) -> Any:
    """Answer when the gate is opened."""
    note(f"wait {words}")
    gate.wait()
    note(f"waited {words}")
    return words


@socketio.on("fail", namespace=NAMESPACE)
def fail(words: Any) -> None:
    note(f"fail {words}")
    raise RuntimeError(words)


@socketio.on("go", namespace=NAMESPACE)
def go() -> None:
    """Be sent away by one's own handler."""
    note("go")
    disconnect_phone()
    note("gone")


@socketio.on("disconnect", namespace=NAMESPACE)
def disconnect(reason: str) -> None:
    sid = me()
    note(f"disconnect {reason}")
    connections.remove(sid)
    phones.pop(sid, None)


# ── orders ──


@app.post("/hold")
def hold() -> dict[str, Any]:
    order = request.get_json()
    connections.hold(phones[order["sid"]], order["streams"])
    return {}


@app.post("/send")
def send() -> dict[str, Any]:
    """Fan one message out to a stream, as the pump does."""
    order = request.get_json()
    message = fanout.encode("news", {"number": order["number"], "text": "新" * (order["size"] // 3)})
    begun = time.monotonic()
    fanout.send(connections.members(order["stream"]), message)
    return {"seconds": time.monotonic() - begun}


@app.post("/emit")
def emit_to() -> dict[str, Any]:
    """Emit as any application of Flask-SocketIO does: to a room, to one phone by its sid, or to all."""
    order = request.get_json()
    socketio.emit("news", {"number": order["number"]}, namespace=NAMESPACE, to=order["to"])
    return {}


@app.post("/ask")
def ask() -> dict[str, Any]:
    """Emit to one phone, and note its acknowledgement."""
    order = request.get_json()
    own = diary[names[order["sid"]]]
    socketio.emit(
        "ask",
        order["number"],
        namespace=NAMESPACE,
        to=order["sid"],
        callback=lambda *answer: own.append(f"answer {answer}"),
    )
    return {}


@app.post("/close_room")
def close_a_room() -> dict[str, Any]:
    close_room(request.get_json()["room"], namespace=NAMESPACE)
    return {}


@app.post("/bye")
def bye() -> dict[str, Any]:
    fanout.bye(phones[request.get_json()["sid"]], "restart", 7)
    return {}


@app.post("/gate")
def open_gate() -> dict[str, Any]:
    (gate.set if request.get_json()["open"] else gate.clear)()
    return {}


@app.get("/diary/<name>")
def read_diary(name: str) -> list[str]:
    return diary.get(name, [])


@app.get("/phones")
def count() -> dict[str, Any]:
    return {"phones": len(connections), "library": len(server.eio.sockets)}


reactors: list[Reactor] = []


def front_door(hand_on: Any, room_for: Any) -> Door:
    reactors.append(Reactor(server.eio, fanout.too_slow))
    reactors[-1].start()
    return Door(reactors[-1], hand_on, room_for, {"flask.app": app})


app.extensions["settings"] = SimpleNamespace()
if os.environ.get("STRICT") == "1":
    read_strictly(server)
if os.environ.get("FAST_PATH", "1") == "1":
    app.extensions["front_door"] = front_door

if __name__ == "__main__":
    embedded_eventlet.start(app, "127.0.0.1", int(os.environ["PORT"]), 1000, 1.0)
    while True:
        eventlet.sleep(60)
