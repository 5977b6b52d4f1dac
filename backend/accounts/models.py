"""Tables of accounts, sign-in and rosters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, validates

from backend.db import Base, CanonicalJson, UtcDateTime
from backend.sealing import BlindIndex, Sealed


def _own_id(context: Any) -> str:
    """Take an account for a person of its own, unless somebody says that it is not."""
    return str(context.get_current_parameters()["id"])


class Account(Base):
    """A way in for a person: `kind` is citizen (signs in by phone) or staff (by name and password).

    `person_id` is the human being behind it: accounts that share it are one person, wherever two are demanded. `skills`
    lists what a member of staff can be sent for. `phone_index` and `_b` follow `phone` by themselves, and find one.
    """

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    ver: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(sa.String(40))
    phone: Mapped[str | None] = mapped_column(Sealed("account.phone", indexes=("phone_index", "phone_index_b")))
    phone_index: Mapped[str | None] = mapped_column(BlindIndex("account.phone", slot=0), unique=True)
    phone_index_b: Mapped[str | None] = mapped_column(BlindIndex("account.phone", slot=1), unique=True)
    username: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    totp_secret: Mapped[str | None] = mapped_column(Sealed("account.totp_secret"))
    totp_pending: Mapped[str | None] = mapped_column(Sealed("account.totp_pending"))
    totp_last_step: Mapped[int | None] = mapped_column(sa.BigInteger)
    title: Mapped[str | None] = mapped_column(sa.String(40))
    email: Mapped[str | None] = mapped_column(sa.String(120))
    person_id: Mapped[str] = mapped_column(sa.String(64), default=_own_id, index=True)
    unit: Mapped[str | None] = mapped_column(sa.ForeignKey("unit.id"))
    skills: Mapped[Any] = mapped_column(CanonicalJson, default=list)
    town: Mapped[str | None] = mapped_column(sa.ForeignKey("town.id"))
    locale: Mapped[str] = mapped_column(sa.String(8), default="zh-CN")
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @validates("phone")
    def _index_phone(self, _name: str, phone: str | None) -> str | None:
        self.phone_index = self.phone_index_b = phone
        return phone


class RoleGrant(Base):
    """One line of the roster: this person holds this role from a moment until another."""

    __tablename__ = "role_grant"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(32))
    desk: Mapped[str | None] = mapped_column(sa.ForeignKey("desk.id"))
    office: Mapped[str | None] = mapped_column(sa.ForeignKey("office.id"))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginCode(Base):
    """A code that was sent to a phone.

    The code itself is derived from the row's id and the secret key when the message is written, and only its keyed
    hash is kept. `phone` is needed until the message has gone, and is emptied then. `use` is a `rules.Use`; for one to
    another's phone, `account_id` is who had it sent.
    """

    __tablename__ = "login_code"
    __table_args__ = (
        sa.Index("ix_login_code_phone_at", "phone_hash", "sent_at"),
        sa.Index("ix_login_code_address_at", "address_hash", "sent_at"),
        sa.Index("ix_login_code_account_at", "account_id", "sent_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    phone_hash: Mapped[str] = mapped_column(sa.String(64))
    address_hash: Mapped[str] = mapped_column(sa.String(64))
    code_hash: Mapped[str] = mapped_column(sa.String(64))
    phone: Mapped[str | None] = mapped_column(Sealed("login_code.phone"))
    use: Mapped[str] = mapped_column(sa.String(8), server_default="sign_in")
    account_id: Mapped[str | None] = mapped_column(sa.String(36))
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FailedLogin(Base):
    """A wrong password, counted by name and by the address that it came from."""

    __tablename__ = "failed_login"
    __table_args__ = (sa.Index("ix_failed_login_address_at", "address_hash", "at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    name_hash: Mapped[str] = mapped_column(sa.String(64), index=True)
    address_hash: Mapped[str] = mapped_column(sa.String(64), server_default="")
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class LoginSession(Base):
    """One sign-in on one device: the family of refresh tokens that descends from it."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    account_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"), index=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(sa.String(16))


class RefreshToken(Base):
    """A refresh token, by its hash. A used one that comes back was stolen, and ends its family."""

    __tablename__ = "refresh_token"

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    session_id: Mapped[str] = mapped_column(sa.ForeignKey("login_session.id"), index=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
