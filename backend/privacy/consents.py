"""Agreeing, withdrawing, and what somebody has agreed to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.rules import normal_phone
from backend.clock import iso, iso_or_none
from backend.errors import guard_failed, invalid, not_found
from backend.ids import new_id
from backend.privacy.models import Consent
from backend.privacy.rules import NOTICE_VERSION, Purpose
from backend.unit_of_work import UnitOfWork


def give(unit: UnitOfWork, purpose: str, *, version: str, guardian: Mapping[str, str] | None = None) -> Consent:
    """Agree as the actor; saying so again changes nothing. For a child its guardian agrees, who is named.

    Raises:
        AppError: 422 for a version that is not the present one, or for a guardian who is missing or out of place.
    """
    if version != NOTICE_VERSION:
        raise invalid("version", "outdated", "隐私政策已经更新，请先阅读新版本。")
    if (guardian is not None) != (purpose == Purpose.GUARDIAN):
        raise invalid("guardian", "mismatch", "监护人同意要写明监护人的姓名和电话，其他同意不用写。")
    named = {"name": guardian["name"], "phone": normal_phone(guardian["phone"])} if guardian else None
    held = standing(unit.session, unit.actor.id, purpose)
    if held is not None and (held.version, held.guardian) == (version, named):
        return held
    if held is not None:
        held.withdrawn_at = unit.now
    row = Consent(id=new_id(), account_id=unit.actor.id, purpose=purpose, version=version, guardian=named, at=unit.now)
    unit.session.add(row)
    unit.session.flush()
    unit.record("consent.given", row.id, 1, purpose=purpose, notice=version)
    return row


def withdraw(unit: UnitOfWork, purpose: str) -> None:
    """Take a consent back; 404 where there is none."""
    held = standing(unit.session, unit.actor.id, purpose)
    if held is None:
        raise not_found("这项同意")
    _withdraw(unit, held)


def forget_consents(unit: UnitOfWork, account_id: str) -> None:
    """End all consents of somebody who closes their account; that they were given stays as the proof."""
    query = sa.select(Consent).where(Consent.account_id == account_id).order_by(Consent.id)
    for row in unit.session.scalars(query).all():
        row.guardian = None
        if row.withdrawn_at is None:
            _withdraw(unit, row)
    unit.session.flush()


def _withdraw(unit: UnitOfWork, row: Consent) -> None:
    row.withdrawn_at = unit.now
    unit.record("consent.withdrawn", row.id, 2, purpose=row.purpose, notice=row.version)


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
        "guardian": row.guardian,
        "at": iso(row.at),
        "withdrawn_at": iso_or_none(row.withdrawn_at),
    }
