"""Counting running limits anew when the calendar has changed, by hand or with a new release of the package."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from backend.clock import SHANGHAI, local_day
from backend.events.models import Event
from backend.jobs import queue
from backend.jobs.worker import JobRun
from backend.policy import SYSTEM
from backend.requests import clocks
from backend.requests.models import RequestClock, ServiceRequest
from backend.requests.rules import CONFIRM_WITHIN, Side, State
from backend.requests.steps import CALLBACK_JOB, place, write_step
from backend.unit_of_work import UnitOfWork
from backend.workdays.queries import read_calendar
from backend.workdays.rules import Calendar

REDATE_JOB = "request.redate"
DAILY_JOB = "request.daily"
_AT_ONCE = 100
_NAMES = {
    clocks.ANSWER: "答复期限",
    clocks.TAKE: "签收期限",
    clocks.SUPERVISE: "督办期限",
    clocks.REVIEW: "核查期限",
}


def schedule(unit: UnitOfWork) -> None:
    """Make sure that running limits are looked at every day; each look asks for the next."""
    _ask(unit, 0)


def follow_calendar(unit: UnitOfWork, event: Event) -> None:
    """Count anew what the change of a year may move (hook for `calendar.set`)."""
    unit.enqueue(REDATE_JOB, f"{REDATE_JOB}:{event.entity_id}:{event.entity_version}", {}, lane=queue.BULK)


def redate(run: JobRun) -> None:
    """Count all running limits anew, and tell whom it concerns. Safe to repeat: what is counted stays as it is."""
    _redate_all(run)
    with run.unit():
        pass


def look_daily(run: JobRun) -> None:
    """Count anew, should a new release of the package know more, and ask for tomorrow.

    Answers whose call-back has nobody to put it on the list, since they are older than the list, get one.
    """
    _redate_all(run)
    with run.unit() as unit:
        for case in unit.session.scalars(sa.select(ServiceRequest).where(_is_silent(unit.now))):
            unit.enqueue(CALLBACK_JOB, f"{CALLBACK_JOB}:{case.id}:{case.ver}", {"request": case.id})
        _ask(unit, 1)


def _is_silent(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        ServiceRequest.state == State.REPLIED,
        sa.not_(ServiceRequest.callback_due),
        ServiceRequest.replied_at <= now - CONFIRM_WITHIN,
    )


def _ask(unit: UnitOfWork, days: int) -> None:
    at = unit.now + timedelta(days=days)
    unit.enqueue(DAILY_JOB, f"{DAILY_JOB}:{local_day(at)}", {}, run_at=at, lane=queue.BULK)


def _redate_all(run: JobRun) -> None:
    after = ""
    while True:
        with run.database.unit(SYSTEM, command_id=run.id) as unit:
            cases = _next_cases(unit, after)
            calendar = read_calendar(unit.session)
            for case in cases:
                _redate_case(unit, case, calendar)
            if not cases:
                return
            after = cases[-1].id


def _next_cases(unit: UnitOfWork, after: str) -> list[ServiceRequest]:
    running = sa.select(RequestClock.request_id).where(RequestClock.ended_at.is_(None))
    query = sa.select(ServiceRequest).where(ServiceRequest.id > after, ServiceRequest.id.in_(running))
    return list(unit.session.scalars(query.order_by(ServiceRequest.id).limit(_AT_ONCE).with_for_update()))


def _redate_case(unit: UnitOfWork, case: ServiceRequest, calendar: Calendar) -> None:
    query = sa.select(RequestClock).where(RequestClock.request_id == case.id, RequestClock.ended_at.is_(None))
    for clock in unit.session.scalars(query.order_by(RequestClock.started_at, RequestClock.id)).all():
        before = clock.due
        if clocks.recount(case, clock, calendar):
            _tell(unit, case, clock, before)


def _tell(unit: UnitOfWork, case: ServiceRequest, clock: RequestClock, before: datetime) -> None:
    """Write a step; of the limits, the citizen is told of that for their answer."""
    is_answer = clock.name == clocks.ANSWER
    write_step(
        unit,
        case,
        action="redate",
        event="request.redated" if is_answer else "request.recounted",
        side=Side.DISPATCH,
        from_state=case.state,
        text=_text(clock, before),
        visible=is_answer,
    )
    place(unit, case)


def _text(clock: RequestClock, before: datetime) -> str:
    name, due = _NAMES[clock.name], _words(clock.due)
    sure = "（当年放假安排尚未公布，暂定）" if clock.provisional else ""
    if clock.due == before:
        return f"按公布的放假安排核对，{name}为{due}{sure}，没有变化。"
    return f"工作日历有调整，{name}由{_words(before)}改为{due}{sure}。"


def _words(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"
