"""The limits that run for a request: start, stand still, go on, stretch, stop, and count anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none
from backend.ids import new_id
from backend.requests.deadlines import COMPLEX_DAYS, REVIEW_DAYS, TAKE_WITHIN, WORKING_DAYS
from backend.requests.models import RequestClock, Service, ServiceRequest
from backend.requests.rules import CLOCK_RUNS, State
from backend.unit_of_work import UnitOfWork
from backend.workdays.due import Due, due_after_days, due_after_time
from backend.workdays.queries import read_calendar
from backend.workdays.rules import Calendar

ANSWER, TAKE, SUPERVISE, REVIEW = "answer", "take", "supervise", "review"
_UNITS = {True: "office_hour", False: "working_day"}


def start_answer(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Let the time for an answer run, as long as the kind of service has it."""
    start(unit, case, ANSWER, days=WORKING_DAYS[unit.session.get_one(Service, case.service_id).kind])


def start(
    unit: UnitOfWork, case: ServiceRequest, name: str, *, days: int | None = None, length: timedelta | None = None
) -> None:
    """Let a limit run from now, instead of one of the same name that runs already."""
    stop(unit, case, name)
    clock = RequestClock(
        id=new_id(),
        request_id=case.id,
        name=name,
        started_at=unit.now,
        days=days,
        seconds=None if length is None else int(length.total_seconds()),
        pauses=[],
    )
    _count(case, clock, read_calendar(unit.session))
    unit.session.add(clock)
    unit.session.flush()


def start_review(unit: UnitOfWork, case: ServiceRequest, name: str) -> None:
    """Let the three days of a supervision, of a review or of a redo run, unless they do."""
    if get_running(unit.session, case.id, name) is None:
        start(unit, case, name, days=REVIEW_DAYS)


def keep_up(unit: UnitOfWork, case: ServiceRequest, before: State) -> None:
    """Start and stop what begins and ends with a state."""
    state = State(case.state)
    if state is before:
        return
    if State.ASSIGNED in {before, state}:
        stop(unit, case, TAKE)
    if state is State.ASSIGNED:
        start(unit, case, TAKE, length=TAKE_WITHIN)
    if state not in CLOCK_RUNS:
        resume(unit, case)
        stop(unit, case, ANSWER)
        stop(unit, case, SUPERVISE)
    if before is State.CLOSED:
        stop(unit, case, REVIEW)


def pause(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Let the time for an answer stand, since the citizen has been asked."""
    case.waiting = True
    clock = get_running(unit.session, case.id, ANSWER)
    if clock is not None:
        clock.pauses = [*clock.pauses, [iso(unit.now), None]]


def resume(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Let it go on; the due date moves by the office time that has passed meanwhile."""
    if not case.waiting:
        return
    case.waiting = False
    clock = get_running(unit.session, case.id, ANSWER)
    if clock is not None and clock.pauses and clock.pauses[-1][1] is None:
        clock.pauses = [*clock.pauses[:-1], [clock.pauses[-1][0], iso(unit.now)]]
        _count(case, clock, read_calendar(unit.session))


def extend(unit: UnitOfWork, case: ServiceRequest, days: int) -> None:
    """Give the answer more working days."""
    _lengthen(unit, case, lambda clock: (clock.days or 0) + days)


def allow_complex(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Give the answer the days of a complex matter, and none fewer than it has."""
    _lengthen(unit, case, lambda clock: max(clock.days or 0, COMPLEX_DAYS))


def _lengthen(unit: UnitOfWork, case: ServiceRequest, days: Any) -> None:
    clock = get_running(unit.session, case.id, ANSWER)
    if clock is not None:
        clock.days = days(clock)
        _count(case, clock, read_calendar(unit.session))


def stop(unit: UnitOfWork, case: ServiceRequest, name: str) -> None:
    """Let a limit end; nothing happens where none runs."""
    clock = get_running(unit.session, case.id, name)
    if clock is not None:
        clock.ended_at = unit.now
        unit.session.flush()


def recount(case: ServiceRequest, clock: RequestClock, calendar: Calendar) -> bool:
    """Count a running limit by another calendar; tell whether its due date, or how sure it is, has changed."""
    due = _due_of(clock, calendar)
    if (due.at, due.provisional) == (clock.due, clock.provisional):
        return False
    _count(case, clock, calendar)
    return True


def get_running(session: Session, request_id: str, name: str) -> RequestClock | None:
    """Return the limit of this name that runs, or None."""
    query = sa.select(RequestClock).where(
        RequestClock.request_id == request_id, RequestClock.name == name, RequestClock.ended_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def _count(case: ServiceRequest, clock: RequestClock, calendar: Calendar) -> None:
    due = _due_of(clock, calendar)
    clock.due, clock.provisional, clock.steps = due.at, due.provisional, due.steps()
    if clock.name == ANSWER:
        case.due, case.due_provisional = due.at, due.provisional


def _due_of(clock: RequestClock, calendar: Calendar) -> Due:
    pauses = [(datetime.fromisoformat(begins), datetime.fromisoformat(ends)) for begins, ends in clock.pauses if ends]
    if clock.days is not None:
        return due_after_days(calendar, clock.started_at, clock.days, pauses)
    return due_after_time(calendar, clock.started_at, timedelta(seconds=clock.seconds or 0), pauses)


def read_clocks(session: Session, ids: Sequence[str]) -> dict[str, list[RequestClock]]:
    """Return all limits of these requests, in the order in which they began."""
    found: dict[str, list[RequestClock]] = {request_id: [] for request_id in ids}
    query = sa.select(RequestClock).where(RequestClock.request_id.in_(ids))
    for row in session.scalars(query.order_by(RequestClock.started_at, RequestClock.id)):
        found[row.request_id].append(row)
    return found


def present_clock(clock: RequestClock) -> dict[str, Any]:
    """Write a limit. Whether a running one is late follows from its due date and is left to the reader."""
    paused = clock.pauses[-1][0] if clock.pauses and clock.pauses[-1][1] is None else None
    return {
        "name": clock.name,
        "unit": _UNITS[clock.days is None],
        "limit": clock.days if clock.days is not None else (clock.seconds or 0) / 3600,
        "from": iso(clock.started_at),
        "due": iso(clock.due),
        "provisional": clock.provisional,
        "paused_since": paused,
        "ended_at": iso_or_none(clock.ended_at),
        "late": None if clock.ended_at is None else clock.ended_at > clock.due,
        "steps": clock.steps,
    }


def explain_due(clocks: Sequence[RequestClock]) -> dict[str, Any] | None:
    """Write the due date of the answer with its reasons, None where none has run yet."""
    last = next((clock for clock in reversed(clocks) if clock.name == ANSWER), None)
    if last is None:
        return None
    return {"due": iso(last.due), "provisional": last.provisional, "steps": last.steps}
