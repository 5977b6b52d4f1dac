"""Stored answers to writes that carried an Idempotency-Key, kept in the same transaction as the write itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.db import Base, UtcDateTime
from backend.errors import AppError, Code
from backend.ids import ids_in
from backend.sealing import Sealed

# In the place of a status: the answer was emptied.
FORGOTTEN = 0


class StoredAnswer(Base):
    """The first answer given to (account, key); `request_hash` tells whether a repeat is really the same request.

    The body may hold somebody's number, so it is sealed; `things` are the ids it tells of.
    """

    __tablename__ = "idempotency_answer"

    account_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(128), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Sealed("idempotency_answer.body"))
    things: Mapped[str] = mapped_column(sa.Text)
    location: Mapped[str | None] = mapped_column(sa.String(300))
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


@dataclass(frozen=True, slots=True)
class RequestKey:
    """Who sent which key with which request (keyed hash of method, path and body)."""

    account_id: str
    key: str
    request_hash: str


def get_answer(session: Session, key: RequestKey) -> StoredAnswer | None:
    """Return the stored answer of the same request.

    Raises:
        AppError: 409 `idempotency_conflict` if the key was used for another request, or its answer was forgotten.
    """
    stored = session.get(StoredAnswer, (key.account_id, key.key))
    if stored is not None and stored.request_hash != key.request_hash:
        raise AppError(Code.IDEMPOTENCY_CONFLICT, 409, "这个 Idempotency-Key 已用于另一个请求。")
    if stored is not None and stored.status == FORGOTTEN:
        raise AppError(Code.IDEMPOTENCY_CONFLICT, 409, "这个请求办过了，但它的内容已经删除。")
    return stored


def forget_answers(session: Session, thing_id: str) -> None:
    """Empty every stored answer that tells of a thing, as its words are to be nowhere any more.

    Whoever sends one of those requests again is refused: done twice it would bring the words back.
    """
    told = StoredAnswer.things.contains(thing_id, autoescape=True)
    session.execute(sa.update(StoredAnswer).where(told).values(status=FORGOTTEN, body="", things="", location=None))


def forget_person(session: Session, account_id: str) -> None:
    """Delete the stored answers of somebody who closes their account."""
    session.execute(sa.delete(StoredAnswer).where(StoredAnswer.account_id == account_id))


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
            things=ids_in(body),
            location=location,
            at=at,
        )
    )
    session.flush()
