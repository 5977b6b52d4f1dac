"""Tips, the steps on their way, and the articles that came of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Tip(Base):
    """What a citizen told the newsroom.

    `code` is the receipt that they read out on the telephone. `lat` and `lon` are in WGS-84, `datum` is what they were
    given in. `lead_id` is the lead that it became or joined, `reason` a key of `rules.REASONS`. A tip that is
    `forgotten` has lost its words, as its citizen closed their account.
    """

    __tablename__ = "tip"
    __table_args__ = (
        sa.Index("ix_tip_citizen", "citizen_id", "created_at", "id"),
        sa.Index("ix_tip_list", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)
    citizen_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(sa.String(12))
    text: Mapped[str] = mapped_column(sa.Text)
    happened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str | None] = mapped_column(sa.String(200))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    datum: Mapped[str | None] = mapped_column(sa.String(8))
    town_id: Mapped[str | None] = mapped_column(sa.ForeignKey("town.id"))
    media: Mapped[Any] = mapped_column(CanonicalJson)
    contact_ok: Mapped[bool]
    lead_id: Mapped[str | None] = mapped_column(sa.ForeignKey("lead.id"), index=True)
    reason: Mapped[str | None] = mapped_column(sa.String(16))
    forgotten: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TipStep(Base):
    """One step on a tip's way. `note` is what was said with it, and both sides read it; never who said it."""

    __tablename__ = "tip_step"

    tip_id: Mapped[str] = mapped_column(sa.ForeignKey("tip.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(sa.String(36))
    what: Mapped[str] = mapped_column(sa.String(12))
    note: Mapped[str | None] = mapped_column(sa.Text)
    media: Mapped[Any] = mapped_column(CanonicalJson)


class TipMedia(Base):
    """Which media belong to which tip, so that whoever may see the tip may see them too."""

    __tablename__ = "tip_media"

    tip_id: Mapped[str] = mapped_column(sa.ForeignKey("tip.id"), primary_key=True)
    media_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)


class TipArticle(Base):
    """An article that a tip led to, for as long as readers get it."""

    __tablename__ = "tip_article"

    tip_id: Mapped[str] = mapped_column(sa.ForeignKey("tip.id"), primary_key=True)
    article_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class TipDay(Base):
    """How many tips were filed on a day (Asia/Shanghai): the running number in their codes."""

    __tablename__ = "tip_day"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    filed: Mapped[int]
