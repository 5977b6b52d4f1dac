"""Services, requests and the steps a request has gone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime


class Service(Base):
    """What a citizen can ask for. `kind` (consult, help, complaint) decides the clock; `office_id` usually answers."""

    __tablename__ = "service"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"))
    kind: Mapped[str] = mapped_column(sa.String(12))
    description: Mapped[str] = mapped_column(sa.String(500))
    description_en: Mapped[str] = mapped_column(sa.String(1000))
    position: Mapped[int]


class ServiceRequest(Base):
    """A request. `office_id` is the office it is assigned to now; `returns` how often an office has sent it back.

    `contact` is for the staff who work on it and goes nowhere else: not into events, logs or messages.
    `rating` is `{attitude, result, comment, at}` of the present round; a reopened request may be rated anew.
    """

    __tablename__ = "service_request"
    __table_args__ = (
        sa.Index("ix_service_request_own", "citizen_id", "created_at", "id"),
        sa.Index("ix_service_request_desk", "state", "created_at", "id"),
        sa.Index("ix_service_request_office", "office_id", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    ver: Mapped[int]
    code: Mapped[str] = mapped_column(sa.String(24), unique=True)
    citizen_id: Mapped[str] = mapped_column(sa.String(36))
    service_id: Mapped[str] = mapped_column(sa.ForeignKey("service.id"))
    title: Mapped[str] = mapped_column(sa.String(100))
    text: Mapped[str] = mapped_column(sa.Text)
    address: Mapped[str | None] = mapped_column(sa.String(200))
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    town_id: Mapped[str | None] = mapped_column(sa.ForeignKey("town.id"))
    media: Mapped[Any] = mapped_column(CanonicalJson)
    contact: Mapped[str | None] = mapped_column(sa.String(60))
    state: Mapped[str] = mapped_column(sa.String(12))
    office_id: Mapped[str | None] = mapped_column(sa.ForeignKey("office.id"))
    supervised: Mapped[bool] = mapped_column(default=False)
    returns: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    rating: Mapped[dict[str, Any] | None] = mapped_column(CanonicalJson)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RequestStep(Base):
    """One step on a request's way. `by` is how the citizen may read who did it: an office or desk, never a name.

    Every step is shown to the citizen; its text only where `visible_to_citizen` says so.
    """

    __tablename__ = "request_step"
    __table_args__ = (sa.UniqueConstraint("request_id", "position", name="uq_request_step_position"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"))
    position: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[str] = mapped_column(sa.String(36))
    by: Mapped[str] = mapped_column(sa.String(80))
    action: Mapped[str] = mapped_column(sa.String(12))
    from_state: Mapped[str | None] = mapped_column(sa.String(12))
    to_state: Mapped[str] = mapped_column(sa.String(12))
    office_id: Mapped[str | None] = mapped_column(sa.ForeignKey("office.id"))
    text: Mapped[str | None] = mapped_column(sa.Text)
    visible_to_citizen: Mapped[bool]
    media: Mapped[Any] = mapped_column(CanonicalJson)
    rating: Mapped[dict[str, Any] | None] = mapped_column(CanonicalJson)


class RequestMedia(Base):
    """Which media belong to which request, so that whoever may see the request may see them too."""

    __tablename__ = "request_media"

    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"), primary_key=True)
    media_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)


class RequestDay(Base):
    """How many requests were filed on a day (Asia/Shanghai): the running number in their codes."""

    __tablename__ = "request_day"

    day: Mapped[date] = mapped_column(sa.Date, primary_key=True)
    filed: Mapped[int]
