"""Stories: what the newsroom works on. Readers never see this table; they see `feed`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Story(Base):
    """A story in the making, or made.

    `writers` lists everybody who wrote or changed its text: none of them may sign it. `signed_hash` is the
    `content_hash` that was signed; only a text with this hash is ever published.
    """

    __tablename__ = "story"
    __table_args__ = (sa.Index("ix_story_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    lane: Mapped[str] = mapped_column(sa.String(8))
    headline: Mapped[str] = mapped_column(sa.String(200))
    summary: Mapped[str] = mapped_column(sa.String(500))
    body: Mapped[Any] = mapped_column(CanonicalJson)
    section: Mapped[str] = mapped_column(sa.ForeignKey("section.id"))
    towns: Mapped[Any] = mapped_column(CanonicalJson)
    class_: Mapped[str] = mapped_column("class", sa.String(20))
    priority: Mapped[int]
    sources: Mapped[Any] = mapped_column(CanonicalJson)
    targets: Mapped[Any] = mapped_column(CanonicalJson)
    cover: Mapped[str | None] = mapped_column(sa.String(36))
    byline: Mapped[str] = mapped_column(sa.String(100))
    translations: Mapped[Any] = mapped_column(CanonicalJson)
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    author_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    writers: Mapped[Any] = mapped_column(CanonicalJson)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    signed_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    signed_hash: Mapped[str | None] = mapped_column(sa.String(64))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
