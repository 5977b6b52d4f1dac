"""The way of a poll, what a vote may hold, and who may see the counts. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backend.errors import guard_failed, invalid
from backend.newsroom.machine import Machine, Way

EDITING_DESK = "editing"
AFTER_VOTE, AFTER_CLOSE = "after_vote", "after_close"
RESULTS = [AFTER_VOTE, AFTER_CLOSE]
PUBLIC = ("open", "closed")

POLL: Machine[None] = Machine(
    name="poll",
    noun="投票",
    states={"draft": "草稿", "open": "进行中", "closed": "已结束", "withdrawn": "已撤回"},
    start=("draft",),
    ways=(
        Way("edit", ("draft",), None, "poll.write", "修改"),
        Way("publish", ("draft",), "open", "poll.publish", "发布"),
        Way("withdraw", ("draft", "open", "closed"), "withdrawn", "poll.write", "撤回"),
        Way("close", ("open",), "closed", None, "到时结束"),
    ),
    ends=("withdrawn",),
)


def demand_open(state: str, closes_at: datetime, now: datetime) -> None:
    """Raise 409 `poll_open` unless a poll takes votes at this moment."""
    if state != "open" or now >= closes_at:
        raise guard_failed("poll_open", "这次投票没有在进行，不能再投。")


def checked_options(chosen: Sequence[str], offered: Sequence[str], multiple: int) -> list[str]:
    """Return what was chosen, each once, in the order in which it is offered.

    Raises:
        AppError: 422 for an option that there is not, or for more than one may choose.
    """
    wanted = set(chosen)
    if wanted - set(offered):
        raise invalid("options", "unknown", "没有这个选项，请刷新后再投")
    if len(wanted) > multiple:
        raise invalid("options", "mismatch", f"最多选 {multiple} 项")
    return [option for option in offered if option in wanted]


def demand_counts(state: str, results: str, *, voted: bool) -> None:
    """Raise 409 `results` unless the counts may be seen now."""
    if state == "closed" or (results == AFTER_VOTE and voted):
        return
    words = "投票后才能看到结果。" if results == AFTER_VOTE else "投票结束后公布结果。"
    raise guard_failed("results", words)
