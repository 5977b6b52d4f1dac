"""Reading what was decided: rule sets with their trials, appeals, and what was said of a story by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.places import may_see
from backend.oversight.assessment.formula import points
from backend.oversight.assessment.models import Appeal, RuleSetRow, StoryGrade, StoryPickup, Trial
from backend.oversight.assessment.places import accounts_with, demand_visible, may_see_all
from backend.oversight.assessment.queries import access_period
from backend.oversight.assessment.rules import APPEAL, RULE_SET
from backend.oversight.assessment.ruleset import LEVELS, TYPES
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
_MARKS = 100


# ── rule sets ──


def list_rule_sets(session: Session, page: Page) -> dict[str, Any]:
    """List rule sets, those changed last first."""
    return paged(
        session,
        sa.select(RuleSetRow),
        page,
        moment=RuleSetRow.updated_at,
        id=RuleSetRow.id,
        write=in_order(lambda rows: present_rule_sets(session, rows)),
    )


def present_rule_set(session: Session, rule_set_id: str) -> dict[str, Any]:
    """Write one rule set with its values; 404 if there is none."""
    row = session.get(RuleSetRow, rule_set_id)
    if row is None:
        raise not_found("考核规则")
    return present_rule_sets(session, [row])[row.id]


def load_rule_sets(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render rule sets for the command and assessment desks."""
    if audience is not Audience.STAFF:
        return {}
    return present_rule_sets(session, session.scalars(sa.select(RuleSetRow).where(RuleSetRow.id.in_(ids))).all())


def present_rule_sets(session: Session, rows: Sequence[RuleSetRow]) -> Written:
    """Write rule sets, by id."""
    people = names_of(session, [account for row in rows for account in (*row.editors, row.adopted_by)])
    return {
        row.id: {
            "id": row.id,
            "ver": row.ver,
            "version": row.version,
            "state": row.state,
            "state_name": RULE_SET.states[row.state],
            "note": row.note,
            "values": row.values,
            "hash": row.hash,
            "editors": [present_person(account, people) for account in row.editors],
            "trial": row.trial_id,
            "tried": row.tried_hash == row.hash,
            "adopted_by": present_person_or_none(row.adopted_by if row.adopted_by in people else None, people),
            "adopted_at": iso_or_none(row.adopted_at),
            "created_at": iso(row.created_at),
            "updated_at": iso(row.updated_at),
            "allowed": RULE_SET.allowed(row.state),
        }
        for row in rows
    }


def access_trial(session: Session, actor: Actor, trial_id: str) -> dict[str, Any]:
    """Write a trial with who wins and who loses; 404 for who may not see all."""
    row = session.get(Trial, trial_id)
    if row is None or not may_see_all(actor):
        raise not_found("试算")
    result = row.result if row.state == "done" else []
    names = names_of(session, [line["person"] for line in result])
    people = names_of(session, [row.by])
    signs = [line["difference"][0] == "-" for line in result if line["difference"] != "0.000"]
    return {
        "id": row.id,
        "state": row.state,
        "rule_set": row.rule_set_id,
        "period": row.period_id,
        "hash": row.hash,
        "against": row.against,
        "up_to_seq": row.up_to_seq,
        "gain": signs.count(False),
        "lose": signs.count(True),
        "people": [line | {"name": names.get(line["person"], line["person"])} for line in result],
        "by": present_person(row.by, people),
        "at": iso(row.at),
        "done_at": iso_or_none(row.done_at),
    }


# ── appeals ──


def list_appeals(session: Session, actor: Actor, period_id: str, state: str | None, page: Page) -> dict[str, Any]:
    """List the appeals of a period that one may see, the latest first: one's own, or all."""
    access_period(session, period_id)
    query = sa.select(Appeal).where(Appeal.period_id == period_id)
    if not may_see_all(actor):
        query = query.where(Appeal.person.in_(accounts_with(actor.id)))
    query = narrowed(query, (Appeal.state, state))
    return paged(
        session,
        query,
        page,
        moment=Appeal.filed_at,
        id=Appeal.id,
        write=in_order(lambda rows: _present_appeals(session, rows)),
    )


def access_appeal(session: Session, actor: Actor, appeal_id: str) -> dict[str, Any]:
    """Write one appeal; 404 for another person's."""
    row = session.get(Appeal, appeal_id)
    if row is None:
        raise not_found("申诉")
    demand_visible(session, actor, row.person, "申诉")
    return _present_appeals(session, [row])[row.id]


def _present_appeals(session: Session, rows: Sequence[Appeal]) -> Written:
    people = names_of(session, [account for row in rows for account in (row.person, row.decided_by)])
    return {row.id: _write_appeal(row, people) for row in rows}


def _write_appeal(row: Appeal, people: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "state_name": APPEAL.states[row.state],
        "period": row.period_id,
        "person": row.person,
        "name": people.get(row.person, row.person),
        "row": row.row_number,
        "text": row.text,
        "filed_at": iso(row.filed_at),
        "decided_by": present_person_or_none(row.decided_by, people),
        "decided_at": iso_or_none(row.decided_at),
        "decision": row.decision,
        "amount": None if row.amount is None else points(row.amount),
        "allowed": APPEAL.allowed(row.state),
    }


# ── what was said of a story ──


def present_marks(session: Session, actor: Actor, story_id: str) -> dict[str, Any]:
    """Write the grades that a story was given by hand, and who took it over, the latest first; 404 if unseen."""
    story = session.get(Story, story_id)
    if story is None or not may_see(actor, story):
        raise not_found("稿件")
    query = sa.select(StoryGrade).where(StoryGrade.story_id == story_id)
    grades = session.scalars(query.order_by(StoryGrade.at.desc(), StoryGrade.id.desc()).limit(_MARKS)).all()
    taken = sa.select(StoryPickup).where(StoryPickup.story_id == story_id)
    pickups = session.scalars(taken.order_by(StoryPickup.at.desc(), StoryPickup.id.desc()).limit(_MARKS)).all()
    people = names_of(session, [row.by for row in grades] + [row.by for row in pickups])
    return {
        "story": story_id,
        "grades": [
            {
                "id": row.id,
                "grade": row.grade,
                "story_type": row.story_type,
                "type_name": TYPES.get(row.story_type or ""),
                "reason": row.reason,
                "by": present_person(row.by, people),
                "at": iso(row.at),
            }
            for row in grades
        ],
        "pickups": [
            {
                "id": row.id,
                "level": row.level,
                "level_name": LEVELS[row.level],
                "outlet": row.outlet,
                "url": row.url,
                "by": present_person(row.by, people),
                "at": iso(row.at),
            }
            for row in pickups
        ],
    }
