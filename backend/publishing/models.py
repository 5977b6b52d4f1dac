"""Channels, publications with their receipts, cases of correction and withdrawal, and counters read from channels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class PublishingChannel(Base):
    """A channel 渠道 as the house runs it. `id` is what settings and adapters call it, `kind` is the adapter's.

    `takes` lists the kinds of rendition it takes, `can` its capabilities (`channel.Capabilities`). `per_minute` and
    `parallel` are the vendor's ceilings. `ordered` is
    `story` where the order within a story is kept, `channel` where that of everything is. `queued` numbers what was
    ever queued. `parked_until` is when the vendor said to come again. `failures` counts failed tries in a row.
    """

    __tablename__ = "channel"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    ver: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    name: Mapped[str] = mapped_column(sa.String(60))
    state: Mapped[str] = mapped_column(sa.String(10))
    takes: Mapped[Any] = mapped_column(CanonicalJson)
    can: Mapped[Any] = mapped_column(CanonicalJson)
    per_minute: Mapped[int]
    parallel: Mapped[int]
    ordered: Mapped[str] = mapped_column(sa.String(8))
    queued: Mapped[int]
    parked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    parked_code: Mapped[str | None] = mapped_column(sa.String(40))
    failures: Mapped[int]
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    halted_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    halted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Publication(Base):
    """One thing to be done on one channel 刊播任务, and its receipt.

    `number` orders it within its channel. `content` is what goes out, as it was signed: `{kind, fields}`, whose hash is
    `hash`; a notice has `note`. `about_id` is the publication that an edit, a notice or a withdrawal is about. `turn`
    counts the looks at it: a job for an older turn does nothing. `notes` is what a try wrote down before a step that
    cannot be undone. `shown_hash` is that of the text read back, `expected_hash` that of what should stand there.
    """

    __tablename__ = "publication"
    __table_args__ = (
        sa.Index("ix_publication_queue", "channel_id", "state", "number"),
        sa.Index("ix_publication_story", "story_id", "channel_id", "number"),
        sa.Index("ix_publication_list", "updated_at", "id"),
        sa.Index("ix_publication_external", "channel_id", "external_id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"))
    rendition_id: Mapped[str | None] = mapped_column(sa.ForeignKey("rendition.id"), index=True)
    channel_id: Mapped[str] = mapped_column(sa.ForeignKey("channel.id"))
    number: Mapped[int]
    action: Mapped[str] = mapped_column(sa.String(8))
    about_id: Mapped[str | None] = mapped_column(sa.ForeignKey("publication.id"), index=True)
    case_id: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    hash: Mapped[str] = mapped_column(sa.String(64))
    headline: Mapped[str] = mapped_column(sa.String(200))
    content: Mapped[Any] = mapped_column(CanonicalJson)
    exam_id: Mapped[str | None] = mapped_column(sa.String(36))
    not_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    embargo: Mapped[bool]
    force_reason: Mapped[str | None] = mapped_column(sa.String(300))
    turn: Mapped[int]
    attempts: Mapped[int]
    asked: Mapped[int]
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    notes: Mapped[Any] = mapped_column(CanonicalJson)
    code: Mapped[str | None] = mapped_column(sa.String(60))
    words: Mapped[str | None] = mapped_column(sa.String(300))
    field: Mapped[str | None] = mapped_column(sa.String(60))
    external_id: Mapped[str | None] = mapped_column(sa.String(200))
    url: Mapped[str | None] = mapped_column(sa.String(500))
    evidence: Mapped[Any] = mapped_column(CanonicalJson)
    expected_hash: Mapped[str | None] = mapped_column(sa.String(64))
    shown_hash: Mapped[str | None] = mapped_column(sa.String(64))
    queued_by: Mapped[str] = mapped_column(sa.String(36))
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    receipted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Case(Base):
    """A correction 更正 or a withdrawal 撤稿 of a story, on every channel it went to.

    `changes` is a list of `{field, before, after}` in plain text, as the public note shows it. `reason_due` is when a
    withdrawal without a reason must have one. `alert_ids` and `scan_hit_ids` are what of monitoring led to it.
    """

    __tablename__ = "publication_case"
    __table_args__ = (sa.Index("ix_publication_case_list", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    severity: Mapped[str] = mapped_column(sa.String(2))
    cause_step: Mapped[str | None] = mapped_column(sa.String(12))
    headline: Mapped[str] = mapped_column(sa.String(200))
    found_by: Mapped[str] = mapped_column(sa.String(100))
    detected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    reason_due: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str | None] = mapped_column(sa.String(300))
    changes: Mapped[Any] = mapped_column(CanonicalJson)
    opened_by: Mapped[str] = mapped_column(sa.String(36))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    drafted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(sa.String(36))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    first_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    alert_ids: Mapped[Any | None] = mapped_column(CanonicalJson)
    scan_hit_ids: Mapped[Any | None] = mapped_column(CanonicalJson)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CaseTarget(Base):
    """What a case has to do about one publication. `orders` are the publications that carry it out, in their order.

    `ways` are what is left to try should the present action be refused. `proof` is a file that shows what was done by
    hand, `told` the words of who did it. `late_at` is when the house's limit for its channel was found to be passed.
    """

    __tablename__ = "case_target"
    __table_args__ = (sa.UniqueConstraint("case_id", "publication_id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    case_id: Mapped[str] = mapped_column(sa.ForeignKey("publication_case.id"))
    publication_id: Mapped[str] = mapped_column(sa.ForeignKey("publication.id"), index=True)
    channel_id: Mapped[str] = mapped_column(sa.ForeignKey("channel.id"))
    action: Mapped[str] = mapped_column(sa.String(16))
    ways: Mapped[Any] = mapped_column(CanonicalJson)
    state: Mapped[str] = mapped_column(sa.String(16))
    orders: Mapped[Any] = mapped_column(CanonicalJson)
    words: Mapped[str | None] = mapped_column(sa.String(300))
    proof: Mapped[str | None] = mapped_column(sa.String(36))
    told: Mapped[str | None] = mapped_column(sa.String(300))
    proved_by: Mapped[str | None] = mapped_column(sa.String(36))
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    late_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MetricSample(Base):
    """What a channel said a counter of a post stood at 传播数据. Rows are only ever added.

    `fell` marks one below the sample before it. `batch` is the pull it came with, `source` the channel. `devices` is
    how many devices are behind it, where the channel tells.
    """

    __tablename__ = "metric_sample"
    __table_args__ = (
        sa.UniqueConstraint("publication_id", "metric", "batch"),
        sa.Index("ix_metric_sample", "publication_id", "metric", "at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    publication_id: Mapped[str] = mapped_column(sa.ForeignKey("publication.id"))
    metric: Mapped[str] = mapped_column(sa.String(12))
    value: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(sa.String(40))
    batch: Mapped[str] = mapped_column(sa.String(64))
    fell: Mapped[bool]
    devices: Mapped[int | None] = mapped_column(sa.BigInteger)


class ChannelToken(Base):
    """A channel's access token, shared by all processes. `fetching_until` is the lease of the one that gets a new one.

    `secret` is the token, encrypted with the house's key.
    """

    __tablename__ = "channel_token"

    channel_id: Mapped[str] = mapped_column(sa.ForeignKey("channel.id"), primary_key=True)
    secret: Mapped[str | None] = mapped_column(sa.Text)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    fetching_by: Mapped[str | None] = mapped_column(sa.String(64))
    fetching_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ChannelUpload(Base):
    """What a vendor calls a file of ours that it has."""

    __tablename__ = "channel_upload"

    channel_id: Mapped[str] = mapped_column(sa.ForeignKey("channel.id"), primary_key=True)
    media_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    purpose: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(500))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
