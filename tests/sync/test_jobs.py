"""Jobs: leased, done once in effect, tried again with growing pauses, and dead letters that an operator can retry."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from backend.jobs import queue
from backend.jobs.models import Job
from backend.jobs.worker import GiveUp, Handler, JobRun, RetryLater, Worker
from backend.unit_of_work import Database
from tests.support.server import ROOT, Server
from tests.sync.conftest import HandClock
from tests.sync.database import url_of

LEASE_S = queue.LEASE.total_seconds()


def ask(database: Database, *keys: str, **how: Any) -> None:
    with database.unit() as unit:
        for key in keys:
            unit.enqueue("effect", key, {"key": key}, **how)


def jobs(database: Database) -> dict[str, Job]:
    with database.reading() as session:
        return {job.key: job for job in session.scalars(sa.select(Job))}


def worker(database: Database, handler: Handler) -> Worker:
    return Worker(database, {"effect": handler})


def works(database: Database, done: list[str]) -> Worker:
    return worker(database, lambda run: done.append(run.key))


def fails(database: Database, error: Callable[[], Exception]) -> Worker:
    def handler(_run: JobRun) -> None:
        raise error()

    return worker(database, handler)


def test_a_job_is_done_once_however_often_it_is_asked_for(database: Database) -> None:
    done: list[str] = []
    for _ in range(3):
        ask(database, "a", "b")
    assert works(database, done).run_once() == 2
    ask(database, "a")
    assert works(database, done).run_once() == 0
    assert sorted(done) == ["a", "b"]
    assert {job.state for job in jobs(database).values()} == {"done"}


def test_urgent_lanes_first_and_none_before_its_time(database: Database, clock: HandClock) -> None:
    done: list[str] = []
    ask(database, "bulk", lane=queue.BULK)
    ask(database, "later", lane=queue.URGENT, run_at=clock.now() + timedelta(seconds=10))
    ask(database, "urgent", lane=queue.URGENT)
    ask(database, "normal")
    one = works(database, done)
    one.run_once()
    assert done == ["urgent", "normal", "bulk"]
    clock.move(10)
    one.run_once()
    assert done[-1] == "later"


def test_a_leased_job_is_not_given_out_again_until_its_lease_runs_out(database: Database, clock: HandClock) -> None:
    ask(database, "a")
    with database.engine.writing() as session:
        assert [job.key for job in queue.lease(session, "dies", clock.now(), lambda _kind: True)] == ["a"]
        session.commit()
    done: list[str] = []
    other = works(database, done)
    clock.move(LEASE_S - 1)
    assert other.run_once() == 0
    clock.move(2)
    assert other.run_once() == 1
    assert (done, jobs(database)["a"].attempts, jobs(database)["a"].state) == (["a"], 2, "done")


DIE = """
import os, signal, sys
from backend.clock import SystemClock
from backend.db import Engine
from backend.jobs.worker import Worker
from backend.unit_of_work import Database
from tests.sync.conftest import HandClock
def handler(run):
    with run.unit() as unit:
        unit.record("thing.made", "by the dead", 1)
        unit.session.flush()
        os.kill(os.getpid(), signal.SIGKILL)
Worker(Database(Engine(sys.argv[1]), HandClock()), {"effect": handler}).run_once()
"""


def test_a_worker_killed_in_the_middle_leaves_nothing_and_another_does_it(
    empty: Server, database: Database, clock: HandClock
) -> None:
    ask(database, "a")
    command = [sys.executable, "-c", DIE, url_of(empty)]
    assert subprocess.run(command, cwd=ROOT, env=empty.env, timeout=60, check=False).returncode == -9
    assert (jobs(database)["a"].state, jobs(database)["a"].attempts) == ("leased", 1)
    done: list[str] = []
    assert works(database, done).run_once() == 0
    clock.move(LEASE_S + 1)
    assert works(database, done).run_once() == 1
    assert done == ["a"]
    with database.reading() as session:
        assert session.scalar(sa.text("SELECT count(*) FROM event")) == 0


def test_one_that_comes_too_late_writes_nothing(database: Database, clock: HandClock) -> None:
    done: list[str] = []
    other = works(database, done)

    def slow(run: JobRun) -> None:
        clock.move(LEASE_S + 1)
        other.run_once()
        with run.unit() as unit:
            unit.enqueue("effect", "by the late one", {})

    ask(database, "a")
    worker(database, slow).run_once()
    assert done == ["a"]
    assert jobs(database).keys() == {"a"}
    assert jobs(database)["a"].state == "done"


def test_what_a_job_writes_and_its_end_commit_together(database: Database) -> None:
    def handler(run: JobRun) -> None:
        with run.unit() as unit:
            unit.record("thing.made", run.key, 1)
        raise RuntimeError("after the commit")

    ask(database, "a")
    worker(database, handler).run_once()
    assert jobs(database)["a"].state == "done"


def test_failures_are_tried_again_with_growing_pauses_and_end_as_dead_letters(
    database: Database, clock: HandClock
) -> None:
    ask(database, "a")
    failing = fails(database, lambda: ValueError("no address, no name"))
    pauses: list[float] = []
    while jobs(database)["a"].state != "dead":
        assert failing.run_once() == 1
        job = jobs(database)["a"]
        if job.state == "ready":
            pauses.append((job.run_at - clock.now()).total_seconds())
            clock.move(pauses[-1] - 0.1)
            assert failing.run_once() == 0
            clock.move(0.2)
    assert jobs(database)["a"].attempts == queue.MAX_ATTEMPTS == len(pauses) + 1
    assert all(
        base <= pause <= base * 1.25 for base, pause in zip((1, 2, 5, 15, 30, 60, 120, 300, 600), pauses, strict=True)
    )
    # The words of an exception may be personal; its class is enough.
    assert jobs(database)["a"].error == "ValueError"
    assert failing.run_once() == 0


def test_a_vendor_may_name_the_pause(database: Database, clock: HandClock) -> None:
    ask(database, "a")
    fails(database, lambda: RetryLater("QUOTA", delay_s=100)).run_once()
    job = jobs(database)["a"]
    assert 100 <= (job.run_at - clock.now()).total_seconds() <= 125
    assert (job.state, job.error) == ("ready", "QUOTA")


@pytest.mark.parametrize(("kind", "error"), [("effect", "never"), ("nobody knows", "no_handler")])
def test_what_can_never_be_done_is_dead_at_once(database: Database, kind: str, error: str) -> None:
    with database.unit() as unit:
        unit.enqueue(kind, "a", {})
    fails(database, lambda: GiveUp("never")).run_once()
    assert (jobs(database)["a"].state, jobs(database)["a"].error, jobs(database)["a"].attempts) == ("dead", error, 1)


def test_a_job_that_takes_its_workers_with_it_does_not_do_so_for_ever(database: Database, clock: HandClock) -> None:
    ask(database, "poison")
    for _ in range(queue.MAX_ATTEMPTS):
        with database.engine.writing() as session:
            assert len(queue.lease(session, "dies", clock.now(), lambda _kind: True)) == 1
            session.commit()
        clock.move(LEASE_S + 1)
    done: list[str] = []
    assert works(database, done).run_once() == 0
    assert (jobs(database)["poison"].state, jobs(database)["poison"].error) == ("dead", "worker_lost")


def test_two_workers_share_the_jobs(database: Database) -> None:
    keys = [f"job-{number}" for number in range(60)]
    ask(database, *keys)
    done: list[str] = []
    workers = [works(database, done) for _ in range(4)]
    threads = [threading.Thread(target=one.run_once) for one in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == sorted(keys)


def test_an_operator_sees_dead_letters_and_retries_one(empty: Server, database: Database, clock: HandClock) -> None:
    ask(database, "personal:13900000000")
    fails(database, lambda: GiveUp("never")).run_once()
    job = jobs(database)["personal:13900000000"]
    listed = empty.flask("jobs", "--state", "dead").stdout
    assert listed.splitlines()[0] == "dead 1"
    assert job.id in listed
    assert "never" in listed
    assert "13900000000" not in listed
    assert empty.flask("jobs", "--retry", "no-such-job", check=False).returncode != 0
    assert empty.flask("jobs", "--retry", job.id).returncode == 0
    # The command has its own clock, which is ahead of this one or behind it.
    again = jobs(database)["personal:13900000000"]
    assert (again.state, again.attempts) == ("ready", 0)
    clock.move(max(0.0, (again.run_at - clock.now()).total_seconds()))
    done: list[str] = []
    assert works(database, done).run_once() == 1
    assert empty.flask("jobs", "--retry", job.id, check=False).returncode != 0
