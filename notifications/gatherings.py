"""Telling those who signed up for a gathering: some a job, so that none is long."""

from __future__ import annotations

from backend.community.gatherings.models import Gathering, SignUp
from backend.community.gatherings.queries import parties_after
from backend.events.models import Event
from backend.inbox import actions as inbox
from backend.inbox.rules import Kind, Reason
from backend.jobs.worker import JobRun
from backend.unit_of_work import UnitOfWork
from notifications import lanes, words

STRIDE = 200


def tell_all(run: JobRun) -> None:
    """Tell all who signed up that it is called off, or those who have a place that it is tomorrow."""
    with run.unit() as unit:
        what, after = run.args["what"], run.args["after"]
        gathering = unit.session.get_one(Gathering, run.args["id"])
        remind = what == "remind"
        if remind and (gathering.state == "cancelled" or gathering.starts_at <= unit.now):
            return
        rows = parties_after(unit.session, gathering.id, after, STRIDE, only_in=remind)
        for row in rows:
            _tell(unit, gathering, row.account_id, what, f"gathering:{gathering.id}:{what}:{row.account_id}")
        if len(rows) == STRIDE:
            job = f"gathering.{'remind' if remind else 'tell'}"
            last = rows[-1].account_id
            unit.enqueue(job, f"{job}:{gathering.id}:{last}", run.args | {"after": last})


def let_in(unit: UnitOfWork, event: Event) -> None:
    """Tell somebody who waited that there is a place now (hook for `sign_up.let_in`)."""
    row = unit.session.get_one(SignUp, event.entity_id)
    gathering = unit.session.get_one(Gathering, row.gathering_id)
    _tell(unit, gathering, row.account_id, "let_in", f"sign_up:{row.id}:{row.ver}")


def _tell(unit: UnitOfWork, gathering: Gathering, account: str, what: str, key: str) -> None:
    bell = inbox.ring(
        unit,
        account_id=account,
        key=key,
        kind=Kind.REQUEST,
        words=words.gathering(gathering.title, gathering.place, gathering.starts_at, what),
        about=("gathering", gathering.id),
        ends_at=gathering.starts_at,
    )
    lanes.ring_person(unit, bell, reason=Reason.OWN)
