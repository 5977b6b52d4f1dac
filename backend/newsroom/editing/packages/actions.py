"""Taking renditions from their draft to their channel, and what other sections do to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from backend import blocks
from backend.district.models import Town
from backend.errors import AppError, Code, FieldError, invalid
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages import rules
from backend.newsroom.editing.packages.checks import problems_of, shown_media
from backend.newsroom.editing.packages.derive import seconds_of
from backend.newsroom.editing.packages.limits import FIELDS, KINDS, estimated_seconds
from backend.newsroom.editing.packages.queries import media_of, read_master, read_media
from backend.newsroom.editing.packages.rows import (
    access_rendition,
    ask,
    bench_of,
    changed,
    demand_files,
    facts_of,
    files_of,
    follow,
    lock_rendition,
    place,
    put_text,
    renditions_of_story,
)
from backend.newsroom.editing.packages.rules import EDITED, STALE, RenditionFacts
from backend.unit_of_work import UnitOfWork

# Problems of a file rather than of words: one that was there before is no reason to refuse another change.
_OF_FILES = frozenset({"barred", "no_rights", "no_alt"})
# Which fields decide, besides itself, whether a field is within its limits.
_MEASURED_BY = {
    "text": {"max_chars", "topics"},
    "headline": {"headline_width"},
    "script": {"planned_seconds", "clip_ids", "clip_seconds"},
}


def edit_rendition(unit: UnitOfWork, rendition_id: str, given: dict[str, Any], if_match: int | None) -> Rendition:
    """Change the given fields. Whether the text still says no more than its story is found out anew.

    Raises:
        AppError: 422 naming a field that this kind has not, or that breaks a limit.
    """
    story, row = access_rendition(unit, rendition_id, if_match)
    state = rules.step("edit", row.state, RenditionFacts(kind=row.kind))
    _demand_fields(unit, row, given)
    fields = _filled(unit, story, row, given)
    shown = [(f"fields.{field}", media_id) for field, media_id, _ in shown_media(fields)]
    demand_files(unit, shown, [*files_of(row), *media_of(story)])
    bench = bench_of(unit, story, [media_id for _, media_id in shown])
    if "clip_ids" in given and "clip_seconds" not in given:
        fields["clip_seconds"] = seconds_of(fields["clip_ids"], bench.media)
    _demand_limits(row, fields, set(given), problems_of(row.kind, fields, bench.media))
    put_text(row, fields, bench)
    row.state = state
    if unit.actor.id not in row.writers:
        row.writers = [*row.writers, unit.actor.id]
    return changed(unit, story, row, "edited", fields=sorted(given))


def _demand_fields(unit: UnitOfWork, row: Rendition, given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in FIELDS[row.kind]:
            raise invalid(f"fields.{name}", "unknown_field", f"{KINDS[row.kind]}没有这个字段")
    towns = given.get("geo", {}).get("towns", [])
    known = set(unit.session.scalars(sa.select(Town.id).where(Town.id.in_(towns))))
    for at, town_id in enumerate(towns):
        if town_id not in known:
            raise invalid(f"fields.geo.towns.{at}", "unknown", "没有这个街镇")


def _filled(unit: UnitOfWork, story: Story, row: Rendition, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with what was given, in the form in which they are kept."""
    alts = {image["media"]: image["alt"] for image in read_master(unit.session, story).images}
    fields: dict[str, Any] = row.fields | given
    if "issue_date" in given:
        fields["issue_date"] = given["issue_date"].isoformat()
    if "body" in given:
        fields["body"] = blocks.parse(given["body"])
    if given.get("cover"):
        fields["cover"] = {"alt": alts.get(given["cover"]["media"], ""), "crop": None} | given["cover"]
    if "images" in given:
        fields["images"] = [{"alt": alts.get(image["media"], "")} | image for image in given["images"]]
    if "geo" in given:
        fields["geo"] = {"towns": sorted(set(given["geo"]["towns"]))}
    return fields


def _demand_limits(row: Rendition, fields: Mapping[str, Any], given: set[str], found: list[FieldError]) -> None:
    """Refuse a change that breaks a limit, or leaves one broken in what it touches."""
    before = {_known_by(problem, row.fields) for problem in row.problems}
    refused = [problem for problem in found if _known_by(problem, fields) not in before or _is_touched(problem, given)]
    if not refused:
        return
    errors = [
        FieldError(field=f"fields.{problem['field']}", code=problem["code"], message=problem["message"])
        for problem in refused
    ]
    data: dict[str, Any] = {}
    if row.kind == "rundown_item" and fields["planned_seconds"]:
        data = {"estimated_seconds": estimated_seconds(fields), "planned_seconds": fields["planned_seconds"]}
    words = f"{KINDS[row.kind]}不合渠道的要求：{refused[0]['message']}"
    raise AppError(Code.VALIDATION, 422, words, errors=errors, data=data)


def _is_touched(problem: FieldError, given: set[str]) -> bool:
    field = problem["field"].partition(".")[0]
    return problem["code"] not in _OF_FILES and not given.isdisjoint({field, *_MEASURED_BY.get(field, ())})


def _known_by(problem: FieldError, fields: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a problem is about: a file wherever it stands, or else a field."""
    if problem["code"] not in _OF_FILES:
        return problem["field"], problem["code"]
    files = {field: media_id for field, media_id, _ in shown_media(fields)}
    return files.get(problem["field"], problem["field"]), problem["code"]


def ready_rendition(unit: UnitOfWork, rendition_id: str, if_match: int | None = None) -> Rendition:
    """Say that a rendition is finished; it must be within the limits of its channel."""
    return _move(unit, rendition_id, "ready", if_match)


def submit_rendition(
    unit: UnitOfWork, rendition_id: str, hand_in: Callable[[UnitOfWork, str], object], if_match: int | None = None
) -> Rendition:
    """Hand a rendition in that says more than its story; `hand_in` opens its examination."""
    story, row = access_rendition(unit, rendition_id, if_match)
    row.state = ask("submit", row, facts_of(unit, story, row))
    hand_in(unit, row.id)
    return changed(unit, story, row, "submitted")


def clear_rendition(unit: UnitOfWork, rendition_id: str, if_match: int | None = None) -> Rendition:
    """Let a rendition out to its channel, once it is examined: by its story's signature, or by one of its own."""
    return _move(unit, rendition_id, "clear", if_match)


def _move(unit: UnitOfWork, rendition_id: str, command: str, if_match: int | None) -> Rendition:
    story, row = access_rendition(unit, rendition_id, if_match)
    # Licences run out and materials are withdrawn, so the files are looked at again.
    row.problems = list(problems_of(row.kind, row.fields, read_media(unit.session, files_of(row), unit.now)))
    row.state = ask(command, row, facts_of(unit, story, row))
    return changed(unit, story, row, {"ready": "readied", "clear": "cleared"}[command])


def confirm_rendition(unit: UnitOfWork, rendition_id: str, if_match: int | None = None) -> Rendition:
    """Let the text of a stale rendition stand beside the changed story; what it says more is found out anew."""
    story, row = access_rendition(unit, rendition_id, if_match)
    row.state = ask("confirm", row, facts_of(unit, story, row))
    follow(row, story)
    put_text(row, row.fields, bench_of(unit, story, files_of(row)))
    return changed(unit, story, row, "confirmed")


def demand_out(unit: UnitOfWork, story: Story, row: Rendition) -> None:
    """Refuse what may not go out: what was not examined, not cleared, or whose story is gone.

    Raises:
        AppError: 409 `exam_required`, or that of another guard that does not hold.
    """
    ask("publish", row, facts_of(unit, story, row))


def note_live(unit: UnitOfWork, rendition_id: str) -> None:
    """Write down that a rendition is before readers; one that has been overtaken meanwhile stays what it is."""
    story, row = lock_rendition(unit, rendition_id)
    if row.state == "cleared":
        row.state = rules.step("go_live", row.state, RenditionFacts(kind=row.kind))
        changed(unit, story, row, "published")


def mark_stale(unit: UnitOfWork, story: Story) -> list[Rendition]:
    """Make every rendition stale whose story has another text now; a signature given beside the old text is void."""
    rows = renditions_of_story(unit, story.id)
    stale = [row for row in rows if row.story_hash != story.content_hash and row.state != STALE]
    for row in stale:
        row.state = rules.step("overtake", row.state, RenditionFacts(kind=row.kind))
        row.signed_hash = None
        changed(unit, story, row, "stale")
    return stale


def place_renditions(unit: UnitOfWork, story: Story) -> None:
    """Place the renditions where their story belongs now, as it has become confidential or public."""
    for row in renditions_of_story(unit, story.id):
        place(unit, story, row)


def sign_rendition(unit: UnitOfWork, rendition_id: str, hash: str) -> Rendition:
    """Write down which text of a rendition was signed in its own examination.

    Raises:
        AppError: 409 if it has another text by now, or its story has.
    """
    story, row = lock_rendition(unit, rendition_id)
    rules.NOT_STALE.demand(facts_of(unit, story, row))
    if hash != row.text_hash:
        raise rules.OWN_EXAMINATION.refusal()
    row.signed_hash = hash
    return changed(unit, story, row, "signed")


def unsign_rendition(unit: UnitOfWork, rendition_id: str) -> Rendition:
    """Take the signature of its own off a rendition; one that was let out because of it is held back again."""
    story, row = lock_rendition(unit, rendition_id)
    if row.signed_hash is None:
        return row
    row.signed_hash = None
    if row.state == "cleared" and row.transform == EDITED:
        row.state = rules.step("hold", row.state, RenditionFacts(kind=row.kind))
    return changed(unit, story, row, "unsigned")
