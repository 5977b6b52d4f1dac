"""Specials. A withdrawn one keeps its row and loses its words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Special(Base):
    """A special. `state` is an `openings.State`; `groups` is a list of `{title, articles}`, the latter ids in order.

    `authors` are the accounts that wrote its words, so that another person opens it.
    """

    __tablename__ = "special"
    __table_args__ = (sa.Index("ix_special_opened", "state", "opened_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    title: Mapped[str] = mapped_column(sa.String(200))
    intro: Mapped[str] = mapped_column(sa.String(500))
    cover: Mapped[str | None] = mapped_column(sa.String(36))
    groups: Mapped[Any] = mapped_column(CanonicalJson)
    authors: Mapped[Any] = mapped_column(CanonicalJson)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(sa.String(300))


class SpecialArticle(Base):
    """Which articles a special holds, so that it is shown anew when one of them is withdrawn."""

    __tablename__ = "special_article"

    special_id: Mapped[str] = mapped_column(sa.ForeignKey("special.id"), primary_key=True)
    article_id: Mapped[str] = mapped_column(sa.ForeignKey("article.id"), primary_key=True, index=True)
