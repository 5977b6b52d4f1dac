"""Comments, reports of them, and whether an article may have any."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Comment(Base):
    """What somebody says below an article.

    `reply_to` is the comment it answers, `thread` the first one of that conversation. `findings` is what the dictionary
    `dictionary` found in it when it came, or was reported. One that its author erased has lost text and findings.
    """

    __tablename__ = "comment"
    __table_args__ = (
        sa.Index("ix_comment_shown", "article_id", "state", "shown_at", "id"),
        sa.Index("ix_comment_own", "account_id", "created_at", "id"),
        sa.Index("ix_comment_queue", "state", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    article_id: Mapped[str] = mapped_column(sa.ForeignKey("article.id"))
    reply_to: Mapped[str | None] = mapped_column(sa.ForeignKey("comment.id"), index=True)
    thread: Mapped[str | None] = mapped_column(sa.ForeignKey("comment.id"), index=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    author: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.String(500))
    state: Mapped[str] = mapped_column(sa.String(12))
    reason: Mapped[str | None] = mapped_column(sa.String(16))
    reported: Mapped[bool]
    findings: Mapped[Any] = mapped_column(CanonicalJson)
    dictionary: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(sa.String(36))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CommentReport(Base):
    """That somebody pointed at a comment, and why."""

    __tablename__ = "comment_report"
    __table_args__ = (sa.Index("ix_comment_report_of", "account_id", "at"),)

    comment_id: Mapped[str] = mapped_column(sa.ForeignKey("comment.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Talk(Base):
    """Whether people may comment on an article, once an editor has said so; without a row they may."""

    __tablename__ = "talk"

    article_id: Mapped[str] = mapped_column(sa.ForeignKey("article.id"), primary_key=True)
    ver: Mapped[int]
    open: Mapped[bool]
