"""Making the rows of periods again from the log, and comparing them with those that are kept."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.oversight.assessment.log import recompute
from backend.oversight.assessment.models import Period, ScoreRow
from backend.oversight.assessment.periods import record_of, stored_data
from backend.oversight.assessment.rows import result_hash
from backend.unit_of_work import UnitOfWork


def compare(session: Session) -> Iterator[tuple[str, str, str]]:
    """Yield name, hash of the rows that are kept, and hash of those that the log gives, for each computed period."""
    for period in session.scalars(_computed()).all():
        yield period.name, result_hash(stored_data(session, period.id)), _made(session, period.id)


def remake(unit: UnitOfWork) -> list[tuple[str, str, str]]:
    """Put the rows that the log gives in the place of those that are kept; return what `compare` finds before.

    What a sealed period was sealed with stays: were the rows to differ from it, it would show.
    """
    found = list(compare(unit.session))
    for period, (_, kept, made) in zip(unit.session.scalars(_computed()).all(), found, strict=True):
        again = recompute(unit.session, period.id)
        if kept == made or again is None:
            continue
        unit.session.execute(sa.delete(ScoreRow).where(ScoreRow.period_id == period.id))
        records = [record_of(period.id, number, row) for number, row in enumerate(again[2], 1)]
        unit.session.execute(sa.insert(ScoreRow), records)
    return found


def _computed() -> sa.Select[Period]:
    query = sa.select(Period).where(Period.up_to_seq.is_not(None), Period.state != "computing")
    return query.order_by(Period.starts_at, Period.id)


def _made(session: Session, period_id: str) -> str:
    again = recompute(session, period_id)
    return "" if again is None else result_hash(row.as_data() for row in again[2])
