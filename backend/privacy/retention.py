"""Deleting rows whose time is over, by the inventory alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import sqlalchemy as sa

from backend.db import Base, delete_some
from backend.privacy.inventory import Use, inventory
from backend.unit_of_work import UnitOfWork

# Forgets at most so many things; tells whether more may be left.
Step = Callable[[UnitOfWork, int], bool]


def steps() -> Iterator[Step]:
    """List what deletes rows that were kept as long as the inventory says, those that refer to others first."""
    kept = dict(inventory().swept())
    for table in reversed(Base.metadata.sorted_tables):
        if table.name in kept:
            yield partial(_sweep, table, kept[table.name])


def _sweep(table: sa.Table, use: Use, unit: UnitOfWork, most: int) -> bool:
    since = next(table.c[name] for name in use.since if name in table.c)
    assert use.after is not None  # noqa: S101  # the inventory's test demands it of what is swept
    old = since < unit.now - use.after
    return delete_some(unit.session, table, sa.and_(old, sa.text(use.only)) if use.only else old, most)
