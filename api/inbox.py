"""Devices and the inbox."""

from __future__ import annotations

from typing import Any

from flask import current_app

from api.edge import Read, Write, blueprint, route
from api.schemas import PageQuery, SilentSchema
from backend.errors import invalid
from backend.inbox import actions, queries
from backend.inbox.rings.actions import note_opened
from backend.inbox.rings.queries import explain
from backend.inbox.rings.reports import access_report
from backend.inbox.rings.schemas import PushReportSchema, RingWhySchema
from backend.inbox.schemas import (
    DeviceForm,
    DeviceSchema,
    InboxSchema,
    OpenedForm,
    ReadForm,
    ReadSchema,
    WebPushKeySchema,
)
from backend.inbox.web_push import is_push_service
from backend.paging import Page

blp = blueprint("inbox", "消息 Devices and inbox")


def _demand_push_service(endpoint: str) -> None:
    """Refuse an address that is no push service's: we would call whatever a client names."""
    if not is_push_service(endpoint, current_app.extensions["settings"].web_push_hosts):
        raise invalid("web_push.endpoint", "unknown", "这不是浏览器的推送服务地址")


@route(blp, "PUT /devices/<id:installation_id>", needs="device.register", body=DeviceForm, returns=DeviceSchema)
def register_device(call: Write, installation_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """登记设备 Register this installation."""
    if form.get("web_push") is not None:
        _demand_push_service(form["web_push"]["endpoint"])
    return queries.present_device(actions.register_device(call.unit, installation_id, form))


@route(blp, "GET /devices/<id:installation_id>", needs="device.register", returns=DeviceSchema)
def get_device(call: Read, installation_id: str) -> dict[str, Any]:
    """查看设备 This installation; one that can ring no more needs a new token from the vendor."""
    return queries.access_device(call.session, installation_id)


@route(blp, "DELETE /devices/<id:installation_id>", needs="device.register", returns=SilentSchema, status=204)
def forget_device(call: Write, installation_id: str) -> None:
    """注销设备 Forget this installation."""
    actions.forget_device(call.unit, installation_id)


@route(
    blp,
    "POST /devices/<id:installation_id>/opened",
    needs="device.register",
    body=OpenedForm,
    returns=SilentSchema,
    status=204,
)
def open_push(call: Write, installation_id: str, form: dict[str, Any]) -> None:
    """从提醒打开 Say that somebody came here from a push; it counts once."""
    note_opened(call.unit, queries.recipient_at(call.session, installation_id), (form["kind"], form["id"]))


@route(blp, "GET /push/web-key", needs="public.read", returns=WebPushKeySchema)
def get_web_push_key(call: Read) -> dict[str, Any]:
    """浏览器订阅公钥 The key with which a browser subscribes to pushes."""
    del call
    return {"key": current_app.extensions["vapid_key"].public}


@route(blp, "GET /pushes/<id:kind>/<id:thing_id>", needs="push.report", returns=PushReportSchema)
def report_pushes(call: Read, kind: str, thing_id: str) -> dict[str, Any]:
    """提醒报告 How the bells about something that everybody was told of fared."""
    return access_report(call.session, (kind, thing_id))


@route(blp, "GET /inbox", needs="inbox.read", query=PageQuery, returns=InboxSchema)
def list_inbox(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """我的消息 My inbox."""
    return queries.list_inbox(call.session, call.actor.id, Page(query.get("cursor"), query["limit"]))


@route(blp, "POST /inbox/read", needs="inbox.read", body=ReadForm, returns=ReadSchema)
def read_bells(call: Write, form: dict[str, Any]) -> dict[str, Any]:
    """标为已读 Mark entries as read."""
    return {"read": actions.read_bells(call.unit, form.get("ids"))}


@route(blp, "GET /inbox/<id:bell_id>/why", needs="inbox.read", returns=RingWhySchema)
def why(call: Read, bell_id: str) -> dict[str, Any]:
    """为什么收到 Why this rang, or why not."""
    return explain(call.session, call.actor.id, bell_id)
