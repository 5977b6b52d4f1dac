"""Looks at a case, and openings of a screen that shows many."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, UtcDateTime


class RequestLook(Base):
    """That somebody of the house had a case before them. `by` is an office or desk, no name; `what` a `rules.What`.

    `actor_id` stays in the house: it tells two people at one desk apart, and is what an inquiry needs.
    """

    __tablename__ = "request_look"
    __table_args__ = (sa.Index("ix_request_look_case", "request_id", "actor_id", "what", "at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"))
    actor_id: Mapped[str] = mapped_column(sa.String(36))
    by: Mapped[str] = mapped_column(sa.String(80))
    role: Mapped[str] = mapped_column(sa.String(32))
    what: Mapped[str] = mapped_column(sa.String(12))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class ScreenLook(Base):
    """That somebody opened a stream on which cases lie: one row for all of them, so that opening costs one write."""

    __tablename__ = "screen_look"
    __table_args__ = (sa.Index("ix_screen_look_stream", "stream", "at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    stream: Mapped[str] = mapped_column(sa.String(80))
    actor_id: Mapped[str] = mapped_column(sa.String(36), index=True)
    by: Mapped[str] = mapped_column(sa.String(80))
    role: Mapped[str] = mapped_column(sa.String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
