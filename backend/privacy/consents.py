"""Agreeing, withdrawing, and what somebody has agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.codes import SPENT_WORDS, WRONG_WORDS, Fit, use_code
from backend.accounts.models import Account
from backend.accounts.queries import names_of
from backend.accounts.rules import Use, normal_phone
from backend.clock import iso, iso_or_none
from backend.db import take_turns
from backend.errors import KeptRefusal, guard_failed, invalid, not_found
from backend.ids import new_id
from backend.privacy.models import Consent
from backend.privacy.rules import CHILDREN_A_PHONE, NOTICE_VERSION, Purpose
from backend.unit_of_work import UnitOfWork


def give(unit: UnitOfWork, purpose: str, *, version: str) -> Consent:
    """Agree as the actor, to anything but a guardian's part; saying so again changes nothing.

    Raises:
        AppError: 422 for a version that is not the present one.
    """
    _demand_version(version)
    held = standing(unit.session, unit.actor.id, purpose)
    if held is not None and held.version == version:
        return held
    return _give(unit, held, Consent(purpose=purpose, version=version))


def prepare_guardian(unit: UnitOfWork, phone: str) -> str:
    """Return the number of a guardian, to whom a code may be sent for the actor.

    Raises:
        AppError: 422 for what is no mobile number, or the actor's own.
    """
    number = normal_phone(phone)
    if _phone_of(unit.session, unit.actor.id) == number:
        raise invalid("phone", "own_number", "这是您自己登录用的号码，请填监护人的号码。")
    return number


def give_as_guardian(unit: UnitOfWork, secret: str, *, version: str, name: str, phone: str, code: str) -> Consent:
    """Write down that a guardian agrees for the actor, having told them the code on the guardian's telephone.

    Raises:
        AppError: 422 for an old version, the actor's own number, or a wrong or spent code; 409 `too_many_children`
            where this telephone speaks for many already.
    """
    _demand_version(version)
    number = prepare_guardian(unit, phone)
    held = standing(unit.session, unit.actor.id, Purpose.GUARDIAN)
    if held is not None and (held.version, held.guardian_name, held.guardian_phone) == (version, name, number):
        return held
    fit = use_code(unit, secret, use=Use.GUARDIAN, phone=number, code=code, account_id=unit.actor.id)
    if fit is not Fit.RIGHT:
        words = SPENT_WORDS if fit is Fit.SPENT else WRONG_WORDS
        refused = invalid("guardian.code", str(fit.name).lower(), words)
        raise KeptRefusal(refused.code, refused.status, refused.detail, errors=refused.errors)
    take_turns(unit.session, f"guardian {number}")
    # Asked after the code: what is said of a telephone is for whoever has it.
    if len(_children(unit.session, number)) >= CHILDREN_A_PHONE:
        raise guard_failed("too_many_children", f"这个号码已经为 {CHILDREN_A_PHONE} 个孩子同意过，不能再加。")
    return _give(
        unit, held, Consent(purpose=Purpose.GUARDIAN, version=version, guardian_name=name, guardian_phone=number)
    )


def _phone_of(session: Session, account_id: str) -> str | None:
    return session.get_one(Account, account_id).phone


def _demand_version(version: str) -> None:
    if version != NOTICE_VERSION:
        raise invalid("version", "outdated", "隐私政策已经更新，请先阅读新版本。")


def _give(unit: UnitOfWork, held: Consent | None, row: Consent) -> Consent:
    if held is not None:
        held.withdrawn_at = unit.now
    row.id, row.account_id, row.at = new_id(), unit.actor.id, unit.now
    unit.session.add(row)
    unit.session.flush()
    unit.record("consent.given", row.id, 1, purpose=row.purpose, notice=row.version)
    return row


def withdraw(unit: UnitOfWork, purpose: str) -> None:
    """Take a consent back; 404 where there is none."""
    held = standing(unit.session, unit.actor.id, purpose)
    if held is None:
        raise not_found("这项同意")
    _end(unit, held)


def withdraw_as_guardian(unit: UnitOfWork, consent_id: str) -> None:
    """Take back what was agreed to from the telephone that the actor has; 404 for any other consent."""
    row = unit.session.get(Consent, consent_id, with_for_update=True)
    number = _phone_of(unit.session, unit.actor.id)
    if row is None or row.withdrawn_at is not None or number is None or row.guardian_phone != number:
        raise not_found("这项同意")
    _end(unit, row)


def list_children(session: Session, account_id: str) -> dict[str, Any]:
    """Write for whom this person's telephone has agreed as a guardian's, the last first."""
    number = _phone_of(session, account_id)
    rows = _children(session, number) if number else []
    names = names_of(session, [row.account_id for row in rows])
    return {
        "items": [
            {"id": row.id, "child": names[row.account_id], "version": row.version, "at": iso(row.at)} for row in rows
        ]
    }


def _children(session: Session, number: str) -> Sequence[Consent]:
    query = sa.select(Consent).where(Consent.guardian_phone == number, Consent.withdrawn_at.is_(None))
    return session.scalars(query.order_by(Consent.at.desc(), Consent.id.desc())).all()


def come_of_age(unit: UnitOfWork, account_id: str) -> None:
    """End what a guardian agreed to for somebody who is fourteen now, and ask that person for their own word."""
    for purpose in (Purpose.GUARDIAN, Purpose.NOTICE):
        held = standing(unit.session, account_id, purpose)
        if held is not None:
            _end(unit, held, because="of_age")


def forget_consents(unit: UnitOfWork, account_id: str) -> None:
    """End all consents of somebody who closes their account; that they were given stays as the proof."""
    query = sa.select(Consent).where(Consent.account_id == account_id).order_by(Consent.id)
    for row in unit.session.scalars(query).all():
        row.guardian_name = row.guardian_phone = None
        if row.withdrawn_at is None:
            _end(unit, row)
    unit.session.flush()


def _end(unit: UnitOfWork, row: Consent, **why: str) -> None:
    """End a consent that holds."""
    row.withdrawn_at = unit.now
    unit.record("consent.withdrawn", row.id, 2, purpose=row.purpose, notice=row.version, **why)


def standing(session: Session, account_id: str, purpose: str) -> Consent | None:
    """Return the consent that holds, of whichever version."""
    query = sa.select(Consent).where(
        Consent.account_id == account_id, Consent.purpose == purpose, Consent.withdrawn_at.is_(None)
    )
    return session.scalars(query.order_by(Consent.at.desc(), Consent.id.desc()).limit(1)).one_or_none()


def demand_guardian(unit: UnitOfWork) -> None:
    """Raise 409 `guardian_needed` where no guardian has agreed for the actor, who is a child."""
    if standing(unit.session, unit.actor.id, Purpose.GUARDIAN) is None:
        raise guard_failed("guardian_needed", "未满十四周岁，请先由监护人在“我的 → 隐私”里同意。")


def list_consents(session: Session, account_id: str) -> dict[str, Any]:
    """Write what somebody agreed to, newest first, and what they are asked: the notice, if they know an older one."""
    notice = standing(session, account_id, Purpose.NOTICE)
    return {
        "version": NOTICE_VERSION,
        "asks": [] if notice is not None and notice.version == NOTICE_VERSION else [str(Purpose.NOTICE)],
        "items": export_consents(session, account_id),
    }


def export_consents(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write them, those that were withdrawn as well."""
    query = sa.select(Consent).where(Consent.account_id == account_id)
    return [present_consent(row) for row in session.scalars(query.order_by(Consent.at.desc(), Consent.id.desc()))]


def present_consent(row: Consent) -> dict[str, Any]:
    """Write one."""
    return {
        "purpose": row.purpose,
        "version": row.version,
        "guardian": _present_guardian(row),
        "at": iso(row.at),
        "withdrawn_at": iso_or_none(row.withdrawn_at),
    }


def _present_guardian(row: Consent) -> dict[str, str] | None:
    # The number is its owner's business; four digits tell whoever knows it which one it is.
    if row.guardian_name is None or row.guardian_phone is None:
        return None
    return {"name": row.guardian_name, "phone": f"•••• {row.guardian_phone[-4:]}"}
