"""Who gets an assignment, and who gets it next when it is declined or nobody answers."""

from __future__ import annotations

from typing import Any

from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import raise_alarm
from backend.newsroom.interview import rules
from backend.newsroom.interview.candidates import candidates
from backend.newsroom.interview.models import Assignment
from backend.newsroom.interview.rules import ASSIGNMENT, WHOLE
from backend.newsroom.interview.steps import change_assignment
from backend.newsroom.planning.models import Topic
from backend.newsroom.roster import persons_of
from backend.policy import Role
from backend.unit_of_work import UnitOfWork

NO_ANSWER = "assignment.no_answer"
NOBODY = "assignment_nobody"
_NOBODY_TO = (Role.DUTY_EDITOR, Role.SECTION_HEAD)
# What a successor takes over from the row it replaces.
_HANDED_ON = (
    *("topic_id", "coverage_id", "coverage_no", "kind", "desk", "place", "due", "gear", "contact", "priority"),
    *("emergency", "safety_note"),
)


def send(unit: UnitOfWork, row: Assignment, **data: Any) -> Assignment:
    """Finish a dispatch, the first or a later one, and set the clock for its answer."""
    row.dispatched_at = unit.now
    unit.enqueue(
        NO_ANSWER,
        f"{NO_ANSWER}:{row.id}",
        {"id": row.id},
        run_at=rules.answer_due(unit.now, emergency=row.emergency),
    )
    return change_assignment(unit, row, "dispatched", **data)


def note_no_answer(run: JobRun) -> None:
    """Ask the next one when nobody has answered in time; an answer meanwhile leaves nothing to do."""
    with run.unit() as unit:
        row = unit.session.get(Assignment, run.args["id"], with_for_update=True)
        if row is None or row.state != "dispatched":
            return
        row.state = ASSIGNMENT.step("no_answer", row.state)
        change_assignment(unit, row, "no_answer")
        hand_on(unit, row)


def hand_on(unit: UnitOfWork, row: Assignment) -> None:
    """Offer an assignment to the next candidate, or raise the alarm when everybody on duty has been asked."""
    following = choose(unit, row)
    if following:
        succeed(unit, row, following, created_by=row.created_by)
        return
    topic = unit.session.get_one(Topic, row.topic_id)
    raise_alarm(
        unit,
        key=f"{NOBODY}:{row.id}",
        kind=NOBODY,
        about=("assignment", row.id),
        to=_NOBODY_TO,
        text=f"“{topic.title}”第 {row.coverage_no} 项的采访任务没有人接，值班记者都已问过，请改派或取消。",
    )


def choose(unit: UnitOfWork, row: Assignment) -> list[dict[str, Any]]:
    """Return the next candidate as the only reporter; nobody, when all on duty have been asked."""
    tried = set(persons_of(unit.session, _asked(row)).values())
    found = rules.next_candidate(candidates(unit.session, unit.now), row.kind, tried)
    return alone(found.id) if found else []


def alone(account_id: str) -> list[dict[str, Any]]:
    """Name one reporter for the whole."""
    return [{"id": account_id, "share": WHOLE}]


def _asked(row: Assignment) -> list[str]:
    return list(dict.fromkeys([*row.tried, *(one["id"] for one in row.reporters)]))


def succeed(unit: UnitOfWork, old: Assignment, reporters: list[dict[str, Any]], *, created_by: str) -> Assignment:
    """Send reporters in the place of a row, which is kept; `created_by` answers for it."""
    row = Assignment(
        id=new_id(),
        ver=0,
        state="dispatched",
        **{name: getattr(old, name) for name in _HANDED_ON},
        reporters=reporters,
        replaces=old.id,
        tried=_asked(old),
        created_by=created_by,
        created_at=unit.now,
        # Every column is set before the first flush; `change_assignment` has the last word on this.
        updated_at=unit.now,
    )
    unit.session.add(row)
    return send(unit, row, replaces=old.id)
