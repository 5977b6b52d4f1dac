"""A story's states, its guards, and what a signature binds. No database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from backend.blocks import plain_text
from backend.db import canonical
from backend.errors import Code
from backend.newsroom.machine import Guard, Machine, Way


class State(StrEnum):
    """Where a story stands."""

    DRAFT = "draft"
    EDITING = "editing"
    IN_EXAM = "in_exam"
    RETURNED = "returned"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    FAST_OPEN = "fast_open"
    LIVE = "live"
    WITHDRAWN = "withdrawn"
    ARCHIVED = "archived"
    SPIKED = "spiked"


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """What the guards of a story look at."""

    has_body: bool = False
    has_source: bool = False
    has_verified_source: bool = False
    media_cleared: bool = False
    report_is_fresh: bool = False
    is_signed: bool = False
    correction: str | None = None
    same_person: bool = False


BODY = Guard[StoryFacts]("body", lambda f: f.has_body, "稿件还没有正文。", "写好正文再送审")
SOURCE = Guard[StoryFacts]("source", lambda f: f.has_source, "请先注明消息来源。", "至少写明一个消息来源")
VERIFIED_SOURCE = Guard[StoryFacts](
    "verified_source",
    lambda f: f.has_verified_source,
    "消息来源都还没有核实。",
    "至少核实一个消息来源，并把它标为已核实",
)
MEDIA_RIGHTS = Guard[StoryFacts](
    "media_rights", lambda f: f.media_cleared, "稿件里有不能使用的图片或音视频。", "换掉它们，或补齐授权和同意书"
)
CHECK_REPORT = Guard[StoryFacts](
    "check_report",
    lambda f: f.report_is_fresh,
    "没有这一版文字十分钟内的机检报告。",
    "对当前文字重新机检",
)
SIGNED_HASH = Guard[StoryFacts](
    "signed_hash",
    lambda f: f.is_signed,
    "这一版文字没有终审签发，不能刊发。",
    "送审并完成三审三校，由终审签发当前文字",
    Code.EXAM_REQUIRED,
)
CORRECTION_DRAFTED = Guard[StoryFacts](
    "correction_drafted", lambda f: f.correction == "drafted", "还没有写好的更正。", "先写好更正内容和说明"
)
SIGNER_IS_ANOTHER = Guard[StoryFacts](
    "signer_is_not_writer",
    lambda f: not f.same_person,
    "写过这篇稿件或这次更正的人不能签发它。",
    "请另一位值班总编签发",
    Code.SAME_PERSON,
)
_BEFORE = ("draft", "editing", "returned")
_LEAVING = (BODY, SOURCE, VERIFIED_SOURCE, MEDIA_RIGHTS, CHECK_REPORT)

STORY: Machine[StoryFacts] = Machine(
    name="story",
    noun="稿件",
    states={
        "draft": "草稿",
        "editing": "编辑中",
        "in_exam": "审核中",
        "returned": "已退回",
        "approved": "已签发",
        "scheduled": "待刊发",
        "fast_open": "快讯待签",
        "live": "已刊发",
        "withdrawn": "已撤稿",
        "archived": "已归档",
        "spiked": "已毙稿",
    },
    start=("draft", "fast_open", "archived"),
    ways=(
        Way("edit", ("draft", "editing", "in_exam", "fast_open"), None, "story.write", "修改"),
        Way("edit", ("returned", "approved", "scheduled"), "editing", "story.write", "修改"),
        Way("take", ("draft", "returned"), "editing", "story.handle", "接稿"),
        Way("submit", _BEFORE, "in_exam", "story.write", "送审", _LEAVING),
        # Whoever handed a story in too early takes it back; what was passed or signed by then is void.
        Way("return", ("in_exam", "approved", "scheduled"), "returned", "story.handle", "退回"),
        Way("send_back", ("in_exam",), "returned", None, "审核退回"),
        Way("reject", ("in_exam",), "spiked", None, "审核不予通过"),
        Way("approve", ("in_exam",), "approved", None, "终审签发"),
        Way("publish", ("approved",), "live", "story.publish", "刊发", (SIGNED_HASH,)),
        Way("schedule", ("approved",), "scheduled", "story.publish", "定时刊发", (SIGNED_HASH,)),
        Way("release", ("scheduled",), "live", None, "到点刊发", (SIGNED_HASH,)),
        Way("archive", ("approved",), "archived", "story.handle", "归档"),
        Way("reopen", ("archived",), "draft", "story.handle", "重新启用"),
        Way("spike", (*_BEFORE, "approved", "fast_open"), "spiked", "story.handle", "毙稿"),
        Way("restore", ("spiked",), "draft", "story.handle", "恢复"),
        Way("sign", ("fast_open",), "live", "breaking.sign", "签发快讯"),
        Way("correct", ("live",), None, "story.write", "更正"),
        Way(
            "sign_correction",
            ("live",),
            None,
            "correction.sign",
            "签发更正",
            (CORRECTION_DRAFTED, SIGNER_IS_ANOTHER),
        ),
        Way("drop_correction", ("live",), None, "story.handle", "放弃更正", (CORRECTION_DRAFTED,)),
        Way("withdraw", ("live",), "withdrawn", "story.withdraw", "撤稿"),
    ),
    ends=("withdrawn",),
)

CLASSES = ["time_political", "livelihood", "emergency", "feature", "notice", "official_notice"]
SENSITIVITIES = ["normal", "strict"]
LANGUAGES = ["zh-CN", "en"]
SOURCE_KINDS = ["official", "document", "interview", "citizen", "media", "expert"]
TARGETS = ["app", "wechat", "weibo", "newspaper", "tv"]
MAX_BREAKING_TEXT = 500
MAX_OPENING = 120
LEASE = timedelta(minutes=10)
REPORT_FRESH = timedelta(minutes=10)
SIGNED_FIELDS = (
    "headline",
    "summary",
    "body",
    "section",
    "towns",
    "class_",
    "sources",
    "cover",
    "byline",
    "translations",
)
# These came later. They are part of what is hashed only where they say something, so that older signatures hold.
_LATER_FIELDS = ("subtitle",)


def content_of(story: Any) -> dict[str, Any]:
    """Return all that a reader will see, by field: this is a version of a story."""
    later = {name: getattr(story, name) for name in _LATER_FIELDS if getattr(story, name)}
    return {name: getattr(story, name) for name in SIGNED_FIELDS} | later


def hash_of(content: Mapping[str, Any]) -> str:
    """Hash a version (SHA-256 over canonical JSON): this is what a signature binds."""
    return hashlib.sha256(canonical(dict(content)).encode()).hexdigest()


def is_strict(class_: str, sensitivity: str) -> bool:
    """Tell whether six different people must examine it (NEWSROOM.md section 4, rule d)."""
    return class_ == "time_political" or sensitivity == "strict"


def is_confidential(story: Any) -> bool:
    """Tell whether only its writers and the examination may see it: strict, and not before the public yet."""
    return is_strict(story.class_, story.sensitivity) and story.state != State.LIVE


def opening_of(text: str) -> str:
    """Return the first paragraph, cut after its last whole sentence where it is long: it rings phones as it stands."""
    paragraph = next(line.strip() for line in text.splitlines() if line.strip())
    if len(paragraph) <= MAX_OPENING:
        return paragraph
    cut = paragraph[:MAX_OPENING]
    end = max(cut.rfind(mark) for mark in "。！？!?")
    return cut[: end + 1] if end > 0 else cut[:-1] + "…"


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List what changed between two versions: `{field, block_id, op, before, after}`; the body goes by block.

    `op` is add, remove, change or move; `block_id` is None outside the body.
    """
    changes: list[dict[str, Any]] = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name == "body":
            changes += _blocks_changed(old or [], new or [])
        else:
            changes.append({"field": name.rstrip("_"), "block_id": None, "op": "change", "before": old, "after": new})
    return changes


def worded_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[dict[str, str]]:
    """List what a reader sees changed between two versions: `{field, before, after}`.

    There is no more of it than the sentences that are others now; "" stands where something was added or taken away.
    """
    changes = []
    for change in difference(before, after):
        old, new = _narrowed(_words(change["before"]), _words(change["after"]))
        if old != new:
            changes.append({"field": change["field"], "before": old, "after": new})
    return changes


def _words(value: Any) -> str:
    """Write a field or a block as a reader sees it; what has no words is left out."""
    if isinstance(value, str):
        return value
    return plain_text([value]).strip() if isinstance(value, Mapping) else ""


def _narrowed(before: str, after: str) -> tuple[str, str]:
    """Leave out the sentences that two texts begin and end with alike."""
    old, new = (re.split(r"(?<=[。！？!?\n])", text) for text in (before, after))
    while len(old) > 1 and len(new) > 1 and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while len(old) > 1 and len(new) > 1 and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return "".join(old).strip(), "".join(new).strip()


def _blocks_changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    old, new = ({block["id"]: block for block in body} for body in (before, after))

    def change(block_id: str, op: str) -> dict[str, Any]:
        return {
            "field": "body",
            "block_id": block_id,
            "op": op,
            "before": old.get(block_id),
            "after": new.get(block_id),
        }

    changes = [change(block_id, "remove") for block_id in old if block_id not in new]
    changes += [change(block_id, "add") for block_id in new if block_id not in old]
    changes += [change(block_id, "change") for block_id in new if block_id in old and old[block_id] != new[block_id]]
    kept = [block_id for block_id in old if block_id in new]
    order = [block_id for block_id in new if block_id in old]
    # Reported once: which of two blocks has moved past the other is nobody's to say.
    return changes + ([change(order[0], "move")] if kept != order else [])
