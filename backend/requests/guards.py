"""What must hold besides the state, for each command, in words a person understands. No database here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from backend.requests.states import MAX_ASKS, MAX_RETURNS, REOPEN_WITHIN, Facts, State

# The name of a guard that does not hold, and what is said.
Refusal = tuple[str, str]


def _dispatching(facts: Facts) -> Refusal | None:
    if facts.for_supervisor:
        return "supervisor_decides", "这件诉求已退单两次，须由督办专员裁定承办单位。"
    return None


def _answering(facts: Facts) -> Refusal | None:
    if not facts.consult:
        return "consult_only", "只有咨询类诉求可以由受理台直接答复，其他诉求请派单办理。"
    return _dispatching(facts)


def _deciding(facts: Facts) -> Refusal | None:
    return None if facts.for_supervisor else ("returned_twice", "退单满两次后才由督办专员裁定，现在请由受理台派单。")


def _returning(facts: Facts) -> Refusal | None:
    if facts.returns >= MAX_RETURNS:
        return "no_third_return", "这件诉求已退单两次，不能再退，请签收办理；有异议请报督办专员。"
    return None


def _asking(facts: Facts) -> Refusal | None:
    if facts.waiting:
        return "already_waiting", "已经请市民补充，正在等待，请不要重复询问。"
    if facts.asks >= MAX_ASKS:
        return "asked_twice", "已经请市民补充过两次，不能再暂停计时；可以用留言或电话了解情况。"
    return None


def _extending(facts: Facts) -> Refusal | None:
    return ("extended_once", "这件诉求已经延期过一次，不能再延。") if facts.extended else None


def _finding_complex(facts: Facts) -> Refusal | None:
    return ("complex_once", "这件诉求已经按疑难件办理。") if facts.complex else None


def _rating(facts: Facts) -> Refusal | None:
    return ("rated_once", "您已经评价过这次办理。") if facts.rated else None


def _calling_back(facts: Facts) -> Refusal | None:
    return None if facts.callback_due else ("callback_due", "答复未满七天，市民还可以自己确认，现在不必回访。")


def _reviewing(facts: Facts) -> Refusal | None:
    return None if facts.review_open else ("review_open", "这件诉求没有待核查的低分评价。")


def _redoing(facts: Facts) -> Refusal | None:
    return _reviewing(facts) if facts.state is State.CLOSED else _calling_back(facts)


GUARDS: Mapping[str, Callable[[Facts], Refusal | None]] = {
    "assign": _dispatching,
    "answer": _answering,
    "decide": _deciding,
    "return": _returning,
    "ask": _asking,
    "extend": _extending,
    "complex": _finding_complex,
    "rate": _rating,
    "callback": _calling_back,
    "review": _reviewing,
    "redo": _redoing,
}


def passing_guard(command: str, facts: Facts, now: datetime) -> Refusal | None:
    """Name the guard that forbids this because of the time, or None."""
    if command == "reopen" and facts.closed_at is not None and now > facts.closed_at + REOPEN_WITHIN:
        return "reopen_window", "办结已超过30天，请重新提交一件诉求。"
    return None
