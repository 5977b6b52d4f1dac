"""One's own account."""

from __future__ import annotations

from typing import Any

from backend.accounts.models import Account
from backend.district.queries import demand_town
from backend.errors import demand_version, guard_failed
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


def place_me(unit: UnitOfWork, account: Account) -> None:
    """Put the account on its owner's stream; the realtime gateway also learns of changed rights by this row."""
    unit.place("me", account.id, account.ver, {streams.user(account.id)})


def access_me(unit: UnitOfWork, if_match: int | None = None) -> Account:
    """Return the actor's own account for editing; 412 if it is not at the version the client saw."""
    account = unit.session.get_one(Account, unit.actor.id, with_for_update=True)
    demand_version(account.ver, if_match, "内容已被更新，请先读取最新版本。")
    return account


def edit_me(unit: UnitOfWork, form: dict[str, Any], if_match: int | None = None) -> Account:
    """Change one's own name, town or language; only fields that are given change. Staff keep the name they have."""
    account = access_me(unit, if_match)
    if "name" in form and account.kind == "staff":
        # Colleagues read it on everything they work on together; it comes from the personnel office, not from taste.
        raise guard_failed("staff_name", "工作人员的姓名由管理员维护，不能自行修改。")
    if form.get("email") is not None and account.kind != "staff":
        raise guard_failed("staff_email", "市民用手机号接收消息，不需要填写邮箱。")
    if form.get("town") is not None:
        demand_town(unit.session, form["town"])
    for name in ("name", "email", "town", "locale"):
        if name in form:
            setattr(account, name, form[name])
    account.ver += 1
    unit.record("account.edited", account.id, account.ver, fields=sorted(form))
    place_me(unit, account)
    return account
