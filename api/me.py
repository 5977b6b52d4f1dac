"""One's own account."""

from __future__ import annotations

from typing import Any

from flask import current_app

from api.edge import Read, Write, blueprint, route
from api.schemas import ExportSchema, SilentSchema
from backend.accounts import actions, queries, sign_in, totp
from backend.accounts.personal import PersonalData
from backend.accounts.schemas import MeForm, MeSchema, SignInListSchema, TotpForm, TotpStartedSchema
from backend.inbox import actions as inbox
from backend.inbox.queries import present_preferences
from backend.inbox.schemas import PreferenceForm, PreferenceSchema

blp = blueprint("me", "我的 My account")


def _personal() -> PersonalData:
    personal: PersonalData = current_app.extensions["personal_data"]
    return personal


@route(blp, "GET /me", needs="me.read", returns=MeSchema)
def get_me(call: Read) -> dict[str, Any]:
    """我的账号 My account."""
    return queries.present_me(call.session, call.actor.id, call.now)


@route(blp, "PATCH /me", needs="me.edit", body=MeForm, returns=MeSchema, edits=True)
def edit_me(call: Write, form: dict[str, Any]) -> dict[str, Any]:
    """修改我的账号 Change my account."""
    account = actions.edit_me(call.unit, form, call.if_match)
    return queries.present_me(call.session, account.id, call.unit.now)


@route(blp, "GET /me/export", needs="me.export", returns=ExportSchema)
def export_me(call: Read) -> dict[str, Any]:
    """导出我的全部数据 Everything held about me."""
    return _personal().export(call.session, call.actor.id, call.now)


@route(blp, "DELETE /me", needs="me.delete", returns=SilentSchema, status=204)
def delete_me(call: Write) -> None:
    """注销账号 Close my account."""
    _personal().erase(call.unit, call.actor.id)


@route(blp, "GET /me/sign-ins", needs="me.read", returns=SignInListSchema)
def list_sign_ins(call: Read) -> dict[str, Any]:
    """我的登录 Where I am signed in."""
    return {"items": queries.list_sign_ins(call.session, call.actor), "next": None}


@route(blp, "DELETE /me/sign-ins/<id:session_id>", needs="auth.sign_out", returns=SilentSchema, status=204)
def end_sign_in(call: Write, session_id: str) -> None:
    """退出某台设备 Sign out on one of my devices."""
    sign_in.end_sign_in(call.unit, session_id)


@route(blp, "POST /me/totp", needs="me.edit", returns=TotpStartedSchema)
def start_totp(call: Write) -> dict[str, Any]:
    """获取动态口令密钥 Begin a second factor."""
    secret, uri = totp.start_totp(call.unit)
    return {"secret": secret, "uri": uri}


@route(blp, "POST /me/totp/confirm", needs="me.edit", body=TotpForm, returns=MeSchema)
def confirm_totp(call: Write, form: dict[str, Any]) -> dict[str, Any]:
    """启用动态口令 Switch the second factor on."""
    account = totp.confirm_totp(call.unit, form["code"])
    return queries.present_me(call.session, account.id, call.unit.now)


@route(blp, "GET /me/preferences", needs="me.read", returns=PreferenceSchema)
def get_preferences(call: Read) -> dict[str, Any]:
    """我的提醒设置 What I want to be told of."""
    return present_preferences(call.session, call.actor.id)


@route(blp, "PATCH /me/preferences", needs="me.edit", body=PreferenceForm, returns=PreferenceSchema, edits=True)
def edit_preferences(call: Write, form: dict[str, Any]) -> dict[str, Any]:
    """修改提醒设置 Change what I want to be told of."""
    inbox.edit_preferences(call.unit, form, call.if_match)
    return present_preferences(call.session, call.actor.id)
