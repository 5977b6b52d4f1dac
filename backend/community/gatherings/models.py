"""Gatherings and who has signed up for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Gathering(Base):
    """An event with places. `office_id` None is one of the media centre itself.

    `writers` are all who wrote it, and none of whom may publish it. `next_number` is what the next one to sign up is
    given; whoever changes sign-ups holds this row, so that places are given to one after the other. `line` counts the
    changes of the sign-ups, and `line_told` is as far as the organiser's desk has been told of them.
    """

    __tablename__ = "gathering"
    __table_args__ = (sa.Index("ix_gathering_list", "starts_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    office_id: Mapped[str | None] = mapped_column(sa.ForeignKey("office.id"))
    title: Mapped[str] = mapped_column(sa.String(100))
    text: Mapped[str] = mapped_column(sa.Text)
    place: Mapped[str] = mapped_column(sa.String(200))
    town_id: Mapped[str] = mapped_column(sa.ForeignKey("town.id"))
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sign_up_until: Mapped[datetime] = mapped_column(UtcDateTime)
    capacity: Mapped[int]
    next_number: Mapped[int] = mapped_column(default=1, server_default="1")
    line: Mapped[int] = mapped_column(default=0, server_default="0")
    line_told: Mapped[int] = mapped_column(default=0, server_default="0")
    writers: Mapped[Any] = mapped_column(CanonicalJson)
    approved_by: Mapped[str | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(300))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SignUp(Base):
    """That somebody comes with `people` in all, themselves counted; `number` is their place in the order of signing."""

    __tablename__ = "sign_up"
    __table_args__ = (
        sa.UniqueConstraint("gathering_id", "account_id"),
        sa.Index("ix_sign_up_line", "gathering_id", "number"),
        sa.Index("ix_sign_up_account", "account_id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    gathering_id: Mapped[str] = mapped_column(sa.ForeignKey("gathering.id"))
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    state: Mapped[str] = mapped_column(sa.String(8))
    number: Mapped[int]
    people: Mapped[int]
    note: Mapped[str | None] = mapped_column(sa.String(200))
    contact_ok: Mapped[bool]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
