"""The way of a tip, why one may not be used, and how many one may send. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from backend.newsroom.machine import Machine, Way

PREFIX = "BL"
PLANNING_DESK = "planning"
LEAD_SOURCE = "tip"
# At most so many in so long.
LIMITS = ((5, timedelta(hours=1)), (20, timedelta(days=1)))
# A phone's clock may run ahead a little.
AHEAD = timedelta(minutes=10)
REASONS = {
    "not_news": "不属于新闻报道的范围",
    "known": "已有报道，或已在跟进同一件事",
    "unverified": "经核实，情况不符或无法证实",
    "not_ours": "不在本区，或应由其他部门处理，请通过诉求或拨打 12345 反映",
    "unsuitable": "内容不适合公开报道",
    "lead_dropped": "经核实与讨论，这条线索没有采用",
}
# What a person may choose; the others are the house's own.
CHOSEN = [reason for reason in REASONS if reason != "lead_dropped"]
OPEN = ("received", "taken")

TIP: Machine[None] = Machine(
    name="tip",
    noun="报料",
    states={
        "received": "已收到",
        "taken": "已采用线索",
        "published": "已见报",
        "closed": "未采用",
        "withdrawn": "已撤回",
    },
    start=("received",),
    ways=(
        Way("take", ("received",), "taken", "tip.handle", "采用"),
        Way("ask", OPEN, None, "tip.handle", "提问"),
        Way("close", OPEN, "closed", "tip.decide", "不采用"),
        Way("messages", OPEN, None, "tip.answer_own", "补充"),
        Way("withdraw", ("received",), "withdrawn", "tip.answer_own", "撤回"),
        Way("drop", ("taken",), "closed", None, "随线索落选"),
        Way("publish", ("taken", "published"), "published", None, "见报"),
    ),
    ends=("closed", "withdrawn"),
)


def wait_for(sent: Sequence[datetime], now: datetime) -> timedelta | None:
    """Return how long until another may be sent; None if one may be sent now. `sent` is oldest first."""
    waits = []
    for most, within in LIMITS:
        recent = [at for at in sent if at > now - within]
        if len(recent) >= most:
            waits.append(recent[-most] + within - now)
    return max(waits, default=None)


def lead_title(text: str) -> str:
    """Make a lead's title of a tip's words: its first sentence, at most 40 characters."""
    first = text.strip().splitlines()[0]
    for mark in "。！？!?":
        first = first.split(mark)[0] or first
    return first if len(first) <= 40 else f"{first[:39]}…"
