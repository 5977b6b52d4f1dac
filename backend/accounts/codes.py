"""Codes that go to a telephone: whoever knows one has that telephone at hand."""

from __future__ import annotations

import hmac
from datetime import timedelta
from enum import Enum, auto

import sqlalchemy as sa

from backend.accounts import rules
from backend.accounts.models import Account, LoginCode
from backend.db import take_turns
from backend.errors import too_many
from backend.ids import new_id
from backend.jobs import queue
from backend.unit_of_work import UnitOfWork

SPENT_WORDS = "验证码已失效，请重新获取。"
WRONG_WORDS = "验证码不对，请核对后再填。"


class Fit(Enum):
    """How a code that was entered compares with the one that was sent."""

    RIGHT = auto()
    WRONG = auto()
    SPENT = auto()


def send_code(
    unit: UnitOfWork, secret: str, *, phone: str, address: str, per_address: int, account_id: str | None = None
) -> str:
    """Send a code to a phone, as a job; return the code's id. All kinds of codes count against the same limits.

    Args:
        unit: the unit of work.
        secret: the house's secret key.
        phone: where to, in E.164.
        address: from where it is asked for.
        per_address: how many one address may ask for.
        account_id: who has it sent to a guardian's phone; a code to sign in with has nobody.

    Raises:
        AppError: 429 when this phone, this address or this account has asked too often.
    """
    phone_hash, address_hash = rules.keyed_hash(secret, "phone", phone), rules.keyed_hash(secret, "address", address)
    # One after the other: many that are asked for at once would all find that there is room.
    take_turns(unit.session, phone_hash, address_hash)
    _limit(unit, LoginCode.phone_hash == phone_hash, rules.CODES_PER_PHONE)
    _limit(unit, LoginCode.phone_hash == phone_hash, rules.CODES_PER_PHONE_A_DAY, rules.CODES_DAY)
    _limit(unit, LoginCode.address_hash == address_hash, per_address)
    if account_id is not None:
        # Held, so that two at once are counted one after the other.
        unit.session.get_one(Account, account_id, with_for_update=True)
        _limit(unit, LoginCode.account_id == account_id, rules.CODES_PER_ACCOUNT)
        _limit(unit, LoginCode.account_id == account_id, rules.CODES_PER_ACCOUNT_A_DAY, rules.CODES_DAY)
    code_id = new_id()
    unit.session.add(
        LoginCode(
            id=code_id,
            phone_hash=phone_hash,
            address_hash=address_hash,
            code_hash=rules.keyed_hash(secret, phone, rules.code_of(secret, code_id)),
            phone=phone,
            use=rules.Use.SIGN_IN if account_id is None else rules.Use.GUARDIAN,
            account_id=account_id,
            sent_at=unit.now,
        )
    )
    unit.enqueue("sms.code", f"sms.code:{code_id}", {"code_id": code_id}, lane=queue.URGENT)
    return code_id


def _limit(unit: UnitOfWork, whose: sa.ColumnElement[bool], limit: int, window: timedelta = rules.CODE_WINDOW) -> None:
    since = unit.now - window
    query = sa.select(LoginCode.sent_at).where(whose, LoginCode.sent_at > since).order_by(LoginCode.sent_at)
    sent = unit.session.scalars(query).all()
    if len(sent) >= limit:
        raise too_many(sent[-limit] + window - unit.now)


def use_code(
    unit: UnitOfWork, secret: str, *, use: rules.Use, phone: str, code: str, account_id: str | None = None
) -> Fit:
    """Compare with the last code that was sent to this phone for this use. A right one is spent, a wrong one counts.

    Whoever refuses because of the answer raises a `KeptRefusal`, so that the count stays.
    """
    query = (
        sa.select(LoginCode)
        .where(
            LoginCode.phone_hash == rules.keyed_hash(secret, "phone", phone),
            LoginCode.use == use,
            LoginCode.account_id == account_id,
        )
        .order_by(LoginCode.sent_at.desc(), LoginCode.id.desc())
        .limit(1)
    )
    sent = unit.session.scalars(query.with_for_update()).one_or_none()
    if sent is None or sent.used_at or unit.now >= sent.sent_at + rules.CODE_LIFETIME or sent.tries >= rules.CODE_TRIES:
        return Fit.SPENT
    if not hmac.compare_digest(sent.code_hash, rules.keyed_hash(secret, phone, code)):
        sent.tries += 1
        return Fit.WRONG
    sent.used_at, sent.phone = unit.now, None
    return Fit.RIGHT
