"""Deleting rows whose time is over, by the inventory alone."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import Base
from backend.privacy.inventory import inventory


def sweep_rows(session: Session, now: datetime) -> None:
    """Delete the rows that have been kept as long as the inventory says; those that refer to others go first."""
    kept = dict(inventory().swept())
    for table in reversed(Base.metadata.sorted_tables):
        use = kept.get(table.name)
        if use is not None and use.after is not None:
            since = next(table.c[name] for name in use.since if name in table.c)
            old = sa.delete(table).where(since < now - use.after)
            session.execute(old.where(sa.text(use.only)) if use.only else old)
