"""Doing the jobs: lease, run, write down. Any number of workers may run, in any number of processes."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from backend.ids import new_id
from backend.jobs import metrics, queue
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
    trace: str | None = None

    @contextmanager
    def part(self) -> Iterator[UnitOfWork]:
        """Open a unit of work that does a part of this job: it commits for itself, and the lease begins anew with it.

        A job that was cut off begins again at its first part, so each part does nothing where it is done already.

        Raises:
            LeaseLost: as of `unit`.
        """
        with self.database.unit(SYSTEM, command_id=self.id) as work:
            job = queue.access_lease(work.session, self.id, self.worker)
            if job is None:
                raise LeaseLost(self.key)
            queue.hold(job, work.now)
            yield work

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

    `slots` is how many jobs run side by side. Kinds named in `apart` have as many slots of their own as stand there:
    whatever waits for a slow partner outside takes none from the rest of the house.
    """

    def __init__(
        self,
        database: Database,
        handlers: dict[str, Handler],
        slots: int = 4,
        apart: Mapping[str, int] | None = None,
    ) -> None:
        self._database, self._handlers, self._slots, self._apart = database, handlers, slots, apart or {}
        self._name = f"{os.getpid()}-{new_id()}"
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._idle = threading.Condition()
        # How many jobs run now, by where their slot is from: a kind of its own, or "" for all others.
        self._running: Counter[str] = Counter()
        self.last_turn = database.clock.now()
        database.on_commit(self._wake.set)

    def run_forever(self, spawn: Callable[..., Any]) -> None:
        """Work until `stop`; returns when the jobs in hand are done."""
        while not self._stopping.is_set():
            self._wake.clear()
            if not self._turn(spawn):
                self._wake.wait(POLL_S)
        with self._idle:
            self._idle.wait_for(lambda: not self._running.total(), timeout=queue.LEASE.total_seconds())

    def run_once(self) -> int:
        """Do all that is due now, in this thread; return how many jobs ran."""
        done = 0
        while runs := self._lease(Counter()):
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
            running = self._running.copy()
        try:
            runs = self._lease(running)
        except Exception:
            # The database may be restarting; the next turn tries again.
            _log.exception("jobs.lease_failed")
            return False
        for kind, run in runs:
            with self._idle:
                self._running[self._pool(kind)] += 1
            spawn(self._do_in_slot, kind, run)
        # There may be more for the slots that are left; a full pool wakes the next turn by itself.
        return bool(runs)

    def _pool(self, kind: str) -> str:
        return kind if kind in self._apart else ""

    def _lease(self, running: Counter[str]) -> list[tuple[str, JobRun]]:
        """Lease a job for each free slot that has one."""
        free = {"": self._slots} | dict(self._apart)
        free = {pool: slots - running[pool] for pool, slots in free.items()}
        full = [pool for pool, slots in free.items() if pool and slots <= 0]
        only = [pool for pool, slots in free.items() if pool and slots > 0] if free[""] <= 0 else None
        if only == []:
            return []
        which = queue.Kinds(skip=full, only=only)
        with self._database.reading() as session:
            if not queue.has_due(session, self._database.clock.now(), which):
                return []
        with self._database.engine.writing() as session:
            jobs = queue.lease(session, self._name, self._database.clock.now(), self._take(free), which)
            runs = [
                (
                    job.kind,
                    JobRun(self._database, job.id, job.key, job.args, job.attempts, self._name, job.trace or job.id),
                )
                for job in jobs
            ]
            session.commit()
            return runs

    def _take(self, free: dict[str, int]) -> Callable[[str], bool]:
        """Make what tells for each due job, most urgent first, whether there is a slot for it."""

        def take(kind: str) -> bool:
            pool = self._pool(kind)
            free[pool] -= 1
            return free[pool] >= 0

        return take

    def _do_in_slot(self, kind: str, run: JobRun) -> None:
        try:
            self._do(kind, run)
        finally:
            with self._idle:
                self._running[self._pool(kind)] -= 1
                self._idle.notify_all()
            self._wake.set()

    def _do(self, kind: str, run: JobRun) -> None:
        # What is logged and asked for meanwhile goes under the request that began it.
        with structlog.contextvars.bound_contextvars(request_id=run.trace, job=run.id):
            begun = time.perf_counter()
            outcome = self._try(kind, run)
            seconds = time.perf_counter() - begun
            metrics.SECONDS.labels(kind, outcome).observe(seconds)
            _log.info("jobs.ended", kind=kind, outcome=outcome, attempt=run.attempt, ms=round(seconds * 1000, 1))

    def _try(self, kind: str, run: JobRun) -> str:
        """Make one attempt, write down how it ended, and name that."""
        try:
            self._handle(kind, run)
        except LeaseLost:
            _log.warning("jobs.lease_lost", key=run.key)
            return "lease_lost"
        except RetryLater as later:
            self._fail(run, later.code, delay_s=later.delay_s)
            return "later"
        except GiveUp as refusal:
            self._fail(run, refusal.code, final=True)
            return "given_up"
        except Exception as error:
            _log.exception("jobs.failed", kind=kind, key=run.key, attempt=run.attempt)
            self._fail(run, type(error).__name__)
            return "failed"
        return "done"

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
