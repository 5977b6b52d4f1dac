"""Polls and votes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Poll(Base):
    """A question. `options` is a list of `{id, text}`, `multiple` how many of them one may choose.

    `results` says when the counts are shown: after_vote or after_close. `counts` (`{option: votes}`) and `voters` are
    written when it closes. `writers` are all who wrote it, and none of whom may publish it.
    """

    __tablename__ = "poll"
    __table_args__ = (sa.Index("ix_poll_list", "created_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    question: Mapped[str] = mapped_column(sa.String(200))
    options: Mapped[Any] = mapped_column(CanonicalJson)
    multiple: Mapped[int]
    results: Mapped[str] = mapped_column(sa.String(12))
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    article_id: Mapped[str | None] = mapped_column(sa.ForeignKey("article.id"), index=True)
    writers: Mapped[Any] = mapped_column(CanonicalJson)
    approved_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    counts: Mapped[Any | None] = mapped_column(CanonicalJson)
    voters: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Vote(Base):
    """What one person chose. Nobody but they may ever be shown it."""

    __tablename__ = "vote"
    __table_args__ = (sa.UniqueConstraint("poll_id", "account_id"), sa.Index("ix_vote_account", "account_id", "at"))

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    poll_id: Mapped[str] = mapped_column(sa.ForeignKey("poll.id"))
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    options: Mapped[Any] = mapped_column(CanonicalJson)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Choice(Base):
    """One option of one vote, by which they are counted."""

    __tablename__ = "vote_choice"
    __table_args__ = (sa.Index("ix_vote_choice_count", "poll_id", "option"),)

    vote_id: Mapped[str] = mapped_column(sa.ForeignKey("vote.id"), primary_key=True)
    option: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    poll_id: Mapped[str] = mapped_column(sa.ForeignKey("poll.id"))
