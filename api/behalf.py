"""Trusted relatives, and filing for somebody who calls."""

from __future__ import annotations

from typing import Any

from api.edge import Answer, Read, Write, blueprint, route
from backend.requests import actions as requests
from backend.requests.behalf import actions, queries
from backend.requests.behalf.models import Trust
from backend.requests.behalf.schemas import (
    BehalfForm,
    HiddenForm,
    TrustForm,
    TrustInvitationForm,
    TrustListSchema,
    TrustSchema,
)
from backend.requests.models import ServiceRequest
from backend.requests.presentation import present_requests
from backend.requests.schemas import DeskRequestSchema, RequestSchema
from backend.requests.twins.schemas import PrivacyForm
from backend.sync.streams import Audience

blp = blueprint("behalf", "代办 Filing for somebody else")


@route(blp, "GET /me/trusted", needs="trust.keep", returns=TrustListSchema)
def list_trusted(call: Read) -> Any:
    """亲属代办授权 Whom I trust, and who trusts me."""
    return queries.list_trusts(call.session, call.actor.id)


@route(blp, "GET /me/trusted/<id:trust_id>", needs="trust.keep", returns=TrustSchema)
def get_trusted(call: Read, trust_id: str) -> Any:
    """一份授权 One of them."""
    row = queries.access_trust(call.session, call.actor.id, trust_id)
    return queries.present_trusts(call.session, [row])[row.id]


@route(blp, "POST /me/trusted", needs="trust.keep", body=TrustForm, returns=TrustSchema, status=201, refuses=(429,))
def add_trusted(call: Write, form: dict[str, Any]) -> Answer:
    """邀请家人 Invite a relative with a code or, with an elder's telephone, ask to be theirs."""
    if "phone" in form:
        row = actions.ask(call.unit, label=form["label"], phone=form["phone"])
        return _made(call, row, {})
    row, code = actions.invite(call.unit, label=form["label"])
    return _made(call, row, {"code": code})


@route(blp, "POST /me/trusted-codes", needs="trust.keep", body=TrustInvitationForm, returns=TrustSchema)
def join_trusted(call: Write, form: dict[str, Any]) -> Any:
    """填写邀请码 Take up an invitation."""
    return _trust(call, actions.join(call.unit, code=form["code"]))


@route(blp, "POST /me/trusted/<id:trust_id>/accept", needs="trust.keep", returns=TrustSchema)
def accept_trusted(call: Write, trust_id: str) -> Any:
    """同意代办 Say yes to a relative who asked."""
    return _trust(call, actions.accept(call.unit, trust_id))


@route(blp, "POST /me/trusted/<id:trust_id>/end", needs="trust.keep", returns=TrustSchema)
def end_trusted(call: Write, trust_id: str) -> Any:
    """结束授权 End it, by either side."""
    return _trust(call, actions.end(call.unit, trust_id))


@route(
    blp,
    "POST /requests/<id:request_id>/hidden",
    needs="request.answer_own",
    body=HiddenForm,
    returns=RequestSchema,
    refuses=(412,),
)
def hide_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """对代办人隐藏 Hide one's request from the relative who filed it, or show it again."""
    return _own(call, requests.hide_from_relative(call.unit, request_id, if_match=call.if_match, **form))


@route(
    blp,
    "POST /requests/<id:request_id>/privacy",
    needs="request.answer_own",
    body=PrivacyForm,
    returns=RequestSchema,
    refuses=(412,),
)
def set_privacy(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """公开或不公开 Let one's request have a public version, or take it back at once."""
    return _own(call, requests.set_privacy(call.unit, request_id, if_match=call.if_match, **form))


@route(blp, "POST /desk/requests", needs="request.file_for", body=BehalfForm, returns=DeskRequestSchema, status=201)
def file_for_caller(call: Write, form: dict[str, Any]) -> Answer:
    """代市民登记 File a request for somebody who calls, with how they agreed."""
    case = requests.file_for_caller(call.unit, **form)
    written = present_requests(call.session, [case], Audience.STAFF)[case.id]
    return Answer(written, location=f"/api/v1/desk/requests/{case.id}")


def _own(call: Write, case: ServiceRequest) -> dict[str, Any]:
    return present_requests(call.session, [case], Audience.OWNER)[case.id]


def _trust(call: Write, row: Trust) -> dict[str, Any]:
    return queries.present_trusts(call.session, [row])[row.id]


def _made(call: Write, row: Trust, more: dict[str, Any]) -> Answer:
    return Answer(_trust(call, row) | more, location=f"/api/v1/me/trusted/{row.id}")
