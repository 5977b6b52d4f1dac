"""The newsroom's rules as data: which command leads from which states to which. No database.

First cut: one signature by another person. The six steps of 三审三校 replace `sign` and `sign_breaking` later; the
commands around them stay.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from backend.db import canonical
from backend.errors import AppError, Code


class State(StrEnum):
    """Where a story stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"
    FAST_OPEN = "fast_open"
    LIVE = "live"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Transition:
    """A command's way: from any of these states to that one; None leaves the state as it is."""

    sources: frozenset[State]
    target: State | None
    permission: str
    words: str


def _way(sources: set[State], target: State | None, permission: str, words: str) -> Transition:
    return Transition(frozenset(sources), target, permission, words)


# An edit of a submitted story takes it back to draft: what was submitted is not what is there any more.
TRANSITIONS: dict[str, Transition] = {
    "edit": _way({State.DRAFT, State.SUBMITTED, State.FAST_OPEN}, None, "story.write", "修改"),
    "submit": _way({State.DRAFT}, State.SUBMITTED, "story.write", "送审"),
    "return": _way({State.SUBMITTED, State.SCHEDULED}, State.DRAFT, "story.sign", "退回"),
    "publish": _way({State.SUBMITTED}, State.LIVE, "story.sign", "签发"),
    "schedule": _way({State.SUBMITTED}, State.SCHEDULED, "story.sign", "定时签发"),
    "release": _way({State.SCHEDULED}, State.LIVE, "story.sign", "到点刊发"),
    "sign": _way({State.FAST_OPEN}, State.LIVE, "breaking.sign", "快讯签发"),
    "correct": _way({State.LIVE}, None, "story.sign", "更正"),
    "withdraw": _way({State.LIVE}, State.WITHDRAWN, "story.withdraw", "撤稿"),
}

CLASSES = ["time_political", "livelihood", "emergency", "feature", "notice", "official_notice"]
SOURCE_KINDS = ["official", "document", "interview", "citizen", "media", "expert"]
TARGETS = ["app", "wechat", "weibo", "newspaper", "tv"]
MAX_BREAKING_TEXT = 500
MAX_OPENING = 120
_SIGNED_FIELDS = (
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


def allowed_commands(state: str) -> list[str]:
    """List what can be done from a state, by whoever may."""
    return sorted(name for name, way in TRANSITIONS.items() if state in way.sources and name != "release")


def next_state(command: str, state: str) -> State:
    """Return the state a command leads to.

    Raises:
        AppError: 409 `illegal_state`, saying what is allowed now.
    """
    way = TRANSITIONS[command]
    if state not in way.sources:
        raise AppError(
            Code.ILLEGAL_STATE,
            409,
            f"稿件当前状态不能{way.words}。",
            data={"guard": "state", "state": state, "allowed": allowed_commands(state)},
        )
    return way.target or State(state)


def opening_of(text: str) -> str:
    """Return the first paragraph, cut after its last whole sentence where it is long: it rings phones as it stands."""
    paragraph = next(line.strip() for line in text.splitlines() if line.strip())
    if len(paragraph) <= MAX_OPENING:
        return paragraph
    cut = paragraph[:MAX_OPENING]
    end = max(cut.rfind(mark) for mark in "。！？!?")
    return cut[: end + 1] if end > 0 else cut[:-1] + "…"


def content_hash(story: Any) -> str:
    """Hash all that a reader will see (SHA-256 over canonical JSON): this is what a signature binds."""
    return hashlib.sha256(canonical({name: getattr(story, name) for name in _SIGNED_FIELDS}).encode()).hexdigest()
