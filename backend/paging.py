"""Opaque cursors for lists ordered by (moment, id), newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.cursors import read_parts, write_parts
from backend.forms import is_clean

T = TypeVar("T")
Query = TypeVar("Query", bound=sa.Select[Any])
Written = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Page:
    """Where to go on and how much to take."""

    cursor: str | None
    limit: int


def paged(
    session: Session,
    query: sa.Select[T],
    page: Page,
    *,
    moment: InstrumentedAttribute[Any],
    id: InstrumentedAttribute[str],
    write: Callable[[Sequence[T]], Written],
) -> dict[str, Any]:
    """Return `{items, next}` for one page of `query`, newest first.

    Raises:
        AppError: 422 `bad_cursor` for a cursor this list did not give out.
    """
    if page.cursor is not None:
        at, last_id = read_cursor(page.cursor)
        query = query.where(sa.or_(moment < at, sa.and_(moment == at, id < last_id)))
    rows = session.scalars(query.order_by(moment.desc(), id.desc()).limit(page.limit + 1)).all()
    more, rows = len(rows) > page.limit, rows[: page.limit]
    following = write_cursor(getattr(rows[-1], moment.key), getattr(rows[-1], id.key)) if more else None
    return {"items": write(rows), "next": following}


def narrowed(query: Query, *wanted: tuple[sa.ColumnElement[Any] | InstrumentedAttribute[Any], Any]) -> Query:
    """Keep the rows whose columns equal what is wanted of them; None wants nothing."""
    return query.where(*(column == value for column, value in wanted if value is not None))


def in_order(present: Callable[[Sequence[Any]], Mapping[str, dict[str, Any]]]) -> Callable[[Sequence[Any]], Written]:
    """Make the `write` of a page out of what writes rows by id."""

    def write(rows: Sequence[Any]) -> Written:
        written = present(rows)
        return [written[row.id] for row in rows]

    return write


def write_cursor(at: datetime, last_id: str) -> str:
    """Make the cursor that goes on after this row."""
    # Microseconds matter here: two rows of one millisecond must not be skipped.
    return write_parts(at.isoformat(), last_id)


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Read a cursor back."""
    return read_parts(cursor, _moment_and_id)


def _moment_and_id(parts: Any) -> tuple[datetime, str]:
    at, last_id = parts
    moment = datetime.fromisoformat(at)
    if moment.tzinfo is None or not isinstance(last_id, str) or not is_clean(last_id):
        raise ValueError(parts)
    return moment.astimezone(UTC), last_id
