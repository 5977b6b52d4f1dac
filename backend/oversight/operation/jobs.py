"""When cells are counted, and when samples are forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import SHANGHAI, local_day
from backend.db import delete_some, insert_into
from backend.jobs import queue
from backend.jobs.worker import Handler, JobRun
from backend.oversight.operation import counting, rules
from backend.oversight.operation.actions import COUNT_JOB
from backend.oversight.operation.day_tally import Cell
from backend.oversight.operation.models import UsageCell, UsageDoor, UsagePhone, UsagePhoneDay, UsageSample
from backend.requests.models import ServiceRequest
from backend.unit_of_work import UnitOfWork

# Weeks, months, cohorts, channels, pushes and requests, by the hour; everything that may still move, by night.
TALLY_JOB, NIGHT_JOB = "operation.tally", "operation.night"
_NIGHT_AT = time(0, 20)
_REQUEST_MONTHS = 13
_AT_ONCE = 500
_BUSY, _BUSY_EVERY = 5_000, timedelta(minutes=10)
# One stretch of cells that is counted as a whole: measures, span and start.
Stretch = tuple[Sequence[str], str, date]


def schedule(unit: UnitOfWork) -> None:
    """Make sure that this hour and this day are counted; each asks for its next, and for the other if it was lost."""
    _ask_hour(unit, 0)
    _ask_night(unit, local_day(unit.now), unit.now)


def _ask_hour(unit: UnitOfWork, hours: int) -> None:
    at = unit.now + timedelta(hours=hours)
    unit.enqueue(TALLY_JOB, f"{TALLY_JOB}:{at:%Y-%m-%dT%H}", {}, run_at=at, lane=queue.BULK)


def _ask_night(unit: UnitOfWork, day: date, at: datetime) -> None:
    unit.enqueue(NIGHT_JOB, f"{NIGHT_JOB}:{day}", {}, run_at=at, lane=queue.BULK)


def count(run: JobRun) -> None:
    """Count one day again, since samples of it came in."""
    day = date.fromisoformat(run.args["day"])
    with run.database.reading() as session:
        later = None if run.args.get("night") else _when_to_count(session, day, run.database.clock.now())
        cells = [] if later else counting.count_day(session, day)
    with run.unit() as unit:
        if later:
            _ask_day(unit, f"{day}:busy:{later:%Y-%m-%dT%H:%M}", run.args, later)
        else:
            _store(unit, [(_DAY, "day", day)], cells)


def _ask_day(unit: UnitOfWork, key: str, args: dict[str, Any], at: datetime) -> None:
    unit.enqueue(COUNT_JOB, f"{COUNT_JOB}:{key}", args, run_at=at, lane=queue.BULK)


def _when_to_count(session: Session, day: date, now: datetime) -> datetime | None:
    """Return when a busy day may be counted again, if that is later: a pass over a million samples takes seconds."""
    place = ("active", "day", day, "")
    last = session.get(UsageCell, place)
    if last is None or last.people < _BUSY or last.counted_at <= now - _BUSY_EVERY:
        return None
    return last.counted_at + _BUSY_EVERY


def tally(run: JobRun) -> None:
    """Count what is wider than a day, as it stands, and ask for the next hour."""
    now = run.database.clock.now()
    today = local_day(now)
    with run.database.reading() as session:
        stretches, cells = _wide(session, now, [rules.week_of(today)], [rules.month_of(today)], [today])
        requests = rules.month_of(today)
        cells += counting.count_requests(session, requests)
    with run.unit() as unit:
        _store(unit, [*stretches, (("request",), "month", requests)], cells)
        _ask_hour(unit, 1)
        _ask_night(unit, today, unit.now)


def night(run: JobRun) -> None:
    """Count again all that samples may have come late for, forget what is old, and ask for the next night."""
    now = run.database.clock.now()
    today = local_day(now)
    with run.database.reading() as session:
        days = rules.days_between(today - rules.LATEST - timedelta(days=1), today)
        weeks = rules.weeks_between(days[0], today)
        oldest = today - rules.SAMPLES_KEPT
        months = [month for month in rules.months_between(days[0], today) if month >= oldest]
        stretches, cells = _wide(session, now, weeks, months, days)
        for month in _request_months(session, today):
            stretches.append((("request",), "month", month))
            cells += counting.count_requests(session, month)
    for forget in _forgetting(today):
        more = True
        while more:
            with run.part() as unit:
                more = forget(unit)
    with run.unit() as unit:
        _store(unit, stretches, cells)
        for day in days:
            # One job a day, so that none outlasts its lease.
            _ask_day(unit, f"{day}:night:{today}", {"day": day.isoformat(), "night": True}, unit.now)
        tomorrow = today + timedelta(days=1)
        _ask_night(unit, tomorrow, datetime.combine(tomorrow, _NIGHT_AT, SHANGHAI))
        _ask_hour(unit, 0)


HANDLERS: dict[str, Handler] = {COUNT_JOB: count, TALLY_JOB: tally, NIGHT_JOB: night}
_DAY = ("active", "total", "section", "town", "arrival")


def _wide(
    session: Session, now: datetime, weeks: Sequence[date], months: Sequence[date], days: Sequence[date]
) -> tuple[list[Stretch], list[Cell]]:
    stretches: list[Stretch] = []
    cells: list[Cell] = []
    for span, starts in (("week", weeks), ("month", months)):
        for start in starts:
            stretches.append((("active", "cohort"), span, start))
            cells += counting.count_period(session, span, start)
    # Counters are only ever added to, so none of their cells has to go.
    for day in days:
        cells += counting.count_channels(session, day)
    return stretches, cells + counting.count_pushes(session, now)


def _request_months(session: Session, today: date) -> list[date]:
    """List the months whose requests may still move, from that of the first request on."""
    oldest = session.scalar(sa.select(sa.func.min(ServiceRequest.created_at)))
    begin = today - timedelta(days=30 * _REQUEST_MONTHS)
    return rules.months_between(max(begin, local_day(oldest)), today) if oldest else []


def _store(unit: UnitOfWork, stretches: Iterable[Stretch], cells: Sequence[Cell]) -> None:
    """Put new cells in the place of older ones, and take away those of the same stretches that are counted no more."""
    session = unit.session
    kept = {(cell.measure, cell.span, cell.start, cell.key) for cell in cells}
    for measures, span, start in stretches:
        where = (UsageCell.measure.in_(measures), UsageCell.span == span, UsageCell.start == start)
        for measure, key in session.execute(sa.select(UsageCell.measure, UsageCell.key).where(*where)).all():
            if (measure, span, start, key) not in kept:
                session.execute(sa.delete(UsageCell).where(*where, UsageCell.measure == measure, UsageCell.key == key))
    store_cells(session, cells, unit.now)


def store_cells(session: Session, cells: Sequence[Cell], now: datetime) -> None:
    """Write cells, over older ones of the same place. In one order, so that two who count never wait for each other."""
    ordered = sorted(cells, key=lambda cell: (cell.measure, cell.span, cell.start, cell.key))
    for begin in range(0, len(ordered), _AT_ONCE):
        rows = [
            {
                "measure": cell.measure,
                "span": cell.span,
                "start": cell.start,
                "key": cell.key,
                "people": cell.people,
                "numbers": cell.numbers,
                "counted_at": now,
            }
            for cell in ordered[begin : begin + _AT_ONCE]
        ]
        added = insert_into(session, UsageCell).values(rows)
        new = {name: added.excluded[name] for name in ("people", "numbers", "counted_at")}
        places = ["measure", "span", "start", "key"]
        session.execute(added.on_conflict_do_update(index_elements=places, set_=new))


def _forgetting(today: date) -> Iterable[Callable[[UnitOfWork], bool]]:
    """List what forgets samples that were kept long enough, some at once; each tells whether more may be left."""
    oldest, silent = today - rules.SAMPLES_KEPT, today - rules.SILENT_KEPT
    return (
        lambda unit: delete_some(unit.session, UsageSample, UsageSample.day < oldest, _AT_ONCE),
        lambda unit: delete_some(unit.session, UsagePhoneDay, UsagePhoneDay.day < oldest, _AT_ONCE),
        lambda unit: delete_some(unit.session, UsagePhone, UsagePhone.last_day < silent, _AT_ONCE),
        lambda unit: delete_some(unit.session, UsageDoor, UsageDoor.since < unit.now - timedelta(days=1), _AT_ONCE),
    )
