"""Devices and the inbox."""

from __future__ import annotations

from typing import Any

from api.edge import Read, Write, blueprint, route
from api.schemas import PageQuery, SilentSchema
from backend.inbox import actions, queries
from backend.inbox.schemas import DeviceForm, DeviceSchema, InboxSchema, ReadForm, ReadSchema
from backend.paging import Page

blp = blueprint("inbox", "消息 Devices and inbox")


@route(blp, "PUT /devices/<id:installation_id>", needs="device.register", body=DeviceForm, returns=DeviceSchema)
def register_device(call: Write, installation_id: str, form: dict[str, Any]) -> dict[str, Any]:
    """登记设备 Register this installation."""
    return queries.present_device(actions.register_device(call.unit, installation_id, form))


@route(blp, "GET /devices/<id:installation_id>", needs="device.register", returns=DeviceSchema)
def get_device(call: Read, installation_id: str) -> dict[str, Any]:
    """查看设备 This installation; one that can ring no more needs a new token from the vendor."""
    return queries.access_device(call.session, installation_id)


@route(blp, "DELETE /devices/<id:installation_id>", needs="device.register", returns=SilentSchema, status=204)
def forget_device(call: Write, installation_id: str) -> None:
    """注销设备 Forget this installation."""
    actions.forget_device(call.unit, installation_id)


@route(blp, "GET /inbox", needs="inbox.read", query=PageQuery, returns=InboxSchema)
def list_inbox(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """我的消息 My inbox."""
    return queries.list_inbox(call.session, call.actor.id, Page(query.get("cursor"), query["limit"]))


@route(blp, "POST /inbox/read", needs="inbox.read", body=ReadForm, returns=ReadSchema)
def read_bells(call: Write, form: dict[str, Any]) -> dict[str, Any]:
    """标为已读 Mark entries as read."""
    return {"read": actions.read_bells(call.unit, form.get("ids"))}
