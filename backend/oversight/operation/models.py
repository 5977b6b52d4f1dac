"""Samples of use, the phones they came from under pseudonyms, and the numbers that are counted from them.

Nothing here leads to an account, to an installation or to an address: docs/adr/0015-operation.md.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class UsageSample(Base):
    """One thing a phone reported; forgotten after 35 days. `phone` is a pseudonym, `id` the phone's own number for it.

    Of the moment only day and hour (Asia/Shanghai) are kept. `complete` says of a read that its end was reached; `ms`
    of an arrival how long it took from the event to the phone.
    """

    __tablename__ = "usage_sample"
    __table_args__ = (sa.Index("ix_usage_sample_day", "day", "kind"),)

    phone: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    day: Mapped[date] = mapped_column(sa.Date)
    hour: Mapped[int] = mapped_column(sa.SmallInteger)
    kind: Mapped[str] = mapped_column(sa.String(12))
    article_id: Mapped[str | None] = mapped_column(sa.String(36))
    seconds: Mapped[int | None]
    complete: Mapped[bool | None]
    ms: Mapped[int | None]


class UsagePhone(Base):
    """When a phone was first and last seen: what retention is counted from. Forgotten after 400 days of silence."""

    __tablename__ = "usage_phone"

    phone: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    first_day: Mapped[date] = mapped_column(sa.Date)
    last_day: Mapped[date] = mapped_column(sa.Date, index=True)


class UsagePhoneDay(Base):
    """That a phone was active on a day, and how many samples it gave; forgotten with them."""

    __tablename__ = "usage_phone_day"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    phone: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    samples: Mapped[int]


class UsageDoor(Base):
    """How many calls came from an address in a window of ten minutes. Not tied to any phone; forgotten in a day."""

    __tablename__ = "usage_door"

    address_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, index=True)
    calls: Mapped[int]


class UsageCell(Base):
    """One counted cell: numbers only. `span` is the stretch of time that begins on `start`, `key` what it is about.

    `people` is how many different people the cell is about, which decides whether anybody may see it. What `numbers`
    holds depends on the measure: `counting`.
    """

    __tablename__ = "usage_cell"

    measure: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    span: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    start: Mapped[date] = mapped_column(sa.Date, primary_key=True, index=True)
    key: Mapped[str] = mapped_column(sa.String(130), primary_key=True)
    people: Mapped[int]
    numbers: Mapped[Any] = mapped_column(CanonicalJson)
    counted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class OperationSetting(Base):
    """How many people a figure is about at the least, where the house has asked for more than five."""

    __tablename__ = "operation_setting"

    id: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    ver: Mapped[int]
    floor: Mapped[int]
    updated_by: Mapped[str] = mapped_column(sa.String(36))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
