"""What bad messages get over the socket: a refusal in the acknowledgement, or the end of that connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import socketio
import websocket

from tests.support.rude import Socket
from tests.support.server import Server

BIG = "x" * 60_000


@pytest.fixture
def phone(server: Server) -> Iterator[Socket]:
    made = Socket(server.url)
    yield made
    made.close()


def lives(server: Server) -> bool:
    """Tell whether somebody else can still connect and be answered."""
    other = Socket(server.url)
    answer = other.say("hello", {})
    other.close()
    return "head" in answer


def refused(answer: Any, status: int, code: str, *fields: tuple[str, str]) -> None:
    assert (answer["status"], answer["code"]) == (status, code), answer
    assert answer["type"] == f"urn:ronghui:problem:{code}"
    if fields:
        assert [(error["field"], error["code"]) for error in answer["errors"]] == list(fields)


@pytest.mark.parametrize(
    ("message", "field", "code"),
    [
        ({"token": 7}, "token", "wrong_type"),
        ({"token": "x" * 2001}, "token", "too_long"),
        ({"token": BIG}, "token", "too_long"),
        ({"token": "a\x00b"}, "token", "unclean"),
        ({"token": "\ud800"}, "token", "unclean"),
        ({"epoch": {"a": 1}}, "epoch", "wrong_type"),
        ({"epoch": "a b"}, "epoch", "invalid"),
        ({"cursors": []}, "cursors", "wrong_type"),
        ({"cursors": {"pub": "7"}}, "cursors.pub.value", "wrong_type"),
        ({"cursors": {"pub": -1}}, "cursors.pub.value", "out_of_range"),
        ({"cursors": {"pub": 10**99}}, "cursors.pub.value", "out_of_range"),
        ({"cursors": {"pub": 1.5}}, "cursors.pub.value", "wrong_type"),
        ({"cursors": {"pub": True}}, "cursors.pub.value", "wrong_type"),
        ({"cursors": {"\x00": 1}}, "cursors.\x00.key", "unclean"),
        ({"cursors": {"s" * 81: 1}}, "cursors." + "s" * 64 + ".key", "too_long"),
        ({"cursors": {f"town:{number}": 1 for number in range(51)}}, "cursors", "too_long"),
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"k" * 50_000: 1}, "k" * 64, "unknown_field"),
    ],
    ids=range(18),
)
def test_a_bad_hello_is_refused_by_field(phone: Socket, message: Any, field: str, code: str) -> None:
    refused(phone.say("hello", message), 422, "validation", (field, code))
    assert "head" in phone.say("hello", {})


@pytest.mark.parametrize("message", ["text", 7, None, True, [], [{}], 1.5])
@pytest.mark.parametrize("event", ["hello", "watch", "unwatch", "auth"])
def test_a_message_that_is_no_object_is_refused(phone: Socket, event: str, message: Any) -> None:
    refused(phone.say(event, message), 400, "bad_request")


def test_two_objects_are_refused(phone: Socket) -> None:
    refused(phone.say("hello", {}, {}), 400, "bad_request")


@pytest.mark.parametrize(
    "text", ['["hello",NaN]', '["hello",{"cursors":{"pub":NaN}}]', '["hello",{"cursors":{"pub":1e999}}]']
)
def test_numbers_that_are_none_are_refused(phone: Socket, text: str) -> None:
    assert 400 <= phone.say_text(text)["status"] < 500


@pytest.mark.parametrize("client", [{"a": 1}, BIG[:50_000], 7, [[]]])
def test_what_a_client_says_of_itself_is_bounded_or_ignored(server: Server, phone: Socket, client: Any) -> None:
    answer = phone.say("hello", {"client": client})
    assert "head" in answer or answer["status"] == 422
    assert lives(server)


def test_a_number_of_four_hundred_digits_ends_that_connection(server: Server, phone: Socket) -> None:
    assert phone.say_quietly("hello", {"cursors": {"pub": 10**400}}) is None
    assert lives(server)


def test_binary_ends_that_connection(server: Server, phone: Socket) -> None:
    phone.connection.send('451-/sync,7["hello",{"token":{"_placeholder":true,"num":0}}]')
    assert phone.ack() is None
    assert lives(server)


@pytest.mark.parametrize(
    "token",
    ["x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwic2lkIjoiYiIsImF1ZCI6InJvbmdodWkiLCJleHAiOjk5OTk5OTk5OTl9."],
)
@pytest.mark.parametrize("event", ["hello", "auth"])
def test_a_forged_token_opens_nothing(phone: Socket, event: str, token: str) -> None:
    if event == "auth":
        phone.say("hello", {})
    refused(phone.say(event, {"token": token}), 401, "bad_credentials")


def test_a_refused_hello_leaves_the_phone_as_it_was(server: Server, phone: Socket) -> None:
    refused(phone.say("hello", {"token": "x"}), 401, "bad_credentials")
    refused(phone.say("watch", {"stream": "town:gucun"}), 409, "guard_failed")


@pytest.mark.parametrize("event", ["watch", "unwatch", "auth"])
def test_nothing_goes_before_hello(phone: Socket, event: str) -> None:
    message = {"token": "x"} if event == "auth" else {"stream": "town:gucun"}
    refused(phone.say(event, message), 409, "guard_failed")


def test_hello_twice_is_one_phone(phone: Socket) -> None:
    first = phone.say("hello", {})
    phone.say("watch", {"stream": "town:gucun"})
    second = phone.say("hello", {})
    assert first["streams"].keys() == second["streams"].keys() == {"pub"}


@pytest.mark.parametrize(
    ("stream", "status", "code"),
    [
        ("nowhere", 422, "validation"),
        ("", 422, "validation"),
        ("town:", 422, "validation"),
        ("town:a b", 422, "validation"),
        ("town:gucun\n", 422, "validation"),
        ("s" * 81, 422, "validation"),
        (7, 422, "validation"),
        (None, 422, "validation"),
        ("user", 401, "auth_required"),
        ("user:somebody", 401, "auth_required"),
        ("desk:editing", 401, "auth_required"),
    ],
)
@pytest.mark.parametrize("event", ["watch", "unwatch"])
def test_a_stream_that_one_cannot_hold_is_refused(
    phone: Socket, event: str, stream: Any, status: int, code: str
) -> None:
    phone.say("hello", {})
    refused(phone.say(event, {"stream": stream}), status, code)


def test_nobody_watches_without_end(phone: Socket) -> None:
    phone.say("hello", {})
    answers = [phone.say("watch", {"stream": f"town:t{number}"}) for number in range(25)]
    refused(answers[-1], 429, "rate_limited")


@pytest.mark.parametrize("event", ["publish", "", "connect", "disconnect", "*", "x" * 5000, "\x00", "事件", "message"])
def test_an_unknown_event_is_refused(phone: Socket, event: str) -> None:
    refused(phone.say(event, {}), 400, "unknown_event")
    assert "head" in phone.say("hello", {})


@pytest.mark.parametrize(
    "frame",
    [
        "42/sync,7[" + "[" * 30_000,
        "42/sync,7[" + "[" * 30_000 + "]" * 30_000 + "]",
        '42/sync,7["hello",' + '{"a":' * 9_000 + "1" + "}" * 9_000 + "]",
        "42/sync,7",
        "42/sync,7{}",
        "42/sync,7[]",
        "42/sync,7[7]",
        "42/sync,7[null,{}]",
        '42/sync,7[["hello"],{}]',
        '42/sync,7[{"a":1}]',
        '42/sync,7"hello"',
        '42/sync,7["hello"',
        '42/sync,99999999999999999999999999["hello",{}]',
        "42/sync,-1[]",
        "42",
        "42[]",
        '42["hello",{}]',
        "4",
        "",
        "9",
        "49",
        "4999",
        "6",
        "0{}",
        "1",
        "3",
        "3probe",
        "2probe",
        "5",
        "40/nowhere,",
        "40/sync,{",
        "40/sync,[]",
        '40/sync,{"a":1}',
        "40" + "/" * 1000,
        "41/nowhere,",
        "41/sync,",
        "43/sync,1[]",
        "43/sync,[]",
        "44/sync,{}",
        "45",
        "45-",
        "451-/sync,7",
        '4599999999-/sync,7["hello",{"_placeholder":true,"num":0}]',
        '451-/sync,7["hello",{"_placeholder":true,"num":7}]',
        '451-/sync,7["hello",{"_placeholder":true,"num":"x"}]',
        '451-/sync,7["hello",{"_placeholder":true,"num":-1}]',
        "46",
        "461-/sync,1[]",
        "b",
        "b!!!!",
        "bAAAA",
        "\x1e",
        "\x00",
        "é中",
    ],
    ids=range(54),
)
def test_a_broken_packet_harms_nobody_else(server: Server, frame: str) -> None:
    phone = Socket(server.url)
    phone.connection.send(frame)
    phone.say_quietly("hello", {})
    phone.close()
    assert lives(server)


@pytest.mark.parametrize("binary", [b"", b"\x00", b"\xff" * 1000, b"\x04" + b"2[]"])
def test_a_binary_frame_harms_nobody_else(server: Server, binary: bytes) -> None:
    phone = Socket(server.url)
    phone.connection.send_binary(binary)
    phone.say_quietly("hello", {})
    phone.close()
    assert lives(server)


@pytest.mark.parametrize("first", ['42/sync,7["hello",{}]', "40", "40/nowhere,", "hello", "\x00"])
def test_a_first_packet_that_is_no_join_harms_nobody_else(server: Server, first: str) -> None:
    phone = Socket(server.url, join=False)
    phone.connection.send(first)
    phone.close()
    assert lives(server)


@pytest.mark.parametrize("size", [65_537, 200_000, 3_000_000])
def test_an_oversized_frame_ends_that_connection(server: Server, size: int) -> None:
    phone = Socket(server.url)
    text = json.dumps(["hello", {"client": "x" * size}])
    assert phone.say_quietly_text(text) is None
    phone.close()
    assert lives(server)


def test_a_namespace_that_is_none_is_refused(server: Server) -> None:
    client = socketio.Client(reconnection=False, handle_sigint=False)
    with pytest.raises(socketio.exceptions.ConnectionError):
        client.connect(server.url, transports=["websocket"], namespaces=["/admin"], wait_timeout=5)
    client.disconnect()


def test_long_polling_is_refused(server: Server) -> None:
    answer = server.anonymous().call("GET", "/../../socket.io/?EIO=4&transport=polling")
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize(
    "query",
    [
        "EIO=3&transport=websocket",
        "transport=websocket",
        "EIO=4&transport=pigeon",
        "EIO=4&transport=websocket&sid=x",
    ],
)
def test_a_handshake_of_another_protocol_is_refused(server: Server, query: str) -> None:
    address = server.url.replace("http", "ws", 1) + f"/socket.io/?{query}"
    with pytest.raises((websocket.WebSocketException, OSError)):
        _listen_to_its_end(address)
    assert lives(server)


def _listen_to_its_end(address: str) -> None:
    connection = websocket.create_connection(address, timeout=10)
    while connection.recv():
        pass
    raise websocket.WebSocketConnectionClosedException
