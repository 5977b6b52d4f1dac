"""Reading requests: a citizen's own, and those on a desk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.district.queries import offices_by_id
from backend.errors import not_found
from backend.paging import Page, in_order, paged
from backend.policy import Actor, demand_owner
from backend.requests.behalf.queries import owner_for, shared_with
from backend.requests.deadlines import day_bounds
from backend.requests.models import RequestClock, RequestHelper, RequestMedia, Service, ServiceRequest
from backend.requests.presentation import Written, present_requests
from backend.requests.rules import CLOCK_RUNS, MAX_RETURNS, OPEN, State, sees_all, staff_offices
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
    """List the actor's own requests, and those filed for others that still trust them, newest first."""
    query = sa.select(ServiceRequest).where(_own(actor))
    return _paged(session, query, page, Audience.OWNER)


def _own(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.or_(ServiceRequest.citizen_id == actor.id, ServiceRequest.id.in_(shared_with(actor.id)))


def list_desk_requests(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    page: Page,
    **wanted: str,
) -> dict[str, Any]:
    """List the requests the actor works on, newest first.

    `wanted` narrows the list: state, office, code, town and urgency are equal to what is given. `due` is overdue or
    today (the day in Shanghai), of those whose clock runs and does not stand; or take_overdue, where an office has not
    signed in time. supervised, callback, review, joint, waiting, merged and decision are true or false.
    """
    query = sa.select(ServiceRequest).where(_in_sight(actor))
    for name, value in wanted.items():
        if name in _EQUAL:
            query = query.where(_EQUAL[name] == value)
        elif name == "due":
            query = query.where(_pressing(value, now))
        else:
            query = query.where(_IS[name] if value == "true" else sa.not_(_IS[name]))
    return _paged(session, query, page, Audience.STAFF)


def _helped(offices: Collection[str] | None = None) -> sa.ColumnElement[bool]:
    """Tell in SQL whether an office helps, one of these if they are given."""
    found = sa.select(RequestHelper.office_id).where(RequestHelper.request_id == ServiceRequest.id)
    return (found if offices is None else found.where(RequestHelper.office_id.in_(offices))).exists()


_EQUAL: dict[str, Any] = {
    "state": ServiceRequest.state,
    "office": ServiceRequest.office_id,
    "code": ServiceRequest.code,
    "town": ServiceRequest.town_id,
    "urgency": ServiceRequest.urgency,
}
_IS: dict[str, sa.ColumnElement[bool]] = {
    "supervised": sa.and_(ServiceRequest.supervised, ServiceRequest.state.in_(OPEN)),
    "callback": sa.and_(ServiceRequest.state == State.REPLIED, ServiceRequest.callback_due),
    "review": sa.func.coalesce(ServiceRequest.review, "") == "open",
    "joint": _helped(),
    "waiting": ServiceRequest.waiting.is_(True),
    "merged": ServiceRequest.merged_into.is_not(None),
    "decision": sa.and_(ServiceRequest.state == State.ACCEPTED, ServiceRequest.returns >= MAX_RETURNS),
}


def _pressing(due: str, now: datetime) -> sa.ColumnElement[bool]:
    if due == "take_overdue":
        unsigned = sa.select(RequestClock.id).where(
            RequestClock.request_id == ServiceRequest.id,
            RequestClock.name == "take",
            RequestClock.ended_at.is_(None),
            RequestClock.due < now,
        )
        return unsigned.exists()
    begins, ends = day_bounds(now)
    late = ServiceRequest.due < now if due == "overdue" else ServiceRequest.due.between(begins, ends)
    return sa.and_(ServiceRequest.state.in_(CLOCK_RUNS), sa.not_(ServiceRequest.waiting), late)


def _in_sight(actor: Actor) -> sa.ColumnElement[bool]:
    if sees_all(actor):
        return sa.true()
    ours = staff_offices(actor)
    return sa.or_(ServiceRequest.office_id.in_(ours), _helped(ours))


def _paged(session: Session, query: sa.Select[Any], page: Page, audience: Audience) -> dict[str, Any]:
    return paged(
        session,
        query,
        page,
        moment=ServiceRequest.created_at,
        id=ServiceRequest.id,
        write=in_order(lambda rows: present_requests(session, rows, audience)),
    )


def access_own_request(session: Session, actor: Actor, request_id: str, *, lock: bool = False) -> ServiceRequest:
    """Return the actor's own request, locked if it is to be changed; 404 for any other."""
    case = _access(session, request_id, lock=lock)
    demand_owner(actor, owner_for(session, actor.id, case.id, case.citizen_id), "诉求")
    return case


def access_desk_request(session: Session, actor: Actor, request_id: str, *, lock: bool = False) -> ServiceRequest:
    """Return a request that the actor works on: dispatcher, supervisor, its office or a helper; 404 for any other."""
    if sees_all(actor):
        return _access(session, request_id, lock=lock)
    return access_helped_request(session, actor, request_id, lock=lock)


def access_helped_request(session: Session, actor: Actor, request_id: str, *, lock: bool = False) -> ServiceRequest:
    """Return a request that the actor's office leads or helps with; 404 for any other."""
    case = _access(session, request_id, lock=lock)
    ours = staff_offices(actor)
    helps = sa.select(RequestHelper).where(RequestHelper.request_id == case.id, RequestHelper.office_id.in_(ours))
    if case.office_id not in ours and session.scalars(helps.limit(1)).first() is None:
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


def keeps_media(session: Session, media_id: str) -> bool:
    """Tell whether a file belongs to a request, whose records outlive an account."""
    return session.scalar(sa.select(sa.exists().where(RequestMedia.media_id == media_id))) or False


def may_see_media(session: Session, actor: Actor, media_id: str) -> bool:
    """Tell whether a private picture belongs to a request that the actor filed or works on."""
    mine = sa.or_(_own(actor), _in_sight(actor))
    query = sa.select(RequestMedia.media_id).join(ServiceRequest, ServiceRequest.id == RequestMedia.request_id)
    return session.scalar(sa.select(query.where(RequestMedia.media_id == media_id, mine).exists())) or False
