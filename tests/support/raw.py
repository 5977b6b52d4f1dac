"""A phone that speaks the protocol by hand, on nothing but a websocket: what any other client may do as well."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

import websocket

from tests.support.server import PATIENCE, Server


class RawPhone:
    """One websocket to `/socket.io/`. `receive_buffer` keeps the kernel from reading for a phone that does not."""

    def __init__(self, server: Server, receive_buffer: int | None = None) -> None:
        options = [(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)] if receive_buffer else []
        url = f"ws://127.0.0.1:{server.port}/socket.io/?EIO=4&transport=websocket"
        self.socket = websocket.create_connection(url, timeout=20, sockopt=options, http_no_proxy=["*"])
        self.events: list[tuple[str, Any]] = []
        self._calls = 0
        assert self.socket.recv().startswith("0{")
        self.socket.send("40/sync,")
        assert self._next().startswith("40/sync,{")

    def _next(self) -> str:
        while True:
            text: str = self.socket.recv()
            if text != "2":
                return text
            self.socket.send("3")

    def say(self, event: str, *messages: Any) -> Any:
        """Send a message and return its ack; events that come first are kept."""
        self._calls += 1
        self.socket.send(f"42/sync,{self._calls}{json.dumps([event, *messages])}")
        wanted = f"43/sync,{self._calls}["
        while not (text := self._next()).startswith(wanted):
            self._keep(text)
        return json.loads(text.removeprefix(wanted[:-1]))[0]

    def _keep(self, text: str) -> None:
        if text.startswith("42/sync,"):
            event, *rest = json.loads(text.removeprefix("42/sync,"))
            self.events.append((event, rest[0] if rest else None))

    def listen(self, event: str, timeout: float = 10) -> Any:
        """Wait for an event and return its body."""
        deadline = time.monotonic() + timeout * PATIENCE
        while not (found := [body for name, body in self.events if name == event]):
            if time.monotonic() > deadline:
                raise AssertionError(f"no {event} within {timeout} s, but {self.events}")
            self._keep(self._next())
        self.events = [kept for kept in self.events if kept[1] is not found[0]]
        return found[0]

    def close(self) -> None:
        """Hang up."""
        self.socket.close()
