"""The event table. Rows are only ever added; the migration installs triggers that refuse anything else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Event(Base):
    """One thing that happened.

    `data` holds ids, hashes, codes and numbers, never texts or personal data: history outlives both a withdrawal and
    a person's right to be forgotten.
    """

    __tablename__ = "event"
    __table_args__ = (sa.Index("ix_event_entity", "entity", "entity_id"),)

    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(sa.String(64))
    acting_role: Mapped[str] = mapped_column(sa.String(32))
    command_id: Mapped[str] = mapped_column(sa.String(64))
    entity: Mapped[str] = mapped_column(sa.String(32))
    entity_id: Mapped[str] = mapped_column(sa.String(64))
    entity_version: Mapped[int]
    type: Mapped[str] = mapped_column(sa.String(64), index=True)
    data: Mapped[Any] = mapped_column(CanonicalJson)
    prev_hash: Mapped[str] = mapped_column(sa.String(64))
    hash: Mapped[str] = mapped_column(sa.String(64))
