"""How a live blog or a special stands before its readers: made ready, open, closed, withdrawn. No database here."""

from __future__ import annotations

from enum import StrEnum

from backend.errors import AppError, Code


class State(StrEnum):
    """Where a live blog or a special is on its way."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


# What has been opened stays before everybody when it is closed: then nothing more is added.
PUBLIC = frozenset({State.OPEN, State.CLOSED})
TRANSITIONS: dict[str, dict[State, State]] = {
    "edit": {state: state for state in (State.DRAFT, State.OPEN, State.CLOSED)},
    "open": {State.DRAFT: State.OPEN, State.CLOSED: State.OPEN},
    "close": {State.OPEN: State.CLOSED},
    "withdraw": dict.fromkeys((State.DRAFT, State.OPEN, State.CLOSED), State.WITHDRAWN),
}
_WORDS = {State.DRAFT: "还没有开始", State.OPEN: "正在进行", State.CLOSED: "已经结束", State.WITHDRAWN: "已经撤回"}


def allowed(state: State) -> list[str]:
    """List what can be done in this state."""
    return [command for command, moves in TRANSITIONS.items() if state in moves]


def demand_move(noun: str, command: str, state: State) -> State:
    """Return the state that `command` leads to; `noun` is what a person calls the thing.

    Raises:
        AppError: 409 `illegal_state` when it leads nowhere from here.
    """
    if state not in TRANSITIONS[command]:
        raise illegal(noun, state)
    return TRANSITIONS[command][state]


def illegal(noun: str, state: State) -> AppError:
    """Make the 409 for what cannot be done in this state."""
    data = {"state": str(state), "allowed": allowed(state)}
    return AppError(Code.ILLEGAL_STATE, 409, f"{noun}{_WORDS[state]}，不能这样操作。", data=data)
