"""Service requests, as the house works on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import fields

from api.edge import Read, Write, blueprint, commands, route
from api.looks import mark_looks
from api.schemas import PageQuery, page_of
from backend.form_errors import fault
from backend.forms import Choice, Id, Pattern
from backend.paging import Page
from backend.requests import desk, queries
from backend.requests.codes import PATTERN, is_code
from backend.requests.looks.rules import What
from backend.requests.models import ServiceRequest
from backend.requests.presentation import present_requests
from backend.requests.rules import State, Urgency
from backend.requests.schemas import (
    AssignForm,
    DeclineForm,
    DeskNoteForm,
    DeskReasonForm,
    DeskRequestSchema,
    DeskWordsForm,
)
from backend.sync.streams import Audience

blp = blueprint("desk", "诉求办理 The desk for service requests")

View = Callable[..., Any]
_YES_OR_NO = ["true", "false"]


def _check_code(text: str) -> None:
    if not is_code(text):
        raise fault("check_digit", "编号有误，请核对。")


class DeskQuery(PageQuery):
    """Which requests to list."""

    state = Choice([str(state) for state in State])
    due = Choice(["overdue", "today", "take_overdue"])
    office = Id()
    town = Id()
    urgency = Choice([str(urgency) for urgency in Urgency])
    supervised = Choice(_YES_OR_NO)
    callback = Choice(_YES_OR_NO)
    review = Choice(_YES_OR_NO)
    joint = Choice(_YES_OR_NO)
    waiting = Choice(_YES_OR_NO)
    merged = Choice(_YES_OR_NO)
    decision = Choice(_YES_OR_NO)
    code = fields.String(validate=[Pattern(PATTERN), _check_code])


@route(
    blp,
    "GET /desk/requests",
    needs="request.read",
    query=DeskQuery,
    returns=page_of(DeskRequestSchema, "DeskRequestPage"),
)
def list_desk_requests(call: Read, query: dict[str, Any]) -> Any:
    """待办诉求 The requests one works on, newest first."""
    page = Page(query.pop("cursor", None), query.pop("limit"))
    listing = queries.list_desk_requests(call.session, call.actor, call.now, page=page, **query)
    mark_looks(call, [item["id"] for item in listing["items"]], What.LIST)
    return listing


@route(blp, "GET /desk/requests/<id:request_id>", needs="request.read", returns=DeskRequestSchema)
def get_desk_request(call: Read, request_id: str) -> Any:
    """查看诉求 A request with all its steps."""
    case = queries.access_desk_request(call.session, call.actor, request_id)
    mark_looks(call, [case.id], What.CASE)
    return written(call, case)


CASE = "/desk/requests/<id:request_id>"
_command = commands(blp, CASE, DeskRequestSchema)


@_command("accept", "request.dispatch", DeskNoteForm)
def accept_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """受理 Accept; the due date runs from now."""
    return written(call, desk.accept_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("decline", "request.dispatch", DeclineForm)
def decline_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """不予受理 Decline, with a reason for the citizen."""
    return written(call, desk.decline_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("assign", "request.dispatch", AssignForm)
def assign_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """派单 Hand over to an office, accepting first where that is still to be done."""
    return written(call, desk.assign_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("take", "request.handle", DeskNoteForm)
def take_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """签收 Sign for it and begin work."""
    return written(call, desk.take_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("return", "request.handle", DeskReasonForm)
def return_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """退单 Send it back to the dispatcher, at most twice."""
    return written(call, desk.return_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("reply", "request.handle", DeskWordsForm)
def reply_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """答复 Answer the citizen."""
    return written(call, desk.reply_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("message", "request.handle", DeskWordsForm)
def message_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """告知进展 Tell the citizen how things stand."""
    return written(call, desk.message_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("resolve", "request.handle", DeskNoteForm)
def resolve_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """办结 Close it; without an earlier reply the text is the answer."""
    return written(call, desk.resolve_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("supervise", "request.supervise", DeskWordsForm)
def supervise_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """督办 Put it under supervision."""
    return written(call, desk.supervise_request(call.unit, request_id, if_match=call.if_match, **form))


def written(call: Read | Write, case: ServiceRequest) -> dict[str, Any]:
    """Write a request for the house."""
    return present_requests(call.session, [case], Audience.STAFF)[case.id]
