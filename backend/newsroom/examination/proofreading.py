"""A proofreader's own pencil: up to 20 characters a step, and nothing that carries meaning (NEWSROOM.md section 4)."""

from __future__ import annotations

import html
from typing import Any

from backend.clock import iso
from backend.errors import invalid
from backend.newsroom.editing import actions as editing
from backend.newsroom.editing.leases import demand_free
from backend.newsroom.editing.models import Story
from backend.newsroom.examination import rules
from backend.newsroom.examination.actions import (
    access_exam,
    access_step,
    changed,
    demand_underway,
    facts_of_step,
    void_passes,
)
from backend.newsroom.examination.aids.protected import forbidden_change
from backend.newsroom.examination.aids.text import plain
from backend.newsroom.examination.checks import active_dictionary
from backend.newsroom.examination.models import Exam, ExamStep
from backend.newsroom.examination.rules import STEP
from backend.unit_of_work import UnitOfWork

_FIELDS = ("headline", "subtitle", "summary")


def fix_text(unit: UnitOfWork, exam_id: str, name: str, form: dict[str, Any], if_match: int | None = None) -> Exam:
    """Put `new` in the place of `old`, which must stand exactly once in the block (or field) that is named.

    Within the rule the passes before it stay and the change is shown at every later step. Beyond it (a name, title,
    number, date, unit or quotation, or more than 20 characters in this step) it is an edit like any other: the passes
    are void, and the proofreader is one of the writers now.
    """
    exam, target = access_exam(unit, exam_id, if_match)
    step = access_step(unit, exam, name)
    demand_underway(exam)
    STEP.step("fix", step.state, facts_of_step(unit, exam, target, step))
    if step.name[0] != "P" or exam.state != "open" or target.rendition is not None:
        raise invalid("old", "not_here", "只有校对可以在自己的这一道里改稿件的字")
    demand_free(unit, target.story)
    content, before, after = _replaced(target.story, form)
    why = _beyond(unit, target.story, step, before, after)
    edit = {
        "block_id": form.get("block_id"),
        "field": form.get("field") or "body",
        "old": form["old"],
        "new": form["new"],
        "before": target.hash,
        "at": iso(unit.now),
    }
    if why is not None:
        editing.edit_story(unit, target.story, content, None)
        step.edits = [*step.edits, edit | {"after": target.hash, "voided": why}]
        return void_passes(unit, exam, target)
    editing.proofread(unit, target.story, content)
    step.edits = [*step.edits, edit | {"after": target.hash, "voided": None}]
    exam.content_hash, exam.text_version = target.hash, target.text_version
    return changed(unit, exam, target, "fixed", step=name, before=edit["before"], after=target.hash)


def _replaced(story: Story, form: dict[str, Any]) -> tuple[dict[str, Any], str, str]:
    """Return the changed content, and the plain text before and after."""
    old, new = form["old"], form["new"]
    field = form.get("field")
    if field in _FIELDS:
        before = getattr(story, field)
        _demand_once(before, old)
        after = before.replace(old, new)
        if not after.strip():
            raise invalid("new", "blank", "改完以后不能是空的")
        return {field: after}, before, after
    body = [dict(block) for block in story.body]
    block = next((each for each in body if each["id"] == form.get("block_id")), None)
    if block is None:
        raise invalid("block_id", "unknown", "稿件里没有这一块")
    before = plain(block)
    key = next((key for key in ("html", "text", "caption") if block.get(key)), None)
    if key is None:
        raise invalid("block_id", "no_text", "这一块没有文字")
    # Only text is replaced, never markup: what is looked for is written as it stands in the markup.
    was, will = (html.escape(text, quote=False) if key == "html" else text for text in (old, new))
    _demand_once(block[key], was)
    block[key] = block[key].replace(was, will)
    return {"body": body}, before, plain(block)


def _demand_once(text: str, old: str) -> None:
    if text.count(old) != 1:
        words = "这里没有这几个字" if old not in text else "这几个字出现了不止一次，请多选几个字"
        raise invalid("old", "not_once", words)


def _beyond(unit: UnitOfWork, story: Story, step: ExamStep, before: str, after: str) -> str | None:
    """Say what in a change goes beyond the rule; None if nothing does."""
    used = sum(max(len(edit["old"]), len(edit["new"])) for edit in step.edits if edit["voided"] is None)
    if used + abs(len(after) - len(before)) > rules.FIX_LIMIT:
        return "length"
    _, lexicon = active_dictionary(unit.session)
    names = set(lexicon.persons) | {source["name"] for source in story.sources}
    names |= {part for part in story.byline.replace("、", " ").split() if part}
    titles = {term.title for terms in lexicon.persons.values() for term in terms}
    found = forbidden_change(before, after, names=names, titles=titles)
    if found is None and used + _touched(before, after) > rules.FIX_LIMIT:
        return "length"
    return found


def _touched(before: str, after: str) -> int:
    """Count the characters that a replacement touches, without what stays the same at both ends."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while end < min(len(before), len(after)) - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return max(len(before), len(after)) - start - end
