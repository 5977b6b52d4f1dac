"""What the editing desk does with a story. Commands that other sections take part in are in `newsroom.desk`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend import blocks
from backend.blocks import item_ids, media_ids
from backend.catalogue.queries import demand_items
from backend.district.queries import demand_section, demand_towns
from backend.errors import Code, KeptRefusal, demand_version, invalid, not_found
from backend.feed import actions as feed
from backend.feed.actions import Edition
from backend.ids import new_id
from backend.media.queries import demand_usable
from backend.newsroom.editing import rules
from backend.newsroom.editing.credits import credits_of
from backend.newsroom.editing.leases import demand_free, place_lease
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.packages.actions import mark_stale, place_renditions
from backend.newsroom.editing.places import may_see, streams_of
from backend.newsroom.editing.rules import STORY, State, StoryFacts
from backend.newsroom.editing.versions import keep_branch, keep_version
from backend.newsroom.interview.models import Assignment
from backend.newsroom.interview.queries import demand_media_allowed, media_states
from backend.newsroom.planning.models import Topic
from backend.sync.models import Item
from backend.unit_of_work import UnitOfWork


def _as_given(value: Any) -> Any:
    return value


# Fields of a form that are kept under another name, or otherwise than as they were sent.
_WRITTEN: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "towns": ("towns", lambda towns: sorted(set(towns))),
    "body": ("body", blocks.parse),
    "sources": ("sources", lambda sources: [{"verified": False} | source for source in sources]),
    "topic": ("topic_id", _as_given),
    "assignment": ("assignment_id", _as_given),
}
_FIELDS = {
    "headline",
    "subtitle",
    "summary",
    "body",
    "section",
    "towns",
    "class_",
    "sensitivity",
    "language",
    "priority",
    "sources",
    "targets",
    "byline",
    "shares",
    "translations",
    "cover",
    "topic_id",
    "assignment_id",
}


def access_story(unit: UnitOfWork, story_id: str, if_match: int | None = None) -> Story:
    """Return a story, locked for a change.

    Raises:
        AppError: 404, also for one that this person may not see; 412 `stale` with the current version if it is not the
            one the client saw.
    """
    story = unit.session.get(Story, story_id, with_for_update=True)
    if story is None or not may_see(unit.actor, story):
        raise not_found("稿件")
    demand_version(story.ver, if_match, "稿件已被同事更新，请先读取最新版本。")
    return story


def set_story_priority(unit: UnitOfWork, story_id: str, priority: int) -> Story:
    """Put a story before or behind others, whatever its state; its text is not touched, and what was passed holds."""
    story = access_story(unit, story_id)
    story.priority = priority
    return changed(unit, story, "prioritised", priority=priority)


def access_named_story(unit: UnitOfWork, story_id: str) -> Story:
    """Return the story that a form names, locked for a change.

    Raises:
        AppError: 422 naming the field `story` where there is none for this person.
    """
    story = unit.session.get(Story, story_id, with_for_update=True)
    if story is None or not may_see(unit.actor, story):
        raise invalid("story", "unknown", "没有这篇稿件")
    return story


def create_story(unit: UnitOfWork, form: dict[str, Any]) -> Story:
    """Begin a story as a draft."""
    story = _new_story(unit, State.DRAFT, "normal")
    fill(unit, story, form)
    unit.session.add(story)
    return _begun(unit, story, "created")


def open_fast(unit: UnitOfWork, form: dict[str, Any], reason: str) -> Story:
    """Begin a story in the fast lane."""
    story = _new_story(unit, State.FAST_OPEN, "fast")
    story.reason = reason
    fill(unit, story, form)
    unit.session.add(story)
    return _begun(unit, story, "breaking_opened")


def import_story(unit: UnitOfWork, form: dict[str, Any], *, origin: str, at: datetime) -> Story:
    """Take a piece of another archive into ours; `at` is when it appeared there. It was never examined here."""
    story = _new_story(unit, State.ARCHIVED, "normal")
    story.origin, story.created_at = origin[:300], at
    fill(unit, story, form)
    unit.session.add(story)
    return _begun(unit, story, "imported")


def _new_story(unit: UnitOfWork, state: State, lane: str) -> Story:
    return Story(
        id=new_id(),
        ver=0,
        state=state,
        lane=lane,
        headline="",
        subtitle="",
        summary="",
        body=[],
        towns=[],
        class_="livelihood",
        sensitivity="normal",
        language="zh-CN",
        priority=3,
        sources=[],
        targets=["app"],
        cover=None,
        byline="",
        shares=[],
        translations={},
        author_id=unit.actor.id,
        writers=[],
        text_version=1,
        correction=None,
        created_at=unit.now,
        updated_at=unit.now,
        publish_at=None,
    )


def _begun(unit: UnitOfWork, story: Story, verb: str) -> Story:
    unit.session.flush()
    keep_version(unit, story, verb[:20])
    return changed(unit, story, verb)


def edit_story(unit: UnitOfWork, story: Story, form: dict[str, Any], if_match: int | None) -> bool:
    """Change a story, locked by the caller; return whether what was passed or signed is void.

    It is when the text is another one now, or when more people have to examine it than before.

    Raises:
        AppError: 412 `stale` with a diff by field, the draft being kept as a branch; 423 `locked`; 409 of a rule.
    """
    if if_match is not None and if_match != story.ver:
        raise _lost(unit, story, form)
    demand_free(unit, story)
    state = STORY.step("edit", story.state, StoryFacts())
    before, strict = story.content_hash, rules.is_strict(story.class_, story.sensitivity)
    fill(unit, story, form)
    edited = story.content_hash != before
    void = edited or (rules.is_strict(story.class_, story.sensitivity) and not strict)
    if void:
        story.state = state
        unsign(story)
    if edited:
        _new_text(unit, story, "edited", fields=sorted(form), text=True)
    else:
        changed(unit, story, "edited", fields=sorted(form), text=False)
    return void


def _new_text(unit: UnitOfWork, story: Story, verb: str, **data: Any) -> None:
    """Number, keep and record a text that is another one now; what was made of the old one is stale."""
    story.text_version += 1
    keep_version(unit, story, verb)
    changed(unit, story, verb, **data)
    unit.record("story.version", story.id, story.text_version, hash=story.content_hash)
    mark_stale(unit, story)


def _lost(unit: UnitOfWork, story: Story, form: dict[str, Any]) -> KeptRefusal:
    """Say what the late edit would have changed, and keep it: somebody's half hour is in it."""
    branch = keep_branch(unit, story, form, by=unit.actor.id, why="stale")
    diff = [
        {"field": name.rstrip("_"), "yours": value, "theirs": getattr(story, name, None)}
        for name, value in sorted(form.items())
        if getattr(story, name, None) != value
    ]
    return KeptRefusal(
        Code.STALE,
        412,
        "稿件已被同事更新。您的改动已另存为草稿，没有丢失，请对照后再保存。",
        data={"ver": story.ver, "diff": diff, "draft": branch.id},
    )


def proofread(unit: UnitOfWork, story: Story, content: dict[str, Any]) -> None:
    """Put in what a proofreader changed under the 20-character rule: a new text, and the passes before it stay."""
    for name in ("headline", "subtitle", "summary", "body"):
        if name in content:
            setattr(story, name, content[name])
    story.content_hash = rules.hash_of(rules.content_of(story))
    _new_text(unit, story, "proofread")


def fill(unit: UnitOfWork, story: Story, form: dict[str, Any]) -> None:
    """Put fields into a story. Whoever does is one of its writers from now on."""
    held = _shown(story)
    had_picture = _first_picture(story) is not None
    _demand_known(unit, form)
    for name, value in form.items():
        field, written = _WRITTEN.get(name, (name, _as_given))
        if field in _FIELDS:
            setattr(story, field, written(value))
    _demand_media(unit, story, held)
    if "body" in form:
        demand_items(unit.session, item_ids(story.body), "body")
    # The first picture that comes into the text is the cover too. Whoever takes that away means it.
    if story.cover is None and not had_picture:
        story.cover = _first_picture(story)
    story.content_hash = rules.hash_of(rules.content_of(story))
    if unit.actor.kind == "staff" and unit.actor.id not in story.writers:
        story.writers = [*story.writers, unit.actor.id]


def _first_picture(story: Story) -> str | None:
    return next((block["media"] for block in story.body if block["type"] == "image"), None)


def _demand_known(unit: UnitOfWork, form: dict[str, Any]) -> None:
    if "section" in form:
        demand_section(unit.session, form["section"])
    if "towns" in form:
        demand_towns(unit.session, form["towns"])
    if form.get("topic") is not None and unit.session.get(Topic, form["topic"]) is None:
        raise invalid("topic", "unknown", "没有这个选题")
    if form.get("assignment") is not None and unit.session.get(Assignment, form["assignment"]) is None:
        raise invalid("assignment", "unknown", "没有这个任务")
    shares = form.get("shares")
    if shares and sum(share["share"] for share in shares) != 100:
        raise invalid("shares", "sum", "署名份额合计须为 100")


def _demand_media(unit: UnitOfWork, story: Story, held: Sequence[str]) -> None:
    """Let in only files that may be used: one's own, public ones, and registered material of the house."""
    shown = _shown(story)
    states = media_states(unit.session, shown, unit.now)
    demand_media_allowed([state for media_id, state in states.items() if media_id not in held])
    material = [media_id for media_id, state in states.items() if state.state == "usable"]
    demand_usable(unit.session, unit.actor, shown, "body", held=[*held, *material])


def _shown(story: Story) -> list[str]:
    return media_ids(story.body) + ([story.cover] if story.cover else [])


def shown_media(story: Story) -> list[str]:
    """List the files that a story shows, its cover among them."""
    return list(dict.fromkeys(_shown(story)))


def changed(unit: UnitOfWork, story: Story, verb: str, **data: Any) -> Story:
    """Close a change of a story: number it, record it, and place it where it belongs now."""
    story.ver += 1
    story.updated_at = unit.now
    unit.session.flush()
    unit.record(f"story.{verb}", story.id, story.ver, hash=story.content_hash, state=str(story.state), **data)
    _follow(unit, story)
    unit.place("story", story.id, story.ver, streams_of(story))
    return story


def _follow(unit: UnitOfWork, story: Story) -> None:
    """Take what hangs on a story along where it moves: a confidential one leaves nothing of itself on open desks."""
    held = sa.select(Item.stream).where(Item.kind == "story", Item.item_id == story.id)
    if set(unit.session.scalars(held)) not in (set(), streams_of(story)):
        place_renditions(unit, story)
        place_lease(unit, story)


def unsign(story: Story) -> None:
    """Take the signature off a text that is not the signed one any more."""
    story.signed_by = story.signed_hash = story.signed_at = story.publish_at = None


def move(unit: UnitOfWork, story: Story, command: str, facts: StoryFacts, **data: Any) -> Story:
    """Carry out a command that changes nothing but where a story stands."""
    story.state = STORY.step(command, story.state, facts)
    told = credits_of(unit, story) if command in _CREDITED else {}
    return changed(unit, story, _VERBS.get(command, command), **told, **data)


# When a text leaves its writers, and when it is signed, history keeps whose it is.
_CREDITED = frozenset({"submit", "approve"})
_VERBS = {
    "take": "taken",
    "submit": "submitted",
    "return": "returned",
    "send_back": "sent_back",
    "reject": "rejected",
    "approve": "approved",
    "schedule": "scheduled",
    "archive": "archived",
    "reopen": "reopened",
    "spike": "spiked",
    "restore": "restored",
    "withdraw": "withdrawn",
}


def sign(unit: UnitOfWork, story: Story, signer_id: str) -> None:
    """Write down who signed which text of a story."""
    story.signed_by, story.signed_at, story.signed_hash = signer_id, unit.now, story.content_hash


def go_live(unit: UnitOfWork, story: Story) -> Story:
    """Put the signed text before the readers; no other ever gets there.

    Raises:
        AppError: 409 `exam_required`.
    """
    rules.SIGNED_HASH.demand(StoryFacts(is_signed=is_signed(story)))
    story.publish_at = None
    changed(unit, story, "published", signer=story.signed_by, **credits_of(unit, story))
    feed.put_article(unit, story.id, edition_of(story), unit.now)
    return story


def is_signed(story: Story) -> bool:
    """Tell whether the text that stands there is the one that was signed. It is hashed anew: rows can be wrong."""
    return story.signed_hash is not None and story.signed_hash == rules.hash_of(rules.content_of(story))


def edition_of(story: Story) -> Edition:
    """Return what readers get of a story."""
    return Edition(
        headline=story.headline,
        summary=story.summary,
        body=story.body,
        section=story.section,
        towns=story.towns,
        class_=story.class_,
        priority=story.priority,
        breaking=story.lane == "fast",
        confirmed=story.lane != "fast",
        cover=story.cover,
        byline=story.byline,
        sources=[{"name": source["name"], "kind": source["kind"]} for source in story.sources],
        translations=story.translations,
    )
