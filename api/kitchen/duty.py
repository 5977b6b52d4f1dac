"""Who is on duty, and the hand-over."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from api.kitchen import command
from api.kitchen.board import boards
from api.schemas import PageQuery, page_of
from backend.oversight.duty import actions, queries
from backend.oversight.duty.schemas import (
    AcceptForm,
    DutySchema,
    DutyTurnSchema,
    HandoverForm,
    HandoverReasonForm,
    HandoverSchema,
    TakeDutyForm,
)
from backend.paging import Page

blp = blueprint("duty", "值班 Who is on duty, and the hand-over")
_HANDOVER = "/kitchen/duty/handovers/<id:handover_id>"


@route(blp, "GET /kitchen/duty", needs="kitchen.read", returns=DutySchema)
def get_duty(call: Read) -> Any:
    """当前值班 Who is on duty, and what the next one would take over."""
    return queries.read_duty(call.session, boards(), call.actor)


@route(
    blp,
    "GET /kitchen/duty/turns",
    needs="kitchen.read",
    query=PageQuery,
    returns=page_of(DutyTurnSchema, "DutyTurnPage"),
)
def list_turns(call: Read, query: dict[str, Any]) -> Any:
    """值班记录 Turns of duty, the latest first."""
    return queries.list_turns(call.session, Page(query.get("cursor"), query["limit"]))


@command(blp, "POST /kitchen/duty/take", needs="duty.hold", body=TakeDutyForm, returns=DutyTurnSchema)
def take_duty(call: Write, form: dict[str, Any]) -> Any:
    """上岗 Come on duty; a chief editor relieves a colleague with a reason."""
    turn = actions.take_duty(call.unit, form.get("reason"))
    return queries.present_turns(call.session, [turn])[turn.id]


@command(blp, "POST /kitchen/duty/handovers", needs="duty.hold", body=HandoverForm, returns=HandoverSchema, status=201)
def offer_duty(call: Write, form: dict[str, Any]) -> Answer:
    """交班 Offer the duty to a colleague, with the open list."""
    row = actions.offer_duty(call.unit, boards(), form["to"], form["note"])
    return Answer(_written(call, row.id), location=f"/api/v1/kitchen/duty/handovers/{row.id}")


@route(blp, f"GET {_HANDOVER}", needs="kitchen.read", returns=HandoverSchema)
def get_handover(call: Read, handover_id: str) -> Any:
    """交接单 One hand-over."""
    return queries.access_handover(call.session, handover_id)


@command(blp, f"POST {_HANDOVER}/accept", needs="duty.hold", body=AcceptForm, returns=HandoverSchema)
def accept_duty(call: Write, handover_id: str, form: dict[str, Any]) -> Any:
    """接班 Accept the duty, having looked through all that is open."""
    row = actions.accept_duty(call.unit, boards(), handover_id, form["checked"], call.if_match)
    return _written(call, row.id)


@command(blp, f"POST {_HANDOVER}/decline", needs="duty.hold", body=HandoverReasonForm, returns=HandoverSchema)
def decline_duty(call: Write, handover_id: str, form: dict[str, Any]) -> Any:
    """谢绝接班 Decline; the colleague stays on duty."""
    row = actions.answer_handover(call.unit, handover_id, "decline", form["reason"], call.if_match)
    return _written(call, row.id)


@command(blp, f"POST {_HANDOVER}/withdraw", needs="duty.hold", body=HandoverReasonForm, returns=HandoverSchema)
def withdraw_duty(call: Write, handover_id: str, form: dict[str, Any]) -> Any:
    """收回交班 Take an offer back."""
    row = actions.answer_handover(call.unit, handover_id, "withdraw", form["reason"], call.if_match)
    return _written(call, row.id)


def _written(call: Write, handover_id: str) -> Any:
    return queries.access_handover(call.session, handover_id)
