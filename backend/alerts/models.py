"""A warning to the public, and the CAP messages that make it up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class PublicAlert(Base):
    """One warning, from its Alert through its Updates to its Cancel or its end: what a phone has one banner for.

    `head_id` is the message that holds. `real` says that the public is to act upon it: a drill is none.
    """

    __tablename__ = "public_alert"
    __table_args__ = (sa.Index("ix_public_alert_listed", "real", "state", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    real: Mapped[bool]
    open: Mapped[bool]
    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"))
    head_id: Mapped[str] = mapped_column(sa.String(36))
    merged_into: Mapped[str | None] = mapped_column(sa.String(36))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PublicAlertTown(Base):
    """Which towns the message that holds is about."""

    __tablename__ = "public_alert_town"

    alert_id: Mapped[str] = mapped_column(sa.ForeignKey("public_alert.id"), primary_key=True)
    town_id: Mapped[str] = mapped_column(sa.ForeignKey("town.id"), primary_key=True, index=True)


class CapMessage(Base):
    """One CAP message. `author_id` wrote all of it; `issued_by` is another, or the same under the duty rule (`alone`).

    `references` are identifiers. `info` is as CAP has it, times written out; a message that is out never changes.
    """

    __tablename__ = "cap_message"
    __table_args__ = (
        sa.Index("ix_cap_message_office", "office_id", "created_at", "id"),
        sa.Index("ix_cap_message_alert", "alert_id", "sent"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    alert_id: Mapped[str | None] = mapped_column(sa.String(36))
    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"))
    identifier: Mapped[str] = mapped_column(sa.String(120), unique=True)
    sender: Mapped[str] = mapped_column(sa.String(120))
    sent: Mapped[datetime | None] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(sa.String(10))
    msg_type: Mapped[str] = mapped_column(sa.String(10))
    scope: Mapped[str] = mapped_column(sa.String(10))
    restriction: Mapped[str | None] = mapped_column(sa.String(200))
    addresses: Mapped[Any] = mapped_column(CanonicalJson)
    note: Mapped[str | None] = mapped_column(sa.String(500))
    references: Mapped[Any] = mapped_column(CanonicalJson)
    info: Mapped[Any] = mapped_column(CanonicalJson)
    author_id: Mapped[str] = mapped_column(sa.String(36))
    issued_by: Mapped[str | None] = mapped_column(sa.String(36))
    alone: Mapped[bool]
    alone_reason: Mapped[str | None] = mapped_column(sa.String(300))
    review_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reviewed_by: Mapped[str | None] = mapped_column(sa.String(36))
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    review_outcome: Mapped[str | None] = mapped_column(sa.String(10))
    review_words: Mapped[str | None] = mapped_column(sa.String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def review(self) -> str | None:
        """`pending` until a colleague has looked at what was issued alone, then `done`; None where there is no need."""
        if self.review_due is None:
            return None
        return "pending" if self.reviewed_at is None else "done"


class SavedPlace(Base):
    """A place a person wants to be warned for, WGS-84. `town` is None outside the district."""

    __tablename__ = "saved_place"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    account_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    name: Mapped[str] = mapped_column(sa.String(30))
    lat: Mapped[float]
    lon: Mapped[float]
    town: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
