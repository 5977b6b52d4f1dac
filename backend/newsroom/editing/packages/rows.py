"""What all actions on renditions begin and end with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.errors import AppError, demand_version, not_found
from backend.media.queries import demand_usable
from backend.newsroom.editing import rules as story_rules
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages import rules
from backend.newsroom.editing.packages.checks import MediaFacts, problems_of, shown_media
from backend.newsroom.editing.packages.derive import Master, new_sentences
from backend.newsroom.editing.packages.queries import media_of, read_master, read_media
from backend.newsroom.editing.packages.rules import EDITED, MECHANICAL, STALE, RenditionFacts
from backend.newsroom.editing.places import DESK, may_see, streams_of
from backend.newsroom.examination.models import Exam
from backend.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Bench:
    """What a rendition is made from and held against."""

    master: Master
    media: Mapping[str, MediaFacts]


def bench_of(unit: UnitOfWork, story: Story, more: Sequence[str] = ()) -> Bench:
    """Read a story, and what is known of its files and of `more`."""
    ids = {*media_of(story), *more}
    return Bench(read_master(unit.session, story), read_media(unit.session, ids, unit.now))


def access_rendition(unit: UnitOfWork, rendition_id: str, if_match: int | None = None) -> tuple[Story, Rendition]:
    """Return a rendition with its story, both locked for a change.

    Raises:
        AppError: 404, also for one whose story this person may not see; 412 `stale` with the current version.
    """
    story, row = lock_rendition(unit, rendition_id)
    if not may_see(unit.actor, story):
        raise not_found("渠道稿")
    demand_version(row.ver, if_match, "渠道稿已有改动，请先读取最新版本。")
    return story, row


def lock_rendition(unit: UnitOfWork, rendition_id: str) -> tuple[Story, Rendition]:
    """Lock a rendition with its story, for whoever has been let in already; 404 if there is none."""
    # The story is locked first, as an edit of it does, so that no rendition is made of a text that is being changed.
    story_id = unit.session.scalar(sa.select(Rendition.story_id).where(Rendition.id == rendition_id))
    if story_id is None:
        raise not_found("渠道稿")
    story = unit.session.get_one(Story, story_id, with_for_update=True)
    return story, unit.session.get_one(Rendition, rendition_id, with_for_update=True)


def renditions_of_story(unit: UnitOfWork, story_id: str) -> Sequence[Rendition]:
    """List the renditions of a story, locked for a change."""
    query = sa.select(Rendition).where(Rendition.story_id == story_id).order_by(Rendition.id)
    return unit.session.scalars(query.with_for_update()).all()


def files_of(row: Rendition) -> list[str]:
    """List the files that a rendition shows."""
    return [media_id for _, media_id, _ in shown_media(row.fields)]


def demand_files(unit: UnitOfWork, wanted: Sequence[tuple[str, str]], held: Sequence[str]) -> None:
    """Let in files that are one's own, public, held already, or registered as usable by a colleague.

    `wanted` are pairs of a field and a file; the 422 names the field.
    """
    new = {media_id: field for field, media_id in wanted if media_id not in held}
    known = read_media(unit.session, new, unit.now)
    for media_id, field in new.items():
        if not (media_id in known and known[media_id].cleared):
            demand_usable(unit.session, unit.actor, [media_id], field)


def follow(row: Rendition, story: Story) -> None:
    """Write down which text of the story a rendition goes with."""
    row.story_version, row.story_hash = story.text_version, story.content_hash


def put_text(row: Rendition, fields: dict[str, Any], bench: Bench) -> None:
    """Set the text of a rendition, and with it all that is judged of a text."""
    row.fields = fields
    row.text_hash = rules.text_hash(row.kind, fields)
    row.new_sentences = new_sentences(fields, bench.master)
    row.transform = EDITED if row.new_sentences else MECHANICAL
    row.problems = list(problems_of(row.kind, fields, bench.media))


def changed(unit: UnitOfWork, story: Story, row: Rendition, verb: str, **data: Any) -> Rendition:
    """Close a change of a rendition: number it, record it, and place it where it belongs now."""
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    names = ("kind", "state", "transform", "story_hash")
    told = {name: getattr(row, name) for name in names} | {"story": row.story_id, "hash": row.text_hash}
    unit.record(f"rendition.{verb}", row.id, row.ver, **told, **data)
    place(unit, story, row)
    return row


def place(unit: UnitOfWork, story: Story, row: Rendition) -> None:
    """Place a rendition beside its story, and with the desk that produces it."""
    where = streams_of(story)
    # Whoever a confidential story is held back from has its renditions held back too.
    unit.place("rendition", row.id, row.ver, where | rules.desk_streams(row.kind) if DESK in where else where)


def stands(story: Story) -> bool:
    """Tell whether a story has neither been withdrawn nor spiked."""
    return story.state not in {story_rules.State.WITHDRAWN, story_rules.State.SPIKED}


def facts_of(unit: UnitOfWork, story: Story, row: Rendition) -> RenditionFacts:
    """Gather what the guards ask."""
    # Both texts are hashed anew: rows can be wrong, and a signature is worth what it binds.
    text = rules.text_hash(row.kind, row.fields)
    master = story_rules.hash_of(story_rules.content_of(story))
    return RenditionFacts(
        kind=row.kind,
        within_limits=not row.problems,
        is_current=row.state != STALE and row.story_hash == story.content_hash,
        master_signed=story.signed_hash == story.content_hash == master,
        master_stands=stands(story),
        edited=row.transform == EDITED,
        signed_itself=row.signed_hash == text,
        cleared=row.state in {"cleared", "live"},
        in_exam=_exam_state(unit, row.exam_id) == "open",
        provisional=story.lane == "fast" and _exam_state(unit, story.exam_id) != "confirmed",
        crawl=row.fields.get("type") == "crawl",
    )


def _exam_state(unit: UnitOfWork, exam_id: str | None) -> str | None:
    exam = unit.session.get(Exam, exam_id) if exam_id else None
    return exam.state if exam else None


def ask(command: str, row: Rendition, facts: RenditionFacts) -> str:
    """Return the state a command leads to; a refusal names what it is about."""
    try:
        return rules.step(command, row.state, facts)
    except AppError as refused:
        if refused.data.get("guard") == rules.LIMITS_HOLD.name:
            refused.data["findings"] = row.problems
        if refused.data.get("guard") == rules.OWN_EXAMINATION.name:
            refused.data["findings"] = [{"text": sentence} for sentence in row.new_sentences]
        raise
