"""Live blogs and their entries. What is withdrawn keeps its row and its number, and loses its words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Live(Base):
    """A live blog. `state` is an `openings.State`; `last_no` counts the entries that were shown.

    `authors` are the accounts that wrote its headline and introduction, so that another person opens it. With
    `own_words` whoever is in charge may show what they wrote themselves, for the reason that is said with it.
    `story` is an article about the same thing.
    """

    __tablename__ = "live"
    __table_args__ = (sa.Index("ix_live_opened", "state", "opened_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    headline: Mapped[str] = mapped_column(sa.String(200))
    intro: Mapped[str] = mapped_column(sa.String(500))
    section: Mapped[str] = mapped_column(sa.ForeignKey("section.id"), index=True)
    cover: Mapped[str | None] = mapped_column(sa.String(36))
    story: Mapped[str | None] = mapped_column(sa.String(36))
    authors: Mapped[Any] = mapped_column(CanonicalJson)
    own_words: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    own_words_reason: Mapped[str | None] = mapped_column(sa.String(300))
    last_no: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(sa.String(300))


class LiveTown(Base):
    """Which towns a live blog is about."""

    __tablename__ = "live_town"

    live_id: Mapped[str] = mapped_column(sa.ForeignKey("live.id"), primary_key=True)
    town_id: Mapped[str] = mapped_column(sa.ForeignKey("town.id"), primary_key=True, index=True)


class LiveEntry(Base):
    """One entry. `no` is its place among those that were shown, given when it is shown and kept for good.

    `body` are blocks as articles have them. `note` says what was corrected last; `correction` is the one that waits
    for a second person, `{body, note, author, at}`.
    """

    __tablename__ = "live_entry"
    __table_args__ = (
        sa.UniqueConstraint("live_id", "no", name="uq_live_entry_no"),
        sa.Index("ix_live_entry_state", "live_id", "state", "no"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    live_id: Mapped[str] = mapped_column(sa.ForeignKey("live.id"))
    no: Mapped[int | None]
    state: Mapped[str] = mapped_column(sa.String(12))
    body: Mapped[Any] = mapped_column(CanonicalJson)
    byline: Mapped[str] = mapped_column(sa.String(100))
    author_id: Mapped[str] = mapped_column(sa.String(36))
    shown_by: Mapped[str | None] = mapped_column(sa.String(36))
    pinned: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_key: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    corrected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(sa.String(300))
    correction: Mapped[Any | None] = mapped_column(CanonicalJson)
    withdrawn_reason: Mapped[str | None] = mapped_column(sa.String(300))


class LiveEntryItem(Base):
    """Which catalogue items an entry carries as cards, so that it is shown anew when one of them changes."""

    __tablename__ = "live_entry_item"

    entry_id: Mapped[str] = mapped_column(sa.ForeignKey("live_entry.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True, index=True)
