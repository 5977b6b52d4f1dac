"""The dictionary of the routing aid, and what it suggested for each request."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class RoutingWord(Base):
    """A word that people use for a service, and how much it says: 1 a little, 3 for certain."""

    __tablename__ = "routing_word"

    service_id: Mapped[str] = mapped_column(sa.ForeignKey("service.id"), primary_key=True)
    word: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    weight: Mapped[float]


class RoutingSuggestion(Base):
    """What was suggested when a request was filed, and what was decided when it was first assigned.

    `services` and `duplicates` are the hints of the rules, likeliest first; `office` is that of the first service.
    """

    __tablename__ = "routing_suggestion"

    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"), primary_key=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    services: Mapped[Any] = mapped_column(CanonicalJson)
    office: Mapped[Any | None] = mapped_column(CanonicalJson)
    duplicates: Mapped[Any] = mapped_column(CanonicalJson)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    chosen_service: Mapped[str | None] = mapped_column(sa.String(64))
    chosen_office: Mapped[str | None] = mapped_column(sa.String(64))
    merged_into: Mapped[str | None] = mapped_column(sa.String(36))
