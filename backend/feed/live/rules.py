"""What may happen to an entry, and in which order entries are read. No database here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from backend.db import canonical
from backend.errors import AppError, Code

LIVE, ENTRY = "直播", "直播条目"


class EntryState(StrEnum):
    """Where an entry is on its way."""

    WAITING = "waiting"
    SHOWN = "shown"
    WITHDRAWN = "withdrawn"


_SHOWN_ONLY = {EntryState.SHOWN: EntryState.SHOWN}
TRANSITIONS: dict[str, dict[EntryState, EntryState]] = {
    # An entry that is shown is shown anew when its correction passes.
    "show": dict.fromkeys((EntryState.WAITING, EntryState.SHOWN), EntryState.SHOWN),
    "correct": _SHOWN_ONLY,
    "pin": _SHOWN_ONLY,
    "unpin": _SHOWN_ONLY,
    "withdraw": dict.fromkeys((EntryState.WAITING, EntryState.SHOWN), EntryState.WITHDRAWN),
}
_WORDS = {EntryState.WAITING: "还在待审", EntryState.SHOWN: "已经播出", EntryState.WITHDRAWN: "已经撤回"}


def allowed(state: EntryState) -> list[str]:
    """List what can be done to an entry in this state."""
    return [command for command, moves in TRANSITIONS.items() if state in moves]


def demand_move(command: str, state: EntryState) -> EntryState:
    """Return the state that `command` leads to.

    Raises:
        AppError: 409 `illegal_state` when it leads nowhere from here.
    """
    if state not in TRANSITIONS[command]:
        data = {"state": str(state), "allowed": allowed(state)}
        raise AppError(Code.ILLEGAL_STATE, 409, f"这条{ENTRY}{_WORDS[state]}，不能这样操作。", data=data)
    return TRANSITIONS[command][state]


def reading_order(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Put entries in the order in which they are read: what is pinned first, then the newest number.

    It asks for nothing but what each entry says itself. So whoever holds the same entries has them in the same order,
    in whatever order they came.
    """
    return sorted(entries, key=lambda entry: (not entry["pinned"], -entry["no"]))


def fingerprint(body: list[dict[str, Any]]) -> str:
    """Return the sha256 that history keeps of the words, so that it can prove them without holding them."""
    return hashlib.sha256(canonical(body).encode()).hexdigest()
