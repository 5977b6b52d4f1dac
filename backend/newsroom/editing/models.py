"""Stories: what the newsroom works on. Readers never see these tables; they see `feed`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Story(Base):
    """A story in the making, or made 稿件.

    `text_version` counts its texts, `ver` every change of the row. `writers` lists the accounts that wrote, changed or
    supplied any of it: none of them takes a step of its examination. `signed_hash` is the `content_hash` that was
    signed; only a text with this hash is ever published. `shares` is a list of `{id, share}` in per cent.
    `correction` is a correction under way: `{state, by, at, note, fields, hash, why}`.
    """

    __tablename__ = "story"
    __table_args__ = (sa.Index("ix_story_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    lane: Mapped[str] = mapped_column(sa.String(8))
    headline: Mapped[str] = mapped_column(sa.String(200))
    subtitle: Mapped[str] = mapped_column(sa.String(200), default="")
    summary: Mapped[str] = mapped_column(sa.String(500))
    body: Mapped[Any] = mapped_column(CanonicalJson)
    section: Mapped[str] = mapped_column(sa.ForeignKey("section.id"))
    towns: Mapped[Any] = mapped_column(CanonicalJson)
    class_: Mapped[str] = mapped_column("class", sa.String(20))
    sensitivity: Mapped[str] = mapped_column(sa.String(8), default="normal")
    language: Mapped[str] = mapped_column(sa.String(8), default="zh-CN")
    priority: Mapped[int]
    sources: Mapped[Any] = mapped_column(CanonicalJson)
    targets: Mapped[Any] = mapped_column(CanonicalJson)
    cover: Mapped[str | None] = mapped_column(sa.String(36))
    byline: Mapped[str] = mapped_column(sa.String(100))
    shares: Mapped[Any] = mapped_column(CanonicalJson, default=list)
    translations: Mapped[Any] = mapped_column(CanonicalJson)
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    topic_id: Mapped[str | None] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    assignment_id: Mapped[str | None] = mapped_column(sa.ForeignKey("assignment.id"), index=True)
    author_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    writers: Mapped[Any] = mapped_column(CanonicalJson)
    text_version: Mapped[int] = mapped_column(default=1)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    exam_id: Mapped[str | None] = mapped_column(sa.String(36))
    signed_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    signed_hash: Mapped[str | None] = mapped_column(sa.String(64))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    correction: Mapped[Any | None] = mapped_column(CanonicalJson)
    origin: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoryVersion(Base):
    """A text that a story had, whole, or (`branch`) the draft of somebody who came too late or lost the lease."""

    __tablename__ = "story_version"
    __table_args__ = (sa.Index("ix_story_version", "story_id", "number"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"))
    number: Mapped[int]
    branch: Mapped[bool]
    content_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    content: Mapped[Any] = mapped_column(CanonicalJson)
    by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    why: Mapped[str] = mapped_column(sa.String(20))


class Lease(Base):
    """That one person works on one record, until a moment. It binds people; no job ever looks at it.

    `draft` is what the holder last sent along, so that a take-over loses nothing.
    """

    __tablename__ = "lease"

    kind: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    thing_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    holder_id: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(sa.String(300))
    draft: Mapped[Any | None] = mapped_column(CanonicalJson)


class Package(Base):
    """All that is made of one story 产品包: one rendition a kind."""

    __tablename__ = "package"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"), unique=True)
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Rendition(Base):
    """A story in the form of one channel 渠道稿.

    `fields` holds what its kind asks for. `story_version` and `story_hash` name the master it was made from.
    `transform` is `mechanical` while every sentence stands in the master, else `edited`: then it has an examination of
    its own, and `signed_hash` is the `text_hash` that was signed there. `writers` are those who changed it.
    `new_sentences` are those that the master does not have, `problems` the limits it breaks, as of its last change.
    """

    __tablename__ = "rendition"
    __table_args__ = (sa.UniqueConstraint("package_id", "kind"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    package_id: Mapped[str] = mapped_column(sa.ForeignKey("package.id"))
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    fields: Mapped[Any] = mapped_column(CanonicalJson)
    story_version: Mapped[int]
    story_hash: Mapped[str] = mapped_column(sa.String(64))
    transform: Mapped[str] = mapped_column(sa.String(12))
    text_hash: Mapped[str] = mapped_column(sa.String(64))
    exam_id: Mapped[str | None] = mapped_column(sa.String(36))
    signed_hash: Mapped[str | None] = mapped_column(sa.String(64))
    writers: Mapped[Any] = mapped_column(CanonicalJson)
    new_sentences: Mapped[Any] = mapped_column(CanonicalJson)
    problems: Mapped[Any] = mapped_column(CanonicalJson)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
