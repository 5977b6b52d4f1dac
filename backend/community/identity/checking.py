"""The jobs that check a name and a number with a vendor, whoever that is."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

import sqlalchemy as sa

from backend.community.identity import actions
from backend.community.identity.models import Identity
from backend.community.identity.rules import Refusal
from backend.jobs import queue
from backend.jobs.worker import GiveUp, Handler, JobRun, RetryLater

# A job has ten tries. Before the last of them another takes its place, until the day is over.
_TRIES = 8
_PAUSE = timedelta(minutes=10)


class RealNameChecker(Protocol):
    """A way to learn whether a name and a number belong together. Threads may share it."""

    def matches(self, name: str, number: str, key: str) -> bool:
        """Ask. Under one `key` it is paid for once, however often it is asked.

        Raises:
            RetryLater: nobody could tell now.
            GiveUp: the vendor will never take this name or number.
        """


def check_handler(checker: RealNameChecker, secret: str) -> Handler:
    """Make the handler of `identity.check`. A vendor that does not answer is asked again, for a day."""

    def check(run: JobRun) -> None:
        check_id = str(run.args["check"])
        with run.database.reading() as session:
            row = session.scalars(sa.select(Identity).where(Identity.check_id == check_id)).one_or_none()
        if row is None:
            return
        try:
            fits = checker.matches(str(row.name), str(row.number), f"identity:{check_id}")
        except RetryLater:
            if run.attempt < _TRIES:
                raise
            _go_on(run, check_id)
            return
        except GiveUp:
            fits = False
        with run.unit() as unit:
            actions.settle(unit, check_id, None if fits else Refusal.MISMATCH, secret)

    return check


def _go_on(run: JobRun, check_id: str) -> None:
    turn = int(run.args.get("turn", 1)) + 1
    with run.unit() as unit:
        args = {"check": check_id, "turn": turn}
        key = f"{actions.CHECK_JOB}:{check_id}:{turn}"
        unit.enqueue(actions.CHECK_JOB, key, args, run_at=unit.now + _PAUSE, lane=queue.PERSONAL)


def end_handler(secret: str) -> Handler:
    """Make the handler of `identity.end`: a check that nobody answered within a day is over, and its data gone."""

    def end(run: JobRun) -> None:
        with run.unit() as unit:
            actions.settle(unit, str(run.args["check"]), Refusal.UNAVAILABLE, secret)

    return end
