"""What every command on a request does alike: check, move on, write the step, tell history, and place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.district.models import Desk, Office
from backend.errors import demand_version
from backend.ids import new_id
from backend.policy import Actor
from backend.requests import clocks
from backend.requests.behalf.queries import relatives_of
from backend.requests.custody import hand_over, holder_of
from backend.requests.models import RequestHelper, RequestMedia, RequestStep, Service, ServiceRequest
from backend.requests.rules import COMMANDS, CONFIRM_WITHIN, Facts, Side, State, demand
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

SERVICE_DESK = "service"
CITIZEN_LABEL, BEHALF_LABEL = "市民本人", "代办人"
CALLBACK_JOB = "request.callback"
_DESK_LABEL = "诉求受理"


def facts_of(case: ServiceRequest, kind: str) -> Facts:
    """Return what the rules need to know of a request for a service of this kind."""
    return Facts(
        State(case.state),
        case.returns,
        case.rating is not None,
        case.closed_at,
        consult=kind == "consult",
        waiting=case.waiting,
        asks=case.asks,
        extended=case.extended,
        complex=case.complex,
        callback_due=case.callback_due,
        review_open=case.review == "open",
        merged=case.merged_into is not None,
    )


def read_facts(unit: UnitOfWork, case: ServiceRequest) -> Facts:
    """Return the same, looking the service up."""
    return facts_of(case, unit.session.get_one(Service, case.service_id).kind)


def demand_current(case: ServiceRequest, if_match: int | None) -> None:
    """Raise 412 if the request has moved on since the version that the client names."""
    demand_version(case.ver, if_match, "诉求有了新进展，请先读取最新版本。")


def move(
    unit: UnitOfWork,
    case: ServiceRequest,
    command: str,
    side: Side,
    *,
    text: str | None = None,
    media: Sequence[str] = (),
    rating: dict[str, Any] | None = None,
    office: str | None = None,
) -> None:
    """Carry out a command on a locked request, as far as all commands are alike. `place` must follow.

    `office` is the one that acts, where it is not the one that the request is assigned to.
    """
    before, state = State(case.state), demand(command, side, read_facts(unit, case), unit.now)
    enter(unit, case, state)
    rule = COMMANDS[command]
    write_step(
        unit,
        case,
        action=command,
        event=f"request.{rule.event}",
        side=side,
        from_state=str(before),
        text=text,
        visible=rule.tells_citizen,
        media=media,
        rating=rating,
        office=office,
    )


def enter(unit: UnitOfWork, case: ServiceRequest, state: State) -> None:
    """Let a request stand in a state from now on, with all that begins and ends with it."""
    before, case.state = State(case.state), str(state)
    if state is before:
        return
    case.closed_at = unit.now if state is State.CLOSED else None
    case.replied_at = unit.now if state is State.REPLIED else case.replied_at
    case.callback_due = False
    if before is State.CLOSED:
        case.closing = None
    clocks.keep_up(unit, case, before)
    if state is State.REPLIED:
        at = unit.now + CONFIRM_WITHIN
        # The version that this step is about to have is the round's name.
        unit.enqueue(CALLBACK_JOB, f"{CALLBACK_JOB}:{case.id}:{case.ver + 1}", {"request": case.id}, run_at=at)


def write_step(
    unit: UnitOfWork,
    case: ServiceRequest,
    *,
    action: str,
    event: str,
    side: Side,
    from_state: str | None,
    text: str | None,
    visible: bool,
    media: Sequence[str] = (),
    rating: dict[str, Any] | None = None,
    office: str | None = None,
) -> None:
    """Raise the request's version, and write the step for its readers and the event for history."""
    office = office or case.office_id
    case.ver += 1
    case.updated_at = unit.now
    step = RequestStep(
        id=new_id(),
        request_id=case.id,
        # The request is locked and each step raises its version, so versions number the steps.
        position=case.ver,
        at=unit.now,
        actor_id=unit.actor.id,
        by=_label(unit, side, office, case.citizen_id),
        action=action,
        from_state=from_state,
        to_state=case.state,
        office_id=office,
        text=text,
        visible_to_citizen=visible,
        media=list(dict.fromkeys(media)),
        rating=rating,
    )
    unit.session.add(step)
    unit.session.flush()
    keep_media(unit, case.id, step.media)
    unit.record(
        event,
        case.id,
        case.ver,
        citizen=case.citizen_id,
        action=action,
        state=case.state,
        service=case.service_id,
        office=case.office_id,
        step=step.id,
    )


def keep_media(unit: UnitOfWork, request_id: str, media: Sequence[str]) -> None:
    """Note that these media belong to the request."""
    query = sa.select(RequestMedia.media_id).where(RequestMedia.request_id == request_id)
    known = set(unit.session.scalars(query))
    unit.session.add_all(
        RequestMedia(request_id=request_id, media_id=media_id)
        for media_id in dict.fromkeys(media)
        if media_id not in known
    )


def place(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Say who has to act on the request now, and who sees it: its citizen, the service desk, its office and helpers."""
    hand_over(unit, case, holder_of(read_facts(unit, case), case.office_id))
    holders = {streams.user(case.citizen_id), streams.desk(SERVICE_DESK)}
    holders |= {streams.office(office) for office in (case.office_id, *list_helpers(unit, case)) if office}
    holders |= {streams.user(relative) for relative in relatives_of(unit.session, case.id)}
    unit.place("request", case.id, case.ver, holders)


def list_helpers(unit: UnitOfWork, case: ServiceRequest) -> Sequence[str]:
    """List the offices that help."""
    query = sa.select(RequestHelper.office_id).where(RequestHelper.request_id == case.id)
    return unit.session.scalars(query.order_by(RequestHelper.office_id)).all()


def clear_helpers(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Let no office help any longer."""
    unit.session.execute(sa.delete(RequestHelper).where(RequestHelper.request_id == case.id))


def _label(unit: UnitOfWork, side: Side, office_id: str | None, citizen_id: str) -> str:
    """Say who acted in the words a citizen may read: an office or a desk, never a person's name."""
    if side is Side.CITIZEN:
        return CITIZEN_LABEL if unit.actor.id == citizen_id else BEHALF_LABEL
    if side in {Side.OFFICE, Side.HELPER} and office_id is not None:
        return unit.session.get_one(Office, office_id).name
    desk = unit.session.get(Desk, _desk_of(unit.actor))
    return desk.name if desk is not None else _DESK_LABEL


def _desk_of(actor: Actor) -> str:
    return next((grant.desk for grant in actor.grants if grant.desk), SERVICE_DESK)
