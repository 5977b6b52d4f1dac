"""Ten times what can be borne: the public is asked to come back, and warnings and sign-offs go on."""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.support.pushes import breaking
from tests.support.server import Server, wait_until

CONNECTIONS = 300
# A search is among the dearest things that a stranger may ask for.
ASKED = "/api/v1/search?q=%E5%AE%9D%E5%B1%B1&limit=50"

pytestmark = pytest.mark.skipif(
    os.environ.get("ASYNC_MODE") == "threading", reason="a thread's timer is not late, however many others wait"
)


class Flood:
    """Many who ask again as soon as they have an answer."""

    def __init__(self, server: Server) -> None:
        self.statuses: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()
        self._request = f"GET {ASKED} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        self._address = ("127.0.0.1", server.port)
        self._selector = selectors.DefaultSelector()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @contextmanager
    def rising(self) -> Iterator[None]:
        """Have it rise, and go down again."""
        for _ in range(CONNECTIONS):
            self._ask(socket.create_connection(self._address))
        self._thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            self._thread.join(30)
            for key in list(self._selector.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]  # they are all sockets

    def _ask(self, connection: socket.socket) -> None:
        connection.sendall(self._request)
        connection.setblocking(False)
        self._selector.register(connection, selectors.EVENT_READ, bytearray())

    def _run(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(0.2):
                self._read(key)

    def _read(self, key: selectors.SelectorKey) -> None:
        connection: socket.socket = key.fileobj  # type: ignore[assignment]  # they are all sockets
        with suppress(BlockingIOError):
            piece = connection.recv(1 << 18)
            key.data.extend(piece)
            head, found, body = bytes(key.data).partition(b"\r\n\r\n")
            lines = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
            if piece and (not found or len(body) < int(lines.get("content-length", 0))):
                return
            self._selector.unregister(connection)
            if piece:
                self.statuses[head.split()[1].decode()] += 1
                self.waits[lines.get("retry-after", "")] += 1
                self._ask(connection)


def test_staff_are_served_while_the_public_is_put_off(make_server: Callable[..., Server]) -> None:
    # As in earnest: a pool of three, as tests share it, has no room for the worker beside the public.
    server = make_server(SHED_AFTER_S="1", DATABASE_POOL="10")
    staff = [server.staff(name) for name in ("editor", "duty")]
    flood = Flood(server)
    with flood.rising():
        wait_until(lambda: flood.statuses["503"], 30)
        for number in range(3):
            # Each of these would raise at anything but success.
            story = breaking(server, f"洪水中的快讯 {number}")
            assert story["state"] == "live"
        for person in staff:
            for _ in range(3):
                tokens = person.tokens or {}
                form = {name: tokens[name] for name in ("refresh_token", "access_token")}
                person.tokens = server.anonymous().does("POST", "/auth/tokens", {"grant": "refresh"} | form)
        assert server.staff("monitor").get("/kitchen/board").ok
        put_off = flood.statuses["503"]
        wait_until(lambda: flood.statuses["503"] > put_off, 30)
    assert flood.statuses.keys() <= {"200", "503"}, flood.statuses
    assert flood.statuses["200"] > 0
    assert flood.waits.keys() - {""} <= {"2", "3", "4", "5"}
    assert sum(flood.waits.values()) - flood.waits[""] == flood.statuses["503"]
    # It passes with its cause.
    wait_until(lambda: server.anonymous().get("/feed").ok)
    assert all(person.get("/kitchen/board").ok for person in staff[1:])
    assert server.unexpected() == []
