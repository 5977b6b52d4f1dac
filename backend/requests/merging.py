"""One matter, several citizens: each keeps their own request, and what is done to one is done to all."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from backend.errors import AppError, guard_failed, invalid
from backend.requests import clocks
from backend.requests.models import ServiceRequest
from backend.requests.queries import access_desk_request
from backend.requests.rules import COMMANDS, Side, State
from backend.requests.steps import demand_current, enter, move, place, write_step
from backend.unit_of_work import UnitOfWork

_LEADS = (State.ACCEPTED, State.ASSIGNED, State.IN_PROGRESS)
Also = Callable[[ServiceRequest], None]


def merge_request(
    unit: UnitOfWork, request_id: str, *, into: str, text: str | None = None, if_match: int | None = None
) -> ServiceRequest:
    """Merge a request into the one that leads; its own clock runs on, and its citizen is answered with the other.

    `text` is for the house only.

    Raises:
        AppError: 422 for a leading request that there is not, or the same one; 409 where either cannot be merged.
    """
    case, leader = _access_both(unit, request_id, into)
    demand_current(case, if_match)
    if case.state == State.FILED:
        move(unit, case, "accept", Side.DISPATCH)
        clocks.start_answer(unit, case)
    clocks.resume(unit, case)
    move(unit, case, "merge", Side.DISPATCH, text=text)
    _demand_leading(leader)
    if list_followers(unit, case):
        raise guard_failed("leads_others", "已有其他诉求并入这一件，请把它们的主办件定为这一件。")
    case.merged_into = leader.id
    enter(unit, case, State(leader.state))
    case.office_id, case.returns = leader.office_id, leader.returns
    place(unit, case)
    # Whoever works on the leading one sees how many are waiting for its answer.
    _note_merge(unit, leader)
    return case


def _note_merge(unit: UnitOfWork, leader: ServiceRequest) -> None:
    write_step(
        unit,
        leader,
        action="merge",
        event="request.leads",
        side=Side.DISPATCH,
        from_state=leader.state,
        text="另一件同类诉求并入本件，一并办理、一并答复。",
        visible=False,
    )
    place(unit, leader)


def _access_both(unit: UnitOfWork, request_id: str, into: str) -> tuple[ServiceRequest, ServiceRequest]:
    """Lock both in the order of their ids, so that two who merge never wait for each other."""
    if request_id == into:
        raise invalid("into", "unknown", "不能并入自己")
    found = {}
    for each in sorted({request_id, into}):
        try:
            found[each] = access_desk_request(unit.session, unit.actor, each, lock=True)
        except AppError:
            if each == request_id:
                raise
            raise invalid("into", "unknown", "没有找到要并入的诉求") from None
    return found[request_id], found[into]


def _demand_leading(leader: ServiceRequest) -> None:
    if leader.merged_into is not None:
        raise guard_failed("leader_merged", "要并入的那一件本身已并入别的诉求，请并入它的主办件。")
    if leader.state not in _LEADS:
        raise guard_failed("leader_state", "要并入的那一件须已受理且还没有答复。")


def list_followers(unit: UnitOfWork, leader: ServiceRequest) -> Sequence[ServiceRequest]:
    """List what has been merged into a request, locked."""
    query = sa.select(ServiceRequest).where(ServiceRequest.merged_into == leader.id)
    return unit.session.scalars(query.order_by(ServiceRequest.id).with_for_update()).all()


def do_to_all(
    unit: UnitOfWork,
    leader: ServiceRequest,
    command: str,
    side: Side,
    *,
    before: State,
    text: str | None = None,
    office: str | None = None,
    also: Also | None = None,
) -> None:
    """Do to those merged into a request what has just been done to it, and place all of them.

    Those whose citizens are further on (they have confirmed, say) are left as they are. `office` is the one that acts,
    `also` what is to be done to each of them besides.
    """
    rule = COMMANDS[command]
    for case in (each for each in list_followers(unit, leader) if each.state == before):
        enter(unit, case, State(leader.state))
        case.office_id, case.returns = leader.office_id, leader.returns
        case.closing, case.answered_by = leader.closing, leader.answered_by
        if also is not None:
            also(case)
        write_step(
            unit,
            case,
            action=command,
            event=f"request.{rule.event}",
            side=side,
            from_state=str(before),
            text=text,
            visible=rule.tells_citizen,
            office=office,
        )
        place(unit, case)
    place(unit, leader)
