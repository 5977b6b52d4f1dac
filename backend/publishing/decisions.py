"""What follows from a decision about a story, on all channels: that it is published, corrected or taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.clock import SHANGHAI
from backend.errors import AppError, Code, invalid
from backend.feed.models import Article
from backend.newsroom import desk
from backend.newsroom.editing.actions import access_named_story
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.rules import STORY, StoryFacts
from backend.policy import demand
from backend.publishing import cases, rules
from backend.publishing.articles import pass_on, show_in_app
from backend.publishing.cases import CORRECTION, WITHDRAWAL
from backend.publishing.models import Case, Publication, PublishingChannel
from backend.publishing.queue import place, streams_of
from backend.sync.models import Item
from backend.unit_of_work import UnitOfWork


def has_channels(unit: UnitOfWork) -> bool:
    """Tell whether this database has been given its channels; one that is being filled has none yet."""
    return unit.session.get(PublishingChannel, rules.APP) is not None


def follow_publication(unit: UnitOfWork, story: Story) -> None:
    """Give the app's receipt for a new article, and queue it for the partners who get every one.

    Raises:
        AppError: 409 while the app is halted; the story stays where it was.
    """
    app = unit.session.get_one(PublishingChannel, rules.APP)
    if app.state == "halted":
        raise AppError(
            Code.GUARD_FAILED,
            409,
            "客户端已停发，稿件没有刊发。",
            data={"guard": "channel_halted", "needs": "由领导或总编恢复刊发后再发", "reason": app.reason},
        )
    show_in_app(unit, story)
    pass_on(unit, story)


def follow_correction(unit: UnitOfWork, story: Story) -> Case:
    """Carry a signed correction out wherever the story is."""
    correction = unit.session.get_one(Article, story.id).corrections[-1]
    case = cases.open_case(unit, story, CORRECTION)
    return cases.execute_case(unit, case, story, correction["note"], correction["changes"])


def follow_withdrawal(unit: UnitOfWork, story: Story) -> Case:
    """Take a story back wherever it is; done already, it is not done again."""
    done = sa.select(Case).where(Case.story_id == story.id, Case.kind == WITHDRAWAL, Case.decided_at.is_not(None))
    known = unit.session.scalars(done).one_or_none()
    if known is not None:
        return known
    case = cases.open_case(unit, story, WITHDRAWAL)
    case.reason = case.reason or story.reason
    return cases.execute_case(unit, case, story, _withdrawal_note(unit.now), [])


def _withdrawal_note(at: datetime) -> str:
    return f"本稿已于{at.astimezone(SHANGHAI):%Y年%m月%d日%H时%M分}撤回。"


def open_case(unit: UnitOfWork, form: dict[str, Any]) -> Case:
    """Open a correction, or take a story back at once on every channel.

    Raises:
        AppError: 403 for a withdrawal by somebody who may only report; 409 for a story that is not out; 422 for a
            story that there is not, or a moment that is yet to come.
    """
    story = access_named_story(unit, form["story"])
    given = {
        name: form[name] for name in ("severity", "cause_step", "reason", "found_by", "detected_at") if name in form
    }
    if given.get("detected_at", unit.now) > unit.now:
        raise invalid("detected_at", "in_future", "发现的时间还没有到")
    if form["kind"] == CORRECTION:
        STORY.step("correct", story.state, StoryFacts())
        return cases.open_case(unit, story, CORRECTION, **given)
    demand(unit.actor, "story.withdraw")
    STORY.step("withdraw", story.state, StoryFacts())
    cases.open_case(unit, story, WITHDRAWAL, **given)
    desk.withdraw_story(unit, story.id, given.get("reason"))
    return follow_withdrawal(unit, story)


def follow_secrecy(unit: UnitOfWork, story: Story) -> None:
    """Take publications and cases along where their story moves: a confidential one leaves nothing on open desks."""
    query = sa.select(Publication).where(Publication.story_id == story.id).order_by(Publication.id)
    first = unit.session.scalars(query.limit(1)).one_or_none()
    if first is None:
        return
    held = sa.select(Item.stream).where(Item.kind == "publication", Item.item_id == first.id)
    if set(unit.session.scalars(held)) in (set(), streams_of(first, story)):
        return
    for row in unit.session.scalars(query).all():
        place(unit, row)
    for case in unit.session.scalars(sa.select(Case).where(Case.story_id == story.id).order_by(Case.id)).all():
        cases.place(unit, case)
