"""Warnings to the public: reading them, the open CAP feed, and an office's work on them."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, current_app

from api.edge import Answer, HouseBlueprint, Read, Write, blueprint, commands, route
from api.schemas import PageQuery, page_of
from backend.alerts import actions, cap_xml, queries
from backend.alerts.models import CapMessage
from backend.alerts.rules import MessageState
from backend.alerts.schemas import (
    AlertReviewForm,
    AloneForm,
    CapMessageEditForm,
    CapMessageForm,
    CapMessageSchema,
    PublicAlertSchema,
)
from backend.config import Settings
from backend.forms import Choice, Id
from backend.paging import Page

blp = blueprint("alerts", "预警 Warnings to the public")
_command = commands(blp, "/office/alerts/<id:message_id>", CapMessageSchema)
# No prefix: machines look for the files at the root.
cap_blp = HouseBlueprint("cap", "cap", url_prefix="", description="预警的 CAP 文件 Warnings as CAP 1.2")


class AlertsQuery(PageQuery):
    """Which warnings: those that hold, those that ended, or all; drills only where asked for."""

    active = Choice(["true", "false"])
    drill = Choice(["true", "false"])
    town = Id()


class CapMessagesQuery(PageQuery):
    """Which messages of one's office."""

    state = Choice([str(state) for state in MessageState])
    review = Choice(["pending"])


@route(
    blp, "GET /alerts", needs="public.read", query=AlertsQuery, returns=page_of(PublicAlertSchema, "PublicAlertPage")
)
def list_alerts(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """预警列表 Warnings, those that changed last first."""
    active = {"true": True, "false": False}.get(query.get("active", ""))
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_alerts(
        call.session, call.now, active=active, drill=query.get("drill") == "true", town=query.get("town"), page=page
    )


@route(blp, "GET /alerts/<id:alert_id>", needs="public.read", returns=PublicAlertSchema)
def get_alert(call: Read, alert_id: str) -> dict[str, Any]:
    """一条预警 One warning as it stands, with all its messages."""
    return queries.access_alert(call.session, alert_id)


@route(
    blp,
    "GET /office/alerts",
    needs="warning.write",
    query=CapMessagesQuery,
    returns=page_of(CapMessageSchema, "CapMessagePage"),
)
def list_messages(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """本单位的预警 The messages of my offices, drafts too."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_office_messages(
        call.session, call.actor, state=query.get("state"), unreviewed="review" in query, page=page
    )


@route(blp, "POST /office/alerts", needs="warning.write", body=CapMessageForm, returns=CapMessageSchema, status=201)
def draft_message(call: Write, form: dict[str, Any]) -> Answer:
    """起草预警 Draft a message for one of my offices."""
    message = actions.draft_message(call.unit, form, domain=current_app.extensions["settings"].alert_domain)
    return Answer(_written(call, message), location=f"/api/v1/office/alerts/{message.id}")


@route(blp, "GET /office/alerts/<id:message_id>", needs="warning.write", returns=CapMessageSchema)
def get_message(call: Read, message_id: str) -> dict[str, Any]:
    """一条预警消息 One message of my offices."""
    message = queries.access_office_message(call.session, call.actor, message_id)
    return queries.present_messages(call.session, [message])[message_id]


@route(
    blp,
    "PATCH /office/alerts/<id:message_id>",
    needs="warning.write",
    body=CapMessageEditForm,
    returns=CapMessageSchema,
    edits=True,
)
def edit_message(call: Write, message_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """修改草稿 Change a draft; only its author may."""
    return _written(call, actions.edit_message(call.unit, message_id, form, call.if_match))


@_command("discard", "warning.write")
def discard_message(call: Write, message_id: str) -> dict[str, Any]:
    """作废草稿 Throw a draft away."""
    return _written(call, actions.discard_message(call.unit, message_id, call.if_match))


@_command("approve", "warning.approve")
def approve_message(call: Write, message_id: str) -> dict[str, Any]:
    """审核发布 Approve a colleague's draft and issue it."""
    return _written(call, actions.approve_message(call.unit, message_id, call.if_match))


@_command("issue", "warning.approve", AloneForm)
def issue_alone(call: Write, message_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """一人先发 Issue without a second person what is both Immediate and Extreme; it is reviewed afterwards."""
    return _written(call, actions.issue_alone(call.unit, message_id, if_match=call.if_match, **form))


@_command("review", "warning.approve", AlertReviewForm)
def review_message(call: Write, message_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """事后复核 Look at what a colleague issued alone."""
    return _written(call, actions.review_message(call.unit, message_id, if_match=call.if_match, **form))


def _written(call: Write, message: CapMessage) -> dict[str, Any]:
    return queries.present_messages(call.session, [message])[message.id]


@route(cap_blp, "GET /cap/feed.atom", needs="public.read", sends=[cap_xml.FEED_MIME])
def get_cap_feed(call: Read) -> Response:
    """预警的 Atom 源 The feed of real warnings; each entry leads to its CAP file."""
    settings = cast("Settings", current_app.extensions["settings"])
    return _file(cap_xml.write_feed(call.session, call.now, settings.public_url), cap_xml.FEED_MIME)


@route(cap_blp, "GET /cap/<id:identifier>.xml", needs="public.read", sends=[cap_xml.CAP_MIME])
def get_cap(call: Read, identifier: str) -> Response:
    """一条预警的 CAP 文件 One message as CAP 1.2."""
    return _file(cap_xml.access_cap(call.session, identifier), cap_xml.CAP_MIME)


def _file(body: bytes, mime: str) -> Response:
    # Anybody may read it, so pages of other houses may too.
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, no-cache"}
    return Response(body, content_type=f"{mime}; charset=utf-8", headers=headers)
