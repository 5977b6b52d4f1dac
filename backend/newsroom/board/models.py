"""Alarms: what somebody at the command desk must look at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Alarm(Base):
    """Something is late or wrong. `to` lists the roles it is raised to; the same key is raised once."""

    __tablename__ = "alarm"
    __table_args__ = (sa.Index("ix_alarm_open", "state", "raised_at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(120), unique=True)
    state: Mapped[str] = mapped_column(sa.String(8))
    kind: Mapped[str] = mapped_column(sa.String(32))
    about_kind: Mapped[str] = mapped_column(sa.String(16))
    about_id: Mapped[str] = mapped_column(sa.String(36))
    to: Mapped[Any] = mapped_column(CanonicalJson)
    text: Mapped[str] = mapped_column(sa.String(300))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cleared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
