"""Putting jobs in, leasing them out, and writing down how they ended.

A lease is a promise to finish by a time. A worker that dies breaks it silently, and the next one to look takes the
job over; so an effect happens at least once, and its key makes it once in effect.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import insert_into
from backend.ids import new_id
from backend.jobs.models import Job

# A warning to the public goes before everything, breaking news too.
LANES = ALERT, URGENT, PERSONAL, NORMAL, BROADCAST, BULK = -5, 0, 2, 5, 7, 9
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 10
# How far down the queue one turn looks; a kind whose slots are full is left out of the next.
_AT_ONCE = 16
_BACK_OFF_S = (1, 2, 5, 15, 30, 60, 120, 300, 600)


def enqueue(
    session: Session,
    kind: str,
    key: str,
    args: dict[str, Any],
    *,
    now: datetime,
    run_at: datetime,
    lane: int = NORMAL,
    trace: str | None = None,
) -> None:
    """Add a job unless its key is known already."""
    values = {
        "id": new_id(),
        "kind": kind,
        "key": key,
        "args": args,
        "lane": lane,
        "state": "ready",
        "run_at": run_at,
        "attempts": 0,
        "created_at": now,
        "trace": trace,
    }
    session.execute(insert_into(session, Job).values(values).on_conflict_do_nothing(index_elements=["key"]))


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which kinds of job are wanted: all but `skip`, or those of `only`."""

    skip: Collection[str] = ()
    only: Collection[str] | None = None


EVERY = Kinds()


def _is_due(now: datetime, kinds: Kinds) -> sa.ColumnElement[bool]:
    due = sa.or_(
        sa.and_(Job.state == "ready", Job.run_at <= now),
        sa.and_(Job.state == "leased", Job.lease_until < now),
    )
    if kinds.only is not None:
        return sa.and_(due, Job.kind.in_(kinds.only))
    return sa.and_(due, Job.kind.not_in(kinds.skip)) if kinds.skip else due


def backlog(session: Session, now: datetime) -> tuple[dict[int, float], int]:
    """Return how long the oldest due job of each lane has waited, in seconds, and how many jobs are dead."""
    due = sa.select(Job.lane, sa.func.min(Job.run_at)).where(Job.state == "ready", Job.run_at <= now).group_by(Job.lane)
    lags = {lane: (now - oldest).total_seconds() for lane, oldest in session.execute(due)}
    dead = session.scalar(sa.select(sa.func.count()).select_from(Job).where(Job.state == "dead")) or 0
    return lags, dead


def has_due(session: Session, now: datetime, kinds: Kinds = EVERY) -> bool:
    """Tell whether there is anything to lease: a cheap look before taking the write lock."""
    return session.scalar(sa.select(sa.exists().where(_is_due(now, kinds)))) or False


def lease(
    session: Session, worker: str, now: datetime, take: Callable[[str], bool], kinds: Kinds = EVERY
) -> Sequence[Job]:
    """Take due jobs, urgent lanes first, including those whose holder let its lease run out.

    `take` is asked for the kind of each whether there is room for it.
    """
    query = sa.select(Job).where(_is_due(now, kinds)).order_by(Job.lane, Job.run_at, Job.id).limit(_AT_ONCE)
    taken = []
    for job in session.scalars(query.with_for_update(skip_locked=True)):
        if not take(job.kind):
            continue
        if job.attempts >= MAX_ATTEMPTS:
            # Nobody wrote down how its last try ended: it takes its workers with it, and gets no further one.
            fail(job, now, "worker_lost")
            continue
        job.state, job.leased_by, job.lease_until = "leased", worker, now + LEASE
        job.attempts += 1
        taken.append(job)
    return taken


def access_lease(session: Session, job_id: str, worker: str) -> Job | None:
    """Return the job if `worker` still holds it, locked; None if another has taken it over."""
    query = sa.select(Job).where(Job.id == job_id, Job.state == "leased", Job.leased_by == worker)
    return session.scalars(query.with_for_update()).one_or_none()


def hold(job: Job, now: datetime) -> None:
    """Renew the lease of a long job whose worker shows a sign of life."""
    job.lease_until = now + LEASE


def put_back(job: Job, now: datetime, pause: timedelta) -> None:
    """Give a job back that has not been tried, to come again after a pause."""
    job.state, job.run_at = "ready", now + pause
    job.leased_by = job.lease_until = None
    job.attempts -= 1


def finish(job: Job, now: datetime) -> None:
    """Write down that the job is done."""
    job.state, job.done_at, job.error = "done", now, None
    job.leased_by = job.lease_until = None


def fail(job: Job, now: datetime, error: str, *, final: bool = False, delay_s: float | None = None) -> None:
    """Write down a failure: back to the queue after a growing, jittered delay, or dead when that is enough."""
    job.error = error[:500]
    job.leased_by = job.lease_until = None
    if final or job.attempts >= MAX_ATTEMPTS:
        job.state, job.done_at = "dead", now
        return
    pause = _BACK_OFF_S[min(job.attempts, len(_BACK_OFF_S)) - 1] if delay_s is None else delay_s
    job.state, job.run_at = "ready", now + timedelta(seconds=pause * random.uniform(1, 1.25))  # noqa: S311  # jitter is no secret


def retry(session: Session, job_id: str, now: datetime) -> bool:
    """Give a dead job a new start, as an operator asks. False if there is no such dead job."""
    job = session.scalars(sa.select(Job).where(Job.id == job_id, Job.state == "dead").with_for_update()).one_or_none()
    if job is None:
        return False
    job.state, job.run_at, job.attempts, job.done_at = "ready", now, 0, None
    return True
