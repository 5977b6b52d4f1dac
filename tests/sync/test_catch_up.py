"""Catching up over HTTP: cursors, pages, limits, digests, and the order of the log under many writers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from scenario.people import Person
from tests.support.server import Server, wait_until
from tests.sync.database import opened, rows
from tests.sync.holder import Holder
from tests.sync.world import TOWN, World

MAX_BEHIND, PAGE = 2000, 200


def changes(person: Person, **query: Any) -> Any:
    return person.get("/sync/changes", params={"since": 0, "streams": "pub"} | query)


def head_of(person: Person) -> tuple[str, int]:
    body = person.does("GET", "/sync/snapshot", params={"streams": "pub"})
    return body["epoch"], body["cursor"]


def fill(server: Server, stream: str, first: int, count: int) -> None:
    """Put so many things on a stream in one unit of work, as a long absence would."""
    with opened(server) as database, database.unit() as unit:
        for number in range(first, first + count):
            unit.place("read", f"mark{number:06}", 1, {stream})


@pytest.fixture(scope="module")
def crowd(house: Server) -> Person:
    """Give a person on whose stream exactly as many rows wait as may be asked for."""
    person = house.citizen()
    fill(house, f"user:{person.id}", 0, MAX_BEHIND - 2)  # `me` and `session` are there already.
    return person


# ── when a cursor cannot be served ──


def assert_resync(answer: Any) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (410, "resync")
    assert body["floor"] <= body["head"]
    assert body["epoch"]


def test_another_epoch_is_sent_to_a_snapshot(world: World) -> None:
    epoch, head = head_of(world.citizen)
    assert changes(world.citizen, since=head, epoch=epoch).ok
    assert_resync(changes(world.citizen, since=head, epoch="01890000-0000-7000-8000-000000000000"))


def test_a_cursor_ahead_of_the_head_is_sent_to_a_snapshot(world: World) -> None:
    _, head = head_of(world.citizen)
    assert_resync(changes(world.citizen, since=head + 1000))
    assert_resync(changes(world.citizen, since=2**53))


def test_more_than_two_thousand_rows_are_not_sent(house: Server, crowd: Person) -> None:
    stream = f"user:{crowd.id}"
    served = changes(crowd, streams=stream)
    assert served.ok
    assert (len(served.json()["changes"]), served.json()["more"]) == (500, True)
    fill(house, stream, MAX_BEHIND, 1)
    assert_resync(changes(crowd, streams=stream))
    # Others are not concerned: what counts is what waits on the streams one asks for.
    assert changes(house.anonymous(), streams=f"town:{TOWN}").ok


def test_a_cursor_below_the_floor_is_sent_to_a_snapshot(make_server: Callable[..., Server]) -> None:
    server = make_server(TICK_S="1")
    reader = Holder(server.anonymous(), ["pub"])
    reader.load()
    old = reader.cursor
    server.move_clock(31 * 86_400)
    wait_until(lambda: changes(reader.person, since=old - 1).status_code == 410, 20)
    assert_resync(changes(reader.person, since=old - 1))
    # The floor rises first; what lies below it goes piece by piece.
    wait_until(lambda: rows(server, "SELECT count(*) FROM sync_row WHERE seq <= :old", old=old) == [(0,)], 20)
    # The cursor at the floor itself lacks nothing but what ran out in that month, as warnings and notices do.
    assert all(row["seq"] > old for row in reader.catch_up())
    wait_until(lambda: reader.catch_up() == [] and reader.digest("pub") == reader.server_digest("pub"), 20)
    assert server.flask("verify-log").returncode == 0


# ── pages and limits ──


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("changes", {"since": 0, "streams": "pub", "limit": 0}, "limit"),
        ("changes", {"since": 0, "streams": "pub", "limit": 501}, "limit"),
        ("changes", {"since": 0, "streams": "pub", "limit": "x"}, "limit"),
        ("changes", {"since": -1, "streams": "pub"}, "since"),
        ("changes", {"since": 2**53 + 1, "streams": "pub"}, "since"),
        ("changes", {"streams": "pub"}, "since"),
        ("changes", {"since": 0}, "streams"),
        ("changes", {"since": 0, "streams": ""}, "streams"),
        ("changes", {"since": 0, "streams": "pub,"}, "streams"),
        ("changes", {"since": 0, "streams": "no-such-scope:1"}, "streams"),
        ("changes", {"since": 0, "streams": ",".join(f"town:t{n}" for n in range(21))}, "streams"),
        ("changes", {"since": 0, "streams": "pub", "epoch": "no such epoch"}, "epoch"),
        ("changes", {"since": 0, "streams": "pub", "more": 1}, "more"),
        ("snapshot", {"streams": "pub", "cursor": "bm9uc2Vuc2U"}, "cursor"),
        ("snapshot", {"streams": "pub", "cursor": "!"}, "cursor"),
        ("snapshot", {}, "streams"),
        ("digest", {"stream": "no-such-scope:1"}, "stream"),
        ("digest", {}, "stream"),
    ],
)
def test_a_bad_question_is_refused_by_field(world: World, path: str, query: dict[str, Any], field: str) -> None:
    answer = world.server.anonymous().get(f"/sync/{path}", params=query)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_page_of_a_snapshot_belongs_to_its_question(crowd: Person) -> None:
    page = crowd.does("GET", "/sync/snapshot", params={"streams": "user"})["next"]
    answer = crowd.get("/sync/snapshot", params={"streams": "user,pub", "cursor": page})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


def test_a_snapshot_comes_in_pages_and_what_moves_meanwhile_is_healed(house: Server, crowd: Person) -> None:
    stream = f"user:{crowd.id}"
    reader = Holder(crowd, [stream])
    query = {"streams": stream}
    first = crowd.does("GET", "/sync/snapshot", params=query)
    assert len(first["items"]) == PAGE
    # Ids that come before, between and after what has been read already.
    with opened(house) as database, database.unit() as unit:
        unit.place("read", "mark000001", 2, {stream})
        unit.place("read", first["items"][0]["id"], 3, {stream})
        unit.place("read", "mark000002", 1, set())
        unit.place("read", "zzz", 1, {stream})
    reader.held = {(item["stream"], item["kind"], item["id"]): (item["ver"], item["data"]) for item in first["items"]}
    page = first
    while page["next"]:
        page = crowd.does("GET", "/sync/snapshot", params=query | {"cursor": page["next"]})
        assert (page["cursor"], page["epoch"]) == (first["cursor"], first["epoch"])
        for item in page["items"]:
            reader.held[item["stream"], item["kind"], item["id"]] = (item["ver"], item["data"])
    reader.cursor, reader.epoch = first["cursor"], first["epoch"]
    reader.catch_up()
    assert reader.digest(stream) == reader.server_digest(stream)


def test_pages_of_changes_join_without_gap_or_double(world: World) -> None:
    reader = Holder(world.citizen, ["pub", f"user:{world.citizen.id}", f"town:{TOWN}"])
    reader.load()
    begin = reader.cursor
    for _ in range(3):
        world.step("dispatcher", world.case(), "accept")
        world.notice()
    whole = Holder(world.citizen, reader.streams, dict(reader.held), reader.epoch, begin).catch_up()
    pieces = reader.catch_up(limit=1)
    assert [row["seq"] for row in pieces] == [row["seq"] for row in whole]
    assert len(whole) >= 12


# ── digests ──


def test_the_digest_of_a_stream_without_anything(world: World) -> None:
    empty = {"head": 0, "count": 0, "hash": "0" * 32}
    assert world.server.anonymous().does("GET", "/sync/digest?stream=town:nowhere") == empty


def test_the_digest_names_the_head_of_its_stream(world: World) -> None:
    before = world.server.anonymous().does("GET", "/sync/digest?stream=pub")
    world.case()
    assert world.server.anonymous().does("GET", "/sync/digest?stream=pub") == before
    world.live()
    after = world.server.anonymous().does("GET", "/sync/digest?stream=pub")
    assert after["head"] > before["head"]
    assert after["count"] == before["count"] + 1


# ── order under many writers ──


def write_a_while(world: World, writer: int) -> None:
    """Make rows on many streams at once; which ones, the writer's number says."""
    citizen = world.server.citizen()
    for turn in range(6):
        if (writer + turn) % 3 == 0:
            world.breaking()
        elif (writer + turn) % 3 == 1:
            world.step("dispatcher", world.case(citizen), "assign")
        else:
            world.notice()


@contextmanager
def following(reader: Holder) -> Iterator[list[dict[str, Any]]]:
    """Read rows all the while, as fast as the server answers."""
    seen: list[dict[str, Any]] = []
    stop = threading.Event()

    def follow() -> None:
        while not stop.is_set():
            seen.extend(reader.catch_up())
            time.sleep(0.005)

    follower = threading.Thread(target=follow)
    follower.start()
    yield seen
    stop.set()
    follower.join()
    seen.extend(reader.catch_up())


def test_the_log_has_no_gap_and_hides_no_row_under_many_writers(world: World) -> None:
    dispatcher = world.dispatcher
    reader = Holder(dispatcher, ["pub", f"town:{TOWN}", "desk:service"])
    reader.load()
    begin = reader.cursor
    last = {
        stream: dispatcher.does("GET", "/sync/digest", params={"stream": stream})["head"] for stream in reader.streams
    }
    with following(reader) as seen, ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda writer: write_a_while(world, writer), range(6)))
    # A row that were committed late with an early number would have been passed over by the reader.
    for row in seen:
        assert row["prev"] == last[row["stream"]], row
        last[row["stream"]] = row["seq"]
    for stream in reader.streams:
        assert reader.digest(stream) == reader.server_digest(stream)
    numbers = [
        seq for (seq,) in rows(world.server, "SELECT seq FROM sync_row WHERE seq > :begin ORDER BY seq", begin=begin)
    ]
    assert numbers == list(range(begin + 1, begin + 1 + len(numbers)))
    assert len(numbers) > 6 * 6 * 2
    broken = """SELECT r.seq FROM sync_row r WHERE r.prev <> COALESCE(
        (SELECT max(b.seq) FROM sync_row b WHERE b.stream = r.stream AND b.seq < r.seq), 0)"""
    assert rows(world.server, broken) == []
    assert world.server.flask("verify-log").returncode == 0
