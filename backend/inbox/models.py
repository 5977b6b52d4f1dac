"""Bells and devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Bell(Base):
    """One entry of an inbox. `account_id` None is a broadcast, which everybody has."""

    __tablename__ = "bell"
    __table_args__ = (sa.Index("ix_bell_inbox", "account_id", "at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    account_id: Mapped[str | None] = mapped_column(sa.String(36))
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    title: Mapped[str] = mapped_column(sa.String(120))
    text: Mapped[str] = mapped_column(sa.String(300))
    about_kind: Mapped[str] = mapped_column(sa.String(32), index=True)
    about_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    gone: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BroadcastRead(Base):
    """That a person has read a broadcast."""

    __tablename__ = "broadcast_read"

    account_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    bell_id: Mapped[str] = mapped_column(sa.ForeignKey("bell.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Device(Base):
    """An installation of the app. `push_token` None cannot ring.

    `session_id` is the sign-in it was registered under, whose end leaves the installation to nobody; `topics` are
    those it was last put on with the vendor.
    """

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    ver: Mapped[int]
    account_id: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    session_id: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    topics: Mapped[Any | None] = mapped_column(CanonicalJson)
    platform: Mapped[str] = mapped_column(sa.String(10))
    push_token: Mapped[str | None] = mapped_column(sa.String(500), unique=True)
    locale: Mapped[str] = mapped_column(sa.String(8))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dropped_reason: Mapped[str | None] = mapped_column(sa.String(64))


class Preference(Base):
    """What a person wants to be told of. First cut: broadcasts and steps of their own requests, on or off."""

    __tablename__ = "preference"

    account_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    values: Mapped[Any] = mapped_column(CanonicalJson)


class PushReport(Base):
    """How a push fared, counted: one row an event, lane of the sender and outcome."""

    __tablename__ = "push_report"

    event_key: Mapped[str] = mapped_column(sa.String(200), primary_key=True)
    batch: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    sent: Mapped[int]
    dead: Mapped[int]
    failed: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
