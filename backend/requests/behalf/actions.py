"""Making and ending trust, filing for somebody, and hiding a case from a relative."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.accounts.rules import normal_phone
from backend.accounts.sign_in import new_citizen
from backend.errors import guard_failed, invalid, too_many
from backend.ids import new_id
from backend.requests.behalf import rules
from backend.requests.behalf.models import Behalf, Trust
from backend.requests.behalf.queries import access_trust
from backend.requests.behalf.rules import TrustState
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


def invite(unit: UnitOfWork, *, label: str) -> tuple[Trust, str]:
    """Invite a relative, as the elder; return the code too, which is never shown again."""
    _demand_room(unit)
    code = rules.new_code()
    return _new_trust(unit, label, TrustState.INVITED, elder_id=unit.actor.id, code_hash=rules.hash_of(code)), code


def ask(unit: UnitOfWork, *, label: str, phone: str) -> Trust:
    """Ask whoever has this telephone, as the relative. It looks the same where nobody has.

    Raises:
        AppError: 429 after five within a day, whatever became of them.
    """
    phone = normal_phone(phone)
    _demand_room(unit)
    since = unit.now - timedelta(days=1)
    asked = sa.select(Trust.created_at).where(Trust.relative_id == unit.actor.id, Trust.created_at > since)
    last = unit.session.scalars(asked.order_by(Trust.created_at.desc()).limit(rules.ASKS_A_DAY)).all()
    if len(last) == rules.ASKS_A_DAY:
        raise too_many(last[-1] - since, "今天请求得太多了，请约 {minutes} 分钟后再试。")
    query = sa.select(Account).where(Account.phone == phone, Account.kind == "citizen", Account.disabled_at.is_(None))
    elder = unit.session.scalars(query).one_or_none()
    if elder is not None and elder.id == unit.actor.id:
        raise guard_failed("own_phone", "这是您自己的手机号，请填写家人的。")
    return _new_trust(unit, label, TrustState.ASKED, elder_id=elder.id if elder else None, relative_id=unit.actor.id)


def join(unit: UnitOfWork, *, code: str) -> Trust:
    """Take up an invitation, as the relative."""
    query = sa.select(Trust).where(Trust.code_hash == rules.hash_of(code), Trust.state == str(TrustState.INVITED))
    row = unit.session.scalars(query.with_for_update()).one_or_none()
    if row is None or rules.is_over(row.state, row.expires_at, unit.now):
        raise invalid("code", "unknown", "邀请码不对，或者已经过期。")
    if row.elder_id == unit.actor.id:
        raise guard_failed("own_invitation", "这是您自己发出的邀请，请让家人在自己的手机上填写。")
    row.relative_id = unit.actor.id
    return _activate(unit, row)


def accept(unit: UnitOfWork, trust_id: str) -> Trust:
    """Say yes to a relative who asked."""
    row = access_trust(unit.session, unit.actor.id, trust_id, lock=True)
    rules.demand("accept", row.state, _side(unit, row))
    if rules.is_over(row.state, row.expires_at, unit.now):
        raise guard_failed("expired", "这份请求已经过期，请家人重新发起。")
    return _activate(unit, row)


def end(unit: UnitOfWork, trust_id: str) -> Trust:
    """End a trust, by either side: the relative sees none of the cases any more."""
    row = access_trust(unit.session, unit.actor.id, trust_id, lock=True)
    rules.demand("end", row.state, _side(unit, row))
    _end(unit, row)
    return row


def forget_trusts(unit: UnitOfWork, account_id: str) -> None:
    """End all trusts of somebody who closes their account."""
    query = sa.select(Trust).where(sa.or_(Trust.elder_id == account_id, Trust.relative_id == account_id))
    for row in unit.session.scalars(query.order_by(Trust.id).with_for_update()).all():
        if row.state != TrustState.ENDED:
            _end(unit, row)


def _activate(unit: UnitOfWork, row: Trust) -> Trust:
    row.state, row.accepted_at, row.code_hash = str(TrustState.ACTIVE), unit.now, None
    _changed(unit, row, "accepted")
    return row


def _end(unit: UnitOfWork, row: Trust) -> None:
    row.state, row.ended_at, row.ended_by, row.code_hash = str(TrustState.ENDED), unit.now, unit.actor.id, None
    _changed(unit, row, "ended")


def _changed(unit: UnitOfWork, row: Trust, verb: str) -> None:
    row.ver += 1
    unit.session.flush()
    unit.record(f"trust.{verb}", row.id, row.ver, state=row.state)
    unit.place("trust", row.id, row.ver, {streams.user(who) for who in (row.elder_id, row.relative_id) if who})


def _new_trust(unit: UnitOfWork, label: str, state: TrustState, **sides: Any) -> Trust:
    row = Trust(
        id=new_id(),
        ver=0,
        label=label,
        state=str(state),
        created_at=unit.now,
        expires_at=unit.now + rules.INVITED_FOR,
        **sides,
    )
    unit.session.add(row)
    _changed(unit, row, str(state))
    return row


def _side(unit: UnitOfWork, row: Trust) -> str:
    return "elder" if row.elder_id == unit.actor.id else "relative"


def _demand_room(unit: UnitOfWork) -> None:
    # Two at once are counted one after the other.
    unit.session.get_one(Account, unit.actor.id, with_for_update=True)
    mine = sa.or_(Trust.elder_id == unit.actor.id, Trust.relative_id == unit.actor.id)
    live = sa.or_(Trust.state == str(TrustState.ACTIVE), Trust.expires_at > unit.now)
    query = sa.select(sa.func.count()).select_from(Trust).where(mine, Trust.state != str(TrustState.ENDED), live)
    if (unit.session.scalar(query) or 0) >= rules.MOST_TRUSTS:
        raise guard_failed("most_trusts", f"同时最多有 {rules.MOST_TRUSTS} 份亲属授权或邀请，请先结束不用的。")


def demand_trust(unit: UnitOfWork, elder_id: str) -> Trust:
    """Return the trust by which the actor may file for this person.

    Raises:
        AppError: 422 naming `on_behalf_of`, whether there is no such person or no trust.
    """
    query = sa.select(Trust).where(
        Trust.elder_id == elder_id, Trust.relative_id == unit.actor.id, Trust.state == str(TrustState.ACTIVE)
    )
    row = unit.session.scalars(query.order_by(Trust.id).limit(1).with_for_update()).one_or_none()
    if row is None:
        raise invalid("on_behalf_of", "unknown", "没有这位家人的授权，不能代办。")
    return row


def note_relative(unit: UnitOfWork, request_id: str, trust: Trust) -> None:
    """Note that a case was filed by a trusted relative."""
    _note(unit, request_id, "relative", trust_id=trust.id)


def note_consent(unit: UnitOfWork, request_id: str, *, how: str, at: datetime, note: str | None) -> None:
    """Note that staff filed a case for a caller, and how the caller agreed."""
    if at > unit.now:
        raise invalid("consent.at", "in_future", "征得同意的时间不能晚于现在。")
    _note(unit, request_id, "staff", consent_how=how, consent_at=at, consent_note=note)


def _note(unit: UnitOfWork, request_id: str, kind: str, **fields: Any) -> None:
    row = Behalf(request_id=request_id, kind=kind, actor_id=unit.actor.id, **fields)
    unit.session.add(row)
    unit.session.flush()


def caller(unit: UnitOfWork, *, phone: str, name: str | None) -> str:
    """Return the account of a caller, made if there is none; its owner signs in with that telephone and sees it all."""
    phone = normal_phone(phone)
    account = unit.session.scalars(sa.select(Account).where(Account.phone == phone)).one_or_none()
    if account is None:
        account = new_citizen(unit, phone)
        account.name = name or account.name
    if account.kind != "citizen" or account.disabled_at is not None:
        raise invalid("caller.phone", "unknown", "这个号码不是市民账号，不能代为提交。")
    return account.id


def set_hidden(unit: UnitOfWork, request_id: str, *, hidden: bool) -> None:
    """Hide a case from the relative who filed it, or show it again."""
    row = unit.session.get(Behalf, request_id, with_for_update=True)
    if row is None or row.kind != "relative":
        raise guard_failed("not_by_relative", "这件诉求不是家人代办的，没有其他人能看到。")
    row.hidden_at = unit.now if hidden else None
    unit.session.flush()


def cases_of(unit: UnitOfWork, trust_id: str) -> Sequence[str]:
    """List the ids of the cases that rest on a trust."""
    return unit.session.scalars(sa.select(Behalf.request_id).where(Behalf.trust_id == trust_id)).all()
