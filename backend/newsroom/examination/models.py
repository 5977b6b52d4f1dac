"""Examinations with their steps, reports of the text aids, and the dictionary they use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Exam(Base):
    """One examination of one text 审核单. Its steps are rows of `ExamStep`, six a round.

    `content_hash` is that of the text as it stands, `signed_hash` the one that was signed; `headline` is the story's as
    of the last thing that happened here. A fast one has an `opener`, who answers for the review that is due at
    `review_due`; `overdue_at` is when that was missed.
    """

    __tablename__ = "exam"
    __table_args__ = (sa.Index("ix_exam_list", "updated_at", "id"), sa.Index("ix_exam_target", "target", "target_id"))

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(20))
    target: Mapped[str] = mapped_column(sa.String(12))
    target_id: Mapped[str] = mapped_column(sa.String(36))
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"), index=True)
    headline: Mapped[str] = mapped_column(sa.String(200))
    text_version: Mapped[int]
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    lane: Mapped[str] = mapped_column(sa.String(12))
    policy: Mapped[str] = mapped_column(sa.String(8))
    round: Mapped[int]
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    opened_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opener_id: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    signed_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_hash: Mapped[str | None] = mapped_column(sa.String(64))
    review_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ExamStep(Base):
    """One step of one round. `actor_id` and `hash` say who decided over which text; rows are never taken back.

    `findings` is a list of `{rule, level, block_id, text, resolution, reason}` as the actor left them; `edit` is what a
    proofreader changed under the 20-character rule, a list of `{block_id, old, new, before, after, at}`. `grade` is the
    one that the second review gives a story.
    """

    __tablename__ = "exam_step"
    __table_args__ = (sa.UniqueConstraint("exam_id", "round", "position"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    exam_id: Mapped[str] = mapped_column(sa.ForeignKey("exam.id"))
    round: Mapped[int]
    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(2))
    state: Mapped[str] = mapped_column(sa.String(8))
    actor_id: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hash: Mapped[str | None] = mapped_column(sa.String(64))
    findings: Mapped[Any] = mapped_column(CanonicalJson)
    edits: Mapped[Any] = mapped_column(CanonicalJson)
    category: Mapped[str | None] = mapped_column(sa.String(12))
    block_id: Mapped[str | None] = mapped_column(sa.String(64))
    comment: Mapped[str] = mapped_column(sa.String(1000))
    read_ms: Mapped[int | None]
    grade: Mapped[str | None] = mapped_column(sa.String(1))


class Opinion(Base):
    """What an expert without an account was asked, and answered. Known by the hash of a link that opens once."""

    __tablename__ = "opinion"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    exam_id: Mapped[str] = mapped_column(sa.ForeignKey("exam.id"), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    expert: Mapped[str] = mapped_column(sa.String(100))
    question: Mapped[str] = mapped_column(sa.String(500))
    asked_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    text: Mapped[str | None] = mapped_column(sa.String(2000))
    given_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CheckReport(Base):
    """What the text aids found in one text; `findings` as `aids` writes them."""

    __tablename__ = "check_report"
    __table_args__ = (sa.Index("ix_check_report", "target", "target_id", "at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    target: Mapped[str] = mapped_column(sa.String(12))
    target_id: Mapped[str] = mapped_column(sa.String(36))
    hash: Mapped[str] = mapped_column(sa.String(64))
    dictionary_version: Mapped[int]
    findings: Mapped[Any] = mapped_column(CanonicalJson)
    by: Mapped[str] = mapped_column(sa.String(36))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DictionaryVersion(Base):
    """One version of the dictionary, whole: words, persons with their titles and dates, and the sample texts.

    `number` is given at activation. `hash` is that of `content`; `test` is `{hash, passed, cases}` of the last trial.
    """

    __tablename__ = "dictionary_version"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    number: Mapped[int | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(sa.String(12))
    content: Mapped[Any] = mapped_column(CanonicalJson)
    hash: Mapped[str] = mapped_column(sa.String(64))
    note: Mapped[str] = mapped_column(sa.String(300))
    editors: Mapped[Any] = mapped_column(CanonicalJson)
    test: Mapped[Any | None] = mapped_column(CanonicalJson)
    activated_by: Mapped[str | None] = mapped_column(sa.String(36))
    activated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScanHit(Base):
    """A live article in which a new version of the dictionary found something.

    `case_id` is the case that a hit was turned into.
    """

    __tablename__ = "scan_hit"
    __table_args__ = (sa.UniqueConstraint("version", "article_id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    version: Mapped[int]
    article_id: Mapped[str] = mapped_column(sa.ForeignKey("article.id"))
    headline: Mapped[str] = mapped_column(sa.String(200))
    findings: Mapped[Any] = mapped_column(CanonicalJson)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(sa.String(10), default="open", server_default="open")
    case_id: Mapped[str | None] = mapped_column(sa.String(36))
    decided_by: Mapped[str | None] = mapped_column(sa.String(36))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(300))


class LinkState(Base):
    """Whether a link answers: alive, dead or unknown. `id` is the SHA-256 of the address."""

    __tablename__ = "link_state"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    href: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(8))
    status: Mapped[int | None]
    checked_at: Mapped[datetime] = mapped_column(UtcDateTime)
