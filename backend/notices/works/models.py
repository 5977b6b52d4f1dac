"""Planned works. A withdrawn one keeps its row and the reason, and loses its words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class PlannedWork(Base):
    """Works at a place for a period.

    The place is `towns`, or a circle (`lat`, `lon`, `radius_m`), or a `polygon` of `[lat, lon]`, all in WGS-84; with an
    outline the towns only say whose streams it is on. `services` are the ids of what people would ask for because of
    it. `ended_at` is when it ended before its time; `changes` lists `{at, ends_at, reason}` for every time its end was
    moved.
    """

    __tablename__ = "planned_work"
    __table_args__ = (
        sa.Index("ix_planned_work_public", "state", "ends_at"),
        sa.Index("ix_planned_work_office", "office_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"))
    notice_id: Mapped[str | None] = mapped_column(sa.ForeignKey("notice.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    title: Mapped[str] = mapped_column(sa.String(100))
    text: Mapped[str] = mapped_column(sa.String(1000))
    place: Mapped[str] = mapped_column(sa.String(300))
    towns: Mapped[Any] = mapped_column(CanonicalJson)
    services: Mapped[Any] = mapped_column(CanonicalJson)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    radius_m: Mapped[int | None]
    polygon: Mapped[Any | None] = mapped_column(CanonicalJson)
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changes: Mapped[Any] = mapped_column(CanonicalJson)
    author_id: Mapped[str] = mapped_column(sa.String(36))
    approved_by: Mapped[str | None] = mapped_column(sa.String(36))
    withdrawn_reason: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
