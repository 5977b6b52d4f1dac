"""What may happen to a rundown and to its items, and what has to hold before one is locked. No database."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.errors import AppError, Code, FieldError
from backend.newsroom.editing.packages.limits import LIMITS, estimated_seconds, half_widths
from backend.newsroom.machine import Guard, Machine, Way
from backend.publishing.broadcast.timing import TOLERANCE_S, whole

MEDIA = {"tv": "电视", "radio": "广播"}
SHOW, DAY = "show", "day"
SCOPES = {SHOW: "节目", DAY: "全天滚动字幕"}
BUILDING, LOCKED, ON_AIR, AIRED = "building", "locked", "on_air", "aired"
SPOKEN, CLIP, LIVE, BREAK, CRAWL = "spoken", "clip", "live", "break", "crawl"
KINDS = {SPOKEN: "口播", CLIP: "成片", LIVE: "连线", BREAK: "间隔", CRAWL: "滚动字幕"}
# These say something that was written, and only what was examined is said: a live link and a break have no script.
_WITH_WORDS = frozenset({SPOKEN, CLIP, CRAWL})
LOWER_THIRDS = {"name": "人名条", "title": "标题条"}
SWAPS = {"swap": "对调", "move": "移动", "drop": "撤下", "insert": "插入"}
MAX_ITEMS = 200
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class RundownFacts:
    """What the guards of a rundown look at.

    `over` is None for a list of crawls, which has no length. `emergency` says that a crawl is a fast item's.
    `captions` counts items whose captions do not do, `running` those that began and have no end yet.
    `embargoed` says that a text may not be out yet when the show begins.
    """

    items: int = 1
    empty: int = 0
    uncleared: int = 0
    captions: int = 0
    over: int | None = 0
    emergency: bool = False
    running: int = 0
    embargoed: bool = False


HAS_ITEMS = Guard[RundownFacts]("has_items", lambda f: f.items > 0, "串联单里还没有条目。", "至少编入一条")
NOT_EMPTY = Guard[RundownFacts](
    "no_empty_item",
    lambda f: f.empty == 0,
    "串联单里有空条目。",
    "给 findings 里的条目关联播出稿、片子或时长，或者撤下",
)
CLEARED = Guard[RundownFacts](
    "all_cleared",
    lambda f: f.uncleared == 0,
    "串联单里有条目还没有审签放行。",
    "先放行 findings 里的播出稿，或者撤下这些条目",
    Code.EXAM_REQUIRED,
)
WITHIN = Guard[RundownFacts](
    "total_within_30s",
    lambda f: f.over is None or abs(f.over) <= TOLERANCE_S,
    f"串联单总时长与计划相差超过 {TOLERANCE_S} 秒。",
    f"增减条目或改计划时长，让总时长与计划相差不超过 {TOLERANCE_S} 秒",
)
EMERGENCY = Guard[RundownFacts](
    "emergency_crawl",
    lambda f: f.emergency,
    "串联单已锁定，只有应急快速通道的滚动字幕可以随时加播。",
    "走应急快速通道签发，或先由值班总编解锁",
)
CAPTIONS = Guard[RundownFacts](
    "lower_thirds",
    lambda f: f.captions == 0,
    "有字幕条不在审签过的播出稿里，或者时刻不对。",
    "按 findings 改好人名条、标题条",
)
EMBARGO = Guard[RundownFacts](
    "embargo",
    lambda f: not f.embargoed,
    "有稿件到播出时还在禁发期内。",
    "把它排进解禁之后的节目",
)
LOGGED = Guard[RundownFacts](
    "as_run_complete",
    lambda f: f.running == 0,
    "有条目只记了开始，没有记结束。",
    "先补齐 findings 里条目的播出结束时间",
)
_READY = (HAS_ITEMS, NOT_EMPTY, CLEARED, CAPTIONS)

RUNDOWN: Machine[RundownFacts] = Machine(
    name="rundown",
    noun="串联单",
    states={BUILDING: "编排中", LOCKED: "已锁定", ON_AIR: "播出中", AIRED: "已播出"},
    start=(BUILDING,),
    ways=(
        Way("edit", (BUILDING,), None, "rundown.write", "修改"),
        Way("crawl", (BUILDING,), None, "rundown.write", "加滚动字幕"),
        Way("crawl", (LOCKED, ON_AIR), None, "rundown.write", "加滚动字幕", (EMERGENCY,)),
        Way("lock", (BUILDING,), LOCKED, "rundown.lock", "锁定", (*_READY, WITHIN)),
        Way("unlock", (LOCKED,), BUILDING, "rundown.lock", "解锁"),
        Way("swap", (LOCKED, ON_AIR), None, "rundown.air", "调换"),
        # What was signed when it was locked may have been taken back since.
        Way("start", (LOCKED,), ON_AIR, "rundown.air", "开播", _READY),
        Way("as_run", (ON_AIR, AIRED), None, "rundown.air", "导入播出记录"),
        Way("close", (ON_AIR,), AIRED, "rundown.air", "播毕", (LOGGED,)),
        # What is withdrawn is taken out in any state, and corrections are put in; no list is ever in the way.
        Way("reissue", (BUILDING, LOCKED, ON_AIR), None, None, "重新下发"),
    ),
    ends=(AIRED,),
)


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the guards of an item look at."""

    started: bool = False


NOT_STARTED = Guard[ItemFacts](
    "not_started", lambda f: not f.started, "这一条已经开播，不能再调换。", "只能调换还没有开播的条目"
)
PLANNED, ITEM_AIRED, MISSED, DROPPED, PULLED = "planned", "aired", "missed", "dropped", "pulled"
# These stand in the show; the others are kept beside it, so that it can be told what became of them.
STANDING = (PLANNED, ITEM_AIRED, MISSED)
ITEM: Machine[ItemFacts] = Machine(
    name="rundown_item",
    noun="条目",
    states={PLANNED: "待播", ITEM_AIRED: "已播", MISSED: "未播", DROPPED: "已撤下", PULLED: "已撤稿"},
    start=(PLANNED,),
    ways=(
        # All of this happens inside the commands of the rundown.
        Way("change", (PLANNED,), None, None, "修改", (NOT_STARTED,)),
        Way("drop", (PLANNED,), DROPPED, None, "撤下", (NOT_STARTED,)),
        Way("pull", (PLANNED,), PULLED, None, "随稿撤下", (NOT_STARTED,)),
        # The log of the air is a fact, whatever was planned.
        Way("air", (PLANNED, MISSED, DROPPED, PULLED), ITEM_AIRED, None, "记为已播"),
        Way("miss", (PLANNED,), MISSED, None, "记为未播"),
    ),
    ends=(ITEM_AIRED,),
)


def clips_with_seconds(
    clips: Sequence[str], real: Mapping[str, float | None], declared: float | None
) -> list[dict[str, Any]]:
    """Say of each clip how long it is: as its file is, and where that is not known, what is left of `declared`."""
    left = max(0.0, (declared or 0) - sum(real.get(clip) or 0 for clip in clips))
    found: list[dict[str, Any]] = []
    for clip in clips:
        seconds = real.get(clip)
        if seconds is None:
            seconds, left = left, 0.0
        found.append({"media": clip, "seconds": round(seconds, 1)})
    return found


def seconds_of(kind: str, planned: int, script: str, clips: Sequence[Mapping[str, Any]]) -> int:
    """Estimate what an item takes: its script read aloud and its clips as long as they are.

    A live link and a break without clips take the time they were given. A crawl runs beneath the others.
    """
    if kind == CRAWL:
        return 0
    shown = sum(clip["seconds"] for clip in clips)
    seconds = whole(estimated_seconds({"script": script, "clip_seconds": shown}))
    if kind == LIVE or (kind == BREAK and not seconds):
        return max(planned, seconds)
    return seconds


def is_empty(kind: str, seconds: int, script: str) -> bool:
    """Tell whether there is nothing to be aired in an item."""
    return not script.strip() if kind == CRAWL else seconds == 0


def needs_rendition(kind: str) -> bool:
    """Tell whether an item of this kind says what has to be examined."""
    return kind in _WITH_WORDS


def suits(kind: str, rendition_type: str) -> bool:
    """Tell whether a rendition of this type may stand in an item of this kind: a crawl is one in both."""
    return (kind == CRAWL) == (rendition_type == CRAWL)


def lower_third_errors(lines: Sequence[Mapping[str, Any]], seconds: int) -> list[FieldError]:
    """List what is wrong with the captions of an item that takes so many seconds."""
    limits = LIMITS["rundown_item"]
    found = [
        FieldError(field=f"lower_thirds.{at}.{name}", code=code, message=message)
        for at, line in enumerate(lines)
        for name, code, message in _line_errors(line, seconds)
    ]
    if len(lines) > limits["lower_thirds"]:
        words = f"最多 {limits['lower_thirds']} 条字幕。"
        found.append(FieldError(field="lower_thirds", code="too_many", message=words))
    for at, (before, line) in enumerate(itertools.pairwise(lines), start=1):
        if line["in"] < before["in"]:
            words = "字幕要按上屏时刻排列。"
            found.append(FieldError(field=f"lower_thirds.{at}.in", code="order", message=words))
        elif line["in"] < before["out"]:
            words = "上一条字幕还没有下屏。"
            found.append(FieldError(field=f"lower_thirds.{at}.in", code="order", message=words))
    return found


def _line_errors(line: Mapping[str, Any], seconds: int) -> Iterator[tuple[str, str, str]]:
    most = LIMITS["rundown_item"]["lower_third"]
    if half_widths(line["text"]) > most:
        yield "text", "too_wide", f"一条字幕最多 {most} 字。"
    if line["out"] <= line["in"]:
        yield "out", "order", "下屏要晚于上屏。"
    elif line["out"] > seconds:
        yield "out", "mismatch", f"这一条只有 {seconds} 秒。"


def spread_lower_thirds(texts: Sequence[str], seconds: int) -> list[dict[str, Any]]:
    """Give the captions of a rendition their first places: one after the other, five seconds each where there is room.

    What does not fit into the item any more is left to its editor.
    """
    step = min(6, seconds // len(texts)) if texts else 0
    if step < 2:
        return []
    return [
        {"kind": "title", "text": text, "in": at * step, "out": at * step + step - 1} for at, text in enumerate(texts)
    ]


def is_over(over: int) -> bool:
    """Tell whether a show on the air is so much too long or too short that somebody has to look."""
    return abs(over) > TOLERANCE_S


def not_duty_chief() -> AppError:
    """Make the 403 for somebody who may lock a rundown, but not open one again."""
    words = "解锁串联单要由总编或值班调度决定。"
    return AppError(Code.ROLE_FORBIDDEN, 403, words, data={"guard": "duty_chief", "needs": "总编或值班调度"})
