"""Sockets from foreign pages, and phones that say too much."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests
import websocket

from realtime.talk import MOST_MESSAGES, WINDOW_S, Talk
from tests.support.rude import Socket
from tests.support.server import Server, wait_until


def dial(server: Server, **options: Any) -> websocket.WebSocket:
    address = server.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    return websocket.create_connection(address, timeout=20, **options)


@pytest.mark.parametrize(
    "origin",
    ["https://elsewhere.example", "null", "http://127.0.0.1.elsewhere.example", "http://127.0.0.1:1", "file://"],
)
def test_a_page_of_somebody_else_opens_no_socket(server: Server, origin: str) -> None:
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        dial(server, origin=origin)
    assert caught.value.status_code == 400


def test_our_own_page_opens_one_and_so_does_an_app_that_is_no_page(server: Server) -> None:
    for options in ({"origin": server.url}, {"suppress_origin": True}):
        line = dial(server, **options)
        assert str(line.recv()).startswith("0{")
        line.close()


def flood(phone: Socket, event: str, messages: int) -> Counter[str]:
    """Say something many times without waiting; count the kinds of answers."""
    heard: Counter[str] = Counter()
    text = json.dumps([event, {}])
    for _ in range(messages):
        phone.connection.send(f"42/sync,7{text}")
    while heard.total() < messages:
        frame = str(phone.connection.recv())
        if frame == "2":
            phone.connection.send("3")
        elif frame.startswith("43/sync,7"):
            (answer,) = json.loads(frame.removeprefix("43/sync,7"))
            heard[str(answer.get("code", "ok"))] += 1
        else:
            heard["bye"] += 1
    return heard


def test_a_phone_that_says_hello_without_end_uses_up_nobody_elses_place(make_server: Callable[..., Server]) -> None:
    # Three hundred phones a second may come in, and one of them asks a thousand times.
    server = make_server(HELLO_RATE="300")
    rude = Socket(server.url)
    heard = flood(rude, "hello", 1000)
    # A window may end in the middle.
    assert MOST_MESSAGES <= heard["ok"] <= 2 * MOST_MESSAGES
    assert heard["rate_limited"] == 1000 - heard["ok"], heard
    phones = [Socket(server.url) for _ in range(20)]
    assert all(phone.say("hello", {})["epoch"] for phone in phones)
    for phone in (rude, *phones):
        phone.close()
    assert not server.unexpected()


def test_whoever_was_too_loud_may_speak_again_when_the_window_is_over() -> None:
    talk = Talk()
    assert [talk.ask("loud", 1000.0) for _ in range(MOST_MESSAGES)] == [None] * MOST_MESSAGES
    assert talk.ask("loud", 1004.0) == timedelta(seconds=6)
    assert talk.ask("calm", 1004.0) is None
    assert talk.ask("loud", 1000.0 + WINDOW_S) is None


def test_joining_again_and_again_is_one_phone(server: Server) -> None:
    phone = Socket(server.url)
    for _ in range(500):
        phone.connection.send("40/sync,")
    assert phone.say("hello", {})["epoch"]
    other = Socket(server.url)
    assert other.say("hello", {})["epoch"]
    phone.close()
    other.close()


def test_phones_that_come_and_go_leave_nothing(make_server: Callable[..., Server]) -> None:
    server = make_server()

    def present() -> float:
        lines = requests.get(f"{server.url}/metrics", timeout=10).text
        return float(next(line.split()[1] for line in lines.splitlines() if line.startswith("realtime_phones ")))

    for _ in range(60):
        phone = Socket(server.url)
        phone.say("hello", {})
        phone.close()
    wait_until(lambda: present() == 0)
