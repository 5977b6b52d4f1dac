"""Doing the jobs: lease, run, write down. Any number of workers may run, in any number of processes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from backend.ids import new_id
from backend.jobs import queue
from backend.policy import SYSTEM
from backend.unit_of_work import Database, UnitOfWork

POLL_S = 0.5
_log = structlog.get_logger(__name__)


class RetryLater(Exception):
    """The effect could not be had now. `delay_s` overrides the back-off, for vendors that name a time."""

    def __init__(self, code: str, delay_s: float | None = None) -> None:
        super().__init__(code)
        self.code, self.delay_s = code, delay_s


class GiveUp(Exception):
    """The effect can never be had; the job goes to the dead letters at once."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class LeaseLost(Exception):
    """Another worker has taken the job over; nothing of this run may be written."""


@dataclass(frozen=True)
class JobRun:
    """One attempt at a job, as its handler sees it."""

    database: Database
    id: str
    key: str
    args: dict[str, Any]
    attempt: int
    worker: str

    @contextmanager
    def unit(self) -> Iterator[UnitOfWork]:
        """Open the unit of work that ends this job: its rows and the job's end commit together.

        Raises:
            LeaseLost: this run was too slow and another worker holds the job now.
        """
        with self.database.unit(SYSTEM, command_id=self.id) as work:
            job = queue.access_lease(work.session, self.id, self.worker)
            if job is None:
                raise LeaseLost(self.key)
            yield work
            queue.finish(job, work.now)


Handler = Callable[[JobRun], None]


class Worker:
    """Leases jobs and hands them to the handler of their kind.

    `slots` is how many jobs run side by side.
    """

    def __init__(self, database: Database, handlers: dict[str, Handler], slots: int = 4) -> None:
        self._database, self._handlers, self._slots = database, handlers, slots
        self._name = f"{os.getpid()}-{new_id()}"
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._idle = threading.Condition()
        self._running = 0
        self.last_turn = database.clock.now()
        database.on_commit(self._wake.set)

    def run_forever(self, spawn: Callable[..., Any]) -> None:
        """Work until `stop`; returns when the jobs in hand are done."""
        while not self._stopping.is_set():
            self._wake.clear()
            if not self._turn(spawn):
                self._wake.wait(POLL_S)
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0, timeout=queue.LEASE.total_seconds())

    def run_once(self) -> int:
        """Do all that is due now, in this thread; return how many jobs ran."""
        done = 0
        while runs := self._lease(self._slots):
            for kind, run in runs:
                self._do(kind, run)
                done += 1
        return done

    def stop(self) -> None:
        """Take no further jobs. Those in hand finish."""
        self._stopping.set()
        self._wake.set()

    def _turn(self, spawn: Callable[..., Any]) -> bool:
        """Start as many due jobs as there are free slots; True if there may be more."""
        self.last_turn = self._database.clock.now()
        with self._idle:
            free = self._slots - self._running
        if free <= 0:
            return False
        try:
            runs = self._lease(free)
        except Exception:
            # The database may be restarting; the next turn tries again.
            _log.exception("jobs.lease_failed")
            return False
        for kind, run in runs:
            with self._idle:
                self._running += 1
            spawn(self._do_in_slot, kind, run)
        return len(runs) == free

    def _lease(self, limit: int) -> list[tuple[str, JobRun]]:
        with self._database.reading() as session:
            if not queue.has_due(session, self._database.clock.now()):
                return []
        with self._database.engine.writing() as session:
            jobs = queue.lease(session, self._name, self._database.clock.now(), limit)
            runs = [
                (job.kind, JobRun(self._database, job.id, job.key, job.args, job.attempts, self._name)) for job in jobs
            ]
            session.commit()
            return runs

    def _do_in_slot(self, kind: str, run: JobRun) -> None:
        try:
            self._do(kind, run)
        finally:
            with self._idle:
                self._running -= 1
                self._idle.notify_all()
            self._wake.set()

    def _do(self, kind: str, run: JobRun) -> None:
        try:
            self._handle(kind, run)
        except LeaseLost:
            _log.warning("jobs.lease_lost", key=run.key)
        except RetryLater as later:
            self._fail(run, later.code, delay_s=later.delay_s)
        except GiveUp as refusal:
            self._fail(run, refusal.code, final=True)
        except Exception as error:
            _log.exception("jobs.failed", kind=kind, key=run.key, attempt=run.attempt)
            self._fail(run, type(error).__name__)

    def _handle(self, kind: str, run: JobRun) -> None:
        handler = self._handlers.get(kind)
        if handler is None:
            raise GiveUp("no_handler")
        handler(run)
        # A handler that wrote nothing has not ended its job.
        with self._database.engine.writing() as session:
            job = queue.access_lease(session, run.id, run.worker)
            if job is not None:
                queue.finish(job, self._database.clock.now())
                session.commit()

    def _fail(self, run: JobRun, error: str, **how: Any) -> None:
        try:
            with self._database.engine.writing() as session:
                job = queue.access_lease(session, run.id, run.worker)
                if job is not None:
                    queue.fail(job, self._database.clock.now(), error, **how)
                    session.commit()
        except Exception:
            # The lease runs out and another turn takes the job: nothing is lost by giving up here.
            _log.exception("jobs.fail_not_written", key=run.key)
