"""What people follow."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime


class Follow(Base):
    """That a person wants to be told of a thing. `thing` is its id, or of a topic the words that are looked for."""

    __tablename__ = "follow"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "kind", "thing"),
        sa.Index("ix_follow_of", "kind", "thing", "account_id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    thing: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
