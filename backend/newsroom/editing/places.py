"""On which streams a story and what hangs on it belongs, and who may ask for it. Both say the same."""

from __future__ import annotations

import sqlalchemy as sa

from backend.newsroom.editing.models import Story
from backend.newsroom.editing.rules import State, is_confidential
from backend.policy import Actor, may_read_stream
from backend.sync import streams

DESK, EXAMINATION = streams.desk("editing"), streams.desk("examination")


def streams_of(story: Story) -> set[str]:
    """List the streams of a story.

    A confidential one is on the examination's desk and with its own writers only. The archive is asked for and not
    held: a newspaper's twenty years are nothing for a screen.
    """
    if story.state == State.ARCHIVED:
        return set()
    if is_confidential(story):
        return {EXAMINATION, *(streams.user(writer) for writer in story.writers)}
    return {DESK}


def may_see(actor: Actor, story: Story) -> bool:
    """Tell whether somebody may see a story now."""
    if actor.kind == "system" or not is_confidential(story):
        return True
    return may_read_stream(actor, EXAMINATION) or actor.id in story.writers


def strict_stories() -> sa.ColumnElement[bool]:
    """Make the condition that a story is strict, as `rules.is_strict` tells of one."""
    return sa.or_(Story.class_ == "time_political", Story.sensitivity == "strict")


def visible_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Make the condition that a story is one that this person may see."""
    if actor.kind == "system" or may_read_stream(actor, EXAMINATION):
        return sa.true()
    mine = sa.cast(Story.writers, sa.Text).contains(f'"{actor.id}"', autoescape=True)
    return sa.or_(sa.not_(strict_stories()), Story.state == State.LIVE, mine)
