"""The fast lane 应急快速通道: one signature by a duty chief, live at once, and all skipped steps within 30 minutes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.blocks import plain_text
from backend.clock import iso
from backend.errors import AppError
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.editing import actions as editing
from backend.newsroom.editing.rules import STORY, StoryFacts
from backend.newsroom.examination import rules
from backend.newsroom.examination.actions import access_exam, begin_round, changed, open_exam, sign_exam
from backend.newsroom.examination.aftermath import CASE, OVERDUE
from backend.newsroom.examination.checks import current_report, of_level
from backend.newsroom.examination.models import Exam
from backend.newsroom.examination.rules import EXAM, FastFacts
from backend.newsroom.examination.targets import Target, authors_of
from backend.newsroom.roster import person_of
from backend.policy import Role
from backend.unit_of_work import UnitOfWork

REVIEW_JOB = "fastlane.review"
_OPENERS = frozenset({Role.DUTY_EDITOR, Role.CHIEF_EDITOR})


def open_lane(unit: UnitOfWork, target: Target, reason: str) -> Exam:
    """Open the lane for a text.

    A duty chief opens it; where somebody else asks, the duty chief who signs is the one who opened it (docs/adr/0012).
    """
    exam = open_exam(unit, target, lane="fast", state="fast_open")
    exam.reason = reason
    if unit.actor.roles & _OPENERS:
        _demand_opener(unit, exam)
    _demand(unit, target)
    return changed(unit, exam, target, "opened")


def _demand_opener(unit: UnitOfWork, exam: Exam) -> None:
    late = _overdue_of(unit)
    facts = FastFacts(overdue=len(late))
    until = iso(late[-rules.SUSPENDED_AFTER] + rules.SUSPENDED_FOR) if len(late) >= rules.SUSPENDED_AFTER else None
    rules.FAST_OPENER.demand(facts, **({"until": until} if until else {}))
    exam.opener_id = unit.actor.id
    unit.record("fastlane.opened", exam.id, exam.ver + 1, reason_given=True)


def _overdue_of(unit: UnitOfWork) -> list[datetime]:
    """List when this person's openings of the last seven days ran late, oldest first."""
    person = person_of(unit.session, unit.actor.id)
    accounts = sa.select(Account.id).where(Account.person_id == person)
    query = sa.select(Exam.overdue_at).where(
        Exam.opener_id.in_(accounts), Exam.overdue_at > unit.now - rules.SUSPENDED_FOR
    )
    return sorted(at for at in unit.session.scalars(query) if at is not None)


def _demand(unit: UnitOfWork, target: Target) -> None:
    """Ask everything that must hold for a text in this lane, when it opens and when it is signed."""
    story = target.story
    blocks = of_level(current_report(unit, target), "block")
    facts = FastFacts(
        class_=story.class_,
        has_source=rules.has_fast_source(story.sources),
        blocks=len(blocks),
        characters=len(plain_text(story.body)),
        targets=tuple(story.targets),
    )
    try:
        for guard in rules.FAST_GUARDS:
            guard.demand(facts)
    except AppError as refused:
        if refused.data["guard"] == rules.FAST_BLOCKS.name:
            refused.data["findings"] = blocks
        raise


def sign_lane(unit: UnitOfWork, exam: Exam, target: Target) -> Exam:
    """Sign and go live; the other five steps are laid out for those who look now.

    Raises:
        AppError: 409 `same_person` for a writer, `fast_lane_suspended`, or of the guard that does not hold.
    """
    state = STORY.step("sign", target.story.state, StoryFacts())
    person = person_of(unit.session, unit.actor.id)
    rules.FAST_SIGNER.demand(FastFacts(signer=person, authors=authors_of(unit, target)))
    if exam.opener_id is None:
        _demand_opener(unit, exam)
    _demand(unit, target)
    exam.state = EXAM.step("sign_fast", exam.state)
    sign_exam(unit, exam, target)
    editing.sign(unit, target.story, unit.actor.id)
    exam.state = EXAM.step("go_live", exam.state)
    exam.review_due = unit.now + rules.REVIEW_WITHIN
    begin_round(unit, exam, target, passed={rules.SIGNING: unit.actor.id})
    unit.enqueue(REVIEW_JOB, f"{REVIEW_JOB}:{exam.id}", {"exam": exam.id}, run_at=exam.review_due)
    changed(unit, exam, target, "live_unconfirmed")
    target.story.state = state
    editing.go_live(unit, target.story)
    return exam


def close_lane(unit: UnitOfWork, exam: Exam, target: Target, command: str) -> None:
    """End the clock of a live item that was corrected or withdrawn."""
    exam.state = EXAM.step(command, exam.state)
    for kind in (OVERDUE, CASE):
        clear_alarms(unit, kind, exam.id)
    clear_alarms(unit, CASE, target.story.id)
    changed(unit, exam, target, "closed", how=command)


def sound_overdue(run: JobRun) -> None:
    """Tell the leader that a review was not done in time; two in seven days close the lane to its opener."""
    with run.unit() as unit:
        exam, target = access_exam(unit, run.args["exam"])
        if exam.state != "live_unconfirmed" or exam.overdue_at is not None:
            return
        exam.overdue_at = unit.now
        unit.record("fastlane.overdue", exam.id, exam.ver + 1, opener=exam.opener_id)
        raise_alarm(
            unit,
            key=f"{OVERDUE}:{exam.id}",
            kind=OVERDUE,
            about=("exam", exam.id),
            to=(Role.LEADER, Role.CHIEF_EDITOR, Role.DUTY_EDITOR),
            text=f"快讯《{target.story.headline}》发出 30 分钟仍未完成后审。",
        )
        changed(unit, exam, target, "overdue")
