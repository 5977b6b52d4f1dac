"""Reading stories, for the newsroom only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend import blocks
from backend.accounts.models import Account
from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.media.models import Media
from backend.media.queries import present_media
from backend.newsroom.editing.leases import present_lease
from backend.newsroom.editing.models import Lease, Story, StoryVersion
from backend.newsroom.editing.places import may_see, visible_to
from backend.newsroom.editing.rules import STORY, content_of, difference
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor, allows
from backend.sync.streams import Audience


def list_stories(session: Session, actor: Actor, *, state: str | None, topic: str | None, page: Page) -> dict[str, Any]:
    """List the stories that this person may see, those changed last first."""
    query = sa.select(Story).where(visible_to(actor))
    query = narrowed(query, (Story.state, state), (Story.topic_id, topic))

    return paged(
        session,
        query,
        page,
        moment=Story.updated_at,
        id=Story.id,
        write=in_order(lambda rows: present_stories(session, rows)),
    )


def access_story(session: Session, actor: Actor, story_id: str) -> Story:
    """Return one story; 404 if there is none or it is not for this person."""
    story = session.get(Story, story_id)
    if story is None or not may_see(actor, story):
        raise not_found("稿件")
    return story


def load_stories(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render stories for the desks' streams, and for the writers of those that only they hold."""
    if audience is Audience.PUBLIC:
        return {}
    return present_stories(session, session.scalars(sa.select(Story).where(Story.id.in_(ids))).all())


def load_leases(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render who works on which story, for the same readers."""
    if audience is Audience.PUBLIC:
        return {}
    query = sa.select(Lease).where(Lease.kind == "story", Lease.thing_id.in_(ids), Lease.holder_id.is_not(None))
    return {lease.thing_id: present_lease(session, lease) for lease in session.scalars(query)}


def list_versions(session: Session, story_id: str, page: Page) -> dict[str, Any]:
    """List the texts a story has had and the drafts kept beside them, the latest first, without their contents."""

    def write(rows: Sequence[StoryVersion]) -> list[dict[str, Any]]:
        people = names_of(session, [row.by for row in rows])
        return [_version(row, people) for row in rows]

    query = sa.select(StoryVersion).where(StoryVersion.story_id == story_id)
    return paged(session, query, page, moment=StoryVersion.at, id=StoryVersion.id, write=write)


def access_version(session: Session, story_id: str, version_id: str) -> dict[str, Any]:
    """Write one version with its content, and what it changed against the one before; 404 if there is none."""
    row = session.get(StoryVersion, version_id)
    if row is None or row.story_id != story_id:
        raise not_found("版本")
    before = session.scalars(
        sa.select(StoryVersion)
        .where(StoryVersion.story_id == story_id, StoryVersion.branch.is_(False), StoryVersion.number == row.number - 1)
        .limit(1)
    ).first()
    # A draft that came too late holds only the fields that were sent; it is read beside the text that won.
    content = {name.rstrip("_"): value for name, value in row.content.items()}
    changes = difference(before.content, row.content) if before is not None and not row.branch else []
    return _version(row, names_of(session, [row.by])) | {"content": content, "changes": changes}


def _version(row: StoryVersion, people: dict[str, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "branch": row.branch,
        "content_hash": row.content_hash,
        "by": present_person(row.by, people),
        "at": iso(row.at),
        "why": row.why,
    }


def present_stories(session: Session, stories: Sequence[Story]) -> dict[str, dict[str, Any]]:
    """Write stories with their bodies, people by name, and what can be done next."""
    wanted = {media_id for story in stories for media_id in blocks.media_ids(story.body)}
    wanted |= {story.cover for story in stories if story.cover}
    media = present_media(session, sorted(wanted))
    people = names_of(session, [person for story in stories for person in _people(story)])
    return {story.id: _write(story, media, people) for story in stories}


def _people(story: Story) -> list[str | None]:
    drafter = story.correction["by"] if story.correction else None
    return [story.author_id, story.signed_by, drafter, *story.writers]


def _write(story: Story, media: dict[str, dict[str, Any]], people: dict[str, str]) -> dict[str, Any]:
    return {
        "id": story.id,
        "ver": story.ver,
        "state": story.state,
        "lane": story.lane,
        "headline": story.headline,
        "subtitle": story.subtitle,
        "summary": story.summary,
        "body": blocks.render(story.body, media),
        "section": story.section,
        "towns": story.towns,
        "class": story.class_,
        "sensitivity": story.sensitivity,
        "language": story.language,
        "priority": story.priority,
        "sources": story.sources,
        "targets": story.targets,
        "cover": media.get(story.cover) if story.cover else None,
        "byline": story.byline,
        "shares": story.shares,
        "translations": story.translations,
        "reason": story.reason,
        "topic": story.topic_id,
        "assignment": story.assignment_id,
        "author": present_person(story.author_id, people),
        "writers": [present_person(writer, people) for writer in story.writers],
        "text_version": story.text_version,
        "content_hash": story.content_hash,
        "exam": story.exam_id,
        "signed_by": present_person_or_none(story.signed_by, people),
        "signed_hash": story.signed_hash,
        "signed_at": iso_or_none(story.signed_at),
        "publish_at": iso_or_none(story.publish_at),
        "correction": _correction(story, people),
        "origin": story.origin,
        "article_id": story.id if story.state in {"live", "withdrawn"} else None,
        "created_at": iso(story.created_at),
        "updated_at": iso(story.updated_at),
        "allowed": STORY.allowed(story.state),
    }


def _correction(story: Story, people: dict[str, str]) -> dict[str, Any] | None:
    """Write a correction under way with what it would change; its text is for the newsroom only."""
    given = story.correction
    if given is None:
        return None
    return {
        "state": given["state"],
        "by": present_person(given["by"], people),
        "at": given["at"],
        "note": given.get("note"),
        "hash": given.get("hash"),
        "why": given.get("why"),
        "category": given.get("category"),
        "changes": difference(content_of(story), given["content"]) if "content" in given else [],
    }


def may_see_media(session: Session, actor: Actor, media_id: str) -> bool:
    """Let the newsroom see what colleagues uploaded, published or not; citizens' pictures are not theirs to see."""
    if not allows(actor, "story.read"):
        return False
    query = sa.select(Account.kind).join(Media, Media.owner_id == Account.id).where(Media.id == media_id)
    return session.scalar(query) == "staff"
