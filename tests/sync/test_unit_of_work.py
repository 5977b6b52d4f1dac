"""The one transaction rule: all of a unit of work or nothing, numbered and chained, on both databases."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.errors import AppError, Code, KeptRefusal
from backend.events.chain import verify
from backend.events.models import Event
from backend.jobs.models import Job
from backend.sync.models import Item, Row, Stream
from backend.sync.queries import digest, get_head
from backend.unit_of_work import Database, UnitOfWork
from tests.support.server import ROOT, Server
from tests.sync.conftest import HandClock
from tests.sync.database import url_of


def do(unit: UnitOfWork, item: str = "a", ver: int = 1) -> None:
    unit.record("thing.made", item, ver, note=item)
    unit.place("thing", item, ver, {"pub", "town:x"})
    unit.enqueue("effect", f"effect:{item}:{ver}", {"item": item})


def do_and_raise(database: Database, error: BaseException, item: str = "a") -> None:
    with database.unit() as unit:
        do(unit, item)
        unit.session.flush()
        raise error


def counts(database: Database) -> dict[str, Any]:
    with database.reading() as session:
        head = get_head(session)
        tables = (Event, Row, Item, Stream, Job)
        found = {table.__name__: session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables}
        return found | {"seq": head.seq, "event_seq": head.event_seq, "event_hash": head.event_hash}


def test_a_unit_that_ends_leaves_all_of_it(database: Database) -> None:
    with database.unit() as unit:
        do(unit)
    assert unit.seq == 2
    found = counts(database)
    assert found == {"Event": 1, "Row": 2, "Item": 2, "Stream": 2, "Job": 1, "seq": 2, "event_seq": 1} | {
        "event_hash": found["event_hash"]
    }


@pytest.mark.parametrize("error", [AppError(Code.NOT_FOUND, 404, "x"), ValueError("x"), KeyboardInterrupt()])
def test_a_unit_that_raises_leaves_nothing(database: Database, error: BaseException) -> None:
    with database.unit() as unit:
        do(unit, "before")
    before = counts(database)
    with pytest.raises(type(error)):
        do_and_raise(database, error)
    assert counts(database) == before
    # The numbers of the one that failed are not missing.
    with database.unit() as unit:
        do(unit, "after")
    assert unit.seq == before["seq"] + 2


def test_a_kept_refusal_commits_and_goes_on_to_the_caller(database: Database) -> None:
    woken: list[str] = []
    database.on_commit(lambda: woken.append("woken"))
    with pytest.raises(KeptRefusal):
        do_and_raise(database, KeptRefusal(Code.BAD_CREDENTIALS, 401, "x"))
    assert counts(database)["Event"] == 1
    assert woken == ["woken"]


def test_listeners_are_woken_after_a_commit_and_only_then(database: Database) -> None:
    seen: list[int] = []
    database.on_commit(lambda: seen.append(counts(database)["seq"]))
    with pytest.raises(ValueError, match="x"):
        do_and_raise(database, ValueError("x"))
    assert seen == []
    with database.unit() as unit:
        do(unit)
        assert seen == []
    assert seen == [2]


def test_hooks_run_within_the_transaction_and_hear_each_other(database: Database) -> None:
    def answer(unit: UnitOfWork, event: Event) -> None:
        unit.record("other.followed", event.entity_id, 1)
        unit.enqueue("bell", f"bell:{event.entity_id}", {})

    heard: list[str] = []
    database.on_event("thing.", answer)
    database.on_event("other.", lambda _, event: heard.append(event.type))
    with database.unit() as unit:
        do(unit)
    assert heard == ["other.followed"]
    assert (counts(database)["Event"], counts(database)["Job"]) == (2, 2)
    with pytest.raises(ValueError, match="x"):
        do_and_raise(database, ValueError("x"), "b")
    assert counts(database)["Job"] == 2


def test_a_hook_that_fails_takes_the_unit_with_it(database: Database) -> None:
    def fail(_unit: UnitOfWork, _event: Event) -> None:
        raise LookupError("hook")

    database.on_event("thing.", fail)
    with pytest.raises(LookupError), database.unit() as unit:
        do(unit)
    assert counts(database)["Event"] == 0


def test_what_must_be_stored_with_its_number_is_stored_in_the_same_transaction(database: Database) -> None:
    numbers: list[int] = []
    with database.unit() as unit:
        do(unit)
        unit.when_numbered.append(numbers.append)
    assert numbers == [unit.seq] == [2]


def test_rows_follow_from_the_difference_to_what_is_held(database: Database) -> None:
    def place(ver: int, *streams: str) -> list[tuple[str, str, int]]:
        with database.unit() as unit:
            unit.place("thing", "a", ver, streams)
        with database.reading() as session:
            query = sa.select(Row).where(Row.seq > unit.seq - 9).order_by(Row.seq)
            rows = [(row.op, row.stream, row.ver) for row in session.scalars(query)]
        new, place.seen = rows[place.seen :], len(rows)  # type: ignore[attr-defined]
        return new

    place.seen = 0  # type: ignore[attr-defined]
    assert place(1, "pub", "town:x") == [("put", "pub", 1), ("put", "town:x", 1)]
    assert place(1, "pub", "town:x") == []
    assert place(2, "pub") == [("del", "town:x", 2), ("put", "pub", 2)]
    assert place(2) == [("del", "pub", 2)]
    assert place(3) == []
    with database.reading() as session:
        assert [digest(session, name)["hash"] for name in ("pub", "town:x")] == ["0" * 32] * 2


# ── history ──


def verify_log(server: Server) -> tuple[int, str]:
    answer = server.flask("verify-log", check=False)
    return answer.returncode, answer.stdout


def first_broken(database: Database) -> int | None:
    with database.reading() as session:
        head = get_head(session)
        return verify(session, head.event_seq, head.event_hash).broken_seq


@pytest.fixture
def history(empty: Server, database: Database, clock: HandClock) -> Server:
    """Give a server with twelve events in its history."""
    for number in range(12):
        clock.move(1)
        with database.unit() as unit:
            do(unit, f"item-{number}")
    return empty


def session_without_guards(server: Server, statement: str) -> None:
    """Do what only somebody with the database's password could: drop the triggers, and change history."""
    engine = sa.create_engine(url_of(server))
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.execute(sa.text(f"DROP TRIGGER event_no_{verb}"))
        else:
            connection.execute(sa.text("DROP TRIGGER event_permanent ON event"))
        connection.execute(sa.text(statement))
    engine.dispose()


def test_an_untouched_history_is_intact(history: Server) -> None:
    assert verify_log(history) == (0, "完整 intact: 12 events\n")


@pytest.mark.parametrize(
    ("tampering", "broken"),
    [
        ("UPDATE event SET actor = 'somebody else' WHERE seq = 5", 5),
        ("UPDATE event SET at = '2026-03-01 09:00:00' WHERE seq = 7", 7),
        ("UPDATE event SET entity_version = 9 WHERE seq IN (3, 8)", 3),
        ("""UPDATE event SET data = '{"note":"other"}' WHERE seq = 12""", 12),
        ("DELETE FROM event WHERE seq = 6", 6),
        ("DELETE FROM event WHERE seq > 9", 10),
        ("UPDATE event SET hash = prev_hash WHERE seq = 1", 1),
        ("UPDATE event SET prev_hash = hash WHERE seq = 4", 4),
    ],
)
def test_the_first_broken_event_is_found(history: Server, database: Database, tampering: str, broken: int) -> None:
    assert first_broken(database) is None
    session_without_guards(history, tampering)
    assert first_broken(database) == broken


def test_the_command_names_the_first_broken_event(history: Server) -> None:
    session_without_guards(history, "UPDATE event SET acting_role = 'leader' WHERE seq IN (4, 9)")
    code, words = verify_log(history)
    assert (code, "broken at seq 4:" in words) == (1, True), words


@pytest.mark.parametrize(
    "statement", ["UPDATE event SET actor = 'x'", "DELETE FROM event", "DELETE FROM event WHERE seq = 2"]
)
def test_history_can_be_neither_changed_nor_deleted(database: Database, statement: str) -> None:
    for item in ("a", "b"):
        with database.unit() as unit:
            do(unit, item)
    with pytest.raises(sa.exc.DBAPIError, match="events are permanent"), database.unit() as unit:
        unit.session.execute(sa.text(statement))
    assert counts(database)["Event"] == 2


# ── the schema ──


def test_autogenerate_finds_nothing_after_an_upgrade(empty: Server) -> None:
    answer = empty.flask("db", "check", check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr


# ── two processes ──

WRITE = """
import sys, time
from backend.clock import SystemClock
from backend.db import Engine
from backend.unit_of_work import Database
url, name = sys.argv[1:]
database = Database(Engine(url), SystemClock())
slowest = 0.0
for number in range(200):
    begun = time.monotonic()
    with database.unit() as unit:
        unit.record("thing.made", f"{name}-{number}", 1)
        unit.place("thing", f"{name}-{number}", 1, {"pub", f"town:{name}"})
    slowest = max(slowest, time.monotonic() - begun)
print(slowest)
"""


def test_two_processes_write_at_once_and_nothing_is_lost(empty: Server, database: Database) -> None:
    command = [sys.executable, "-c", WRITE, url_of(empty)]
    writers = [
        subprocess.Popen([*command, name], cwd=ROOT, env=empty.env, stdout=subprocess.PIPE, text=True) for name in "xy"
    ]
    deadline = time.monotonic() + 90
    while any(writer.poll() is None for writer in writers):
        assert time.monotonic() < deadline
        # Somebody reads all the while, and is never turned away nor shown half a unit.
        with database.reading() as session:
            head = get_head(session).seq
            assert head == session.scalar(sa.select(sa.func.coalesce(sa.func.max(Row.seq), 0)))
            assert head % 2 == 0
        time.sleep(0.01)
    said = [writer.communicate()[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    # Waiting for the other is fair enough that nobody starves.
    assert max(map(float, said)) < 10
    found = counts(database)
    assert (found["Event"], found["Row"], found["seq"]) == (400, 800, 800)
    assert first_broken(database) is None


def test_threads_of_one_process_write_at_once(database: Database) -> None:
    def write(name: str) -> None:
        for number in range(25):
            with database.unit() as unit:
                do(unit, f"{name}-{number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    found = counts(database)
    assert (found["Event"], found["Row"], found["Job"], found["seq"]) == (200, 400, 200, 400)


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.unit() as unit:
        do(unit, "a")
    with database.reading() as session:
        before = _everything(session)
        with database.unit() as unit:
            do(unit, "b")
        assert _everything(session) == before
    with database.reading() as session:
        assert _everything(session) != before


def _everything(session: Session) -> list[Any]:
    return [session.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Event, Row, Job)]
