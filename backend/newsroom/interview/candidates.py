"""Who could be sent now, and how much each has in hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account, RoleGrant
from backend.clock import iso_or_none
from backend.errors import invalid
from backend.newsroom.interview import rules
from backend.newsroom.interview.models import Assignment
from backend.newsroom.interview.rules import Candidate
from backend.newsroom.planning.models import Topic
from backend.newsroom.roster import list_on_duty, persons_of
from backend.policy import PERMISSIONS, Role


def list_candidates(session: Session, now: datetime, *, kind: str | None, topic: str | None) -> list[dict[str, Any]]:
    """List the reporters on duty in the order in which they are asked.

    Raises:
        AppError: 422 for an unknown topic.
    """
    if topic is not None and session.get(Topic, topic) is None:
        raise invalid("topic", "unknown", "没有这个选题")
    on_topic = _in_hand(session, Assignment.topic_id == topic) if topic is not None else Counter()
    return [
        {
            "id": one.id,
            "name": one.name,
            "skills": list(one.skills),
            "load": one.load,
            "on_duty_until": iso_or_none(one.on_duty_until),
            "on_topic": on_topic[one.person] > 0,
        }
        for one in rules.in_order(candidates(session, now), kind)
    ]


def candidates(session: Session, now: datetime) -> list[Candidate]:
    """Return the reporters on duty, a person once."""
    accounts = list_on_duty(session, [Role.REPORTER], now)
    persons = persons_of(session, [account.id for account in accounts])
    load, until = _in_hand(session, sa.true()), _on_duty_until(session, now)
    by_person: dict[str, Candidate] = {}
    for account in accounts:
        person = persons[account.id]
        made = Candidate(account.id, person, account.name, tuple(account.skills), load[person], until[account.id])
        by_person.setdefault(person, made)
    return list(by_person.values())


def _in_hand(session: Session, which: sa.ColumnElement[bool]) -> Counter[str]:
    """Count by person what reporters have in hand."""
    query = sa.select(Assignment.reporters).where(Assignment.state.in_(rules.IN_HAND), which)
    teams = [{one["id"] for one in team} for team in session.scalars(query)]
    persons = persons_of(session, set().union(*teams))
    return Counter(person for team in teams for person in {persons[account_id] for account_id in team})


def _on_duty_until(session: Session, now: datetime) -> dict[str, datetime | None]:
    """Return when each reporter's duty ends, the last of those that overlap; None for one that has no end."""
    query = sa.select(RoleGrant.account_id, RoleGrant.valid_to).where(
        RoleGrant.role == str(Role.REPORTER),
        RoleGrant.valid_from <= now,
        sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > now),
    )
    until: dict[str, datetime | None] = {}
    for account_id, ends in session.execute(query):
        known = until.get(account_id, ends)
        until[account_id] = None if known is None or ends is None else max(known, ends)
    return until


def demand_reporters(session: Session, account_ids: Collection[str], now: datetime, field: str) -> None:
    """Raise 422 naming `field` unless these are different persons who go out for the house, today or on a later day."""
    roles = [str(role) for role in PERMISSIONS["assignment.work"]]
    query = sa.select(Account.id, Account.person_id).join(RoleGrant, RoleGrant.account_id == Account.id)
    query = query.where(
        Account.id.in_(account_ids),
        Account.disabled_at.is_(None),
        RoleGrant.role.in_(roles),
        sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > now),
    )
    persons = dict(session.execute(query).tuples().all())
    if set(account_ids) - persons.keys():
        raise invalid(field, "unknown", "有人不在采编人员之列")
    if len(set(persons.values())) < len(account_ids):
        raise invalid(field, "mismatch", "同一位记者写了两次")
