"""The way of a request through the house: the dispatcher's desk, the office, the supervisor."""

from __future__ import annotations

from backend.district.queries import demand_office
from backend.errors import invalid, not_found
from backend.requests import clocks
from backend.requests.merging import do_to_all
from backend.requests.models import Service, ServiceRequest
from backend.requests.queries import access_desk_request, access_office_request
from backend.requests.reasons import REASONS
from backend.requests.redoing import demand_other_reviewer
from backend.requests.rules import Closing, Side, State
from backend.requests.steps import clear_helpers, demand_current, move, place
from backend.unit_of_work import UnitOfWork


def accept_request(
    unit: UnitOfWork, request_id: str, *, text: str | None = None, if_match: int | None = None
) -> ServiceRequest:
    """Take a request on; from now on its due date runs."""
    case = _access(unit, request_id, if_match)
    _accept(unit, case, text)
    place(unit, case)
    return case


def decline_request(
    unit: UnitOfWork,
    request_id: str,
    *,
    reason: str,
    code: str = "other",
    where: str | None = None,
    if_match: int | None = None,
) -> ServiceRequest:
    """Refuse a request; the citizen reads the reason and where to go, by default where the list sends them."""
    case = _access(unit, request_id, if_match)
    move(unit, case, "decline", Side.DISPATCH, text=reason)
    case.decline_code, case.decline_where = code, where or REASONS[code].where
    place(unit, case)
    return case


def answer_request(unit: UnitOfWork, request_id: str, *, text: str, if_match: int | None = None) -> ServiceRequest:
    """Answer a question at once, without an office. What is only filed is accepted first, as a step of its own."""
    case = _access(unit, request_id, if_match)
    if case.state == State.FILED:
        _accept(unit, case, None)
    before = State(case.state)
    move(unit, case, "answer", Side.DISPATCH, text=text)
    case.answered_by = unit.actor.id
    do_to_all(unit, case, "answer", Side.DISPATCH, before=before, text=text)
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
    return _assign(unit, case, "assign", Side.DISPATCH, office=office, text=text)


def decide_request(
    unit: UnitOfWork, request_id: str, *, office: str, text: str, if_match: int | None = None
) -> ServiceRequest:
    """Decide which office takes a request that was returned twice; it cannot return it again."""
    case = _access(unit, request_id, if_match)
    demand_office(unit.session, office)
    return _assign(unit, case, "decide", Side.SUPERVISION, office=office, text=text)


def _assign(
    unit: UnitOfWork, case: ServiceRequest, command: str, side: Side, *, office: str | None, text: str | None
) -> ServiceRequest:
    before = State(case.state)
    # The step belongs to the office it goes to; if the rules refuse, the unit takes this back with all else.
    case.office_id = office or unit.session.get_one(Service, case.service_id).office_id
    move(unit, case, command, side, text=text)
    do_to_all(unit, case, command, side, before=before, text=text)
    return case


def take_request(
    unit: UnitOfWork, request_id: str, *, text: str | None = None, if_match: int | None = None
) -> ServiceRequest:
    """Sign for a request on behalf of one's office and begin work."""
    case = _access_for_office(unit, request_id, if_match)
    before = State(case.state)
    move(unit, case, "take", Side.OFFICE, text=text)
    do_to_all(unit, case, "take", Side.OFFICE, before=before, text=text)
    return case


def return_request(unit: UnitOfWork, request_id: str, *, reason: str, if_match: int | None = None) -> ServiceRequest:
    """Send a request back to the dispatcher; it leaves the office's sight, and that of its helpers."""
    case = _access_for_office(unit, request_id, if_match)
    before, office = State(case.state), case.office_id
    move(unit, case, "return", Side.OFFICE, text=reason)
    case.office_id = None
    case.returns += 1
    clear_helpers(unit, case)
    do_to_all(
        unit,
        case,
        "return",
        Side.OFFICE,
        before=before,
        text=reason,
        office=office,
        also=lambda each: clear_helpers(unit, each),
    )
    return case


def reply_request(unit: UnitOfWork, request_id: str, *, text: str, if_match: int | None = None) -> ServiceRequest:
    """Answer the citizen, who may confirm or send it back."""
    case = _access_for_office(unit, request_id, if_match)
    before = State(case.state)
    move(unit, case, "reply", Side.OFFICE, text=text)
    demand_other_reviewer(unit, case, closing=False)
    case.answered_by = unit.actor.id
    do_to_all(unit, case, "reply", Side.OFFICE, before=before, text=text)
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
    before = State(case.state)
    if before is State.IN_PROGRESS and text is None:
        raise invalid("text", "missing", "还没有答复过，办结时请写明办理结果")
    move(unit, case, "resolve", Side.OFFICE, text=text)
    demand_other_reviewer(unit, case, closing=True)
    case.closing = str(Closing.OFFICE)
    if before is State.IN_PROGRESS:
        case.answered_by = unit.actor.id
    do_to_all(unit, case, "resolve", Side.OFFICE, before=before, text=text)
    return case


def supervise_request(unit: UnitOfWork, request_id: str, *, text: str, if_match: int | None = None) -> ServiceRequest:
    """Put a request under supervision 督办, with three working days of its own; the text is for the house."""
    case = _access(unit, request_id, if_match)
    move(unit, case, "supervise", Side.SUPERVISION, text=text)
    case.supervised = True
    if case.state != State.REPLIED:
        clocks.start_review(unit, case, clocks.SUPERVISE)
    place(unit, case)
    return case


def _accept(unit: UnitOfWork, case: ServiceRequest, text: str | None) -> None:
    move(unit, case, "accept", Side.DISPATCH, text=text)
    clocks.start_answer(unit, case)


def _access(unit: UnitOfWork, request_id: str, if_match: int | None) -> ServiceRequest:
    case = access_desk_request(unit.session, unit.actor, request_id, lock=True)
    demand_current(case, if_match)
    return case


def _access_for_office(unit: UnitOfWork, request_id: str, if_match: int | None) -> ServiceRequest:
    case = access_office_request(unit.session, unit.actor, request_id, lock=True)
    demand_current(case, if_match)
    return case


def link_alert(unit: UnitOfWork, request_id: str, alert_id: str) -> ServiceRequest:
    """Note on a request that it handles an alert of the newsroom's monitoring; noted once.

    Raises:
        AppError: 404 if there is no such request.
    """
    case = unit.session.get(ServiceRequest, request_id, with_for_update=True)
    if case is None:
        raise not_found("诉求")
    if alert_id in (case.alert_ids or []):
        return case
    case.alert_ids = [*(case.alert_ids or []), alert_id]
    case.ver += 1
    case.updated_at = unit.now
    unit.session.flush()
    unit.record("request.alert_linked", case.id, case.ver, state=case.state, alert=alert_id)
    place(unit, case)
    return case
