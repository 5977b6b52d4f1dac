"""Sending bytes that no client library would send."""

from __future__ import annotations

import contextlib
import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import websocket

WAIT_S = 15
SOCKET_WAIT_S = 15


@dataclass(frozen=True)
class Raw:
    """An answer, as far as it came; status 0 when the connection was closed without one."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Parse the body."""
        return json.loads(self.body)


def send(url: str, *pieces: bytes, close_sending: bool = False) -> Raw:
    """Send these bytes and read the answer to its end."""
    where = urlsplit(url)
    assert where.hostname is not None
    with socket.create_connection((where.hostname, where.port or 80), timeout=WAIT_S) as connection:
        # A server that refuses early may close while the rest is still being sent.
        with contextlib.suppress(OSError):
            for piece in pieces:
                connection.sendall(piece)
            if close_sending:
                connection.shutdown(socket.SHUT_WR)
        return _read(connection)


def _read(connection: socket.socket) -> Raw:
    received = b""
    with contextlib.suppress(OSError):
        while not _is_whole(received) and (piece := connection.recv(65536)):
            received += piece
    if not received.startswith(b"HTTP/"):
        return Raw(0, {}, received)
    head, _, body = received.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Raw(int(status.split()[1]), headers, body)


def _is_whole(received: bytes) -> bool:
    head, found, body = received.partition(b"\r\n\r\n")
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return bool(found) and len(body) >= int(line.split(b":")[1])
    return False


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """Write a request; a header is left out when its value is empty."""
    fields = {"Host": "127.0.0.1", "Content-Type": "application/json", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


class Socket:
    """A phone that speaks Engine.IO and Socket.IO by hand."""

    def __init__(self, url: str, *, join: bool = True) -> None:
        address = url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
        self.connection = websocket.create_connection(address, timeout=SOCKET_WAIT_S)
        self.connection.recv()
        if join:
            self.connection.send("40/sync,")
            # A phone's turn to be pinged may come before its answer.
            while (answer := str(self.connection.recv())) == "2":
                self.connection.send("3")
            assert answer.startswith("40/sync,"), answer

    def say(self, event: str, *messages: Any) -> Any:
        """Send an event and return its acknowledgement."""
        return self.say_text(json.dumps([event, *messages]))

    def say_text(self, text: str) -> Any:
        """Send the JSON text of an event and return its acknowledgement."""
        self.connection.send(f"42/sync,7{text}")
        return self.ack()

    def ack(self) -> Any:
        """Wait for the acknowledgement; None when the connection ends instead."""
        while True:
            try:
                frame = self.connection.recv()
            except (websocket.WebSocketException, OSError):
                return None
            if not frame:
                return None
            text = str(frame)
            if text == "2":
                self.connection.send("3")
            if text.startswith("43/sync,7"):
                (answer,) = json.loads(text.removeprefix("43/sync,7"))
                return answer

    def close(self) -> None:
        """Hang up."""
        self.connection.close()

    def say_quietly(self, event: str, *messages: Any) -> Any:
        """Send an event where the connection may be gone already; return its acknowledgement or None."""
        return self.say_quietly_text(json.dumps([event, *messages]))

    def say_quietly_text(self, text: str) -> Any:
        """Do the same with the JSON text of an event."""
        try:
            return self.say_text(text)
        except (websocket.WebSocketException, OSError):
            return None
