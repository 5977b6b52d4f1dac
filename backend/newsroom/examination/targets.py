"""What an examination is about: a story, or a rendition that says more than its story. Both look alike from here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa

from backend.errors import not_found
from backend.media.models import Media
from backend.newsroom.editing.actions import shown_media
from backend.newsroom.editing.credits import count_chars
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.queries import rendition_content
from backend.newsroom.editing.places import may_see
from backend.newsroom.editing.rules import is_strict
from backend.newsroom.examination.aids.text import Draft, MediaFacts, MediaState, passages
from backend.newsroom.examination.dead_links import dead_among
from backend.newsroom.interview.queries import media_states
from backend.newsroom.roster import persons_of
from backend.unit_of_work import Asking, UnitOfWork

STORY, RENDITION = "story", "rendition"


@dataclass(frozen=True, slots=True)
class Target:
    """A text that is examined. `hash` is that of the text as it stands now."""

    kind: str
    id: str
    story: Story
    rendition: Rendition | None = None

    @property
    def hash(self) -> str:
        """The hash that a pass binds."""
        return self.rendition.text_hash if self.rendition else self.story.content_hash

    @property
    def text_version(self) -> int:
        """The number of the text: the story's own, or the row's for a rendition."""
        return self.rendition.ver if self.rendition else self.story.text_version

    @property
    def writers(self) -> list[str]:
        """The accounts that wrote or changed it."""
        return [*self.story.writers, *(self.rendition.writers if self.rendition else [])]

    @property
    def chars(self) -> int:
        """How many characters there are to be read, without blanks."""
        body = rendition_content(self.rendition, self.story)["body"] if self.rendition else self.story.body
        return count_chars(body)

    @property
    def policy(self) -> str:
        """`strict` or `normal`."""
        return "strict" if is_strict(self.story.class_, self.story.sensitivity) else "normal"


def access_target(unit: UnitOfWork, kind: str, target_id: str) -> Target:
    """Return what is to be examined, locked for a change; 404 if there is none or it is not for this person."""
    if kind == RENDITION:
        # The story is locked first everywhere, so that two commands cannot wait for each other.
        known = unit.session.get(Rendition, target_id)
        if known is None:
            raise not_found("渠道稿")
        story = unit.session.get_one(Story, known.story_id, with_for_update=True)
        rendition = unit.session.get_one(Rendition, target_id, with_for_update=True)
    else:
        found = unit.session.get(Story, target_id, with_for_update=True)
        if found is None:
            raise not_found("稿件")
        story, rendition = found, None
    if not may_see(unit.actor, story):
        raise not_found("审核单")
    return Target(kind, target_id, story, rendition)


def authors_of(call: Asking, target: Target) -> frozenset[str]:
    """Return the persons who wrote, changed or supplied any of it: none of them takes a step."""
    shown = shown_media(target.story)
    states = media_states(call.session, shown, call.now).values()
    suppliers = {account for state in states for account in state.uploaded_by}
    suppliers |= set(call.session.scalars(sa.select(Media.owner_id).where(Media.id.in_(shown))))
    accounts = {*target.writers, target.story.author_id, *suppliers}
    return frozenset(persons_of(call.session, accounts).values())


def draft_of(unit: UnitOfWork, target: Target) -> Draft:
    """Return a text in the form in which the aids read it."""
    story = target.story
    content: dict[str, Any] = {
        "headline": story.headline,
        "subtitle": story.subtitle,
        "summary": story.summary,
        "body": story.body,
    }
    if target.rendition is not None:
        content |= rendition_content(target.rendition, story)
    alts = {block["media"]: block.get("alt", "") for block in story.body if "media" in block}
    states = media_states(unit.session, list(alts), unit.now)
    media = {
        media_id: MediaFacts(
            state=cast("MediaState | None", states[media_id].state),
            licence_expired=states[media_id].licence_expired,
            alt=bool(alt),
        )
        for media_id, alt in alts.items()
    }
    plain = Draft(class_=story.class_, media=media, **content)
    hrefs = {link.href for passage in passages(plain) for link in passage.links}
    return replace(plain, dead=dead_among(unit, hrefs)) if hrefs else plain
