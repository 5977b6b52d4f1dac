"""What a citizen does: file, add a message, rate, reopen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from backend.accounts.models import Account
from backend.clock import iso
from backend.district.queries import demand_town
from backend.errors import invalid
from backend.events.models import Event
from backend.ids import new_id
from backend.media.queries import demand_usable
from backend.requests.codes import make_code
from backend.requests.deadlines import REVIEW_DAYS, due_after, local_day
from backend.requests.models import RequestDay, Service, ServiceRequest
from backend.requests.queries import access_own_request
from backend.requests.rules import Side, State
from backend.requests.steps import demand_version, keep_media, move, place, write_step
from backend.unit_of_work import UnitOfWork


def file_request(
    unit: UnitOfWork,
    *,
    service: str,
    title: str,
    text: str,
    address: str | None = None,
    lat: float | None = None,
    lon: float | None = None,
    town: str | None = None,
    media: Sequence[str] = (),
    contact: str | None = None,
) -> ServiceRequest:
    """File a request as the actor. Without `contact` the account's telephone is what staff may call."""
    if unit.session.get(Service, service) is None:
        raise invalid("service", "unknown", "没有这项服务")
    if town is not None:
        demand_town(unit.session, town)
    media = list(dict.fromkeys(media))
    demand_usable(unit.session, unit.actor, media, "media")
    case = ServiceRequest(
        id=new_id(),
        ver=0,
        code=_next_code(unit),
        citizen_id=unit.actor.id,
        service_id=service,
        title=title,
        text=text,
        address=address,
        lat=lat,
        lon=lon,
        town_id=town,
        media=media,
        contact=contact or unit.session.get_one(Account, unit.actor.id).phone,
        state=str(State.FILED),
        supervised=False,
        returns=0,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(case)
    unit.session.flush()
    keep_media(unit, case.id, media)
    write_step(
        unit, case, action="file", event="request.filed", side=Side.CITIZEN, from_state=None, text=None, visible=True
    )
    place(unit, case)
    return case


def send_message(
    unit: UnitOfWork, request_id: str, *, text: str, media: Sequence[str] = (), if_match: int | None = None
) -> ServiceRequest:
    """Add to one's own open request."""
    case = _access(unit, request_id, if_match)
    demand_usable(unit.session, unit.actor, media, "media")
    move(unit, case, "message", Side.CITIZEN, text=text, media=media)
    place(unit, case)
    return case


def rate(
    unit: UnitOfWork,
    request_id: str,
    *,
    attitude: int,
    result: int,
    comment: str | None = None,
    if_match: int | None = None,
) -> ServiceRequest:
    """Rate how one was treated and what came of it, 1 to 5. Rating an answer confirms it and closes the request."""
    case = _access(unit, request_id, if_match)
    rating = {"attitude": attitude, "result": result, "comment": comment, "at": iso(unit.now)}
    move(unit, case, "rate", Side.CITIZEN, text=comment, rating=rating)
    case.rating = rating
    place(unit, case)
    return case


def reopen(unit: UnitOfWork, request_id: str, *, reason: str, if_match: int | None = None) -> ServiceRequest:
    """Send an answer back to the office, with a new due date; it may be rated anew when it is answered again."""
    case = _access(unit, request_id, if_match)
    move(unit, case, "reopen", Side.CITIZEN, text=reason)
    case.rating = None
    case.due = due_after(unit.now, REVIEW_DAYS)
    place(unit, case)
    return case


def forget_citizen(unit: UnitOfWork, event: Event) -> None:
    """Empty the contact on the requests of a closed account (hook for `account.deleted`).

    The requests themselves are records of the offices and stay.
    """
    for case in _requests_of(unit, event.entity_id):
        case.contact = None
        _touch(unit, case, "request.contact_removed")


def follow_name(unit: UnitOfWork, event: Event) -> None:
    """Let the staff's screens show a citizen's new name (hook for `account.edited`)."""
    if "name" in event.data["fields"]:
        for case in _requests_of(unit, event.entity_id):
            _touch(unit, case, "request.name_changed")


def _requests_of(unit: UnitOfWork, citizen_id: str) -> Sequence[ServiceRequest]:
    query = sa.select(ServiceRequest).where(ServiceRequest.citizen_id == citizen_id).order_by(ServiceRequest.id)
    return unit.session.scalars(query.with_for_update()).all()


def _touch(unit: UnitOfWork, case: ServiceRequest, event: str) -> None:
    case.ver += 1
    unit.record(event, case.id, case.ver)
    place(unit, case)


def _access(unit: UnitOfWork, request_id: str, if_match: int | None) -> ServiceRequest:
    case = access_own_request(unit.session, unit.actor, request_id, lock=True)
    demand_version(case, if_match)
    return case


def _next_code(unit: UnitOfWork) -> str:
    """Count this request among the day's; the counter's row is locked until the unit ends, so no number comes twice."""
    day = local_day(unit.now)
    insert: Any = sqlite.insert if unit.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    counted = insert(RequestDay).values(day=day, filed=1)
    counted = counted.on_conflict_do_update(index_elements=["day"], set_={"filed": RequestDay.filed + 1})
    number: int = unit.session.execute(counted.returning(RequestDay.filed)).scalar_one()
    return make_code(day, number)
