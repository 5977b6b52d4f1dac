"""The public version of a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Twin(Base):
    """A case's public version. It has an id of its own, so that nobody comes from it to the case.

    `draft` is `{title, text, place, reply}` as a dispatcher may edit it, `found` the spans that the rules took out of
    the original of each; `public` is what is shown now, a draft that was approved, or None. `waiting` says that the
    draft awaits a look. `case_state` is the case's at version `ver`.
    """

    __tablename__ = "request_twin"
    __table_args__ = (
        sa.Index("ix_request_twin_public", "shown", "filed_at", "id"),
        sa.Index("ix_request_twin_waiting", "waiting", "filed_at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"), unique=True)
    wanted: Mapped[bool]
    shown: Mapped[bool]
    waiting: Mapped[bool]
    draft: Mapped[Any] = mapped_column(CanonicalJson)
    found: Mapped[Any] = mapped_column(CanonicalJson)
    public: Mapped[Any | None] = mapped_column(CanonicalJson)
    refused: Mapped[str | None] = mapped_column(sa.String(200))
    service_id: Mapped[str] = mapped_column(sa.ForeignKey("service.id"))
    town_id: Mapped[str | None] = mapped_column(sa.ForeignKey("town.id"))
    office_id: Mapped[str | None] = mapped_column(sa.ForeignKey("office.id"))
    case_state: Mapped[str] = mapped_column(sa.String(12))
    filed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by: Mapped[str | None] = mapped_column(sa.String(36))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
