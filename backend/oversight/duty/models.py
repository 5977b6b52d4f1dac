"""Turns of duty, and the hand-overs between them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class DutyTurn(Base):
    """That one person answers for the command desk 值班, from a moment until another.

    `desk` is the desk as long as the turn lasts and nothing afterwards, so that the database allows only one.
    """

    __tablename__ = "duty_turn"
    __table_args__ = (sa.Index("ix_duty_turn_list", "began_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(8))
    desk: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    holder_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(300))


class Handover(Base):
    """The offer of the duty to a colleague. `items` is the open list as it was offered, `checked` what was accepted."""

    __tablename__ = "handover"
    __table_args__ = (sa.Index("ix_handover_list", "offered_at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(10))
    turn_id: Mapped[str] = mapped_column(sa.ForeignKey("duty_turn.id"), index=True)
    from_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    to_id: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    note: Mapped[str] = mapped_column(sa.String(2000))
    items: Mapped[Any] = mapped_column(CanonicalJson)
    checked: Mapped[Any] = mapped_column(CanonicalJson)
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer_due: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(sa.String(300))
