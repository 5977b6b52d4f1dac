"""What follows from a review after the fact: an item that is confirmed, or a correction that must be made."""

from __future__ import annotations

from backend.feed import actions as feed
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.editing.actions import changed
from backend.newsroom.editing.models import Story
from backend.newsroom.examination.models import Exam, ExamStep
from backend.newsroom.examination.rules import CATEGORIES, STEP_NAMES
from backend.policy import Role
from backend.unit_of_work import UnitOfWork

OVERDUE, CASE = "fast_lane_overdue", "correction_needed"
_TO = (Role.LEADER, Role.CHIEF_EDITOR, Role.DUTY_EDITOR)


def confirm_live(unit: UnitOfWork, exam: Exam) -> None:
    """Take the words 持续核实 off a live item: everybody who had to look has looked."""
    feed.confirm_article(unit, exam.story_id)
    unit.record("fastlane.confirmed", exam.id, exam.ver + 1, hash=exam.signed_hash)
    clear_alarms(unit, OVERDUE, exam.id)


def open_case(unit: UnitOfWork, story: Story, exam: Exam, step: ExamStep) -> None:
    """Open the correction of a live item that failed its review; nobody has to ask for it."""
    if story.correction is None:
        story.correction = {
            "state": "open",
            "by": unit.actor.id,
            "at": unit.now.isoformat(timespec="milliseconds"),
            "why": step.comment,
            "category": step.category,
            "exam": exam.id,
        }
        changed(unit, story, "correction_opened", category=step.category, step=step.name)
    category = CATEGORIES.get(str(step.category), "")
    raise_alarm(
        unit,
        key=f"{CASE}:{step.id}",
        kind=CASE,
        about=("story", story.id),
        to=_TO,
        text=f"快讯《{story.headline}》后审未过（{STEP_NAMES[step.name]}，{category}），须更正或撤稿。",
    )
