"""Leads, topics with their coverages, meetings and directives."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Lead(Base):
    """Something that may become news 线索.

    `sources` is a list of `{source, source_ref, lead}`: its own, and those of leads merged into it. `dup_of` is the
    lead into which this one was merged. `place_key` is the place as `rules.place_key` writes it; duplicates share it.
    `alert_ids` are the alerts of monitoring that led to it.
    """

    __tablename__ = "lead"
    __table_args__ = (
        sa.Index("ix_lead_list", "updated_at", "id"),
        sa.Index("ix_lead_place", "place_key", "created_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    title: Mapped[str] = mapped_column(sa.String(100))
    text: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.String(16))
    source_ref: Mapped[str | None] = mapped_column(sa.String(200))
    sources: Mapped[Any] = mapped_column(CanonicalJson)
    place: Mapped[str] = mapped_column(sa.String(100))
    place_key: Mapped[str] = mapped_column(sa.String(100))
    heat: Mapped[int]
    dup_of: Mapped[str | None] = mapped_column(sa.ForeignKey("lead.id"))
    topic_id: Mapped[str | None] = mapped_column(sa.String(36))
    alert_ids: Mapped[Any | None] = mapped_column(CanonicalJson)
    verified_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Topic(Base):
    """A topic that was proposed 选题; `lead_ids` are the leads it came from.

    `submitted_by` handed in the words as they stand, and answers for them beside the proposer. `dispatched_at` is when
    the reporters first got it. `alert_ids` are the alerts of monitoring that led to it.
    """

    __tablename__ = "topic"
    __table_args__ = (sa.Index("ix_topic_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    title: Mapped[str] = mapped_column(sa.String(100))
    angle: Mapped[str] = mapped_column(sa.String(500))
    why: Mapped[str] = mapped_column(sa.String(500))
    class_: Mapped[str] = mapped_column("class", sa.String(20))
    priority: Mapped[int]
    targets: Mapped[Any] = mapped_column(CanonicalJson)
    owner_desk: Mapped[str] = mapped_column(sa.ForeignKey("desk.id"))
    budget_points: Mapped[int]
    window_from: Mapped[datetime | None] = mapped_column(UtcDateTime)
    window_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    embargo_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lead_ids: Mapped[Any] = mapped_column(CanonicalJson)
    alert_ids: Mapped[Any | None] = mapped_column(CanonicalJson)
    meeting_id: Mapped[str | None] = mapped_column(sa.ForeignKey("meeting.id"))
    directive_id: Mapped[str | None] = mapped_column(sa.ForeignKey("directive.id"))
    proposer_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    submitted_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    decided_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    postponed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dispatched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Coverage(Base):
    """One line of a topic's dispatch sheet: which kind of product, from which desk, until when, for which channels."""

    __tablename__ = "coverage"
    __table_args__ = (sa.UniqueConstraint("topic_id", "no"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    topic_id: Mapped[str] = mapped_column(sa.ForeignKey("topic.id"), index=True)
    no: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(12))
    desk: Mapped[str] = mapped_column(sa.ForeignKey("desk.id"))
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    targets: Mapped[Any] = mapped_column(CanonicalJson)
    note: Mapped[str] = mapped_column(sa.String(300))


class Meeting(Base):
    """A topic meeting 报题会. `attendees` are account ids, `decisions` a list of `{topic, verdict, reason, by, at}`."""

    __tablename__ = "meeting"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    title: Mapped[str] = mapped_column(sa.String(100))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    attendees: Mapped[Any] = mapped_column(CanonicalJson)
    minutes: Mapped[str] = mapped_column(sa.Text)
    decisions: Mapped[Any] = mapped_column(CanonicalJson)
    created_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Directive(Base):
    """An order from above or from the command desk 指令.

    `desks` are those that must acknowledge it; `acks` is a list of `{desk, by, at}`.
    """

    __tablename__ = "directive"
    __table_args__ = (sa.Index("ix_directive_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    sender: Mapped[str] = mapped_column(sa.String(100))
    text: Mapped[str] = mapped_column(sa.String(2000))
    due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    desks: Mapped[Any] = mapped_column(CanonicalJson)
    acks: Mapped[Any] = mapped_column(CanonicalJson)
    issued_by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
