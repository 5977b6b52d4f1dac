"""Services, requests and the steps a request has gone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from backend.db import Base, CanonicalJson, UtcDateTime
from backend.sealing import Sealed


class Service(Base):
    """What a citizen can ask for. `kind` (consult, help, complaint) decides the clock; `office_id` usually answers.

    `attributes` are further questions, as GeoReport v2 defines them: `[{code, datatype, required, description, …}]`.
    `open311_type` says what Open311 answers to a filing: realtime (its number) or batch (a token first).
    `changed_at` is when any of this changed last, so that clients know when to read it again.
    """

    __tablename__ = "service"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(40))
    name_en: Mapped[str] = mapped_column(sa.String(80))
    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"))
    kind: Mapped[str] = mapped_column(sa.String(12))
    description: Mapped[str] = mapped_column(sa.String(500))
    description_en: Mapped[str] = mapped_column(sa.String(1000))
    position: Mapped[int]
    attributes: Mapped[Any] = mapped_column(CanonicalJson, default=list, server_default="[]")
    open311_type: Mapped[str] = mapped_column(sa.String(8), default="realtime", server_default="realtime")
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ServiceRequest(Base):
    """A request. `office_id` is the office it is assigned to now; `returns` how often an office has sent it back.

    `contact` is for the staff who work on it and goes nowhere else: not into events, logs or messages.
    `alert_ids` are alerts of the newsroom's monitoring that are handled by it; citizens do not see them.
    `attributes` are the answers to the service's further questions, with the questions as they stood then:
    `[{code, question, answers}]`.
    `rating` is `{attitude, result, comment, at}` of the present round; a reopened request may be rated anew.
    `lat` and `lon` are WGS-84; `datum` is the one the point was given in. `waiting`: the citizen has been asked and the
    clock stands. `answered_by` gave the last answer; `reviewer_id` is who of the house is to see to a redo.
    `closing` says on whose word it was closed, `review` is `open` or how the review of a low rating ended.
    """

    __tablename__ = "service_request"
    __table_args__ = (
        sa.Index("ix_service_request_own", "citizen_id", "created_at", "id"),
        sa.Index("ix_service_request_desk", "state", "created_at", "id"),
        sa.Index("ix_service_request_office", "office_id", "created_at", "id"),
        sa.Index("ix_service_request_filed", "created_at", "id"),
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
    contact: Mapped[str | None] = mapped_column(Sealed("service_request.contact"))
    state: Mapped[str] = mapped_column(sa.String(12))
    office_id: Mapped[str | None] = mapped_column(sa.ForeignKey("office.id"))
    supervised: Mapped[bool] = mapped_column(default=False)
    returns: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    rating: Mapped[dict[str, Any] | None] = mapped_column(CanonicalJson)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    alert_ids: Mapped[Any | None] = mapped_column(CanonicalJson)
    urgency: Mapped[str] = mapped_column(sa.String(12), default="normal", server_default="normal")
    datum: Mapped[str | None] = mapped_column(sa.String(8))
    outside_district: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    due_provisional: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    waiting: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    asks: Mapped[int] = mapped_column(default=0, server_default="0")
    extended: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    complex: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    decline_code: Mapped[str | None] = mapped_column(sa.String(24))
    decline_where: Mapped[str | None] = mapped_column(sa.String(500))
    replied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_by: Mapped[str | None] = mapped_column(sa.String(36))
    redos: Mapped[int] = mapped_column(default=0, server_default="0")
    reviewer_id: Mapped[str | None] = mapped_column(sa.String(36))
    callback_due: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    closing: Mapped[str | None] = mapped_column(sa.String(12))
    review: Mapped[str | None] = mapped_column(sa.String(12))
    merged_into: Mapped[str | None] = mapped_column(sa.ForeignKey("service_request.id"), index=True)
    attributes: Mapped[Any | None] = mapped_column(CanonicalJson)


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


class RequestClock(Base):
    """A limit that runs, or ran, for a request; `name`: answer, take, supervise or review.

    It has `days` (working days) or `seconds` (of office time); `pauses` are pairs of moments, the last one open while
    the clock stands. `steps` explain the due date, as they were when it was computed.
    """

    __tablename__ = "request_clock"
    __table_args__ = (
        sa.Index("ix_request_clock_request", "request_id", "started_at"),
        sa.Index("ix_request_clock_running", "name", "ended_at", "due"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"))
    name: Mapped[str] = mapped_column(sa.String(12))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    days: Mapped[int | None]
    seconds: Mapped[int | None]
    pauses: Mapped[Any] = mapped_column(CanonicalJson)
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    provisional: Mapped[bool]
    steps: Mapped[Any] = mapped_column(CanonicalJson)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RequestCustody(Base):
    """Who held a request from a moment until another; the last one holds it still."""

    __tablename__ = "request_custody"

    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(sa.String(80))
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RequestHelper(Base):
    """An office that helps with a request which another one leads."""

    __tablename__ = "request_helper"

    request_id: Mapped[str] = mapped_column(sa.ForeignKey("service_request.id"), primary_key=True)
    office_id: Mapped[str] = mapped_column(sa.ForeignKey("office.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
