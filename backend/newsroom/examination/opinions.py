"""Asking an expert outside: a link that opens once, and an answer that advises and never passes a step."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.errors import AppError, Code, not_found
from backend.ids import new_id
from backend.newsroom.examination.actions import access_exam, changed
from backend.newsroom.examination.models import Exam, Opinion
from backend.newsroom.examination.targets import Target, access_target
from backend.policy import SYSTEM
from backend.unit_of_work import UnitOfWork


def ask(unit: UnitOfWork, exam_id: str, *, expert: str, question: str, hours: int) -> tuple[Opinion, str]:
    """Ask an expert; return the question and the token of its link, which is kept nowhere."""
    exam, target = access_exam(unit, exam_id)
    if exam.state not in {"open", "live_unconfirmed", "fast_open"}:
        raise AppError(
            Code.ILLEGAL_STATE,
            409,
            "这份审核单已经结束，不必再征求意见。",
            data={"guard": "state", "state": exam.state},
        )
    token = secrets.token_urlsafe(32)
    opinion = Opinion(
        id=new_id(),
        exam_id=exam.id,
        token_hash=_hash(token),
        expert=expert,
        question=question,
        asked_by=unit.actor.id,
        asked_at=unit.now,
        expires_at=unit.now + timedelta(hours=hours),
    )
    unit.session.add(opinion)
    changed(unit, exam, target, "opinion_asked", opinion=opinion.id)
    return opinion, token


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def access_opinion(session: Session, token: str, now: datetime) -> Opinion:
    """Return what an expert is asked.

    Raises:
        AppError: 404 for a link that never was, has been answered, or is too old: all look alike from outside.
    """
    opinion = session.scalars(sa.select(Opinion).where(Opinion.token_hash == _hash(token))).one_or_none()
    if opinion is None or opinion.given_at is not None or opinion.expires_at <= now:
        raise not_found("链接")
    return opinion


def answer(unit: UnitOfWork, token: str, text: str) -> None:
    """Take an expert's answer; the link is used up."""
    opinion = access_opinion(unit.session, token, unit.now)
    opinion.text, opinion.given_at = text, unit.now
    exam = unit.session.get_one(Exam, opinion.exam_id)
    target = _target(unit, exam)
    changed(
        unit, unit.session.get_one(Exam, exam.id, with_for_update=True), target, "opinion_given", opinion=opinion.id
    )


def _target(unit: UnitOfWork, exam: Exam) -> Target:
    """Return the text in the house's own name: a stranger with a link may see no other way to it."""
    actor, unit.actor = unit.actor, SYSTEM
    try:
        return access_target(unit, exam.target, exam.target_id)
    finally:
        unit.actor = actor
