"""What a citizen does: file, add a message, rate, reopen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.clock import iso, local_day
from backend.db import insert_into
from backend.errors import invalid
from backend.events.models import Event
from backend.ids import new_id
from backend.media.queries import demand_pictures
from backend.policy import demand_owner
from backend.requests.behalf import actions as behalf
from backend.requests.clocks import resume
from backend.requests.closing import open_review
from backend.requests.codes import make_code
from backend.requests.contacts import checked_contact
from backend.requests.models import RequestDay, Service, ServiceRequest
from backend.requests.places import find_place
from backend.requests.queries import access_own_request
from backend.requests.redoing import begin_again
from backend.requests.rules import LOW_RESULT, Closing, Side, State
from backend.requests.steps import demand_current, keep_media, move, place, write_step
from backend.requests.twins import actions as twins
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
    datum: str = "wgs84",
    privacy: str = "private",
    on_behalf_of: str | None = None,
) -> ServiceRequest:
    """File a request as the actor, or for somebody who trusts them.

    Without `contact` the account's telephone is what staff may call. `lat` and `lon` are in `datum` and are kept in
    WGS-84. A point inside the district says which town it is.
    """
    trust = behalf.demand_trust(unit, on_behalf_of) if on_behalf_of else None
    form: dict[str, Any] = {
        "service": service,
        "title": title,
        "text": text,
        "address": address,
        "lat": lat,
        "lon": lon,
    }
    form |= {"town": town, "media": media, "contact": contact, "datum": datum}
    case = _new_request(unit, trust.elder_id if trust and trust.elder_id else unit.actor.id, **form)
    if trust is not None:
        behalf.note_relative(unit, case.id, trust)
    _file(unit, case, privacy)
    return case


def file_for_caller(
    unit: UnitOfWork, *, caller: dict[str, str], consent: dict[str, Any], privacy: str = "private", **form: Any
) -> ServiceRequest:
    """File a request for somebody who calls, with how they agreed; it is theirs as if they had filed it."""
    citizen = behalf.caller(unit, phone=caller["phone"], name=caller.get("name"))
    case = _new_request(unit, citizen, **form)
    behalf.note_consent(unit, case.id, how=consent["how"], at=consent["at"], note=consent.get("note"))
    _file(unit, case, privacy)
    return case


def set_privacy(unit: UnitOfWork, request_id: str, *, privacy: str, if_match: int | None = None) -> ServiceRequest:
    """Let one's request have a public version, or take it back at once; only its citizen may."""
    case = _access(unit, request_id, if_match)
    demand_owner(unit.actor, case.citizen_id, "诉求")
    twins.set_privacy(unit, case, privacy)
    _touch(unit, case, "request.privacy_changed")
    return case


def hide_from_relative(
    unit: UnitOfWork, request_id: str, *, hidden: bool, if_match: int | None = None
) -> ServiceRequest:
    """Hide one's request from the relative who filed it, or show it again; only its citizen may."""
    case = _access(unit, request_id, if_match)
    demand_owner(unit.actor, case.citizen_id, "诉求")
    behalf.set_hidden(unit, case.id, hidden=hidden)
    _touch(unit, case, "request.sharing_changed")
    return case


def follow_trust(unit: UnitOfWork, event: Event) -> None:
    """Take a relative's cases from their phone, as the trust ends (hook for `trust.ended`)."""
    for request_id in behalf.cases_of(unit, event.entity_id):
        _touch(unit, unit.session.get_one(ServiceRequest, request_id, with_for_update=True), "request.sharing_changed")


def _file(unit: UnitOfWork, case: ServiceRequest, privacy: str) -> None:
    keep_media(unit, case.id, case.media)
    write_step(
        unit, case, action="file", event="request.filed", side=Side.CITIZEN, from_state=None, text=None, visible=True
    )
    if privacy != twins.PRIVATE:
        twins.set_privacy(unit, case, privacy)
    place(unit, case)


def _new_request(
    unit: UnitOfWork,
    citizen_id: str,
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
    datum: str = "wgs84",
) -> ServiceRequest:
    if unit.session.get(Service, service) is None:
        raise invalid("service", "unknown", "没有这项服务")
    where = find_place(unit.session, lat, lon, datum, town)
    media = list(dict.fromkeys(media))
    demand_pictures(unit.session, unit.actor, media)
    case = ServiceRequest(
        id=new_id(),
        ver=0,
        code=_next_code(unit),
        citizen_id=citizen_id,
        service_id=service,
        title=title,
        text=text,
        address=address,
        lat=where.lat,
        lon=where.lon,
        datum=where.datum,
        town_id=where.town,
        outside_district=where.outside,
        media=media,
        contact=checked_contact(contact) or unit.session.get_one(Account, citizen_id).phone,
        state=str(State.FILED),
        supervised=False,
        returns=0,
        created_at=unit.now,
        updated_at=unit.now,
    )
    unit.session.add(case)
    unit.session.flush()
    return case


def send_message(
    unit: UnitOfWork, request_id: str, *, text: str, media: Sequence[str] = (), if_match: int | None = None
) -> ServiceRequest:
    """Add to one's own open request. If the office has asked for something, its clock goes on."""
    case = _access(unit, request_id, if_match)
    demand_pictures(unit.session, unit.actor, media)
    move(unit, case, "message", Side.CITIZEN, text=text, media=media)
    resume(unit, case)
    place(unit, case)
    return case


def confirm(
    unit: UnitOfWork, request_id: str, *, text: str | None = None, if_match: int | None = None
) -> ServiceRequest:
    """Say that an answer has solved it, and close the request."""
    case = _access(unit, request_id, if_match)
    move(unit, case, "confirm", Side.CITIZEN, text=text)
    case.closing = str(Closing.CITIZEN)
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
    """Rate how one was treated and what came of it, 1 to 5. Rating an answer confirms it and closes the request.

    A result of 2 or less confirms nothing: the supervisor looks into it.
    """
    case = _access(unit, request_id, if_match)
    rating = {"attitude": attitude, "result": result, "comment": comment, "at": iso(unit.now)}
    move(unit, case, "rate", Side.CITIZEN, text=comment, rating=rating)
    case.rating = rating
    if result > LOW_RESULT:
        case.closing = str(Closing.CITIZEN)
    else:
        case.closing = case.closing or str(Closing.OFFICE)
        open_review(unit, case)
    place(unit, case)
    return case


def reopen(unit: UnitOfWork, request_id: str, *, reason: str, if_match: int | None = None) -> ServiceRequest:
    """Send an answer back to the office, with a new due date; it may be rated anew when it is answered again."""
    case = _access(unit, request_id, if_match)
    move(unit, case, "reopen", Side.CITIZEN, text=reason)
    begin_again(unit, case)
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
    demand_current(case, if_match)
    return case


def _next_code(unit: UnitOfWork) -> str:
    """Count this request among the day's; the counter's row is locked until the unit ends, so no number comes twice."""
    day = local_day(unit.now)
    counted = insert_into(unit.session, RequestDay).values(day=day, filed=1)
    counted = counted.on_conflict_do_update(index_elements=["day"], set_={"filed": RequestDay.filed + 1})
    number: int = unit.session.execute(counted.returning(RequestDay.filed)).scalar_one()
    return make_code(day, number)
