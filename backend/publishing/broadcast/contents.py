"""What the items of a rundown say and show, read together for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.media.models import Media
from backend.newsroom.editing.models import Rendition, Story
from backend.publishing.broadcast import rules, timing
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.timing import Slot, Timing


@dataclass(frozen=True, slots=True)
class Content:
    """What one item says and shows, and how many seconds that is expected to take.

    `captions` are the texts of its rendition that may be shown as captions, None where there is no rendition.
    """

    script: str
    clips: list[dict[str, Any]]
    seconds: int
    captions: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of items by id, with the renditions and stories they come from."""

    by_item: dict[str, Content]
    renditions: dict[str, Rendition]
    stories: dict[str, Story]

    def __getitem__(self, item: RundownItem) -> Content:
        """Return the content of an item."""
        return self.by_item[item.id]

    def rendition_of(self, item: RundownItem) -> Rendition | None:
        """Return the rendition of an item, if it has one."""
        return self.renditions[item.rendition_id] if item.rendition_id else None

    def story_of(self, item: RundownItem) -> Story | None:
        """Return the story of an item, if it has one."""
        return self.stories[item.story_id] if item.story_id else None


def read_contents(session: Session, items: Sequence[RundownItem]) -> Contents:
    """Read what items say: of those that were locked the copy, of the others their renditions as they are now."""
    wanted = {item.rendition_id for item in items if item.rendition_id}
    renditions = {row.id: row for row in session.scalars(sa.select(Rendition).where(Rendition.id.in_(wanted)))}
    told = {item.story_id for item in items if item.story_id}
    stories = {row.id: row for row in session.scalars(sa.select(Story).where(Story.id.in_(told)))}
    clips = {item.id: _clip_ids(item, renditions.get(item.rendition_id or "")) for item in items}
    files = {clip for ids in clips.values() for clip in ids}
    rows = session.execute(sa.select(Media.id, Media.duration_s).where(Media.id.in_(files)))
    lengths: dict[str, float | None] = {row.id: row.duration_s for row in rows}
    found = {
        item.id: _content(item, renditions.get(item.rendition_id or ""), clips[item.id], lengths) for item in items
    }
    return Contents(found, renditions, stories)


def _clip_ids(item: RundownItem, rendition: Rendition | None) -> list[str]:
    if rendition is None or item.script is not None:
        return [clip["media"] for clip in item.clips]
    return list(rendition.fields["clip_ids"])


def _content(
    item: RundownItem, rendition: Rendition | None, clip_ids: list[str], lengths: dict[str, float | None]
) -> Content:
    fields: dict[str, Any] = rendition.fields if rendition else {}
    if item.script is not None:
        script, clips = item.script, item.clips
    else:
        script = fields.get("script", "")
        clips = rules.clips_with_seconds(clip_ids, lengths, fields.get("clip_seconds"))
    seconds = rules.seconds_of(item.kind, item.planned_seconds, script, clips)
    return Content(script, clips, seconds, list(fields["lower_thirds"]) if rendition else None)


def shown(items: Sequence[RundownItem]) -> list[RundownItem]:
    """Return the items that take time in the show, in their order."""
    return [item for item in items if item.state in rules.STANDING and item.kind != rules.CRAWL]


def crawls(items: Sequence[RundownItem]) -> list[RundownItem]:
    """Return the crawls that stand, in their order."""
    return [item for item in items if item.state in rules.STANDING and item.kind == rules.CRAWL]


def time_rundown(row: Rundown, items: Sequence[RundownItem], contents: Contents, now: datetime) -> Timing:
    """Time a rundown as it stands; on the air by what has been aired so far."""
    slots = [Slot(item.id, contents[item].seconds, item.as_run_start, item.as_run_end) for item in shown(items)]
    live = now if row.state == rules.ON_AIR else None
    if row.state == rules.AIRED:
        # What was not aired takes no time any more.
        slots = [slot for slot in slots if slot.start is not None]
    return timing.time_items(row.airtime, row.planned_seconds, slots, live)
