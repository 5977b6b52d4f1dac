"""Clients that are not ours, as apps have them: the JavaScript socket.io-client, and python-socketio as it comes."""

from __future__ import annotations

import json
import queue
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio

from scenario.people import Person
from tests.support.server import ROOT, Server, wait_until

JS = ROOT / "tests" / "js"
BREAKING = {
    "headline": "外来客户端也收得到",
    "text": "请绕行。",
    "source": {"name": "区应急管理局", "kind": "official", "verified": True},
    "reason": "突发",
}


def publish(server: Server) -> str:
    opened = server.staff("editor").does("POST", "/editor/breaking", BREAKING)
    return str(server.staff("duty").does("POST", f"/editor/breaking/{opened['id']}/sign")["id"])


class JsPhone:
    """A process of Node; what it tells comes in order."""

    def __init__(self, server: Server, person: Person | None) -> None:
        self.process = subprocess.Popen(
            ["node", "phone.mjs", server.url, person.token if person and person.token else "-"],
            cwd=JS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._told: queue.Queue[list[Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self._told.put(json.loads(line))

    def hears(self, what: str, is_it: Callable[[Any], bool] = lambda _: True) -> Any:
        """Wait for something it tells, and pass over the rest."""
        while True:
            name, body = self._told.get(timeout=20)
            if name == what and is_it(body):
                return body

    def says(self, event: str, body: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{json.dumps([event, body])}\n")
        self.process.stdin.flush()
        return self.hears(event)


@pytest.fixture
def js_phone(server: Server) -> Iterator[Callable[..., JsPhone]]:
    if shutil.which("node") is None or not (JS / "node_modules" / "socket.io-client").exists():
        pytest.skip("SKIPPED: Node or socket.io-client is missing (make tests/js/node_modules/.done)")
    phones: list[JsPhone] = []

    def make(person: Person | None = None) -> JsPhone:
        phones.append(JsPhone(server, person))
        return phones[-1]

    yield make
    for phone in phones:
        phone.process.kill()
        phone.process.wait()


def test_the_javascript_client_lives_with_us(server: Server, js_phone: Callable[..., JsPhone]) -> None:
    citizen = server.citizen()
    phone = js_phone(citizen)
    assert f"user:{citizen.id}" in phone.hears("hello")["streams"]
    story = publish(server)
    rows = phone.hears("change", lambda rows: any(row["id"] == story for row in rows))
    assert next(row for row in rows if row["id"] == story)["data"]["headline"] == BREAKING["headline"]
    assert "town:gucun" in phone.says("watch", {"stream": "town:gucun"})["streams"]
    assert phone.says("auth", {"token": "nonsense"})["code"] == "bad_credentials"
    assert phone.says("steal", {})["code"] == "unknown_event"
    case = citizen.does("POST", "/requests", {"service": "manhole", "title": "井盖", "text": "响"})
    phone.hears("change", lambda rows: any(row["id"] == case["id"] for row in rows))
    citizen.does("DELETE", "/auth/tokens")
    assert phone.hears("streams")["reason"] == "signed_out"
    assert phone.process.stdin is not None
    phone.process.stdin.close()
    assert phone.hears("disconnect") == "io client disconnect"


def test_the_javascript_client_is_told_before_a_stop(
    make_server: Callable[..., Server], js_phone: Callable[..., JsPhone]
) -> None:
    del js_phone  # Only for its skip.
    server = make_server()
    phone = JsPhone(server, None)
    phone.hears("hello")
    server.stop()
    assert phone.hears("bye")["reason"] == "restart"
    assert phone.hears("disconnect") == "io server disconnect"
    phone.process.wait(10)


def test_the_python_client_comes_back_by_itself(make_server: Callable[..., Server]) -> None:
    server = make_server()
    heads: list[Any] = []
    client = socketio.Client(reconnection_delay=0.1, reconnection_delay_max=0.5, handle_sigint=False)
    client.on("connect", lambda: client.emit("hello", {}, namespace="/sync", callback=heads.append), namespace="/sync")
    client.connect(server.url, transports=["websocket"], namespaces=["/sync"], wait_timeout=20)
    wait_until(lambda: len(heads) == 1)
    server.kill()
    server.start()
    wait_until(lambda: len(heads) == 2, 30)
    assert heads[0]["epoch"] == heads[1]["epoch"]
    client.disconnect()


@pytest.mark.parametrize("transports", [["polling"], ["polling", "websocket"]])
def test_long_polling_is_refused(server: Server, transports: list[str]) -> None:
    client = socketio.Client(reconnection=False, handle_sigint=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(server.url, transports=transports, namespaces=["/sync"], wait_timeout=10)
