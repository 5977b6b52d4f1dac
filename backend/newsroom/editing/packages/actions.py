"""Making packages, and taking renditions from their draft to their channel."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend import blocks
from backend.district.models import Town
from backend.errors import AppError, Code, FieldError, invalid, not_found
from backend.ids import new_id
from backend.media.queries import demand_usable
from backend.newsroom.editing import rules as story_rules
from backend.newsroom.editing.models import Package, Rendition, Story
from backend.newsroom.editing.packages import rules
from backend.newsroom.editing.packages.checks import MediaFacts, problems_of, shown_media
from backend.newsroom.editing.packages.derive import Master, derive, new_sentences, seconds_of
from backend.newsroom.editing.packages.limits import FIELDS, KINDS, PLACES, estimated_seconds
from backend.newsroom.editing.packages.queries import media_of, read_master, read_media
from backend.newsroom.editing.packages.rules import EDITED, LIVE, MECHANICAL, STALE, RenditionFacts
from backend.newsroom.editing.places import DESK, may_see, streams_of
from backend.newsroom.examination.models import Exam
from backend.unit_of_work import UnitOfWork

Place = Mapping[str, Any] | None
# Problems of a file rather than of words: one that was there before is no reason to refuse another change.
_OF_FILES = frozenset({"barred", "no_rights", "no_alt"})


@dataclass(frozen=True)
class _Bench:
    """What a rendition is made from and held against."""

    story: Story
    master: Master
    media: Mapping[str, MediaFacts]


def _bench(unit: UnitOfWork, story: Story, more: Collection[str] = ()) -> _Bench:
    ids = {*media_of(story), *more}
    return _Bench(story, read_master(unit.session, story), read_media(unit.session, ids, unit.now))


def access_rendition(unit: UnitOfWork, rendition_id: str, if_match: int | None = None) -> tuple[Story, Rendition]:
    """Return a rendition with its story, both locked for a change.

    Raises:
        AppError: 404, also for one whose story this person may not see; 412 `stale` with the current version.
    """
    story, row = _lock(unit, rendition_id)
    if not may_see(unit.actor, story):
        raise not_found("渠道稿")
    if if_match is not None and if_match != row.ver:
        raise AppError(Code.STALE, 412, "渠道稿已有改动，请先读取最新版本。", data={"ver": row.ver})
    return story, row


def _lock(unit: UnitOfWork, rendition_id: str) -> tuple[Story, Rendition]:
    # The story is locked first, as an edit of it does, so that no rendition is made of a text that is being changed.
    story_id = unit.session.scalar(sa.select(Rendition.story_id).where(Rendition.id == rendition_id))
    if story_id is None:
        raise not_found("渠道稿")
    story = unit.session.get_one(Story, story_id, with_for_update=True)
    return story, unit.session.get_one(Rendition, rendition_id, with_for_update=True)


# ── packages ──


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
    story = unit.session.get(Story, story_id, with_for_update=True)
    if story is None or not may_see(unit.actor, story):
        raise invalid("story", "unknown", "没有这篇稿件")
    rules.MASTER_STANDS.demand(RenditionFacts(master_stands=_stands(story)))
    known = unit.session.scalars(sa.select(Package).where(Package.story_id == story.id)).one_or_none()
    package = known or _new_package(unit, story)
    places = {"page_slot": page_slot, "rundown_item": rundown_item}
    made = _derive_all(unit, story, package, places, rederive)
    if made:
        package.ver += 1
        unit.session.flush()
        unit.record("package.generated", package.id, package.ver, story=story.id, hash=story.content_hash, kinds=made)
    return package, known is None


def _stands(story: Story) -> bool:
    return story.state not in {story_rules.State.WITHDRAWN, story_rules.State.SPIKED}


def _new_package(unit: UnitOfWork, story: Story) -> Package:
    package = Package(id=new_id(), ver=0, story_id=story.id, created_by=unit.actor.id, created_at=unit.now)
    unit.session.add(package)
    unit.session.flush()
    return package


def _derive_all(
    unit: UnitOfWork, story: Story, package: Package, places: Mapping[str, Place], asked: Sequence[str]
) -> list[str]:
    rows = {row.kind: row for row in _renditions(unit, story.id)}
    due = [kind for kind in KINDS if _is_due(rows.get(kind), places.get(kind), asked)]
    for kind in due:
        row = rows.get(kind) or _new_rendition(unit, story, package, kind)
        _derive(unit, story, row, places.get(kind), f"{kind}.clip_ids")
    return due


def _renditions(unit: UnitOfWork, story_id: str) -> Sequence[Rendition]:
    query = sa.select(Rendition).where(Rendition.story_id == story_id).order_by(Rendition.id)
    return unit.session.scalars(query.with_for_update()).all()


def _is_due(row: Rendition | None, place: Place, asked: Sequence[str]) -> bool:
    if row is None or row.kind in asked:
        return True
    if row.transform == EDITED or row.state == LIVE:
        return False
    return row.state == STALE or any(row.fields[name] != value for name, value in _stored_place(place).items())


def _new_rendition(unit: UnitOfWork, story: Story, package: Package, kind: str) -> Rendition:
    row = Rendition(
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
    unit.session.add(row)
    return row


def rederive_rendition(
    unit: UnitOfWork, rendition_id: str, place: Mapping[str, Place], if_match: int | None = None
) -> Rendition:
    """Make a rendition anew from its story as it is now, whatever had been written into it.

    `place` may hold `page_slot` or `rundown_item`, for a rendition of that kind.
    """
    story, row = access_rendition(unit, rendition_id, if_match)
    for name, given in place.items():
        if given is not None and name != row.kind:
            raise invalid(name, "mismatch", f"这是{KINDS[row.kind]}，没有这一项")
    return _derive(unit, story, row, place.get(row.kind), f"{row.kind}.clip_ids")


def _derive(unit: UnitOfWork, story: Story, row: Rendition, place: Place, clips_field: str) -> Rendition:
    row.state = rules.step("rederive", row.state, RenditionFacts(kind=row.kind))
    standing = {name: row.fields.get(name) for name in PLACES.get(row.kind, ())}
    given = _stored_place(place)
    if "clip_ids" in given:
        standing["clip_seconds"] = None
        _demand_files(unit, [(clips_field, clip) for clip in given["clip_ids"]], media_of(story))
    if row.kind == "rundown_item" and standing["type"] is None and story.lane == "fast":
        standing["type"] = "crawl"
    placed = standing | given
    bench = _bench(unit, story, placed.get("clip_ids") or ())
    row.writers, row.signed_hash = [], None
    _follow(row, story)
    _put(row, derive(row.kind, bench.master, placed, bench.media), bench)
    return _changed(unit, story, row, "derived")


def _stored_place(place: Place) -> dict[str, Any]:
    given = dict(place or {})
    if "issue_date" in given:
        given["issue_date"] = given["issue_date"].isoformat()
    return given


def _follow(row: Rendition, story: Story) -> None:
    row.story_version, row.story_hash = story.text_version, story.content_hash


def _put(row: Rendition, fields: dict[str, Any], bench: _Bench) -> None:
    """Set the text of a rendition, and with it all that is judged of a text."""
    row.fields = fields
    row.text_hash = rules.text_hash(row.kind, fields)
    row.new_sentences = new_sentences(row.kind, fields, bench.master)
    row.transform = EDITED if row.new_sentences else MECHANICAL
    row.problems = list(problems_of(row.kind, fields, bench.media))


def _changed(unit: UnitOfWork, story: Story, row: Rendition, verb: str, **data: Any) -> Rendition:
    row.ver += 1
    row.updated_at = unit.now
    unit.session.flush()
    unit.record(
        f"rendition.{verb}",
        row.id,
        row.ver,
        kind=row.kind,
        state=row.state,
        story=row.story_id,
        story_hash=row.story_hash,
        hash=row.text_hash,
        transform=row.transform,
        **data,
    )
    _place(unit, story, row)
    return row


def _place(unit: UnitOfWork, story: Story, row: Rendition) -> None:
    where = streams_of(story)
    # What a confidential story is held back from, its renditions are held back from too.
    unit.place("rendition", row.id, row.ver, where | rules.desk_streams(row.kind) if DESK in where else where)


# ── one rendition ──


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
    _demand_files(unit, shown, [*_files_of(row), *media_of(story)])
    bench = _bench(unit, story, [media_id for _, media_id in shown])
    if "clip_ids" in given and "clip_seconds" not in given:
        fields["clip_seconds"] = seconds_of(fields["clip_ids"], bench.media)
    _demand_limits(row, fields, set(given), problems_of(row.kind, fields, bench.media))
    _put(row, fields, bench)
    row.state = state
    if unit.actor.id not in row.writers:
        row.writers = [*row.writers, unit.actor.id]
    return _changed(unit, story, row, "edited", fields=sorted(given))


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
    fields = row.fields | _stored_place(given)
    if "body" in given:
        fields["body"] = blocks.parse(given["body"])
    if given.get("cover"):
        cover = given["cover"]
        fields["cover"] = {"alt": alts.get(cover["media"], ""), "crop": None} | cover
    if "images" in given:
        fields["images"] = [{"alt": alts.get(image["media"], "")} | image for image in given["images"]]
    if "geo" in given:
        fields["geo"] = {"towns": sorted(set(given["geo"]["towns"]))}
    return fields


def _demand_files(unit: UnitOfWork, wanted: Sequence[tuple[str, str]], held: Sequence[str]) -> None:
    """Let in files that are one's own, public, the story's already, or registered as usable by a colleague."""
    new = {media_id: field for field, media_id in wanted if media_id not in held}
    known = read_media(unit.session, new, unit.now)
    for media_id, field in new.items():
        if not (media_id in known and known[media_id].cleared):
            demand_usable(unit.session, unit.actor, [media_id], field)


def _files_of(row: Rendition) -> list[str]:
    return [media_id for _, media_id, _ in shown_media(row.fields)]


def _demand_limits(row: Rendition, fields: Mapping[str, Any], given: set[str], found: list[FieldError]) -> None:
    """Refuse a change that breaks a limit, or leaves one broken in what it touches."""
    before = {_known_by(problem, row.fields) for problem in row.problems}
    refused = [
        problem
        for problem in found
        if _known_by(problem, fields) not in before
        or (problem["code"] not in _OF_FILES and problem["field"].partition(".")[0] in given)
    ]
    if not refused:
        return
    data: dict[str, Any] = {}
    if row.kind == "rundown_item" and fields["planned_seconds"]:
        data = {"estimated_seconds": estimated_seconds(fields), "planned_seconds": fields["planned_seconds"]}
    errors = [
        FieldError(field=f"fields.{problem['field']}", code=problem["code"], message=problem["message"])
        for problem in refused
    ]
    words = f"{KINDS[row.kind]}不合渠道的要求：{refused[0]['message']}"
    raise AppError(Code.VALIDATION, 422, words, errors=errors, data=data)


def _known_by(problem: FieldError, fields: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a problem is about: a file wherever it stands, or else a field."""
    if problem["code"] not in _OF_FILES:
        return problem["field"], problem["code"]
    files = {field: media_id for field, media_id, _ in shown_media(fields)}
    return files.get(problem["field"], problem["field"]), problem["code"]


def ready_rendition(unit: UnitOfWork, rendition_id: str, if_match: int | None = None) -> Rendition:
    """Say that a rendition is finished; it must be within the limits of its channel."""
    return _move(unit, rendition_id, "ready", if_match)


def clear_rendition(unit: UnitOfWork, rendition_id: str, if_match: int | None = None) -> Rendition:
    """Let a rendition out to its channel, once it is examined: by its story's signature, or by one of its own."""
    return _move(unit, rendition_id, "clear", if_match)


def _move(unit: UnitOfWork, rendition_id: str, command: str, if_match: int | None) -> Rendition:
    story, row = access_rendition(unit, rendition_id, if_match)
    # Licences run out and materials are withdrawn, so the files are looked at again.
    row.problems = list(problems_of(row.kind, row.fields, read_media(unit.session, _files_of(row), unit.now)))
    row.state = _step(command, row, _facts(unit, story, row))
    return _changed(unit, story, row, {"ready": "ready", "clear": "cleared"}[command])


def _step(command: str, row: Rendition, facts: RenditionFacts) -> str:
    """Ask the rules; a refusal names what it is about."""
    try:
        return rules.step(command, row.state, facts)
    except AppError as refused:
        if refused.data.get("guard") == rules.LIMITS_HOLD.name:
            refused.data["findings"] = row.problems
        if refused.data.get("guard") == rules.OWN_EXAMINATION.name:
            refused.data["findings"] = [{"text": sentence} for sentence in row.new_sentences]
        raise


def _facts(unit: UnitOfWork, story: Story, row: Rendition) -> RenditionFacts:
    # Both texts are hashed anew: rows can be wrong, and a signature is worth what it binds.
    text = rules.text_hash(row.kind, row.fields)
    master = story_rules.hash_of(story_rules.content_of(story))
    return RenditionFacts(
        kind=row.kind,
        within_limits=not row.problems,
        is_current=row.state != STALE and row.story_hash == story.content_hash,
        master_signed=story.signed_hash == story.content_hash == master,
        master_stands=_stands(story),
        edited=row.transform == EDITED,
        signed_itself=row.signed_hash == text,
        cleared=row.state == "cleared",
        provisional=_is_provisional(unit, story),
        crawl=row.fields.get("type") == "crawl",
    )


def _is_provisional(unit: UnitOfWork, story: Story) -> bool:
    if story.lane != "fast":
        return False
    exam = unit.session.get(Exam, story.exam_id) if story.exam_id else None
    return exam is None or exam.state != "confirmed"


def confirm_rendition(unit: UnitOfWork, rendition_id: str, if_match: int | None = None) -> Rendition:
    """Let the text of a stale rendition stand beside the changed story; what it says more is found out anew."""
    story, row = access_rendition(unit, rendition_id, if_match)
    row.state = _step("confirm", row, _facts(unit, story, row))
    _follow(row, story)
    _put(row, row.fields, _bench(unit, story, _files_of(row)))
    return _changed(unit, story, row, "confirmed")


def publish_rendition(
    unit: UnitOfWork,
    rendition_id: str,
    carry_out: Callable[[UnitOfWork, str], object],
    if_match: int | None = None,
) -> Rendition:
    """Publish a cleared rendition. `carry_out` makes its story live in the app, unless it is live already.

    Raises:
        AppError: 409 `exam_required` for what was not examined or cleared, `no_channel` for what has no channel yet.
    """
    story, row = access_rendition(unit, rendition_id, if_match)
    state = _step("publish", row, _facts(unit, story, row))
    if story.state != story_rules.State.LIVE:
        carry_out(unit, story.id)
    row.state = state
    _changed(unit, story, row, "published")
    place_renditions(unit, story)
    return row


# ── what other sections call ──


def mark_stale(unit: UnitOfWork, story: Story) -> list[Rendition]:
    """Make every rendition stale whose story has another text now; a signature given beside the old text is void."""
    stale = [row for row in _renditions(unit, story.id) if row.story_hash != story.content_hash and row.state != STALE]
    for row in stale:
        row.state = rules.step("overtake", row.state, RenditionFacts(kind=row.kind))
        row.signed_hash = None
        _changed(unit, story, row, "stale")
    return stale


def place_renditions(unit: UnitOfWork, story: Story) -> None:
    """Place the renditions where their story belongs now, as it has become confidential or public."""
    for row in _renditions(unit, story.id):
        _place(unit, story, row)


def sign_rendition(unit: UnitOfWork, rendition_id: str, hash: str) -> Rendition:
    """Write down which text of a rendition was signed in its own examination.

    Raises:
        AppError: 409 if it has another text by now, or its story has.
    """
    story, row = _lock(unit, rendition_id)
    rules.NOT_STALE.demand(_facts(unit, story, row))
    if hash != row.text_hash:
        raise rules.OWN_EXAMINATION.refusal()
    row.signed_hash = hash
    return _changed(unit, story, row, "signed")


def unsign_rendition(unit: UnitOfWork, rendition_id: str) -> Rendition:
    """Take the signature of its own off a rendition; one that was let out because of it is held back again."""
    story, row = _lock(unit, rendition_id)
    if row.signed_hash is None:
        return row
    row.signed_hash = None
    if row.state == "cleared" and row.transform == EDITED:
        row.state = rules.step("hold", row.state, RenditionFacts(kind=row.kind))
    return _changed(unit, story, row, "unsigned")
