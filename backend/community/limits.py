"""How often somebody may do something, counted in the database (docs/adr/0006)."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from backend.errors import too_many
from backend.unit_of_work import UnitOfWork


def demand_room(
    unit: UnitOfWork,
    moment: InstrumentedAttribute[object],
    whose: sa.ColumnElement[bool],
    *limits: tuple[int, timedelta],
) -> None:
    """Refuse what would be one too many. `limits` are pairs of how many, and within how long.

    Whoever asks holds a lock on something of that person's, so that two at once are counted one after the other.

    Raises:
        AppError: 429 with the seconds until there is room.
    """
    for most, window in limits:
        query = sa.select(moment).where(whose, moment > unit.now - window).order_by(moment.desc()).limit(most)
        done = unit.session.scalars(query).all()
        if len(done) == most:
            raise too_many(done[-1] + window - unit.now)  # type: ignore[operator]  # a column of moments
