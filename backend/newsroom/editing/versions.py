"""The texts a story has had, and the drafts of those who came too late."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.ids import new_id
from backend.newsroom.editing import rules
from backend.newsroom.editing.models import Story, StoryVersion
from backend.unit_of_work import UnitOfWork


def keep_version(unit: UnitOfWork, story: Story, why: str) -> StoryVersion:
    """Keep the text that a story has now under its number."""
    version = StoryVersion(
        id=new_id(),
        story_id=story.id,
        number=story.text_version,
        branch=False,
        content_hash=story.content_hash,
        content=rules.content_of(story),
        by=unit.actor.id,
        at=unit.now,
        why=why,
    )
    unit.session.add(version)
    return version


def keep_branch(unit: UnitOfWork, story: Story, fields: dict[str, Any], *, by: str, why: str) -> StoryVersion:
    """Keep what somebody wrote and could not save, beside the story. The same draft is kept once."""
    digest = rules.hash_of(fields)
    query = sa.select(StoryVersion).where(
        StoryVersion.story_id == story.id,
        StoryVersion.branch.is_(True),
        StoryVersion.content_hash == digest,
        StoryVersion.by == by,
    )
    known = unit.session.scalars(query).first()
    if known is not None:
        return known
    branch = StoryVersion(
        id=new_id(),
        story_id=story.id,
        number=story.text_version,
        branch=True,
        content_hash=digest,
        content=fields,
        by=by,
        at=unit.now,
        why=why,
    )
    unit.session.add(branch)
    unit.session.flush()
    unit.record("story.branched", story.id, story.ver, branch=branch.id, by=by, why=why)
    return branch


def content_with_hash(session: Session, story_id: str, content_hash: str) -> dict[str, Any] | None:
    """Return the version with this hash, or None."""
    query = sa.select(StoryVersion.content).where(
        StoryVersion.story_id == story_id,
        StoryVersion.content_hash == content_hash,
        StoryVersion.branch.is_(False),
    )
    content: dict[str, Any] | None = session.scalars(query.limit(1)).first()
    return content
