"""Notices. A withdrawn one keeps its row, its numbers and the reason, and loses its words."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Notice(Base):
    """A notice of one office. `index_no` is its 索引号, `doc_no` its 文件编号; both are the office's own.

    `author_id` wrote every word of it, since nobody else may edit the draft; `approved_by` is the other person.
    `version` counts its publications, 0 before the first. `services` are ids of catalogue items. `correction` is
    `{changes, note, author, at}`, what is to be published next; `explanation` `{text, author, approved_by, at}` is the
    office's own plain words 解读, and `explanation_draft` `{text, author, at}` those that wait for a second person.
    """

    __tablename__ = "notice"
    __table_args__ = (
        sa.Index("ix_notice_published", "state", "published_at", "id"),
        sa.Index("ix_notice_office", "office_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"))
    category: Mapped[str] = mapped_column(sa.String(20), index=True)
    index_no: Mapped[str | None] = mapped_column(sa.String(60))
    doc_no: Mapped[str | None] = mapped_column(sa.String(60))
    title: Mapped[str] = mapped_column(sa.String(200))
    body: Mapped[Any] = mapped_column(CanonicalJson)
    attachments: Mapped[Any] = mapped_column(CanonicalJson)
    effective_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    effective_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    author_id: Mapped[str] = mapped_column(sa.String(36))
    approved_by: Mapped[str | None] = mapped_column(sa.String(36))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(sa.String(300))
    version: Mapped[int] = mapped_column(server_default="0", default=0)
    services: Mapped[Any] = mapped_column(CanonicalJson, server_default="[]", default=list)
    supersedes_id: Mapped[str | None] = mapped_column(sa.String(36))
    superseded_by: Mapped[str | None] = mapped_column(sa.String(36))
    return_reason: Mapped[str | None] = mapped_column(sa.String(300))
    correction: Mapped[Any | None] = mapped_column(CanonicalJson)
    explanation: Mapped[Any | None] = mapped_column(CanonicalJson)
    explanation_draft: Mapped[Any | None] = mapped_column(CanonicalJson)


class NoticeVersion(Base):
    """What a notice said from one publication to the next, so that a citation leads to the words it meant.

    `content` is as `backend.notices.content` writes it; of a withdrawn notice it is null, and so is `note`.
    """

    __tablename__ = "notice_version"

    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[Any | None] = mapped_column(CanonicalJson)
    note: Mapped[str | None] = mapped_column(sa.String(300))
    author_id: Mapped[str] = mapped_column(sa.String(36))
    approved_by: Mapped[str | None] = mapped_column(sa.String(36))
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sha256: Mapped[str] = mapped_column(sa.String(64))


class NoticeNumber(Base):
    """How many index numbers the house has given to an office in a year."""

    __tablename__ = "notice_number"

    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    given: Mapped[int]


class NoticeService(Base):
    """Which catalogue items a notice carries as cards, so that it is shown anew when one of them changes."""

    __tablename__ = "notice_service"

    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(sa.String(64), primary_key=True, index=True)


class NoticeMedia(Base):
    """Which media a notice shows or attaches, so that its office may see them before everybody may."""

    __tablename__ = "notice_media"

    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    media_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)


class NoticeTown(Base):
    """Which towns a notice is about. None means the whole district."""

    __tablename__ = "notice_town"

    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("notice.id"), primary_key=True)
    town_id: Mapped[str] = mapped_column(sa.ForeignKey("town.id"), primary_key=True, index=True)
