"""Rule sets with their trials, periods with their rows and figures, appeals, and what was said of stories by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class RuleSetRow(Base):
    """A rule set 考核规则. `version` is given when it is adopted; `hash` is that of `values`.

    `trial_id` is the last trial run that is done, `tried_hash` the values it tried. `editors` lists who wrote on it.
    """

    __tablename__ = "rule_set"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    version: Mapped[int | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(sa.String(12))
    note: Mapped[str] = mapped_column(sa.String(300))
    values: Mapped[Any] = mapped_column(CanonicalJson)
    hash: Mapped[str] = mapped_column(sa.String(64))
    editors: Mapped[Any] = mapped_column(CanonicalJson)
    trial_id: Mapped[str | None] = mapped_column(sa.String(36))
    tried_hash: Mapped[str | None] = mapped_column(sa.String(64))
    adopted_by: Mapped[str | None] = mapped_column(sa.String(36))
    adopted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Trial(Base):
    """A trial run of a rule set 试算: what each person of a period would have had, beside what they had.

    `result` is a list of `{person, old, new, difference, old_rank, new_rank}`, amounts as text with three decimals.
    """

    __tablename__ = "rule_set_trial"
    __table_args__ = (sa.Index("ix_rule_set_trial_list", "at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(8))
    rule_set_id: Mapped[str] = mapped_column(sa.ForeignKey("rule_set.id"), index=True)
    period_id: Mapped[str] = mapped_column(sa.ForeignKey("assessment_period.id"))
    hash: Mapped[str] = mapped_column(sa.String(64))
    against: Mapped[int]
    up_to_seq: Mapped[int | None] = mapped_column(sa.BigInteger)
    result: Mapped[Any] = mapped_column(CanonicalJson)
    by: Mapped[str] = mapped_column(sa.String(36))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Period(Base):
    """A stretch of time that is assessed 考核周期, from a day to another, both included.

    Facts count up to the event `up_to_seq`. `result_hash` is that of all rows (`scoring.result_hash`).
    """

    __tablename__ = "assessment_period"
    __table_args__ = (sa.Index("ix_assessment_period_list", "starts_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    name: Mapped[str] = mapped_column(sa.String(60))
    first_day: Mapped[str] = mapped_column(sa.String(10))
    last_day: Mapped[str] = mapped_column(sa.String(10))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    rule_set_version: Mapped[int]
    up_to_seq: Mapped[int | None] = mapped_column(sa.BigInteger)
    row_count: Mapped[int]
    result_hash: Mapped[str | None] = mapped_column(sa.String(64))
    opened_by: Mapped[str] = mapped_column(sa.String(36))
    computed_by: Mapped[str | None] = mapped_column(sa.String(36))
    computed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    public_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sealed_by: Mapped[str | None] = mapped_column(sa.String(36))
    sealed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScoreRow(Base):
    """One row of a period, as it was computed. `number` is its place; `amount` is in thousandths of a point.

    Adjustments of appeals stand behind what was computed. Rows are never changed.
    """

    __tablename__ = "assessment_row"
    __table_args__ = (
        sa.Index("ix_assessment_row_person", "period_id", "person", "number"),
        sa.Index("ix_assessment_row_desk", "period_id", "desk"),
    )

    period_id: Mapped[str] = mapped_column(sa.ForeignKey("assessment_period.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person: Mapped[str] = mapped_column(sa.String(64))
    story: Mapped[str | None] = mapped_column(sa.String(36))
    thing_kind: Mapped[str] = mapped_column(sa.String(12))
    thing_id: Mapped[str] = mapped_column(sa.String(64))
    desk: Mapped[str] = mapped_column(sa.String(32))
    rule: Mapped[str] = mapped_column(sa.String(16))
    rule_set: Mapped[int]
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    inputs: Mapped[Any] = mapped_column(CanonicalJson)
    event_seqs: Mapped[Any] = mapped_column(CanonicalJson)


class DeskFigure(Base):
    """A figure of a desk over a period; `events` counts all behind it, `seqs` lists the first of them."""

    __tablename__ = "assessment_figure"

    period_id: Mapped[str] = mapped_column(sa.ForeignKey("assessment_period.id"), primary_key=True)
    desk: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    numerator: Mapped[int] = mapped_column(sa.BigInteger)
    denominator: Mapped[int] = mapped_column(sa.BigInteger)
    seqs: Mapped[Any] = mapped_column(CanonicalJson)
    events: Mapped[int]


class Appeal(Base):
    """Somebody says that their account is wrong 申诉: about one row (`row_number`), or about the whole."""

    __tablename__ = "assessment_appeal"
    __table_args__ = (sa.Index("ix_assessment_appeal_list", "filed_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    period_id: Mapped[str] = mapped_column(sa.ForeignKey("assessment_period.id"), index=True)
    person: Mapped[str] = mapped_column(sa.String(64))
    row_number: Mapped[int | None]
    text: Mapped[str] = mapped_column(sa.String(1000))
    filed_by: Mapped[str] = mapped_column(sa.String(36))
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by: Mapped[str | None] = mapped_column(sa.String(36))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decision: Mapped[str | None] = mapped_column(sa.String(1000))
    amount: Mapped[int | None] = mapped_column(sa.BigInteger)


class StoryGrade(Base):
    """A grade that somebody gave a story by hand 手工定级, and why. The last one holds."""

    __tablename__ = "story_grade"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"), index=True)
    grade: Mapped[str] = mapped_column(sa.String(1))
    story_type: Mapped[str | None] = mapped_column(sa.String(12))
    reason: Mapped[str] = mapped_column(sa.String(300))
    by: Mapped[str] = mapped_column(sa.String(36))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoryPickup(Base):
    """That a medium of a higher level has taken a story over 上级媒体转载."""

    __tablename__ = "story_pickup"
    __table_args__ = (sa.UniqueConstraint("story_id", "url"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    story_id: Mapped[str] = mapped_column(sa.ForeignKey("story.id"))
    level: Mapped[str] = mapped_column(sa.String(10))
    outlet: Mapped[str] = mapped_column(sa.String(100))
    url: Mapped[str] = mapped_column(sa.String(500))
    by: Mapped[str] = mapped_column(sa.String(36))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
