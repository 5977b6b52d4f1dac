"""Keys of client programs, and what was filed with them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime
from backend.sealing import Sealed


class ApiKey(Base):
    """The right of a client program to file. Only the hash of the key is kept.

    `account_id` is the citizen account that stands for the client: nobody signs in with it. `per_minute` and `per_day`
    are how many requests the client may file; the day is one in Shanghai. What it has filed is counted here too, on
    the row that each filing locks.
    """

    __tablename__ = "open311_key"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    key_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    per_minute: Mapped[int]
    per_day: Mapped[int]
    minute: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minute_used: Mapped[int] = mapped_column(default=0)
    day: Mapped[date | None] = mapped_column(sa.Date)
    day_used: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Filing(Base):
    """One request that a client filed. Its id is the token of services that answer with one.

    Without `request_id` it was filed at the test endpoint: it is kept in `sample`, reaches no desk, and is forgotten
    after a week. `person` is who the client says is behind it, for the staff who work on the request.
    `repeat_key` is the client's own mark for sending the same again, `body_hash` what it came with.
    """

    __tablename__ = "open311_filing"
    __table_args__ = (
        sa.UniqueConstraint("key_id", "repeat_key", name="uq_open311_filing_repeat"),
        sa.Index("ix_open311_filing_at", "at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    key_id: Mapped[str] = mapped_column(sa.ForeignKey("open311_key.id"))
    request_id: Mapped[str | None] = mapped_column(sa.ForeignKey("service_request.id"), unique=True)
    person: Mapped[dict[str, Any]] = mapped_column(Sealed("open311_filing.person", holds_json=True))
    media_url: Mapped[str | None] = mapped_column(sa.String(500))
    notice: Mapped[str] = mapped_column(sa.String(500))
    sample: Mapped[dict[str, Any] | None] = mapped_column(Sealed("open311_filing.sample", holds_json=True))
    repeat_key: Mapped[str | None] = mapped_column(sa.String(128))
    body_hash: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
