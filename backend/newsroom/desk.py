"""Commands in which more than one section takes part: what the editor API calls.

The sections below know only those before them (planning → interview → editing → examination); whatever crosses them
upward, such as an edit that voids what the examination has passed, is put together here.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.blocks import plain_text
from backend.errors import not_found
from backend.feed import actions as feed
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import raise_alarm
from backend.newsroom.editing import actions as editing
from backend.newsroom.editing import rules
from backend.newsroom.editing.actions import access_story
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.actions import mark_stale
from backend.newsroom.editing.rules import STORY, State, StoryFacts
from backend.newsroom.editing.versions import keep_version
from backend.newsroom.examination import actions as examination
from backend.newsroom.examination import fast_lane
from backend.newsroom.examination.checks import current_report
from backend.newsroom.examination.models import Exam
from backend.newsroom.examination.rules import EXAM
from backend.newsroom.examination.targets import RENDITION, Target, access_target
from backend.newsroom.examination.targets import STORY as STORY_TARGET
from backend.newsroom.interview.queries import media_states
from backend.newsroom.roster import person_of, persons_of
from backend.policy import Role
from backend.unit_of_work import UnitOfWork

RELEASE_JOB, LATE = "story.release", "story_late"
LATE_AFTER_S = 60
REASON_FOLLOWS = "编辑部已撤回这篇稿件，理由随后公布。"


def _target(story: Story) -> Target:
    return Target(STORY_TARGET, story.id, story)


def edit_story(unit: UnitOfWork, story_id: str, form: dict[str, Any], if_match: int | None) -> Story:
    """Change a story. What was passed or signed over its old text is void."""
    story = access_story(unit, story_id)
    if editing.edit_story(unit, story, form, if_match):
        target = _target(story)
        exam = examination.current_exam(unit, target)
        if exam is not None:
            examination.follow_text(unit, exam, target)
    return story


def submit_story(unit: UnitOfWork, story_id: str, if_match: int | None = None) -> Story:
    """Hand a story in for examination. The machine looks at it first, so that nobody has to think of it."""
    story = access_story(unit, story_id, if_match)
    target = _target(story)
    STORY.way("submit", story.state)
    if story.body:
        current_report(unit, target)
    editing.move(unit, story, "submit", _leaving(unit, story))
    examination.submit(unit, target)
    return story


def _leaving(unit: UnitOfWork, story: Story) -> StoryFacts:
    states = media_states(unit.session, editing.shown_media(story), unit.now).values()
    return StoryFacts(
        has_body=bool(plain_text(story.body).strip()) or bool(editing.shown_media(story)),
        has_source=bool(story.sources),
        has_verified_source=any(source["verified"] for source in story.sources),
        media_cleared=not any(state.is_barred for state in states),
        report_is_fresh=True,
    )


def return_story(unit: UnitOfWork, story_id: str, reason: str, if_match: int | None = None) -> Story:
    """Take a story back out of the examination, or off the schedule."""
    story = access_story(unit, story_id, if_match)
    story.reason = reason
    editing.move(unit, story, "return", StoryFacts())
    editing.unsign(story)
    _void(unit, story, "稿件已退回修改")
    return story


def handle_story(unit: UnitOfWork, story_id: str, command: str, reason: str | None, if_match: int | None) -> Story:
    """Carry out `take`, `spike`, `restore`, `archive` or `reopen`."""
    story = access_story(unit, story_id, if_match)
    if reason is not None:
        story.reason = reason
    editing.move(unit, story, command, StoryFacts(is_signed=editing.is_signed(story)))
    if command in {"spike", "reopen", "restore"}:
        editing.unsign(story)
        _void(unit, story, "稿件已离开审核")
    if command in {"restore", "reopen"}:
        story.lane = "normal"
    return story


def _void(unit: UnitOfWork, story: Story, why: str) -> None:
    target = _target(story)
    exam = examination.current_exam(unit, target)
    if exam is not None and exam.state in {"open", "returned", "signed", "fast_open"}:
        examination.void_exam(unit, exam, target, why)


def publish_story(
    unit: UnitOfWork, story_id: str, *, publish_at: datetime | None = None, if_match: int | None = None
) -> Story:
    """Make a signed story live now or at a time.

    Raises:
        AppError: 409 `exam_required` for a text that nobody signed.
    """
    story = access_story(unit, story_id, if_match)
    facts = StoryFacts(is_signed=story.state == State.APPROVED and editing.is_signed(story))
    if story.state in {"draft", "editing", "in_exam", "returned", "fast_open"}:
        raise rules.SIGNED_HASH.refusal(state=str(story.state), allowed=STORY.allowed(story.state))
    if publish_at is None or publish_at <= unit.now:
        story.state = STORY.step("publish", story.state, facts)
        return editing.go_live(unit, story)
    editing.move(unit, story, "schedule", facts)
    story.publish_at = publish_at
    args = {"id": story.id, "ver": story.ver}
    unit.enqueue(RELEASE_JOB, f"{RELEASE_JOB}:{story.id}:{story.ver}", args, run_at=publish_at)
    return story


def release_scheduled(run: JobRun) -> None:
    """Make a scheduled story live; the job of its hour. One that was returned or changed since is left alone."""
    with run.unit() as unit:
        story = unit.session.get(Story, run.args["id"], with_for_update=True)
        if story is not None and story.state == State.SCHEDULED and story.ver == run.args["ver"]:
            _report_late(unit, story)
            story.state = STORY.step("release", story.state, StoryFacts(is_signed=editing.is_signed(story)))
            editing.go_live(unit, story)


def _report_late(unit: UnitOfWork, story: Story) -> None:
    """Say so where the hour of a story has been missed: the clock jumped, or nobody was working."""
    late = (unit.now - (story.publish_at or unit.now)).total_seconds()
    if late > LATE_AFTER_S:
        unit.record("story.late", story.id, story.ver, seconds=int(late))
        text = f"《{story.headline}》在客户端晚发了 {int(late)} 秒。"
        raise_alarm(
            unit, key=f"late:{story.id}", kind=LATE, about=("story", story.id), to=(Role.DUTY_EDITOR,), text=text
        )


def release_overdue(unit: UnitOfWork) -> None:
    """Look again at scheduled stories whose hour has passed, as when the app had been stopped then."""
    late = sa.select(Story).where(Story.state == State.SCHEDULED, Story.publish_at <= unit.now).order_by(Story.id)
    for story in unit.session.scalars(late):
        args = {"id": story.id, "ver": story.ver}
        unit.enqueue(RELEASE_JOB, f"{RELEASE_JOB}:{story.id}:{story.ver}:{unit.command_id}", args)


def open_breaking(unit: UnitOfWork, form: dict[str, Any]) -> Story:
    """Open the fast lane with a short text."""
    text: dict[str, Any] = {"headline": form["headline"], "body": form["text"], "sources": _sources(form)}
    text["summary"] = rules.opening_of(form["text"])
    names = ("section", "towns", "cover", "targets", "class_", "topic")
    rest: dict[str, Any] = {name: form[name] for name in names if name in form}
    defaults = {"class_": "emergency", "priority": 1, "section": "yaowen"}
    story = editing.open_fast(unit, {**defaults, **text, **rest}, form["reason"])
    fast_lane.open_lane(unit, _target(story), form["reason"])
    return story


def _sources(form: dict[str, Any]) -> list[dict[str, Any]]:
    source = form["source"]
    first = source if isinstance(source, dict) else {"name": source, "kind": "official", "verified": True}
    return [first, *form.get("sources", [])]


def sign_breaking(unit: UnitOfWork, story_id: str, if_match: int | None = None) -> Story:
    """Sign a breaking item; it is live with the commit."""
    story = access_story(unit, story_id, if_match)
    if story.lane != "fast":
        raise not_found("快讯")
    target = _target(story)
    STORY.way("sign", story.state)
    exam = examination.current_exam(unit, target)
    if exam is None:
        raise not_found("审核单")
    fast_lane.sign_lane(unit, exam, target)
    return story


def draft_correction(unit: UnitOfWork, story_id: str, form: dict[str, Any], if_match: int | None = None) -> Story:
    """Write the correction of a live story; readers see nothing of it before another person has signed it."""
    story = access_story(unit, story_id, if_match)
    STORY.step("correct", story.state, StoryFacts())
    before, writers, signed = rules.content_of(story), story.writers, story.content_hash
    editing.fill(unit, story, {name: value for name, value in form.items() if name != "note"})
    after = rules.content_of(story)
    # The live text stays what it is; what was filled in is kept beside it.
    for name, value in ({"subtitle": ""} | before).items():
        setattr(story, name, value)
    story.writers, story.content_hash = writers, signed
    drafters = [*(story.correction or {}).get("drafters", []), unit.actor.id]
    story.correction = {
        "state": "drafted",
        "by": unit.actor.id,
        "drafters": list(dict.fromkeys(drafters)),
        "at": unit.now.isoformat(timespec="milliseconds"),
        "note": form["note"],
        "hash": rules.hash_of(after),
        "content": after,
        "why": (story.correction or {}).get("why"),
        "category": (story.correction or {}).get("category"),
    }
    return editing.changed(unit, story, "correction_drafted", correction=story.correction["hash"])


def sign_correction(unit: UnitOfWork, story_id: str, if_match: int | None = None) -> Story:
    """Sign a correction: it replaces the live text, and its note is shown to every reader.

    Raises:
        AppError: 409 `same_person` for a writer of the story or of the correction.
    """
    story = access_story(unit, story_id, if_match)
    given = story.correction or {}
    hands = [*story.writers, story.author_id, *given.get("drafters", [])]
    same = person_of(unit.session, unit.actor.id) in persons_of(unit.session, hands).values()
    STORY.step("sign_correction", story.state, StoryFacts(correction=given.get("state"), same_person=same))
    changes = rules.worded_changes(rules.content_of(story), given["content"])
    for name, value in ({"subtitle": ""} | given["content"]).items():
        setattr(story, name, value)
    story.writers = list(dict.fromkeys([*story.writers, *given["drafters"]]))
    story.content_hash = rules.hash_of(rules.content_of(story))
    story.text_version += 1
    story.correction = None
    editing.sign(unit, story, unit.actor.id)
    keep_version(unit, story, "corrected")
    _prove_correction(unit, story)
    confirmed = _close_fast(unit, story, "correct")
    editing.changed(unit, story, "corrected", signer=unit.actor.id)
    mark_stale(unit, story)
    edition = editing.edition_of(story)
    edition = replace(edition, confirmed=edition.confirmed or confirmed)
    feed.correct_article(unit, story.id, edition, given["note"], changes)
    return story


def _prove_correction(unit: UnitOfWork, story: Story) -> None:
    """Write the signature of a correction down as an examination of one step, like every other signature."""
    target = _target(story)
    exam = examination.open_exam(unit, target, lane="correction")
    examination.begin_round(unit, exam, target, passed={"R3": unit.actor.id})
    exam.state = EXAM.step("sign", exam.state)
    examination.sign_exam(unit, exam, target)
    examination.changed(unit, exam, target, "corrected")


def _close_fast(unit: UnitOfWork, story: Story, command: str) -> bool:
    """End the fast lane's clock if it runs; return whether the item needs no further confirmation."""
    target = _target(story)
    exam = examination.current_exam(unit, target)
    if exam is None or exam.lane != "fast":
        return False
    if exam.state == "live_unconfirmed":
        fast_lane.close_lane(unit, exam, target, command)
    return True


def drop_correction(unit: UnitOfWork, story_id: str, if_match: int | None = None) -> Story:
    """Give up a correction that was drafted; the live text stays."""
    story = access_story(unit, story_id, if_match)
    facts = StoryFacts(correction=(story.correction or {}).get("state"))
    STORY.step("drop_correction", story.state, facts)
    story.correction = None
    return editing.changed(unit, story, "correction_dropped")


def withdraw_story(unit: UnitOfWork, story_id: str, reason: str | None, if_match: int | None = None) -> Story:
    """Take a live story from everybody at once. One person is enough: this is the safe direction.

    The reason may come afterwards; readers who look for the article are told so meanwhile.
    """
    story = access_story(unit, story_id, if_match)
    story.reason = reason
    editing.move(unit, story, "withdraw", StoryFacts())
    story.correction = None
    _close_fast(unit, story, "withdraw")
    feed.withdraw_article(unit, story.id, reason or REASON_FOLLOWS)
    return story


def submit_rendition(unit: UnitOfWork, rendition_id: str) -> Exam:
    """Hand a rendition in that says more than its story: it has an examination of its own."""
    target = access_target(unit, RENDITION, rendition_id)
    return examination.submit(unit, target)


def rendition_changed(unit: UnitOfWork, rendition: Rendition) -> None:
    """Void what was passed over a rendition's old text."""
    target = access_target(unit, RENDITION, rendition.id)
    exam = examination.current_exam(unit, target)
    if exam is not None and exam.content_hash != target.hash:
        examination.follow_text(unit, exam, target)
