"""What the newsroom does: write, submit, sign, publish, correct, withdraw."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend import blocks
from backend.blocks import media_ids
from backend.district.queries import demand_section, demand_towns
from backend.errors import AppError, Code, guard_failed, not_found
from backend.feed import actions as feed
from backend.feed.actions import Edition
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.media.queries import demand_usable
from backend.newsroom.editing import rules
from backend.newsroom.editing.models import Story
from backend.newsroom.editing.rules import State
from backend.policy import demand_other_person
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

DESK = "editing"
_PLAIN = ("headline", "summary", "section", "class_", "priority", "targets", "byline", "translations", "cover")


def access_story(unit: UnitOfWork, story_id: str, if_match: int | None = None) -> Story:
    """Return a story, locked for a change.

    Raises:
        AppError: 404; 412 `stale` with the current version if it is not the one the client saw.
    """
    story = unit.session.get(Story, story_id, with_for_update=True)
    if story is None:
        raise not_found("稿件")
    if if_match is not None and if_match != story.ver:
        raise AppError(Code.STALE, 412, "稿件已被同事更新，请先读取最新版本。", data={"ver": story.ver})
    return story


def create_story(unit: UnitOfWork, form: dict[str, Any]) -> Story:
    """Begin a story as a draft."""
    story = _new_story(unit, State.DRAFT, "normal")
    _fill(unit, story, form)
    unit.session.add(story)
    return _changed(unit, story, "created")


def open_breaking(unit: UnitOfWork, form: dict[str, Any]) -> Story:
    """Open the breaking lane with a short text; one signature by another person makes it live."""
    story = _new_story(unit, State.FAST_OPEN, "fast")
    story.reason = form["reason"]
    source = form["source"]
    sources = [source] if isinstance(source, dict) else [{"name": source, "kind": "official", "verified": True}]
    if not any(given.get("verified") for given in sources):
        raise guard_failed("verified_source", "快讯需要一个已核实的消息来源。")
    text: dict[str, Any] = {"headline": form["headline"], "body": form["text"], "sources": sources}
    text["summary"] = rules.opening_of(form["text"])
    rest: dict[str, Any] = {name: form[name] for name in ("section", "towns", "cover") if name in form}
    _fill(unit, story, {"class_": "emergency", "priority": 1, "section": "yaowen", **text, **rest})
    unit.session.add(story)
    return _changed(unit, story, "breaking_opened")


def _new_story(unit: UnitOfWork, state: State, lane: str) -> Story:
    return Story(
        id=new_id(),
        ver=0,
        state=state,
        lane=lane,
        headline="",
        summary="",
        body=[],
        towns=[],
        class_="livelihood",
        priority=3,
        sources=[],
        targets=["app"],
        cover=None,
        byline="",
        translations={},
        author_id=unit.actor.id,
        writers=[],
        created_at=unit.now,
        publish_at=None,
    )


def edit_story(unit: UnitOfWork, story_id: str, form: dict[str, Any], if_match: int | None) -> Story:
    """Change a story's text. What had been submitted is a draft again, and the changer counts as a writer."""
    story = access_story(unit, story_id, if_match)
    state = rules.next_state("edit", story.state)
    story.state = State.DRAFT if state is State.SUBMITTED else state
    _fill(unit, story, form)
    return _changed(unit, story, "edited", fields=sorted(form))


def _fill(unit: UnitOfWork, story: Story, form: dict[str, Any]) -> None:
    held = _shown(story)
    if "section" in form:
        demand_section(unit.session, form["section"])
    if "towns" in form:
        demand_towns(unit.session, form["towns"])
        story.towns = sorted(set(form["towns"]))
    if "body" in form:
        story.body = blocks.parse(form["body"])
    if "sources" in form:
        story.sources = [{"verified": False} | source for source in form["sources"]]
    for name in _PLAIN:
        if name in form:
            setattr(story, name, form[name])
    demand_usable(unit.session, unit.actor, _shown(story), "body", held=held)
    if story.cover is None:
        story.cover = next((block["media"] for block in story.body if block["type"] == "image"), None)
    story.content_hash = rules.content_hash(story)
    if unit.actor.id not in story.writers:
        story.writers = [*story.writers, unit.actor.id]


def _shown(story: Story) -> list[str]:
    return media_ids(story.body) + ([story.cover] if story.cover else [])


def _changed(unit: UnitOfWork, story: Story, verb: str, **data: Any) -> Story:
    story.ver += 1
    story.updated_at = unit.now
    unit.session.flush()
    unit.record(f"story.{verb}", story.id, story.ver, hash=story.content_hash, state=str(story.state), **data)
    unit.place("story", story.id, story.ver, {streams.desk(DESK)})
    return story


def submit_story(unit: UnitOfWork, story_id: str, if_match: int | None = None) -> Story:
    """Hand a draft in for signing."""
    story = access_story(unit, story_id, if_match)
    story.state = rules.next_state("submit", story.state)
    if not story.body:
        raise guard_failed("body", "稿件还没有正文。")
    if not story.sources:
        raise guard_failed("source", "请先注明消息来源。")
    return _changed(unit, story, "submitted")


def return_story(unit: UnitOfWork, story_id: str, reason: str, if_match: int | None = None) -> Story:
    """Send a submitted story back to its writers."""
    story = access_story(unit, story_id, if_match)
    story.state = rules.next_state("return", story.state)
    story.reason = reason
    story.signed_by = story.signed_hash = story.signed_at = story.publish_at = None
    return _changed(unit, story, "returned")


def publish_story(
    unit: UnitOfWork, story_id: str, *, publish_at: datetime | None = None, if_match: int | None = None
) -> Story:
    """Sign a submitted story, and make it live now or at a time.

    Raises:
        AppError: 409 `same_person` for somebody who wrote any of it.
    """
    story = access_story(unit, story_id, if_match)
    later = publish_at is not None and publish_at > unit.now
    state = rules.next_state("schedule" if later else "publish", story.state)
    _sign(unit, story)
    story.state = state
    if later:
        story.publish_at = publish_at
        _changed(unit, story, "scheduled")
        unit.enqueue(
            "story.release",
            f"story.release:{story.id}:{story.ver}",
            {"id": story.id, "ver": story.ver},
            run_at=publish_at,
        )
        return story
    return _go_live(unit, story)


def sign_breaking(unit: UnitOfWork, story_id: str, if_match: int | None = None) -> Story:
    """Sign a breaking item; it is live with the commit."""
    story = access_story(unit, story_id, if_match)
    if story.lane != "fast":
        raise not_found("快讯")
    state = rules.next_state("sign", story.state)
    _sign(unit, story)
    story.state = state
    return _go_live(unit, story)


def _sign(unit: UnitOfWork, story: Story) -> None:
    demand_other_person(unit.actor, story.writers, "signer_is_not_writer")
    story.signed_by, story.signed_at, story.signed_hash = unit.actor.id, unit.now, rules.content_hash(story)


def _go_live(unit: UnitOfWork, story: Story) -> Story:
    if story.signed_hash != rules.content_hash(story):
        raise guard_failed("signed_hash", "稿件内容与签发时不一致，不能刊发。")
    story.publish_at = None
    _changed(unit, story, "published", signer=story.signed_by)
    feed.put_article(unit, story.id, _edition(story), unit.now)
    return story


def release_scheduled(run: JobRun) -> None:
    """Make a scheduled story live; the job of its hour. One that was returned or changed since is left alone."""
    with run.unit() as unit:
        story = unit.session.get(Story, run.args["id"], with_for_update=True)
        if story is not None and story.state == State.SCHEDULED and story.ver == run.args["ver"]:
            story.state = rules.next_state("release", story.state)
            _go_live(unit, story)


def correct_story(unit: UnitOfWork, story_id: str, form: dict[str, Any], if_match: int | None = None) -> Story:
    """Correct a live story, with a note that readers see. Nobody corrects alone what they wrote themselves."""
    story = access_story(unit, story_id, if_match)
    rules.next_state("correct", story.state)
    demand_other_person(unit.actor, story.writers, "corrector_is_not_writer")
    note = form["note"]
    writers = story.writers
    _fill(unit, story, {name: value for name, value in form.items() if name != "note"})
    # The corrector answers for the change by signing it; the writers of the story stay who they were.
    story.writers = writers
    story.signed_by, story.signed_at, story.signed_hash = unit.actor.id, unit.now, story.content_hash
    _changed(unit, story, "corrected", signer=unit.actor.id)
    feed.correct_article(unit, story.id, _edition(story), note)
    return story


def withdraw_story(unit: UnitOfWork, story_id: str, reason: str, if_match: int | None = None) -> Story:
    """Take a live story from everybody at once. One person is enough: this is the safe direction."""
    story = access_story(unit, story_id, if_match)
    story.state = rules.next_state("withdraw", story.state)
    story.reason = reason
    _changed(unit, story, "withdrawn")
    feed.withdraw_article(unit, story.id, reason)
    return story


def _edition(story: Story) -> Edition:
    return Edition(
        headline=story.headline,
        summary=story.summary,
        body=story.body,
        section=story.section,
        towns=story.towns,
        class_=story.class_,
        priority=story.priority,
        breaking=story.lane == "fast",
        # The review after the fact belongs to the full examination; until then a breaking item stays unconfirmed.
        confirmed=story.lane != "fast",
        cover=story.cover,
        byline=story.byline,
        sources=[{"name": source["name"], "kind": source["kind"]} for source in story.sources],
        translations=story.translations,
    )
