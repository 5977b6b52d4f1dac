"""The socket: what it answers, what it sends by itself, and how it parts with phones. Rights: see tests/sync."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import websocket

from scenario import examine
from scenario.examine import correct
from scenario.people import Person
from scenario.phone import Phone
from tests.support.raw import RawPhone
from tests.support.server import Server, wait_until

# Each is a frame of some 570 kB, so that a few of them are more than all buffers of the network hold.
CORRECTIONS = 30
SOURCES = [{"name": "公园管理处", "kind": "official", "verified": True}]
BREAKING = {
    "headline": "暴雨红色预警",
    "text": "请勿外出。",
    "source": {"name": "区气象台", "verified": True},
    "reason": "突发",
}


@pytest.fixture(scope="module")
def ticking(make_server: Callable[..., Server]) -> Server:
    """A server that ticks every second, whose clock the tests move on."""
    return make_server(TICK_S="1")


@pytest.fixture
def online(server: Server) -> Iterator[Callable[..., Phone]]:
    phones: list[Phone] = []

    def make(person: Person | None = None, streams: list[str] | None = None) -> Phone:
        phones.append(server.phone(person, streams))
        phones[-1].go_online()
        return phones[-1]

    yield make
    for phone in phones:
        phone.go_offline()


def publish(server: Server, **fields: Any) -> dict[str, Any]:
    opened = server.staff("editor").does("POST", "/editor/breaking", BREAKING | fields)
    signed: dict[str, Any] = server.staff("duty").does("POST", f"/editor/breaking/{opened['id']}/sign")
    return signed


# ── what it answers ──


def test_a_hello_tells_how_things_stand(server: Server) -> None:
    raw = RawPhone(server)
    ack = raw.say("hello", {"token": None, "epoch": None, "cursors": {}, "client": "raw"})
    assert ack.keys() == {"epoch", "head", "streams", "tick_s"}
    snapshot = server.anonymous().does("GET", "/sync/snapshot?streams=pub")
    assert ack["epoch"] == snapshot["epoch"]
    assert list(ack["streams"]) == ["pub"]
    assert ack["streams"]["pub"] <= ack["head"]
    assert ack["tick_s"] == 30
    raw.close()


def test_a_phone_by_hand_gets_the_rows_that_everybody_gets(server: Server, online: Callable[..., Phone]) -> None:
    raw = RawPhone(server)
    raw.say("hello", {})
    phone = online()
    story = publish(server)
    held = phone.wait_for(lambda: phone.get("article", story["id"]))
    rows: list[dict[str, Any]] = []
    while not any(row["id"] == story["id"] for row in rows):
        rows += raw.listen("change")
    row = next(row for row in rows if row["id"] == story["id"])
    assert (row["stream"], row["kind"], row["op"], row["data"]) == ("pub", "article", "put", held)
    assert row["prev"] < row["seq"]
    raw.close()


@pytest.mark.parametrize(
    ("event", "messages", "status", "code"),
    [
        ("hello", [{"tokens": "x"}], 422, "validation"),
        ("hello", [{"token": 5}], 422, "validation"),
        ("hello", [{"cursors": {"pub": -1}}], 422, "validation"),
        ("hello", [{"token": "not a token"}], 401, "bad_credentials"),
        ("hello", ["a text"], 400, "bad_request"),
        ("hello", [{}, {}], 400, "bad_request"),
        ("watch", [{"stream": "town:gucun"}], 409, "guard_failed"),
        ("steal", [{}], 400, "unknown_event"),
        ("change", [[]], 400, "unknown_event"),
        ("disconnecting", [], 400, "unknown_event"),
    ],
)
def test_a_bad_message_gets_the_error_body_and_keeps_the_connection(
    server: Server, event: str, messages: list[Any], status: int, code: str
) -> None:
    raw = RawPhone(server)
    body = raw.say(event, *messages)
    assert (body["status"], body["code"]) == (status, code)
    assert {"type", "title", "detail"} <= body.keys()
    assert "epoch" in raw.say("hello", {}), "the connection is as good as before"
    raw.close()


@pytest.mark.parametrize("stream", ["pubs", "town:", "user:x/../y", "x" * 81, "", None, 7])
def test_what_is_no_stream_is_refused(server: Server, stream: Any) -> None:
    raw = RawPhone(server)
    raw.say("hello", {})
    assert raw.say("watch", {"stream": stream})["status"] == 422
    raw.close()


def test_a_town_is_followed_and_left(server: Server, online: Callable[..., Phone]) -> None:
    phone = online()
    assert phone.say("watch", {"stream": "town:gucun"})["streams"].keys() == {"pub", "town:gucun"}
    assert phone.say("watch", {"stream": "town:gucun"})["streams"].keys() == {"pub", "town:gucun"}
    assert phone.say("unwatch", {"stream": "town:gucun"})["streams"].keys() == {"pub"}


def test_a_phone_follows_so_many_towns_and_no_more(server: Server, online: Callable[..., Phone]) -> None:
    phone = online()
    answers = [phone.say("watch", {"stream": f"town:t{number}"}) for number in range(25)]
    assert [answer.get("code") for answer in answers] == [None] * 20 + ["rate_limited"] * 5


def test_a_fresh_token_of_somebody_else_makes_it_their_phone(server: Server, online: Callable[..., Phone]) -> None:
    first, second = server.citizen(), server.citizen()
    phone = online(first, ["pub"])
    ack = phone.say("auth", {"token": second.token})
    assert ack["streams"].keys() == {"pub", f"user:{second.id}"}
    assert phone.say("auth", {"token": "nonsense"})["code"] == "bad_credentials"
    assert phone.say("watch", {"stream": "town:gucun"})["streams"].keys() >= {f"user:{second.id}"}


# ── what time does ──


def test_a_tick_names_every_stream_and_its_head(ticking: Server) -> None:
    raw = RawPhone(ticking)
    ack = raw.say("hello", {})
    assert ack["tick_s"] == 1
    tick = raw.listen("tick", 5)
    assert tick["streams"] == {"pub": ack["streams"]["pub"]}
    assert tick["head"] >= tick["streams"]["pub"]
    publish(ticking)
    wait_until(lambda: raw.listen("tick", 5)["streams"]["pub"] > ack["streams"]["pub"])
    raw.close()


def test_a_phone_that_lost_a_frame_finds_out_by_the_tick(ticking: Server) -> None:
    phone = ticking.phone()
    phone.go_online()
    phone.network = lambda _rows: []
    pulls = phone.pulls
    story = publish(ticking)
    assert phone.wait_for(lambda: phone.get("article", story["id"]), 5)
    assert phone.pulls == pulls + 1
    assert phone.equals_server()
    phone.go_offline()


def test_a_fresh_token_in_time_keeps_private_streams_beyond_the_old_ones_end(ticking: Server) -> None:
    citizen = ticking.citizen()
    phone = ticking.phone(citizen)
    phone.go_online()
    ticking.move_clock(14 * 60)
    form = {"grant": "refresh", "refresh_token": citizen.tokens["refresh_token"]}
    citizen.tokens = ticking.anonymous().does("POST", "/auth/tokens", form)
    assert f"user:{citizen.id}" in phone.say("auth", {"token": citizen.token})["streams"]
    ticking.move_clock(5 * 60)
    time.sleep(1)
    assert phone.notes == []
    case = citizen.does("POST", "/requests", {"service": "manhole", "title": "井盖", "text": "响"})
    assert phone.wait_for(lambda: phone.get("request", case["id"], f"user:{citizen.id}"))
    phone.go_offline()


def test_a_role_that_begins_tomorrow_brings_its_stream_tomorrow(ticking: Server) -> None:
    offset = float(ticking.clock_file.read_text() if ticking.clock_file.exists() else 0)
    begins = datetime.now(UTC) + timedelta(seconds=offset + 300)
    line = {"username": "assessor", "role": "dispatcher", "desk": "service", "valid_from": begins.isoformat()}
    ticking.staff("admin").does("POST", "/roster", line)
    phone = ticking.phone(ticking.staff("assessor"), ["pub"])
    assert "desk:service" not in phone.go_online()["streams"]
    ticking.move_clock(301)
    wait_until(lambda: any("desk:service" in note["streams"] for note in phone.notes))
    phone.go_offline()


# ── how it parts with phones ──


def test_before_a_stop_every_phone_is_told_when_to_come_back(make_server: Callable[..., Server]) -> None:
    server = make_server()
    phones = [server.phone() for _ in range(12)]
    for phone in phones:
        phone.go_online()
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 8
    wait_until(lambda: not any(phone.online for phone in phones))
    assert [len(phone.byes) for phone in phones] == [1] * 12
    waits = [phone.byes[0]["retry_after_ms"] for phone in phones]
    assert {phone.byes[0]["reason"] for phone in phones} == {"restart"}
    assert all(0 <= wait < 10_000 for wait in waits)
    assert max(waits) - min(waits) > 2_000, "spread, so that they do not all come back at once"


def test_a_phone_that_does_not_read_is_cut_and_delays_nobody(server: Server, online: Callable[..., Phone]) -> None:
    slow = RawPhone(server, receive_buffer=4096)
    slow.say("hello", {})
    phone = online()
    body = [{"type": "text", "html": f"<p>{'长' * 19_000}</p>"}] * 5
    form = {"headline": "一篇长文", "summary": "", "body": body, "section": "minsheng", "sources": SOURCES}
    story = server.staff("editor").does("POST", "/editor/stories", form)
    examine.publish(server.staff, story["id"])
    waits = []
    for number in range(CORRECTIONS):
        change = {"headline": f"第 {number} 次更正", "note": "改"}
        correct(server.staff, story["id"], change)
        acknowledged = time.monotonic()
        seen = phone.wait_for(lambda wanted=change["headline"]: held(phone, story["id"]) == wanted)
        assert seen, f"the phone that reads waits for correction {number}"
        waits.append(time.monotonic() - acknowledged)
    assert max(waits) < 1.5, "from the answer to the editor until the phone that reads"
    assert phone.online
    assert phone.byes == []
    assert phone.equals_server()
    # What lies in the buffers of the network still comes, and then the end of the connection.
    assert frames_until_the_end(slow) < CORRECTIONS


def frames_until_the_end(raw: RawPhone) -> int:
    frames = 0
    while True:
        try:
            frames += raw.socket.recv().startswith("42/sync")
        except (websocket.WebSocketConnectionClosedException, ConnectionResetError):
            return frames


def held(phone: Phone, article: str) -> str | None:
    found = phone.get("article", article)
    return found["headline"] if found else None
