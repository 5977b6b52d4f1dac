"""Putting an item into a rundown, changing it, and binding it to the publication whose receipt it will give."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from backend.errors import AppError, Code, FieldError, invalid
from backend.ids import new_id
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.queries import read_media
from backend.newsroom.editing.packages.rows import demand_files
from backend.newsroom.editing.places import may_see
from backend.publishing.broadcast import rules
from backend.publishing.broadcast.contents import crawls, read_contents, shown
from backend.publishing.broadcast.models import Rundown, RundownItem
from backend.publishing.broadcast.rules import ITEM, ItemFacts, RundownFacts
from backend.publishing.broadcast.steps import caption_errors, renumber, unsigned_by
from backend.publishing.models import Publication
from backend.publishing.queue import move
from backend.publishing.receipts import ensure_publication, note_placed
from backend.publishing.rules import PUBLICATION
from backend.unit_of_work import UnitOfWork

CHANNEL_ID = "broadcast"
# A publication that was given up or called off is wanted again.
_GIVEN_UP = frozenset({"failed", "cancelled"})


def add_item(unit: UnitOfWork, row: Rundown, items: Sequence[RundownItem], form: Mapping[str, Any]) -> RundownItem:
    """Put an item in at its position, at the end unless it says which; `items` are numbered anew.

    Raises:
        AppError: 422 for a rendition, a file or a caption that does not suit.
    """
    if len(items) >= rules.MAX_ITEMS:
        raise invalid("position", "too_many", f"一份串联单最多 {rules.MAX_ITEMS} 条")
    kind = form["kind"]
    rendition, story = _demand_rendition(unit, kind, form.get("rendition"))
    _demand_kind(row, kind, form)
    item = RundownItem(
        id=new_id(),
        rundown_id=row.id,
        position=0,
        state=rules.PLANNED,
        kind=kind,
        slug=form.get("slug") or (story.headline[:100] if story else rules.KINDS[kind]),
        rendition_id=rendition.id if rendition else None,
        story_id=story.id if story else None,
        target_id=form.get("target"),
        planned_seconds=0,
        script=form.get("script"),
        script_hash=None if form.get("script") is None else hash_of(form["script"]),
        lower_thirds=[],
        clips=_demand_clips(unit, kind, form.get("clips", []), []),
        repeats=form.get("repeats", 1) if kind == rules.CRAWL else None,
        from_at=form.get("from_at"),
        to_at=form.get("to_at"),
        emergency=bool(story and story.lane == "fast"),
        added_by=unit.actor.id,
        added_at=unit.now,
    )
    unit.session.add(item)
    _fit(unit, item, form, rendition)
    _put_in_place(items, item, form.get("position"))
    return item


def hash_of(script: str) -> str:
    """Hash words that no rendition has."""
    return hashlib.sha256(script.encode()).hexdigest()


def _demand_rendition(unit: UnitOfWork, kind: str, rendition_id: str | None) -> tuple[Rendition | None, Story | None]:
    if rendition_id is None:
        return None, None
    rendition = unit.session.get(Rendition, rendition_id)
    story = unit.session.get(Story, rendition.story_id) if rendition else None
    if rendition is None or story is None or not may_see(unit.actor, story):
        raise invalid("rendition", "unknown", "没有这份渠道稿")
    if rendition.kind != "rundown_item":
        raise invalid("rendition", "mismatch", "串联单只编入电视播出稿")
    if not rules.suits(kind, rendition.fields["type"]):
        raise invalid("rendition", "mismatch", "滚动字幕稿只能编成滚动字幕，口播稿只能编成其他条目")
    if kind == rules.BREAK:
        raise invalid("rendition", "mismatch", "间隔里没有播出稿")
    return rendition, story


def _demand_kind(row: Rundown, kind: str, form: Mapping[str, Any]) -> None:
    if form.get("rendition") is None and form.get("target") is None and rules.needs_rendition(kind):
        raise invalid("rendition", "missing", f"{rules.KINDS[kind]}要关联一份播出稿：播出的文字都要审签")
    if kind == rules.CRAWL and row.medium != "tv":
        raise invalid("kind", "mismatch", "广播节目没有滚动字幕")
    if row.scope == rules.DAY and kind != rules.CRAWL:
        raise invalid("kind", "mismatch", "全天滚动字幕单里只有滚动字幕")


def _demand_clips(
    unit: UnitOfWork, kind: str, wanted: Sequence[str], held: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Let in the clips of a break; those of other items are their renditions'."""
    if not wanted:
        return []
    if kind != rules.BREAK:
        raise invalid("clips", "mismatch", "片子跟着播出稿走，这里只给间隔填片子")
    demand_files(unit, [(f"clips.{at}", clip) for at, clip in enumerate(wanted)], [clip["media"] for clip in held])
    media = read_media(unit.session, wanted, unit.now)
    for at, clip in enumerate(wanted):
        if clip not in media or media[clip].barred:
            raise invalid(f"clips.{at}", "barred", "这个文件不能使用")
        if media[clip].kind not in {"video", "audio"}:
            raise invalid(f"clips.{at}", "wrong_kind", "这里要用视频或音频")
        if media[clip].duration_s is None:
            raise invalid(f"clips.{at}", "no_length", "还不知道这个文件有多长，请等转码完成")
    return rules.clips_with_seconds(wanted, {clip: media[clip].duration_s for clip in wanted}, None)


def change_item(unit: UnitOfWork, row: Rundown, item: RundownItem, form: Mapping[str, Any]) -> None:
    """Change what may be changed of an item: its place in the show, not its words."""
    item.state = ITEM.step("change", item.state, started(item))
    if "slug" in form:
        item.slug = form["slug"]
    if "clips" in form:
        item.clips = _demand_clips(unit, item.kind, form["clips"], item.clips)
    crawl = {name: form[name] for name in ("repeats", "from_at", "to_at") if name in form}
    for name, value in crawl.items():
        setattr(item, name, value)
    rendition = unit.session.get(Rendition, item.rendition_id) if item.rendition_id else None
    _demand_kind(row, item.kind, {"rendition": item.rendition_id, "target": item.target_id})
    _fit(unit, item, form, rendition)


def _fit(unit: UnitOfWork, item: RundownItem, form: Mapping[str, Any], rendition: Rendition | None) -> None:
    """Settle how long an item is and what is written beneath it, and hold both against the limits."""
    content = read_contents(unit.session, [item])[item]
    planned = rendition.fields["planned_seconds"] if rendition and not item.planned_seconds else None
    given = form.get("planned_seconds")
    item.planned_seconds = given or item.planned_seconds or planned or content.seconds
    content = read_contents(unit.session, [item])[item]
    if item.kind != rules.CRAWL and not item.planned_seconds:
        raise invalid("planned_seconds", "missing", "要填计划时长")
    if "lower_thirds" in form:
        item.lower_thirds = form["lower_thirds"]
    elif not item.lower_thirds and content.captions and item.kind != rules.CRAWL:
        item.lower_thirds = rules.spread_lower_thirds(content.captions, content.seconds)
    _demand_hours(item, form)
    errors = caption_errors(item, read_contents(unit.session, [item])) if "lower_thirds" in form else []
    if errors:
        raise AppError(Code.VALIDATION, 422, f"字幕条有误：{errors[0]['message']}", errors=errors)


def _demand_hours(item: RundownItem, form: Mapping[str, Any]) -> None:
    for name in ("repeats", "from_at", "to_at"):
        if item.kind != rules.CRAWL and form.get(name) is not None:
            raise invalid(name.removesuffix("_at"), "mismatch", "只有滚动字幕才有次数和时段")
    if item.from_at and item.to_at and item.to_at <= item.from_at:
        raise invalid("to", "order", "结束要晚于开始")
    if form.get("lower_thirds") and item.kind in {rules.CRAWL, rules.BREAK}:
        raise invalid("lower_thirds", "mismatch", f"{rules.KINDS[item.kind]}没有人名条和标题条")


def _put_in_place(items: Sequence[RundownItem], item: RundownItem, position: int | None) -> None:
    before = [*shown(items)] if item.kind != rules.CRAWL else [*crawls(items)]
    others = [other for other in items if other not in before]
    at = len(before) if position is None else min(position - 1, len(before))
    renumber([*before[:at], item, *before[at:], *others])


def started(item: RundownItem) -> ItemFacts:
    """Say what the guards of an item ask."""
    return ItemFacts(started=item.as_run_start is not None)


def seal(unit: UnitOfWork, row: Rundown, items: Sequence[RundownItem]) -> None:
    """Take the copies of what is signed, and bind each item to the publication whose receipt it will give.

    Raises:
        AppError: 409 of the guards of a publication.
    """
    contents = read_contents(unit.session, items)
    for item in items:
        rendition = contents.rendition_of(item)
        item.clips = contents[item].clips
        item.script = contents[item].script
        if rendition is None:
            item.script_hash = item.script_hash or hash_of(item.script)
            continue
        item.script_hash = rendition.text_hash
        item.publication_id = _carry(unit, row, item, rendition).id


def unseal(items: Sequence[RundownItem]) -> None:
    """Let go of the copies: until the next lock items say again what their renditions say."""
    for item in items:
        if item.target_id is None:
            item.script = item.script_hash = None


def _carry(unit: UnitOfWork, row: Rundown, item: RundownItem, rendition: Rendition) -> Publication:
    publication = ensure_publication(unit, rendition, CHANNEL_ID)
    if publication.state in _GIVEN_UP:
        move(unit, publication, "resend", "requeued")
    not_before = publication.not_before
    embargoed = publication.embargo and not_before is not None and not_before > row.airtime
    told = [{"item": item.id, "position": item.position, "slug": item.slug}]
    rules.EMBARGO.demand(RundownFacts(embargoed=embargoed), findings=told)
    place = external_id(row.id, item.id)
    if takes("place", publication) and publication.external_id != place:
        note_placed(unit, publication, place)
    return publication


def takes(command: str, publication: Publication) -> bool:
    """Tell whether the house may do this to a publication now; what is with the queue comes back by itself."""
    return any(way.command == command and publication.state in way.sources for way in PUBLICATION.ways)


def external_id(rundown_id: str, item_id: str) -> str:
    """Return what an item is called outside: its rundown and itself, as MOS has `roID` and `storyID`."""
    return f"{rundown_id}/{item_id}"


def demand_cleared(unit: UnitOfWork, item: RundownItem) -> None:
    """Refuse an item whose words were not signed, which a locked rundown takes in no other way either."""
    contents = read_contents(unit.session, [item])
    guard = unsigned_by(unit, item, contents)
    told: list[dict[str, Any]] = [{"item": item.id, "slug": item.slug}]
    if guard is not None:
        raise rules.CLEARED.refusal(findings=[told[0] | {"guard": guard.name, "text": guard.words}])
    content = contents[item]
    if rules.is_empty(item.kind, content.seconds, content.script):
        raise rules.NOT_EMPTY.refusal(findings=told)
    errors: list[FieldError] = caption_errors(item, contents)
    if errors:
        raise rules.CAPTIONS.refusal(findings=[told[0] | {"errors": errors}])
