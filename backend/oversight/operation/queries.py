"""Reading the figures: what may be seen of the cells, and how it is laid out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none, local_day
from backend.errors import AppError, invalid, not_found
from backend.oversight.operation import figures, request_figures, rules
from backend.oversight.operation.figure import Figure, Names
from backend.oversight.operation.models import OperationSetting, UsageCell, UsagePhone
from backend.oversight.operation.shown import Shown

SETTING_ID = "operation"
DEFAULT_DAYS = 30
# Pseudonyms are hexadecimal; those of the demo's made-up phones are not.
DEMO_PREFIX = "demo-"
Build = Callable[[Shown], Figure]


def get_setting(session: Session) -> OperationSetting:
    """Return the setting, or what holds where none has been made."""
    row = session.get(OperationSetting, SETTING_ID)
    return row or OperationSetting(id=SETTING_ID, ver=1, floor=rules.LEAST_PEOPLE)


def present_setting(session: Session) -> dict[str, Any]:
    """Write the setting."""
    row = get_setting(session)
    return {"ver": row.ver, "floor": row.floor, "least": rules.LEAST_PEOPLE}


def range_of(first: str | None, last: str | None, now: datetime) -> tuple[date, date]:
    """Return the days that are asked for; without any, the last thirty.

    Raises:
        AppError: 422 `order` where the end lies before its beginning, `too_long` for more than 400 days.
    """
    end = date.fromisoformat(last) if last else local_day(now)
    begin = date.fromisoformat(first) if first else end - timedelta(days=DEFAULT_DAYS - 1)
    if begin > end:
        raise invalid("to", "order", "结束日期不能早于开始日期。")
    if (end - begin).days >= rules.MAX_DAYS:
        raise _too_wide()
    return begin, end


def _too_wide() -> AppError:
    return invalid("from", "too_wide", f"一次最多看 {rules.MAX_DAYS} 天。")


def read_operation(session: Session, first: str | None, last: str | None, now: datetime) -> dict[str, Any]:
    """Write all figures of a range of days."""
    begin, end = range_of(first, last, now)
    shown = _load(session, begin, end, now)
    counted = session.scalar(sa.select(sa.func.max(UsageCell.counted_at)).where(UsageCell.start.between(begin, end)))
    demo = session.scalar(sa.select(sa.exists().where(UsagePhone.phone.startswith(DEMO_PREFIX))))
    return {
        "from": begin.isoformat(),
        "to": end.isoformat(),
        "at": iso(now),
        "counted_at": iso_or_none(counted),
        "demo": bool(demo),
        "settings": present_setting(session),
        "figures": [figure.written() for figure in (build(shown) for build in FIGURES.values())],
    }


def read_figure(session: Session, figure: str, first: str | None, last: str | None, now: datetime) -> Figure:
    """Return one figure of a range of days, for its table; 404 where there is none of this name."""
    if figure not in FIGURES:
        raise not_found("图表")
    begin, end = range_of(first, last, now)
    return FIGURES[figure](_load(session, begin, end, now))


def _load(session: Session, first: date, last: date, now: datetime) -> Shown:
    begin = min(rules.week_of(first), rules.month_of(first))
    # The numbers of a year are some ten thousand texts: read as one they take a third of the time.
    numbers = sa.type_coerce(UsageCell.numbers, sa.Text)
    columns = (UsageCell.measure, UsageCell.span, UsageCell.start, UsageCell.key, UsageCell.people, numbers)
    # The hours of a day are many, and are looked at of one only: the last that is over.
    hours_of = max(first, min(last, local_day(now) - timedelta(days=1)))
    hourly = sa.and_(UsageCell.measure == "arrival", UsageCell.key != "", UsageCell.start != hours_of)
    within = UsageCell.start.between(begin, last)
    rows = session.execute(sa.select(*columns).where(within, ~hourly)).tuples().all()
    numbers_of = json.loads(f"[{','.join(row[5] for row in rows)}]")
    cells = [(*row[:5], found) for row, found in zip(rows, numbers_of, strict=True)]
    return Shown((first, last, hours_of), get_setting(session).floor, Names(session), cells)


FIGURES: dict[str, Build] = {
    "active_days": figures.active_days,
    "active_weeks": figures.active_weeks,
    "active_months": figures.active_months,
    "retention": figures.retention,
    "reads_by_day": figures.reads_by_day,
    "reads_by_section": figures.reads_by_section,
    "reads_by_town": figures.reads_by_town,
    "reads_by_channel": figures.reads_by_channel,
    "push_opened": figures.push_opened,
    "requests_by_month": request_figures.requests_by_month,
    "requests_by_office": request_figures.requests_by_office,
    "requests_by_service": request_figures.requests_by_service,
    "arrival_by_day": figures.arrival_by_day,
    "arrival_by_hour": figures.arrival_by_hour,
}
