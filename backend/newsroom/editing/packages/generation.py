"""Making the renditions of a story, the first time and again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from backend.errors import AppError, invalid
from backend.ids import new_id
from backend.newsroom.editing.actions import access_named_story
from backend.newsroom.editing.models import Package, Rendition, Story
from backend.newsroom.editing.packages import rules
from backend.newsroom.editing.packages.derive import derive
from backend.newsroom.editing.packages.limits import KINDS, PLACES
from backend.newsroom.editing.packages.queries import media_of
from backend.newsroom.editing.packages.rows import (
    access_rendition,
    bench_of,
    changed,
    demand_files,
    facts_of,
    follow,
    lock_rendition,
    put_text,
    renditions_of_story,
    stands,
)
from backend.newsroom.editing.packages.rules import EDITED, LIVE, STALE, RenditionFacts
from backend.unit_of_work import UnitOfWork

Place = Mapping[str, Any] | None


def generate_package(
    unit: UnitOfWork,
    story_id: str,
    *,
    page_slot: Place = None,
    rundown_item: Place = None,
    rederive: Sequence[str] = (),
) -> tuple[Package, bool]:
    """Make the renditions of a story, or those that are missing, stale or asked for; return whether it is new.

    What somebody has rewritten is left alone unless it is named in `rederive`.

    Raises:
        AppError: 422 for a story that is not there for this person; 409 `master_stands`.
    """
    story = access_named_story(unit, story_id)
    rules.MASTER_STANDS.demand(RenditionFacts(master_stands=stands(story)))
    known = unit.session.scalars(sa.select(Package).where(Package.story_id == story.id)).one_or_none()
    package = known or _new_package(unit, story)
    places = {"page_slot": page_slot, "rundown_item": rundown_item}
    made = _derive_all(unit, story, package, places, rederive)
    if made:
        package.ver += 1
        unit.session.flush()
        unit.record("package.generated", package.id, package.ver, story=story.id, hash=story.content_hash, kinds=made)
    return package, known is None


def rederive_rendition(
    unit: UnitOfWork, rendition_id: str, places: Mapping[str, Place], if_match: int | None = None
) -> Rendition:
    """Make a rendition anew from its story as it is now, whatever had been written into it.

    `places` may hold `page_slot` or `rundown_item`, for a rendition of that kind.
    """
    story, row = access_rendition(unit, rendition_id, if_match)
    for name in places:
        if name != row.kind:
            raise invalid(name, "mismatch", f"这是{KINDS[row.kind]}，没有这一项")
    return _derive(unit, story, row, places.get(row.kind))


def follow_correction(unit: UnitOfWork, row: Rendition) -> bool:
    """Make what was a mere copy of a story anew from its corrected, signed text, and let it out again.

    Return whether that could be done: what somebody has rewritten, or what does not fit its channel any more, is left
    to them.
    """
    story, row = lock_rendition(unit, row.id)
    if row.transform == EDITED:
        return False
    _derive(unit, story, row, None)
    facts = facts_of(unit, story, row)
    try:
        for command in ("ready", "clear"):
            row.state = rules.step(command, row.state, facts)
    except AppError:
        return False
    changed(unit, story, row, "cleared")
    return True


def _new_package(unit: UnitOfWork, story: Story) -> Package:
    package = Package(id=new_id(), ver=0, story_id=story.id, created_by=unit.actor.id, created_at=unit.now)
    unit.session.add(package)
    unit.session.flush()
    return package


def _derive_all(
    unit: UnitOfWork, story: Story, package: Package, places: Mapping[str, Place], asked: Sequence[str]
) -> list[str]:
    rows = {row.kind: row for row in renditions_of_story(unit, story.id)}
    due = [kind for kind in KINDS if _is_due(rows.get(kind), places.get(kind), asked)]
    for kind in due:
        _derive(unit, story, rows.get(kind) or _new_rendition(story, package, kind), places.get(kind))
    return due


def _is_due(row: Rendition | None, place: Place, asked: Sequence[str]) -> bool:
    if row is None or row.kind in asked:
        return True
    if row.transform == EDITED or row.state == LIVE:
        return False
    return row.state == STALE or any(row.fields[name] != value for name, value in _kept(place).items())


def _new_rendition(story: Story, package: Package, kind: str) -> Rendition:
    return Rendition(
        id=new_id(),
        ver=0,
        state="draft",
        package_id=package.id,
        story_id=story.id,
        kind=kind,
        fields={},
        exam_id=None,
        signed_hash=None,
    )


def _derive(unit: UnitOfWork, story: Story, row: Rendition, place: Place) -> Rendition:
    row.state = rules.step("rederive", row.state, RenditionFacts(kind=row.kind))
    placed = _placed(unit, story, row, place)
    bench = bench_of(unit, story, placed.get("clip_ids") or ())
    row.writers, row.signed_hash = [], None
    follow(row, story)
    put_text(row, derive(row.kind, bench.master, placed, bench.media), bench)
    # A new one is added when it is whole: a question to the database before that would write half a row.
    unit.session.add(row)
    return changed(unit, story, row, "derived")


def _placed(unit: UnitOfWork, story: Story, row: Rendition, place: Place) -> dict[str, Any]:
    """Return the place of a rendition: the one that is given, or else the one it had."""
    placed = {name: row.fields.get(name) for name in PLACES.get(row.kind, ())}
    given = _kept(place)
    if "clip_ids" in given:
        placed["clip_seconds"] = None
        demand_files(unit, [(f"{row.kind}.clip_ids", clip) for clip in given["clip_ids"]], media_of(story))
    if row.kind == "rundown_item" and placed["type"] is None and story.lane == "fast":
        placed["type"] = "crawl"
    return placed | given


def _kept(place: Place) -> dict[str, Any]:
    """Return a place as it is kept in the fields of a rendition."""
    given = dict(place or {})
    if "issue_date" in given:
        given["issue_date"] = given["issue_date"].isoformat()
    return given
