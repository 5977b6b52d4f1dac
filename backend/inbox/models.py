"""Bells and devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime

FCM, JPUSH, WEB_PUSH = "fcm", "jpush", "web_push"
# Vendors who keep topics for us.
TOPIC_TARGETS = frozenset({FCM})


class Bell(Base):
    """One entry of an inbox. `account_id` None is a broadcast, which everybody has.

    `kind` is a word of `backend.inbox.rules.Kind`; one that is `through` rings at any hour. `title` and `text` are in
    plain Chinese, `variants` holds other wordings of them as `{variant: {title, text}}`. `said_at` is when it began to
    say this, `ends_at` until when it is worth ringing if that is not for as long as its kind usually is.
    """

    __tablename__ = "bell"
    __table_args__ = (sa.Index("ix_bell_inbox", "account_id", "at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    account_id: Mapped[str | None] = mapped_column(sa.String(36))
    key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(12), default="house", server_default="house")
    through: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    title: Mapped[str] = mapped_column(sa.String(120))
    text: Mapped[str] = mapped_column(sa.String(300))
    variants: Mapped[Any] = mapped_column(CanonicalJson, default=dict, server_default="{}")
    about_kind: Mapped[str] = mapped_column(sa.String(32), index=True)
    about_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    gone: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    said_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BroadcastRead(Base):
    """That a person has read a broadcast."""

    __tablename__ = "broadcast_read"

    account_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    bell_id: Mapped[str] = mapped_column(sa.ForeignKey("bell.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Device(Base):
    """An installation of the app. `push_token` None cannot ring; it is an address with the vendor `target`.

    `session_id` is the sign-in it was registered under, whose end leaves the installation to nobody; `topics` are
    those it was last put on with the vendor, at `topics_at`. `preferences` hold while nobody is signed in.
    """

    __tablename__ = "device"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    ver: Mapped[int]
    account_id: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    session_id: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    topics: Mapped[Any | None] = mapped_column(CanonicalJson)
    topics_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    preferences: Mapped[Any | None] = mapped_column(CanonicalJson)
    target: Mapped[str] = mapped_column(sa.String(12), default="fcm", server_default="fcm")
    platform: Mapped[str] = mapped_column(sa.String(10))
    push_token: Mapped[str | None] = mapped_column(sa.String(1200), unique=True)
    locale: Mapped[str] = mapped_column(sa.String(8))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dropped_reason: Mapped[str | None] = mapped_column(sa.String(64))


class Preference(Base):
    """What a person wants to be told of and when: what differs from `backend.inbox.rules.DEFAULTS`."""

    __tablename__ = "preference"

    account_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    values: Mapped[Any] = mapped_column(CanonicalJson)
