"""Entering the days of a year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from backend.errors import demand_version, invalid
from backend.unit_of_work import UnitOfWork
from backend.workdays.models import WorkdayOverride, WorkdayYear


def set_year(
    unit: UnitOfWork,
    year: int,
    *,
    announced: bool,
    source: str,
    days: Sequence[dict[str, Any]],
    if_match: int | None,
) -> None:
    """Replace what the house has to say of a year. Whoever counts in it follows the event `calendar.set`.

    Raises:
        AppError: 422 for a day of another year, or one that is named twice; 412 for another version.
    """
    row = unit.session.get(WorkdayYear, year, with_for_update=True)
    demand_version(row.ver if row else 0, if_match, "这一年的工作日历刚有人改过，请先读取最新版本。")
    entered = _checked(year, days)
    if row is None:
        row = WorkdayYear(year=year, ver=0)
        unit.session.add(row)
    row.ver, row.announced, row.source = row.ver + 1, announced, source
    row.set_by, row.set_at = unit.actor.id, unit.now
    unit.session.flush()
    unit.session.execute(sa.delete(WorkdayOverride).where(WorkdayOverride.year == year))
    unit.session.add_all(WorkdayOverride(year=year, **each) for each in entered)
    unit.session.flush()
    unit.record("calendar.set", str(year), row.ver, announced=announced, days=len(entered))


def _checked(year: int, days: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    entered: dict[date, dict[str, Any]] = {}
    for position, each in enumerate(days):
        day = date.fromisoformat(each["day"])
        if day.year != year:
            raise invalid(f"days.{position}.day", "mismatch", f"{each['day']} 不在 {year} 年")
        if day in entered:
            raise invalid(f"days.{position}.day", "repeated", f"{each['day']} 写了两次")
        entered[day] = {**each, "day": day}
    return list(entered.values())
