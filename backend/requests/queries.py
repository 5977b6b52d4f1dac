"""Reading requests: a citizen's own, and those on a desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.district.queries import offices_by_id
from backend.errors import not_found
from backend.paging import Page, paged
from backend.policy import Actor, demand_owner
from backend.requests.deadlines import day_bounds
from backend.requests.models import RequestMedia, Service, ServiceRequest
from backend.requests.presentation import Written, present_requests
from backend.requests.rules import CLOCK_RUNS, sees_all, staff_offices
from backend.sync.streams import Audience


def list_services(session: Session) -> list[dict[str, Any]]:
    """List what one can ask for, in its order."""
    services = session.scalars(sa.select(Service).order_by(Service.position, Service.id)).all()
    offices = offices_by_id(session, [service.office_id for service in services])
    return [
        {
            "id": service.id,
            "name": service.name,
            "name_en": service.name_en,
            "kind": service.kind,
            "office": {"id": service.office_id, "name": offices[service.office_id]["name"]},
            "description": service.description,
            "description_en": service.description_en,
        }
        for service in services
    ]


def list_own_requests(session: Session, actor: Actor, page: Page) -> dict[str, Any]:
    """List the actor's own requests, newest first."""
    query = sa.select(ServiceRequest).where(ServiceRequest.citizen_id == actor.id)
    return _paged(session, query, page, Audience.OWNER)


def list_desk_requests(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    state: str | None,
    due: str | None,
    office: str | None,
    code: str | None,
    page: Page,
) -> dict[str, Any]:
    """List the requests the actor works on, newest first.

    `due`: overdue, or today (the day in Shanghai); only of those whose clock runs.
    """
    query = sa.select(ServiceRequest).where(_in_sight(actor))
    if state is not None:
        query = query.where(ServiceRequest.state == state)
    if office is not None:
        query = query.where(ServiceRequest.office_id == office)
    if code is not None:
        query = query.where(ServiceRequest.code == code)
    if due is not None:
        begins, ends = day_bounds(now)
        pressing = ServiceRequest.due < now if due == "overdue" else ServiceRequest.due.between(begins, ends)
        query = query.where(ServiceRequest.state.in_(CLOCK_RUNS), pressing)
    return _paged(session, query, page, Audience.STAFF)


def _in_sight(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.true() if sees_all(actor) else ServiceRequest.office_id.in_(staff_offices(actor))


def _paged(session: Session, query: sa.Select[Any], page: Page, audience: Audience) -> dict[str, Any]:
    def write(rows: Sequence[ServiceRequest]) -> list[dict[str, Any]]:
        written = present_requests(session, rows, audience)
        return [written[row.id] for row in rows]

    return paged(session, query, page, moment=ServiceRequest.created_at, id=ServiceRequest.id, write=write)


def access_own_request(session: Session, actor: Actor, request_id: str, *, lock: bool = False) -> ServiceRequest:
    """Return the actor's own request, locked if it is to be changed; 404 for any other."""
    case = _access(session, request_id, lock=lock)
    demand_owner(actor, case.citizen_id, "诉求")
    return case


def access_desk_request(session: Session, actor: Actor, request_id: str, *, lock: bool = False) -> ServiceRequest:
    """Return a request that the actor works on, as dispatcher, supervisor or in its office; 404 for any other."""
    case = _access(session, request_id, lock=lock)
    if not sees_all(actor) and case.office_id not in staff_offices(actor):
        raise not_found("诉求")
    return case


def access_office_request(session: Session, actor: Actor, request_id: str, *, lock: bool = False) -> ServiceRequest:
    """Return a request that is assigned to an office for which the actor handles requests; 404 for any other."""
    case = _access(session, request_id, lock=lock)
    if case.office_id not in staff_offices(actor):
        raise not_found("诉求")
    return case


def _access(session: Session, request_id: str, *, lock: bool) -> ServiceRequest:
    case = session.get(ServiceRequest, request_id, with_for_update=lock or None)
    if case is None:
        raise not_found("诉求")
    return case


def load_requests(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render requests for the stream of their citizen, the service desk and their office; never in public."""
    if audience is Audience.PUBLIC:
        return {}
    cases = session.scalars(sa.select(ServiceRequest).where(ServiceRequest.id.in_(ids))).all()
    return present_requests(session, cases, audience)


def export_requests(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write everything held about a citizen's requests, for that citizen, the contact in full."""
    query = sa.select(ServiceRequest).where(ServiceRequest.citizen_id == account_id)
    cases = session.scalars(query.order_by(ServiceRequest.created_at)).all()
    written = present_requests(session, cases, Audience.OWNER)
    return [written[case.id] | {"contact": case.contact} for case in cases]


def may_see_media(session: Session, actor: Actor, media_id: str) -> bool:
    """Tell whether a private picture belongs to a request that the actor filed or works on."""
    mine = sa.or_(ServiceRequest.citizen_id == actor.id, _in_sight(actor))
    query = sa.select(RequestMedia.media_id).join(ServiceRequest, ServiceRequest.id == RequestMedia.request_id)
    return session.scalar(sa.select(query.where(RequestMedia.media_id == media_id, mine).exists())) or False
