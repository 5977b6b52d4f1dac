"""What the board remembers of the log: each card with the events between which it was true, and saved folds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class BoardCard(Base):
    """How a thing stood from one event until another. Exactly one card of a thing has no `until_seq`: the present one.

    `since` is when the thing came into this state, which may be before this card. `story_id` is the story that the
    thing is of.
    """

    __tablename__ = "board_card"
    __table_args__ = (
        sa.Index("ix_board_card_state", "kind", "state", "from_seq"),
        sa.Index("ix_board_card_story", "story_id", "until_seq"),
        sa.Index("ix_board_card_present", "kind", "thing_id", "until_seq"),
    )

    from_seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    until_seq: Mapped[int | None] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.String(24))
    thing_id: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[str] = mapped_column(sa.String(20))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    story_id: Mapped[str | None] = mapped_column(sa.String(36))
    card: Mapped[Any] = mapped_column(CanonicalJson)


class BoardFold(Base):
    """The fold of the log up to an event, as `fold.dump` writes it. There is one every `fold.SAVED_EVERY` events."""

    __tablename__ = "board_fold"

    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(sa.Text)


class BoardOrder(Base):
    """An order of the command desk about a thing, with its reason."""

    __tablename__ = "board_order"
    __table_args__ = (sa.Index("ix_board_order_list", "at", "id"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    command: Mapped[str] = mapped_column(sa.String(16))
    kind: Mapped[str] = mapped_column(sa.String(24))
    thing_id: Mapped[str] = mapped_column(sa.String(36))
    value: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(300))
    by: Mapped[str] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
