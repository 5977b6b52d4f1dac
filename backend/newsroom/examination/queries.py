"""Reading examinations: who did what to which text, with the proof from the log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of
from backend.blocks import plain_text
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.events.models import Event
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.places import may_see, visible_to
from backend.newsroom.editing.rules import content_of, difference
from backend.newsroom.editing.versions import content_with_hash
from backend.newsroom.examination import rules
from backend.newsroom.examination.models import CheckReport, Exam, ExamStep, Opinion
from backend.newsroom.roster import persons_of
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor
from backend.sync.streams import Audience


def list_exams(
    session: Session, actor: Actor, *, state: str | None, story: str | None, step: str | None, page: Page
) -> dict[str, Any]:
    """List examinations, those changed last first; `step` takes those that wait at it."""
    query = sa.select(Exam).join(Story, Story.id == Exam.story_id).where(visible_to(actor))
    query = narrowed(query, (Exam.state, state), (Exam.story_id, story))
    if step is not None:
        at = sa.select(ExamStep.exam_id).where(ExamStep.name == step, ExamStep.state.in_(("open", "claimed")))
        query = query.where(Exam.id.in_(at))

    return paged(
        session,
        query,
        page,
        moment=Exam.updated_at,
        id=Exam.id,
        write=in_order(lambda rows: present_exams(session, rows)),
    )


def access_exam(session: Session, actor: Actor, exam_id: str) -> Exam:
    """Return one examination; 404 if there is none or its story is not for this person."""
    exam = session.get(Exam, exam_id)
    if exam is None or not may_see(actor, session.get_one(Story, exam.story_id)):
        raise not_found("审核单")
    return exam


def load_exams(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render examinations for the desks' streams and for the writers of a confidential text."""
    if audience is Audience.PUBLIC:
        return {}
    return present_exams(session, session.scalars(sa.select(Exam).where(Exam.id.in_(ids))).all())


def present_exams(session: Session, exams: Sequence[Exam]) -> dict[str, dict[str, Any]]:
    """Write examinations with all their steps, the rounds in their order."""
    ids = [exam.id for exam in exams]
    steps = session.scalars(
        sa.select(ExamStep).where(ExamStep.exam_id.in_(ids)).order_by(ExamStep.round, ExamStep.position)
    ).all()
    opinions = session.scalars(sa.select(Opinion).where(Opinion.exam_id.in_(ids)).order_by(Opinion.asked_at)).all()
    accounts = [account for exam in exams for account in (exam.opened_by, exam.opener_id, exam.signed_by)]
    accounts += [step.actor_id for step in steps] + [opinion.asked_by for opinion in opinions]
    people = Examiners(session, [account for account in accounts if account is not None])
    return {
        exam.id: _write(
            exam,
            [step for step in steps if step.exam_id == exam.id],
            [opinion for opinion in opinions if opinion.exam_id == exam.id],
            people,
        )
        for exam in exams
    }


class Examiners:
    """Names of accounts and the persons behind them, asked for once."""

    def __init__(self, session: Session, accounts: Sequence[str]) -> None:
        self._names = names_of(session, list(accounts))
        self._persons = persons_of(session, accounts)

    def write(self, account: str | None) -> dict[str, str] | None:
        """Write who it was; None for nobody."""
        if account is None:
            return None
        return {"id": account, "name": self._names.get(account, account), "person": self._persons.get(account, account)}


def _write(exam: Exam, steps: Sequence[ExamStep], opinions: Sequence[Opinion], people: Examiners) -> dict[str, Any]:
    written = [_step(step, people) for step in steps]
    current = [step for step in written if step["round"] == exam.round]
    at = next((step["name"] for step in current if step["state"] in {"open", "claimed"}), None)
    return {
        "id": exam.id,
        "ver": exam.ver,
        "state": exam.state,
        "lane": exam.lane,
        "policy": exam.policy,
        "target": {"kind": exam.target, "id": exam.target_id},
        "story": {"id": exam.story_id, "headline": exam.headline},
        "text_version": exam.text_version,
        "content_hash": exam.content_hash,
        "round": exam.round,
        "step": at,
        "steps": current,
        "earlier": [step for step in written if step["round"] < exam.round],
        "reason": exam.reason,
        "opened_by": people.write(exam.opened_by),
        "opened_at": iso(exam.opened_at),
        "opener": people.write(exam.opener_id),
        "signed_by": people.write(exam.signed_by),
        "signed_at": iso_or_none(exam.signed_at),
        "signed_hash": exam.signed_hash,
        "opinions": [_opinion(opinion, people) for opinion in opinions],
        "review_due": iso_or_none(exam.review_due),
        "overdue_at": iso_or_none(exam.overdue_at),
        "updated_at": iso(exam.updated_at),
        "allowed": rules.EXAM.allowed(exam.state),
    }


def _step(step: ExamStep, people: Examiners) -> dict[str, Any]:
    return {
        "name": step.name,
        "title": rules.STEP_NAMES[step.name],
        "round": step.round,
        "state": step.state,
        "actor": people.write(step.actor_id),
        "opened_at": iso_or_none(step.opened_at),
        "claimed_at": iso_or_none(step.claimed_at),
        "decided_at": iso_or_none(step.decided_at),
        "hash": step.hash,
        "findings": step.findings,
        "edits": step.edits,
        "category": step.category,
        "block_id": step.block_id,
        "comment": step.comment,
        "read_ms": step.read_ms,
        "grade": step.grade,
        "allowed": rules.STEP.allowed(step.state),
    }


def _opinion(opinion: Opinion, people: Examiners) -> dict[str, Any]:
    return {
        "id": opinion.id,
        "expert": opinion.expert,
        "question": opinion.question,
        "asked_by": people.write(opinion.asked_by),
        "asked_at": iso(opinion.asked_at),
        "expires_at": iso(opinion.expires_at),
        "text": opinion.text,
        "given_at": iso_or_none(opinion.given_at),
    }


def prove(session: Session, exam: Exam) -> dict[str, Any]:
    """Write what one asks for with an examination itself: what changed since the last decision, and the log of it.

    `proof` lists the events of the examination with their numbers and hashes, so that this answer alone tells who did
    what to which text; `flask verify-log` tells that the log is whole.
    """
    events = session.scalars(
        sa.select(Event).where(Event.entity == "exam", Event.entity_id == exam.id).order_by(Event.seq)
    ).all()
    people = Examiners(session, [event.actor for event in events])
    proof = [
        {
            "seq": event.seq,
            "at": iso(event.at),
            "type": event.type,
            "actor": people.write(event.actor),
            "acting_role": event.acting_role,
            "data": event.data,
            "prev_hash": event.prev_hash,
            "hash": event.hash,
        }
        for event in events
    ]
    return {"changes": changes_since(session, exam), "proof": proof}


def changes_since(session: Session, exam: Exam) -> list[dict[str, Any]]:
    """List what changed in the text since somebody decided over it last: all that a second reading needs to read."""
    if exam.target != "story" or exam.lane == "correction":
        return []
    read = session.scalars(
        sa.select(ExamStep.hash)
        .where(ExamStep.exam_id == exam.id, ExamStep.hash.is_not(None))
        .order_by(ExamStep.decided_at.desc(), ExamStep.position.desc())
        .limit(1)
    ).first()
    story = session.get_one(Story, exam.story_id)
    if read is None or read == story.content_hash:
        return []
    before = content_with_hash(session, story.id, read)
    return [] if before is None else difference(before, content_of(story))


def present_report(report: CheckReport) -> dict[str, Any]:
    """Write a report of the text aids."""
    levels = [finding["level"] for finding in report.findings]
    return {
        "id": report.id,
        "target": {"kind": report.target, "id": report.target_id},
        "hash": report.hash,
        "dictionary_version": report.dictionary_version,
        "at": iso(report.at),
        "blocks": levels.count("block"),
        "warnings": levels.count("warn"),
        "findings": report.findings,
    }


def text_for_expert(session: Session, exam: Exam) -> dict[str, Any]:
    """Write what an outside expert gets to read: the text and nothing of the house."""
    story = session.get_one(Story, exam.story_id)
    text = plain_text(story.body)
    if exam.target == "rendition":
        rendition = session.get_one(Rendition, exam.target_id)
        text = "\n".join(str(value) for value in rendition.fields.values() if isinstance(value, str))
    return {"headline": story.headline, "text": text}
