"""What people have kept."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime


class Bookmark(Base):
    """That a person keeps a thing. Nothing of the thing is kept with it, so nothing is left when it is withdrawn."""

    __tablename__ = "bookmark"
    __table_args__ = (sa.UniqueConstraint("account_id", "kind", "thing"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(sa.String(16))
    thing: Mapped[str] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
