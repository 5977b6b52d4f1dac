"""While an office works on a request: asking the citizen, more time, help from other offices, how urgent it is."""

from __future__ import annotations

from collections.abc import Sequence

from backend.district.queries import demand_office
from backend.errors import guard_failed
from backend.requests import clocks
from backend.requests.merging import do_to_all
from backend.requests.models import RequestHelper, ServiceRequest
from backend.requests.queries import access_desk_request, access_helped_request, access_office_request
from backend.requests.rules import Side, State, staff_offices
from backend.requests.steps import demand_current, list_helpers, move, place
from backend.unit_of_work import UnitOfWork


def ask_citizen(unit: UnitOfWork, request_id: str, *, text: str, if_match: int | None = None) -> ServiceRequest:
    """Ask the citizen for what is missing; the clock stands until they write, at most twice."""
    case = access_office_request(unit.session, unit.actor, request_id, lock=True)
    demand_current(case, if_match)
    move(unit, case, "ask", Side.OFFICE, text=text)
    case.asks += 1
    clocks.pause(unit, case)
    place(unit, case)
    return case


def extend_request(
    unit: UnitOfWork, request_id: str, *, days: int, reason: str, if_match: int | None = None
) -> ServiceRequest:
    """Give a request more working days, once; the citizen reads the reason."""
    case = _access(unit, request_id, if_match)
    before = State(case.state)
    move(unit, case, "extend", Side.SUPERVISION, text=reason)

    def give(each: ServiceRequest) -> None:
        each.extended = True
        clocks.extend(unit, each, days)

    give(case)
    do_to_all(unit, case, "extend", Side.SUPERVISION, before=before, text=reason, also=give)
    return case


def allow_complex(unit: UnitOfWork, request_id: str, *, reason: str, if_match: int | None = None) -> ServiceRequest:
    """Approve that a request is complex 疑难件 and has fifteen working days; the citizen reads the reason."""
    case = _access(unit, request_id, if_match)
    before = State(case.state)
    move(unit, case, "complex", Side.SUPERVISION, text=reason)

    def give(each: ServiceRequest) -> None:
        each.complex = True
        clocks.allow_complex(unit, each)

    give(case)
    do_to_all(unit, case, "complex", Side.SUPERVISION, before=before, text=reason, also=give)
    return case


def join_offices(
    unit: UnitOfWork,
    request_id: str,
    *,
    offices: Sequence[str],
    text: str | None = None,
    if_match: int | None = None,
) -> ServiceRequest:
    """Let other offices help: they see the request and may add notes; the one that leads answers."""
    case = _access(unit, request_id, if_match)
    for position, office in enumerate(offices):
        demand_office(unit.session, office, f"offices.{position}")
    before = State(case.state)
    side = Side.SUPERVISION if "supervisor" in unit.actor.roles else Side.DISPATCH
    move(unit, case, "join", side, text=text)
    if case.office_id in offices:
        raise guard_failed("helper_leads", "主办单位不能同时是协办单位。")
    _add_helpers(unit, case, offices)
    do_to_all(unit, case, "join", side, before=before, text=text, also=lambda each: _add_helpers(unit, each, offices))
    return case


def _add_helpers(unit: UnitOfWork, case: ServiceRequest, offices: Sequence[str]) -> None:
    known = set(list_helpers(unit, case))
    unit.session.add_all(
        RequestHelper(request_id=case.id, office_id=office, since=unit.now)
        for office in dict.fromkeys(offices)
        if office not in known
    )
    unit.session.flush()


def note_request(unit: UnitOfWork, request_id: str, *, text: str, if_match: int | None = None) -> ServiceRequest:
    """Add a note for the house, as the office in the lead or as one that helps."""
    case = access_helped_request(unit.session, unit.actor, request_id, lock=True)
    demand_current(case, if_match)
    ours = staff_offices(unit.actor)
    if case.office_id in ours:
        move(unit, case, "note", Side.OFFICE, text=text)
    else:
        helper = next(office for office in list_helpers(unit, case) if office in ours)
        move(unit, case, "note", Side.HELPER, text=text, office=helper)
    place(unit, case)
    return case


def rank_request(
    unit: UnitOfWork, request_id: str, *, urgency: str, text: str | None = None, if_match: int | None = None
) -> ServiceRequest:
    """Say how urgent a request is."""
    case = _access(unit, request_id, if_match)
    side = Side.SUPERVISION if "supervisor" in unit.actor.roles else Side.DISPATCH
    move(unit, case, "urgency", side, text=text)
    case.urgency = urgency
    place(unit, case)
    return case


def _access(unit: UnitOfWork, request_id: str, if_match: int | None) -> ServiceRequest:
    case = access_desk_request(unit.session, unit.actor, request_id, lock=True)
    demand_current(case, if_match)
    return case
