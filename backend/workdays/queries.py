"""Reading the working days."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso_or_none
from backend.workdays.models import WorkdayOverride, WorkdayYear
from backend.workdays.rules import FIRST_YEAR, LAST_YEAR, Calendar, DayRule


def read_calendar(session: Session) -> Calendar:
    """Return the calendar as it stands, with the house's own days."""
    rows = session.scalars(sa.select(WorkdayOverride))
    overrides = {row.day: DayRule(row.working, row.why) for row in rows}
    announced = session.scalars(sa.select(WorkdayYear.year).where(WorkdayYear.announced))
    return Calendar(overrides, frozenset(announced))


def present_year(session: Session, year: int) -> dict[str, Any]:
    """Write what is known of a year, and the house's own days in it. One that nobody has entered is at version 0."""
    row = session.get(WorkdayYear, year)
    query = sa.select(WorkdayOverride).where(WorkdayOverride.year == year).order_by(WorkdayOverride.day)
    return {
        "year": year,
        "ver": row.ver if row else 0,
        "in_package": FIRST_YEAR <= year <= LAST_YEAR,
        "announced": FIRST_YEAR <= year <= LAST_YEAR or bool(row and row.announced),
        "source": row.source if row else None,
        "set_at": iso_or_none(row.set_at if row else None),
        "days": [_day(each) for each in session.scalars(query)],
    }


def _day(row: WorkdayOverride) -> dict[str, Any]:
    return {"day": date.isoformat(row.day), "working": row.working, "why": row.why}
