"""What is swept once a day, on a server whose clock is moved."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import flask  # noqa: F401  # Before wsgi, which then leaves this process unpatched.
import pytest
import sqlalchemy as sa

import wsgi
from backend.config import load_settings
from backend.housekeeping import AT_ONCE, FEW_AT_ONCE, KIND, sweep
from backend.jobs import queue
from backend.jobs.worker import LeaseLost, Worker
from backend.unit_of_work import Database
from tests.support.server import Server, wait_until
from tests.support.tables import run, run_many
from tests.sync.database import rows

MONTH_S = 31 * 24 * 3600


@pytest.fixture(scope="module")
def aged(make_server: Callable[..., Server]) -> Server:
    """Give a server on which somebody signed in, and then a month went by."""
    server = make_server()
    citizen = server.citizen()
    citizen.does("PUT", "/devices/aged-phone", {"platform": "android", "push_token": "token-aged", "locale": "zh-CN"})
    server.phone(citizen).catch_up()
    server.move_clock(MONTH_S)
    wait_until(lambda: rows(server, "SELECT floor FROM sync_head WHERE floor > 0"), timeout=30)
    return server


def test_the_tail_of_the_change_log_is_cut_and_old_cursors_are_sent_to_a_snapshot(aged: Server) -> None:
    refused = aged.anonymous().get("/sync/changes", params={"since": 1, "streams": "pub"})
    assert (refused.status_code, refused.json()["code"]) == (410, "resync")
    phone = aged.phone()
    phone.catch_up()
    assert phone.equals_server()


def test_history_is_never_swept(aged: Server) -> None:
    assert aged.flask("verify-log").returncode == 0
    assert rows(aged, "SELECT count(*) FROM event WHERE seq = 1")[0][0] == 1


def test_codes_and_spent_credentials_are_forgotten(aged: Server) -> None:
    assert rows(aged, "SELECT count(*) FROM login_code")[0][0] == 0
    assert rows(aged, "SELECT count(*) FROM idempotency_answer")[0][0] == 0


def test_a_sign_in_that_nobody_can_renew_ends_and_its_phone_rings_for_nobody(aged: Server) -> None:
    assert rows(aged, "SELECT DISTINCT end_reason FROM login_session") == [("expired",)]
    assert rows(aged, "SELECT account_id FROM device WHERE id = 'aged-phone'") == [(None,)]


def test_the_next_day_is_asked_for(aged: Server) -> None:
    waiting = rows(aged, "SELECT count(*) FROM job WHERE kind = 'housekeeping' AND state = 'ready'")
    assert waiting[0][0] == 1


# ── much to sweep ──


class Counter:
    """Counts the rows that each transaction deletes and changes."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine, self.per_transaction, self._now = engine, [0], 0

    def __enter__(self) -> Self:
        sa.event.listen(self.engine, "after_cursor_execute", self._count)
        sa.event.listen(self.engine, "commit", self._end)
        return self

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self.engine, "after_cursor_execute", self._count)
        sa.event.remove(self.engine, "commit", self._end)

    def _count(self, _connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("DELETE", "UPDATE")):
            self._now += max(0, cursor.rowcount)

    def _end(self, _connection: Any) -> None:
        self.per_transaction.append(self._now)
        self._now = 0


@contextmanager
def opened(server: Server) -> Iterator[Any]:
    """Put the application together on the data of a server that has stopped."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    app = wsgi.create_app(load_settings(server.env))
    try:
        yield app
    finally:
        app.extensions["database"].engine.sa.dispose()
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)


def worker(app: Any, database: Database) -> Worker:
    return Worker(database, {KIND: lambda run: sweep(app.extensions["media_store"], run)})


def much(server: Server, count: int) -> None:
    """Leave behind what is long past its time: codes, jobs that are done, rings of the log."""
    old = datetime(2020, 1, 1, tzinfo=UTC)
    at = old if "DATABASE_URL" in server.env else old.strftime("%Y-%m-%d %H:%M:%S.%f")
    codes = (
        "INSERT INTO login_code (id, phone_hash, address_hash, code_hash, tries, sent_at)"
        " VALUES (:id, '', '', '', 0, :at)"
    )
    run_many(server, codes, [{"id": f"old-{number}", "at": at} for number in range(count)])
    jobs = (
        "INSERT INTO job (id, kind, key, lane, args, state, run_at, attempts, created_at, done_at)"
        " VALUES (:id, 'sms.code', :id, 9, '{}', 'done', :at, 1, :at, :at)"
    )
    run_many(server, jobs, [{"id": f"old-{number}", "at": at} for number in range(count)])


def left(server: Server) -> int:
    return sum(
        rows(server, f"SELECT count(*) FROM {table} WHERE id LIKE 'old-%'")[0][0] for table in ("login_code", "job")
    )


def test_the_sweep_deletes_much_by_many_short_transactions(make_server: Callable[..., Server]) -> None:
    server = make_server()
    wait_until(lambda: rows(server, "SELECT 1 FROM job WHERE kind = 'housekeeping' AND state = 'done'"))
    server.stop()
    much(server, AT_ONCE * 3 + 7)
    with opened(server) as app:
        database: Database = app.extensions["database"]
        with database.unit() as unit:
            unit.enqueue(KIND, "again", {}, lane=queue.BULK)
        with Counter(database.engine.sa) as counted:
            worker(app, database).run_once()
    assert left(server) == 0
    assert rows(server, "SELECT state FROM job WHERE key = 'again'") == [("done",)]
    # The rows of the batch, and a handful more: the job's own lease, the head of the log.
    assert max(counted.per_transaction) <= AT_ONCE + 10
    assert sum(counted.per_transaction) > AT_ONCE * 6
    assert FEW_AT_ONCE < AT_ONCE


def test_a_sweep_that_was_cut_off_goes_on_where_it_was(make_server: Callable[..., Server]) -> None:
    server = make_server()
    wait_until(lambda: rows(server, "SELECT 1 FROM job WHERE kind = 'housekeeping' AND state = 'done'"))
    server.stop()
    much(server, AT_ONCE * 3)
    with opened(server) as app:
        database: Database = app.extensions["database"]
        with database.unit() as unit:
            unit.enqueue(KIND, "again", {}, lane=queue.BULK)

        class Killed(BaseException):
            """As `kill -9` is met by nothing in the process."""

        def kill(*_: Any) -> None:
            if left(server) <= AT_ONCE * 4:
                raise Killed

        sa.event.listen(database.engine.sa, "begin", kill)
        with pytest.raises(Killed):
            worker(app, database).run_once()
        sa.event.remove(database.engine.sa, "begin", kill)
        assert 0 < left(server) <= AT_ONCE * 4, "what was deleted before stays deleted"
        assert rows(server, "SELECT state FROM job WHERE key = 'again'") == [("leased",)]
        past = datetime.now(UTC) - queue.LEASE - timedelta(seconds=1)
        at = past if "DATABASE_URL" in server.env else past.strftime("%Y-%m-%d %H:%M:%S.%f")
        run(server, "UPDATE job SET lease_until = :at WHERE key = 'again'", at=at)
        worker(app, database).run_once()
    assert left(server) == 0
    assert rows(server, "SELECT state FROM job WHERE key = 'again'") == [("done",)]


def test_who_has_lost_the_job_sweeps_no_further(make_server: Callable[..., Server]) -> None:
    server = make_server()
    wait_until(lambda: rows(server, "SELECT 1 FROM job WHERE kind = 'housekeeping' AND state = 'done'"))
    server.stop()
    with opened(server) as app:
        database: Database = app.extensions["database"]
        with database.unit() as unit:
            unit.enqueue(KIND, "again", {}, lane=queue.BULK)
        seen: list[str] = []

        def lose(run_: Any) -> None:
            with run_.part():
                pass
            run(server, "UPDATE job SET leased_by = 'another' WHERE key = 'again'")
            try:
                with run_.part():
                    seen.append("went on")
            except LeaseLost:
                seen.append("lost")
                raise

        Worker(database, {KIND: lose}).run_once()
    assert seen == ["lost"]
