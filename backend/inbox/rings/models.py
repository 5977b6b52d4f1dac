"""Rings, what is counted of them, and how vendors are."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Ring(Base):
    """What became of one bell for one recipient: an account, or an installation on which nobody is signed in.

    `state`, `rule` and `reason` are the words of `backend.inbox.rules`. `ver` is the version of the bell it was decided
    for last, `due_at` when a held one is told of, `digest` the digest that told of it. `via` is the topic through which
    it went, `code` the vendor's word where it failed.
    """

    __tablename__ = "ring"
    __table_args__ = (
        sa.Index("ix_ring_due", "state", "due_at", "recipient"),
        sa.Index("ix_ring_recipient", "recipient", "state"),
        sa.Index("ix_ring_planned", "planned_at"),
    )

    bell_id: Mapped[str] = mapped_column(sa.ForeignKey("bell.id"), primary_key=True)
    recipient: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    rule: Mapped[str] = mapped_column(sa.String(16))
    reason: Mapped[str] = mapped_column(sa.String(16))
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rung_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    via: Mapped[str | None] = mapped_column(sa.String(64))
    digest: Mapped[str | None] = mapped_column(sa.String(64))
    code: Mapped[str | None] = mapped_column(sa.String(64))


class DayCount(Base):
    """How many bells somebody was rung for on a day of theirs, or a vendor rang a device; at most `most` of them."""

    __tablename__ = "ring_day"

    whom: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    used: Mapped[int]
    most: Mapped[int]


class PushReport(Base):
    """What one job handed over, counted by device; `codes` counts what failed by the vendor's words."""

    __tablename__ = "push_report"

    event_key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    batch: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    sent: Mapped[int]
    dead: Mapped[int]
    failed: Mapped[int]
    expired: Mapped[int] = mapped_column(default=0, server_default="0")
    codes: Mapped[Any] = mapped_column(CanonicalJson, default=dict, server_default="{}")
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class VendorRest(Base):
    """That a vendor answered nobody: until when it is left alone, and how often in a row that was so."""

    __tablename__ = "vendor_rest"

    vendor: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int]
