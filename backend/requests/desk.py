"""What the house does with a request: the dispatcher's desk, the office, the supervisor."""

from __future__ import annotations

from backend.district.queries import demand_office
from backend.errors import invalid
from backend.requests.deadlines import due_for
from backend.requests.models import Service, ServiceRequest
from backend.requests.queries import access_desk_request, access_office_request
from backend.requests.rules import Side, State
from backend.requests.steps import demand_version, move, place
from backend.unit_of_work import UnitOfWork


def accept_request(
    unit: UnitOfWork, request_id: str, *, text: str | None = None, if_match: int | None = None
) -> ServiceRequest:
    """Take a request on; from now on its due date runs."""
    case = _access(unit, request_id, if_match)
    _accept(unit, case, text)
    place(unit, case)
    return case


def decline_request(unit: UnitOfWork, request_id: str, *, reason: str, if_match: int | None = None) -> ServiceRequest:
    """Refuse a request; the citizen reads the reason."""
    case = _access(unit, request_id, if_match)
    move(unit, case, "decline", Side.DISPATCH, text=reason)
    place(unit, case)
    return case


def assign_request(
    unit: UnitOfWork,
    request_id: str,
    *,
    office: str | None = None,
    text: str | None = None,
    if_match: int | None = None,
) -> ServiceRequest:
    """Hand a request to an office, by default to the one its service belongs to. `text` is for that office only.

    What is only filed is accepted first, as a step of its own.
    """
    case = _access(unit, request_id, if_match)
    if office is not None:
        demand_office(unit.session, office)
    if case.state == State.FILED:
        _accept(unit, case, None)
    # The step belongs to the office it goes to; if the rules refuse, the unit takes this back with all else.
    case.office_id = office or unit.session.get_one(Service, case.service_id).office_id
    move(unit, case, "assign", Side.DISPATCH, text=text)
    place(unit, case)
    return case


def take_request(
    unit: UnitOfWork, request_id: str, *, text: str | None = None, if_match: int | None = None
) -> ServiceRequest:
    """Sign for a request on behalf of one's office and begin work."""
    case = _access_for_office(unit, request_id, if_match)
    move(unit, case, "take", Side.OFFICE, text=text)
    place(unit, case)
    return case


def return_request(unit: UnitOfWork, request_id: str, *, reason: str, if_match: int | None = None) -> ServiceRequest:
    """Send a request back to the dispatcher; it leaves the office's sight. A third return is refused."""
    case = _access_for_office(unit, request_id, if_match)
    move(unit, case, "return", Side.OFFICE, text=reason)
    case.office_id = None
    case.returns += 1
    place(unit, case)
    return case


def reply_request(unit: UnitOfWork, request_id: str, *, text: str, if_match: int | None = None) -> ServiceRequest:
    """Answer the citizen, who may confirm by rating or send it back."""
    case = _access_for_office(unit, request_id, if_match)
    move(unit, case, "reply", Side.OFFICE, text=text)
    place(unit, case)
    return case


def message_request(unit: UnitOfWork, request_id: str, *, text: str, if_match: int | None = None) -> ServiceRequest:
    """Tell the citizen how things stand."""
    case = _access_for_office(unit, request_id, if_match)
    move(unit, case, "message", Side.OFFICE, text=text)
    place(unit, case)
    return case


def resolve_request(
    unit: UnitOfWork, request_id: str, *, text: str | None = None, if_match: int | None = None
) -> ServiceRequest:
    """Close a request. Where no reply went before, the text is the answer and must not be missing."""
    case = _access_for_office(unit, request_id, if_match)
    if case.state == State.IN_PROGRESS and text is None:
        raise invalid("text", "missing", "还没有答复过，办结时请写明办理结果")
    move(unit, case, "resolve", Side.OFFICE, text=text)
    place(unit, case)
    return case


def supervise_request(unit: UnitOfWork, request_id: str, *, text: str, if_match: int | None = None) -> ServiceRequest:
    """Put a request under supervision 督办; the text is for the desk and the office."""
    case = _access(unit, request_id, if_match)
    move(unit, case, "supervise", Side.SUPERVISION, text=text)
    case.supervised = True
    place(unit, case)
    return case


def _accept(unit: UnitOfWork, case: ServiceRequest, text: str | None) -> None:
    move(unit, case, "accept", Side.DISPATCH, text=text)
    case.due = due_for(unit.session.get_one(Service, case.service_id).kind, unit.now)


def _access(unit: UnitOfWork, request_id: str, if_match: int | None) -> ServiceRequest:
    case = access_desk_request(unit.session, unit.actor, request_id, lock=True)
    demand_version(case, if_match)
    return case


def _access_for_office(unit: UnitOfWork, request_id: str, if_match: int | None) -> ServiceRequest:
    case = access_office_request(unit.session, unit.actor, request_id, lock=True)
    demand_version(case, if_match)
    return case
