"""The house's own table of days, above the State Council's calendar as the package has it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime


class WorkdayYear(Base):
    """What was entered for a year, as one thing. `announced`: the State Council has announced it."""

    __tablename__ = "workday_year"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ver: Mapped[int]
    announced: Mapped[bool]
    source: Mapped[str] = mapped_column(sa.String(200))
    set_by: Mapped[str] = mapped_column(sa.String(36))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WorkdayOverride(Base):
    """A day that is judged otherwise than the calendar would."""

    __tablename__ = "workday_override"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    year: Mapped[int] = mapped_column(sa.ForeignKey("workday_year.year"), index=True)
    working: Mapped[bool]
    why: Mapped[str] = mapped_column(sa.String(40))
