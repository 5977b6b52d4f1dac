"""Who is known to be a real person."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime
from backend.sealing import Sealed


class Identity(Base):
    """How the check of an account stands, and what is left of it.

    `name` and `number` are needed until the check `check_id` has ended, and are emptied in the transaction that writes
    its result. What stays is the mask of the name, and of a verified number a keyed hash. `alias` are the four digits
    by which others know this person. `minor_until` is the day on which a child becomes fourteen.
    """

    __tablename__ = "identity"

    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12))
    check_id: Mapped[str | None] = mapped_column(sa.String(36), unique=True)
    name: Mapped[str | None] = mapped_column(Sealed("identity.name"))
    number: Mapped[str | None] = mapped_column(Sealed("identity.number"))
    masked: Mapped[str] = mapped_column(sa.String(4))
    number_hash: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    alias: Mapped[str] = mapped_column(sa.String(4))
    code: Mapped[str | None] = mapped_column(sa.String(24))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    minor_until: Mapped[date | None] = mapped_column(sa.Date)


class IdentityCheck(Base):
    """That an account was checked, counted by the day."""

    __tablename__ = "identity_check"
    __table_args__ = (sa.Index("ix_identity_check_of", "account_id", "at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class RealPerson(Base):
    """A person who is behind an account, by the keyed hash of the number: what two checks at once take turns at."""

    __tablename__ = "real_person"

    number_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
