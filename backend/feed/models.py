"""Live articles. What is here, anybody may read; a withdrawn article keeps its row and loses its text."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Article(Base):
    """An article as readers see it. Its id is that of the story it came from.

    `confirmed` is false for a breaking item whose review is still under way (快讯·持续核实).
    `corrections` is a list of `{at, note, changes}`, shown to every reader.
    """

    __tablename__ = "article"
    __table_args__ = (sa.Index("ix_article_feed", "state", "published_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    headline: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.String(500))
    body: Mapped[Any] = mapped_column(CanonicalJson)
    section: Mapped[str] = mapped_column(sa.ForeignKey("section.id"), index=True)
    class_: Mapped[str] = mapped_column("class", sa.String(20))
    priority: Mapped[int]
    breaking: Mapped[bool]
    confirmed: Mapped[bool]
    cover: Mapped[str | None] = mapped_column(sa.String(36))
    byline: Mapped[str] = mapped_column(sa.String(100))
    sources: Mapped[Any] = mapped_column(CanonicalJson)
    corrections: Mapped[Any] = mapped_column(CanonicalJson)
    translations: Mapped[Any] = mapped_column(CanonicalJson)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(sa.String(300))


class ArticleItem(Base):
    """Which catalogue items an article carries as cards, so that it is shown anew when one of them changes."""

    __tablename__ = "article_item"

    article_id: Mapped[str] = mapped_column(sa.ForeignKey("article.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True, index=True)


class ArticleTown(Base):
    """Which towns an article is about."""

    __tablename__ = "article_town"

    article_id: Mapped[str] = mapped_column(sa.ForeignKey("article.id"), primary_key=True)
    town_id: Mapped[str] = mapped_column(sa.ForeignKey("town.id"), primary_key=True, index=True)
