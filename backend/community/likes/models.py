"""What people like."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime


class Liking(Base):
    """That a person likes a thing. `like` is a word of SQL."""

    __tablename__ = "liking"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "kind", "thing"),
        sa.Index("ix_liking_of", "kind", "thing"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.String(12))
    thing: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
