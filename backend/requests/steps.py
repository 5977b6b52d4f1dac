"""What every command on a request does alike: check, move on, write the step, tell history, and place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend.district.models import Desk, Office
from backend.errors import AppError, Code
from backend.ids import new_id
from backend.policy import Actor
from backend.requests.models import RequestMedia, RequestStep, ServiceRequest
from backend.requests.rules import COMMANDS, Facts, Side, State, demand
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

SERVICE_DESK = "service"
CITIZEN_LABEL = "市民本人"
_DESK_LABEL = "诉求受理"


def facts_of(case: ServiceRequest) -> Facts:
    """Return what the rules need to know of a request."""
    return Facts(State(case.state), case.returns, case.rating is not None, case.closed_at)


def demand_version(case: ServiceRequest, if_match: int | None) -> None:
    """Raise 412 if the request has moved on since the version that the client names."""
    if if_match is not None and if_match != case.ver:
        raise AppError(Code.STALE, 412, "诉求有了新进展，请先读取最新版本。", data={"ver": case.ver})


def move(
    unit: UnitOfWork,
    case: ServiceRequest,
    command: str,
    side: Side,
    *,
    text: str | None = None,
    media: Sequence[str] = (),
    rating: dict[str, Any] | None = None,
) -> None:
    """Carry out a command on a locked request, as far as all commands are alike. `place` must follow."""
    before, state = State(case.state), demand(command, side, facts_of(case), unit.now)
    case.state = str(state)
    if state is not before:
        case.closed_at = unit.now if state is State.CLOSED else None
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
    )


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
) -> None:
    """Raise the request's version, and write the step for its readers and the event for history."""
    case.ver += 1
    case.updated_at = unit.now
    step = RequestStep(
        id=new_id(),
        request_id=case.id,
        # The request is locked and each step raises its version, so versions number the steps.
        position=case.ver,
        at=unit.now,
        actor_id=unit.actor.id,
        by=_label(unit, side, case.office_id),
        action=action,
        from_state=from_state,
        to_state=case.state,
        office_id=case.office_id,
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
    """Say who holds the request now: its citizen, the service desk, and the office it is assigned to."""
    holders = {streams.user(case.citizen_id), streams.desk(SERVICE_DESK)}
    if case.office_id is not None:
        holders.add(streams.office(case.office_id))
    unit.place("request", case.id, case.ver, holders)


def _label(unit: UnitOfWork, side: Side, office_id: str | None) -> str:
    """Say who acted in the words a citizen may read: an office or a desk, never a person's name."""
    if side is Side.CITIZEN:
        return CITIZEN_LABEL
    if side is Side.OFFICE and office_id is not None:
        return unit.session.get_one(Office, office_id).name
    desk = unit.session.get(Desk, _desk_of(unit.actor))
    return desk.name if desk is not None else _DESK_LABEL


def _desk_of(actor: Actor) -> str:
    return next((grant.desk for grant in actor.grants if grant.desk), SERVICE_DESK)
