"""Doing it again 重办: an answer that did not help goes back to work, with a new due date and another reviewer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account, RoleGrant
from backend.errors import Code, guard_failed
from backend.policy import Role
from backend.requests import clocks
from backend.requests.deadlines import REVIEW_DAYS
from backend.requests.models import Service, ServiceRequest
from backend.requests.rules import State
from backend.requests.steps import enter
from backend.unit_of_work import UnitOfWork


def begin_again(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Let a request that has just gone back to work begin anew; it may be rated anew, and stands by itself again.

    An answer that the desk gave goes to the office that the service belongs to.
    """
    case.rating = None
    case.merged_into = None
    case.redos += 1
    case.office_id = case.office_id or unit.session.get_one(Service, case.service_id).office_id
    case.reviewer_id = _pick_reviewer(unit, case)
    if case.review == "open":
        case.review = "redo"
    clocks.start(unit, case, clocks.ANSWER, days=REVIEW_DAYS)
    if case.supervised:
        clocks.start_review(unit, case, clocks.SUPERVISE)


def send_back(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Let a request go back to work, where another command than the citizen's own says so."""
    enter(unit, case, State.IN_PROGRESS)
    begin_again(unit, case)


def demand_other_reviewer(unit: UnitOfWork, case: ServiceRequest, *, closing: bool) -> None:
    """Raise 409 `same_person` where whoever gave the last answer would judge their own redo.

    In an office with a colleague on duty, that one answers. Somebody who is alone in the office answers again, but
    does not close: the citizen confirms, or is called.
    """
    if not case.redos or case.answered_by != unit.actor.id:
        return
    if closing or _colleagues(unit, case):
        raise guard_failed(
            "other_reviewer", "这是重办件，须由另一位同事复核，不能由上次答复的人自己答复、办结。", Code.SAME_PERSON
        )


def _pick_reviewer(unit: UnitOfWork, case: ServiceRequest) -> str | None:
    """Return a colleague in the office who did not give the last answer, or else a supervisor."""
    supervisors = sa.select(RoleGrant.account_id).where(RoleGrant.role == str(Role.SUPERVISOR))
    found = _colleagues(unit, case) or _on_duty(unit.session, supervisors, unit)
    return found[0] if found else None


def _colleagues(unit: UnitOfWork, case: ServiceRequest) -> list[str]:
    query = sa.select(RoleGrant.account_id).where(
        RoleGrant.role == str(Role.SERVICE_STAFF),
        RoleGrant.office == case.office_id,
        RoleGrant.account_id != (case.answered_by or ""),
    )
    return _on_duty(unit.session, query, unit)


def _on_duty(session: Session, query: sa.Select[Any], unit: UnitOfWork) -> list[str]:
    running = query.where(
        RoleGrant.valid_from <= unit.now, sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > unit.now)
    )
    people = sa.select(Account.id).where(Account.id.in_(running), Account.disabled_at.is_(None))
    return list(session.scalars(people.order_by(Account.id)))
