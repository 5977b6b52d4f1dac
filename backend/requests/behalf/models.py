"""Trust between two people, and for whom a case was filed by whom."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime


class Trust(Base):
    """That an elder lets a relative act for them. `state` is a `rules.Trust`; `label` is what they are to each other.

    Who invites by code has no relative yet; who asks by telephone may have no elder, since nobody is told whether a
    number has an account. `code_hash` is of the code, which is shown once.
    """

    __tablename__ = "trust"
    __table_args__ = (
        sa.Index("ix_trust_elder", "elder_id", "created_at"),
        sa.Index("ix_trust_relative", "relative_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    elder_id: Mapped[str | None] = mapped_column(sa.String(36))
    relative_id: Mapped[str | None] = mapped_column(sa.String(36))
    label: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[str] = mapped_column(sa.String(12))
    code_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(sa.String(36))


class Behalf(Base):
    """That a case was filed for its citizen by somebody else.

    `kind` is relative or staff. Of a relative: the trust it rests on, and since when the elder hides it from them. Of
    staff: how (`consent_how`) and when the caller agreed, and what was noted of it.
    """

    __tablename__ = "request_behalf"

    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    actor_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    trust_id: Mapped[str | None] = mapped_column(sa.ForeignKey("trust.id"), index=True)
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consent_how: Mapped[str | None] = mapped_column(sa.String(16))
    consent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    consent_note: Mapped[str | None] = mapped_column(sa.String(200))
