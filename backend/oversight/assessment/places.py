"""Closing a change of a rule set or a period: number it, record it, place its header; and whose rows somebody sees.

Headers only are on the desks' streams; that of the editing desk is the whole newsroom's, so that everybody's account is
asked for again when its period moves. Rows, trials and appeals are other people's money: they are asked for, and
`may_see_all` decides.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.errors import not_found
from backend.oversight.assessment.models import Appeal, Period, RuleSetRow, Trial
from backend.policy import Actor, allows
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

PERIOD_KIND, RULE_SET_KIND = "assessment_period", "rule_set"
_STREAMS = {streams.KITCHEN, streams.desk("assessment"), streams.desk("editing")}


def may_see_all(actor: Actor) -> bool:
    """Tell whether somebody sees everybody's rows: the leader, the assessors, and the auditors."""
    return allows(actor, "assessment.read_all")


def demand_visible(session: Session, actor: Actor, person: str, what: str) -> None:
    """Raise 404 for what is about another person, unless this one sees all."""
    if not may_see_all(actor) and person not in session.scalars(accounts_with(actor.id)).all():
        raise not_found(what)


def accounts_with(account_id: str) -> sa.Select[str]:
    """Select all accounts of the person that an account is of: rows name a person by the first of them."""
    person = sa.select(Account.person_id).where(Account.id == account_id).scalar_subquery()
    return sa.select(Account.id).where(Account.person_id == person)


def digest_of(words: str) -> str:
    """Hash a reason (SHA-256): history binds the words, which stand in their own row, and does not hold them."""
    return hashlib.sha256(words.encode()).hexdigest()


def access_period(unit: UnitOfWork, period_id: str) -> Period:
    """Return a period, locked for a change; 404 if there is none."""
    row = unit.session.get(Period, period_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found("考核周期")
    return row


def access_rule_set(unit: UnitOfWork, rule_set_id: str) -> RuleSetRow:
    """Return a rule set, locked for a change; 404 if there is none."""
    row = unit.session.get(RuleSetRow, rule_set_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise not_found("考核规则")
    return row


def period_changed(unit: UnitOfWork, row: Period, verb: str, **data: Any) -> Period:
    """Close a change of a period."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(f"period.{verb}", row.id, row.ver, state=row.state, **data)
    unit.place(PERIOD_KIND, row.id, row.ver, _STREAMS)
    return row


def rule_set_changed(unit: UnitOfWork, row: RuleSetRow, verb: str, **data: Any) -> RuleSetRow:
    """Close a change of a rule set."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(f"rule_set.{verb}", row.id, row.ver, state=row.state, hash=row.hash, **data)
    unit.place(RULE_SET_KIND, row.id, row.ver, _STREAMS)
    return row


def appeal_changed(unit: UnitOfWork, row: Appeal, verb: str) -> Appeal:
    """Close a change of an appeal. It is on no stream: only who filed it and who sees all may know of it."""
    row.ver += 1
    unit.session.flush()
    unit.record(f"appeal.{verb}", row.id, row.ver, state=row.state, period=row.period_id, row=row.row_number)
    return row


def note_trial(unit: UnitOfWork, row: Trial, verb: str) -> Trial:
    """Record what became of a trial; its numbers are other people's, and stay in its row."""
    unit.session.flush()
    unit.record(f"rule_set_trial.{verb}", row.id, 1, rule_set=row.rule_set_id, period=row.period_id, hash=row.hash)
    return row
