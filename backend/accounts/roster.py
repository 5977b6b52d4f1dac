"""Staff and the roster: who holds which role from when until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.actions import place_me
from backend.accounts.models import Account, RoleGrant
from backend.accounts.queries import first_account, get_by_username
from backend.accounts.sign_in import end_sessions
from backend.district.queries import demand_desk, demand_office
from backend.errors import AppError, Code, invalid, not_found
from backend.ids import new_id
from backend.policy import OFFICE_ROLES, Role
from backend.unit_of_work import UnitOfWork


def create_staff(
    unit: UnitOfWork,
    *,
    username: str,
    name: str,
    password_hash: str | None,
    title: str | None,
    media_unit: str | None = None,
    skills: Sequence[str] = (),
    person_id: str | None = None,
    demo: bool = False,
) -> Account:
    """Make a staff account without any role. Without a password nobody signs in with it until one is set.

    `person_id` is left out for somebody who has no other account.
    """
    account_id = new_id()
    account = Account(
        id=account_id,
        person_id=person_id or account_id,
        kind="staff",
        ver=1,
        name=name,
        username=username,
        password_hash=password_hash,
        title=title,
        unit=media_unit,
        skills=sorted(set(skills)),
        locale="zh-CN",
        demo=demo,
        created_at=unit.now,
    )
    unit.session.add(account)
    unit.session.flush()
    first = first_account(unit.session, account.person_id)
    unit.record("account.created", account.id, 1, kind="staff", first=first)
    place_me(unit, account)
    return account


def edit_staff(unit: UnitOfWork, account_id: str, fields: Mapping[str, Any]) -> Account:
    """Change what the personnel office says of a colleague: name, title, unit, skills, the person behind the account.

    `fields` are columns of `Account` with their new values.
    """
    account = _access_staff(unit, account_id)
    before = account.person_id
    for name, value in fields.items():
        setattr(account, name, value)
    account.ver += 1
    unit.session.flush()
    unit.record("account.edited", account.id, account.ver, fields=sorted(fields))
    if account.person_id != before:
        _regroup(unit, before, account.person_id)
    place_me(unit, account)
    return account


def _regroup(unit: UnitOfWork, *persons: str) -> None:
    """Tell history which accounts are one person now, by the first of them: a staff number is no matter of history."""
    for person in persons:
        first = first_account(unit.session, person)
        query = sa.select(Account).where(Account.person_id == person).order_by(Account.id)
        for account in unit.session.scalars(query).all():
            unit.record("account.regrouped", account.id, account.ver, first=first)


def set_password(unit: UnitOfWork, account_id: str, password_hash: str) -> Account:
    """Give a colleague a new password. Whoever is signed in with the old one is signed out, everywhere."""
    account = _access_staff(unit, account_id)
    account.password_hash = password_hash
    account.ver += 1
    unit.session.flush()
    unit.record("account.password_set", account.id, account.ver)
    place_me(unit, account)
    end_sessions(unit, account.id, "password")
    return account


def grant_role(
    unit: UnitOfWork,
    *,
    account_id: str,
    role: Role,
    desk: str | None = None,
    office: str | None = None,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> RoleGrant:
    """Put a line on the roster. The person's open phones gain the streams at once."""
    account = _access_staff(unit, account_id)
    _demand_place(unit.session, role, desk, office)
    if valid_to is not None and valid_to <= (valid_from or unit.now):
        raise invalid("valid_to", "order", "结束时间要晚于开始时间")
    grant = RoleGrant(
        id=new_id(),
        account_id=account_id,
        role=str(role),
        desk=desk,
        office=office,
        valid_from=valid_from or unit.now,
        valid_to=valid_to,
    )
    unit.session.add(grant)
    account.ver += 1
    unit.record("roster.granted", grant.id, 1, account=account_id, role=str(role), desk=desk, office=office)
    place_me(unit, account)
    return grant


def grant_by_name(unit: UnitOfWork, *, username: str, role: str, **line: Any) -> RoleGrant:
    """Put a line on the roster for the staff member of this name.

    Raises:
        AppError: 422 naming the field for an unknown name, desk or office; 409 `same_person` for one's own line, since
            whoever hands out rights must not hand them to themselves.
    """
    account = get_by_username(unit.session, username)
    if account is None or account.disabled_at is not None:
        raise invalid("username", "unknown", "没有这位工作人员")
    if account.id == unit.actor.id:
        raise AppError(
            Code.SAME_PERSON, 409, "不能给自己授权，请由另一位管理员办理。", data={"guard": "other_administrator"}
        )
    return grant_role(unit, account_id=account.id, role=Role(role), **line)


def _demand_place(session: Session, role: Role, desk: str | None, office: str | None) -> None:
    if desk is not None:
        demand_desk(session, desk)
    if office is not None:
        demand_office(session, office)
    if (office is not None) != (role in OFFICE_ROLES):
        raise invalid("office", "mismatch", "经办人和承办人员要写明单位，其他岗位不写单位")


def end_role(unit: UnitOfWork, grant_id: str) -> RoleGrant:
    """End a line of the roster now. The person's open phones lose the streams at once."""
    grant = unit.session.get(RoleGrant, grant_id, with_for_update=True)
    if grant is None or (grant.valid_to is not None and grant.valid_to <= unit.now):
        raise not_found("排班")
    grant.valid_to = unit.now
    account = _access_staff(unit, grant.account_id)
    account.ver += 1
    unit.record("roster.ended", grant.id, 2, account=grant.account_id, role=grant.role)
    place_me(unit, account)
    return grant


def _access_staff(unit: UnitOfWork, account_id: str) -> Account:
    account = unit.session.get(Account, account_id, with_for_update=True)
    if account is None or account.kind != "staff":
        raise not_found("工作人员")
    return account
