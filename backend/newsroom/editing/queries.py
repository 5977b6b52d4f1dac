"""Reading stories, for the newsroom only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend import blocks
from backend.accounts.models import Account
from backend.accounts.queries import names_of
from backend.clock import iso
from backend.errors import not_found
from backend.media.models import Media
from backend.media.queries import present_media
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.rules import allowed_commands
from backend.paging import Page, paged
from backend.policy import Actor, allows
from backend.sync.streams import Audience


def list_stories(session: Session, *, state: str | None, page: Page) -> dict[str, Any]:
    """List stories, those changed last first."""
    query = sa.select(Story)
    if state is not None:
        query = query.where(Story.state == state)

    def write(rows: Sequence[Story]) -> list[dict[str, Any]]:
        written = present_stories(session, rows)
        return [written[row.id] for row in rows]

    return paged(session, query, page, moment=Story.updated_at, id=Story.id, write=write)


def access_story(session: Session, story_id: str) -> dict[str, Any]:
    """Write one story; 404 if there is none."""
    story = session.get(Story, story_id)
    if story is None:
        raise not_found("稿件")
    return present_stories(session, [story])[story_id]


def load_stories(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render stories for the desks' streams; nobody else ever holds one."""
    if audience is not Audience.STAFF:
        return {}
    return present_stories(session, session.scalars(sa.select(Story).where(Story.id.in_(ids))).all())


def present_stories(session: Session, stories: Sequence[Story]) -> dict[str, dict[str, Any]]:
    """Write stories with their bodies, people by name, and what can be done next."""
    wanted = {media_id for story in stories for media_id in blocks.media_ids(story.body)}
    wanted |= {story.cover for story in stories if story.cover}
    media = present_media(session, sorted(wanted))
    people = names_of(session, [person for story in stories for person in (story.author_id, story.signed_by)])
    return {story.id: _write(story, media, people) for story in stories}


def _write(story: Story, media: dict[str, dict[str, Any]], people: dict[str, str]) -> dict[str, Any]:
    return {
        "id": story.id,
        "ver": story.ver,
        "state": story.state,
        "lane": story.lane,
        "headline": story.headline,
        "summary": story.summary,
        "body": blocks.render(story.body, media),
        "section": story.section,
        "towns": story.towns,
        "class": story.class_,
        "priority": story.priority,
        "sources": story.sources,
        "targets": story.targets,
        "cover": media.get(story.cover) if story.cover else None,
        "byline": story.byline,
        "translations": story.translations,
        "reason": story.reason,
        "author": {"id": story.author_id, "name": people[story.author_id]},
        "content_hash": story.content_hash,
        "signed_by": {"id": story.signed_by, "name": people[story.signed_by]} if story.signed_by else None,
        "signed_hash": story.signed_hash,
        "signed_at": iso(story.signed_at) if story.signed_at else None,
        "publish_at": iso(story.publish_at) if story.publish_at else None,
        "article_id": story.id if story.state in {"live", "withdrawn"} else None,
        "created_at": iso(story.created_at),
        "updated_at": iso(story.updated_at),
        "allowed": allowed_commands(story.state),
    }


def may_see_media(session: Session, actor: Actor, media_id: str) -> bool:
    """Let the newsroom see what colleagues uploaded, published or not; citizens' pictures are not theirs to see."""
    if not allows(actor, "story.read"):
        return False
    query = sa.select(Account.kind).join(Media, Media.owner_id == Account.id).where(Media.id == media_id)
    return session.scalar(query) == "staff"
