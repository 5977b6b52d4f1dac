"""Stored answers to writes that carried an Idempotency-Key, kept in the same transaction as the write itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.db import Base, UtcDateTime
from backend.errors import AppError, Code


class StoredAnswer(Base):
    """The first answer given to (account, key); `request_hash` tells whether a repeat is really the same request."""

    __tablename__ = "idempotency_answer"

    account_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(sa.Text)
    location: Mapped[str | None] = mapped_column(sa.String(300))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Who sent which key with which request (hash of method, path and body)."""

    account_id: str
    key: str
    request_hash: str


def get_answer(session: Session, key: RequestKey) -> StoredAnswer | None:
    """Return the stored answer of the same request.

    Raises:
        AppError: 409 `idempotency_conflict` if the key was used for another request.
    """
    stored = session.get(StoredAnswer, (key.account_id, key.key))
    if stored is not None and stored.request_hash != key.request_hash:
        raise AppError(Code.IDEMPOTENCY_CONFLICT, 409, "这个 Idempotency-Key 已用于另一个请求。")
    return stored


def store_answer(
    session: Session, key: RequestKey, *, status: int, body: str, location: str | None, at: datetime
) -> None:
    """Keep the answer; two requests racing with one key collide here, and the second is run again to find it."""
    session.add(
        StoredAnswer(
            account_id=key.account_id,
            key=key.key,
            request_hash=key.request_hash,
            status=status,
            body=body,
            location=location,
            at=at,
        )
    )
    session.flush()
