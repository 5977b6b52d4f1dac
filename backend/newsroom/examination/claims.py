"""Which of the open steps somebody may take, and else the words in which a claim would be refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from backend.clock import iso
from backend.errors import AppError
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.places import visible_to
from backend.newsroom.examination.actions import demand_role, facts_of_step
from backend.newsroom.examination.checks import last_report, of_level
from backend.newsroom.examination.models import Exam, ExamStep
from backend.newsroom.examination.rules import SIGNING, SLA_MINUTES, STEP
from backend.newsroom.examination.targets import RENDITION, Target
from backend.newsroom.roster import person_of
from backend.unit_of_work import Asking

_MOST = 200


def list_claims(call: Asking) -> list[dict[str, Any]]:
    """List the steps that are open or in somebody's hands, those due first at the top; the asker's own among them.

    The same guards are asked as at a claim, so that nobody has to try in order to know.
    """
    query = (
        sa.select(Exam, ExamStep, Story)
        .join(ExamStep, sa.and_(ExamStep.exam_id == Exam.id, ExamStep.round == Exam.round))
        .join(Story, Story.id == Exam.story_id)
        .where(Exam.state.in_(("open", "live_unconfirmed")), ExamStep.state.in_(("open", "claimed")))
        .where(visible_to(call.actor))
        .order_by(ExamStep.opened_at, Exam.id)
        .limit(_MOST)
    )
    found = [_claim(call, exam, step, story) for exam, step, story in call.session.execute(query).all()]
    return sorted(found, key=lambda claim: str(claim["due"]))


def _claim(call: Asking, exam: Exam, step: ExamStep, story: Story) -> dict[str, Any]:
    mine = step.actor_id is not None and person_of(call.session, step.actor_id) == person_of(
        call.session, call.actor.id
    )
    refusal = None if mine else _refusal(call, exam, step, story)
    opened = step.opened_at or exam.opened_at
    due = opened + timedelta(minutes=SLA_MINUTES[step.name])
    return {
        "id": exam.id,
        "step": step.name,
        "due": iso(min(due, exam.review_due) if exam.review_due else due),
        "may": refusal is None and not mine,
        "mine": mine,
        "code": str(refusal.code) if refusal else None,
        "detail": refusal.detail if refusal else None,
        # Without a guard it is the role that is missing, and the words have said which.
        "needs": refusal.data["needs"] if refusal and "guard" in refusal.data else None,
    }


def _refusal(call: Asking, exam: Exam, step: ExamStep, story: Story) -> AppError | None:
    rendition = call.session.get_one(Rendition, exam.target_id) if exam.target == RENDITION else None
    target = Target(exam.target, exam.target_id, story, rendition)
    try:
        demand_role(call, exam, step.name)
        blocks = _known_blocks(call, target) if step.name == SIGNING else 0
        STEP.step("claim", step.state, facts_of_step(call, exam, target, step, blocks=blocks))
    except AppError as refused:
        return refused
    return None


def _known_blocks(call: Asking, target: Target) -> int:
    """Count what the last look of the aids at this very text found; reading makes no new one."""
    report = last_report(call.session, target.kind, target.id)
    return len(of_level(report, "block")) if report is not None and report.hash == target.hash else 0
