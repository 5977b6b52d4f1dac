"""What people say of a story afterwards: a grade by hand, with a reason; and that a higher medium took it over."""

from __future__ import annotations

import sqlalchemy as sa

from backend.errors import AppError, Code, not_found
from backend.ids import new_id
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.places import may_see
from backend.newsroom.machine import Guard
from backend.newsroom.roster import person_of, persons_of
from backend.oversight.assessment.models import StoryGrade, StoryPickup
from backend.oversight.assessment.places import digest_of
from backend.unit_of_work import UnitOfWork

NOT_AUTHOR = Guard[bool](
    "grader_is_not_author",
    lambda is_author: not is_author,
    "不能给自己参与的稿件评等级。",
    "请没有参与这篇稿件的同事评定",
    Code.SAME_PERSON,
)
IS_OUT = Guard[bool]("story_is_out", lambda is_out: is_out, "稿件还没有刊发。", "刊发以后再登记转载")


def grade_story(unit: UnitOfWork, story_id: str, grade: str, story_type: str | None, reason: str) -> StoryGrade:
    """Grade a story by hand, over what its second review said. Also says what type it is, where that is not to be seen.

    Raises:
        AppError: 404; 409 `same_person` for one of its writers.
    """
    story = _access(unit, story_id)
    hands = {*story.writers, story.author_id, *(one["id"] for one in story.shares)}
    NOT_AUTHOR.demand(person_of(unit.session, unit.actor.id) in persons_of(unit.session, hands).values())
    row = StoryGrade(
        id=new_id(),
        story_id=story.id,
        grade=grade,
        story_type=story_type,
        reason=reason,
        by=unit.actor.id,
        at=unit.now,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.record(
        "story.graded", story.id, story.ver, grade=grade, story_type=story_type, mark=row.id, reason=digest_of(reason)
    )
    return row


def note_pickup(unit: UnitOfWork, story_id: str, level: str, outlet: str, url: str) -> StoryPickup:
    """Write down that a medium has taken a story over; the same address once more is the same one.

    Raises:
        AppError: 404; 409 `story_is_out` for one that was not published; 409 for an address with another level.
    """
    story = _access(unit, story_id)
    IS_OUT.demand(story.state in {"live", "withdrawn"})
    query = sa.select(StoryPickup).where(StoryPickup.story_id == story.id, StoryPickup.url == url)
    known = unit.session.scalars(query).one_or_none()
    if known is not None and known.level == level:
        return known
    if known is not None:
        raise AppError(Code.ILLEGAL_STATE, 409, "这个地址已经登记过，级别不同。", data={"guard": "registered_once"})
    row = StoryPickup(
        id=new_id(), story_id=story.id, level=level, outlet=outlet, url=url, by=unit.actor.id, at=unit.now
    )
    unit.session.add(row)
    unit.session.flush()
    unit.record("story.picked_up", story.id, story.ver, level=level, pickup=row.id)
    return row


def _access(unit: UnitOfWork, story_id: str) -> Story:
    story = unit.session.get(Story, story_id, with_for_update=True)
    if story is None or not may_see(unit.actor, story):
        raise not_found("稿件")
    return story
