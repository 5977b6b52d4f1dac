"""When a counter is doubted, what becomes of the doubt, and what a counter is worth without it. No database.

Rules of NEWSROOM.md section 7: more than ten times the median, or too few devices behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low

from backend.errors import Code
from backend.newsroom.machine import Guard, Machine, Way

# Fewer posts or steps than these tell nothing of what is usual.
MIN_POSTS, MIN_STEPS = 5, 3


@dataclass(frozen=True, slots=True)
class SuspectFacts:
    """What the guards of a doubt look at."""

    wrote_it: bool = False


NOT_ONES_OWN = Guard[SuspectFacts](
    "not_ones_own",
    lambda f: not f.wrote_it,
    "这是您参与的稿件，数据要由别的同事核实。",
    "请没有参与这篇稿件的同事核实",
    Code.SAME_PERSON,
)
SUSPECT: Machine[SuspectFacts] = Machine(
    name="metric_suspect",
    noun="存疑数据",
    states={"open": "待核实", "cleared": "属实", "confirmed": "不实"},
    start=("open",),
    ways=(
        Way("clear", ("open", "confirmed"), "cleared", "metric.judge", "核实属实", (NOT_ONES_OWN,)),
        Way("confirm", ("open", "cleared"), "confirmed", "metric.judge", "认定不实", (NOT_ONES_OWN,)),
    ),
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a sample is doubted: held against what, what is usual there, and the figure it has passed."""

    basis: str
    normal: int
    limit: int


@dataclass(frozen=True, slots=True)
class Told:
    """One sample as the channel told it. `left_out` says that its growth is open or confirmed as not real."""

    value: int
    left_out: bool = False


def growths(values: Sequence[int]) -> list[int]:
    """Return by how much a counter rose from sample to sample, the first one from nothing; falls are no growth."""
    return [later - earlier for earlier, later in zip([0, *values], values, strict=False) if later > earlier]


def counted(samples: Iterable[Told]) -> int:
    """Return what a counter is worth: its last value, less what grew in samples that are left out.

    Where a platform itself takes readings back, it takes those first that nobody believed.
    """
    value = left_out = 0
    for sample in samples:
        step = sample.value - value
        if step > 0 and sample.left_out:
            left_out += step
        elif step < 0:
            left_out = max(0, left_out + step)
        value = sample.value
    return max(0, value - left_out)


def doubt_about(
    *,
    grown: int,
    level: int,
    peers: Sequence[int],
    steps: Sequence[int],
    limits: dict[str, int],
    devices: int | None = None,
    vouched: bool = False,
) -> Doubt | None:
    """Say why a sample is doubted, if it is.

    Args:
        grown: what the sample added to the one before.
        level: what the counter is worth with this sample, without what is left out already.
        peers: what the counters of the channel's other posts stood at when they were as old.
        steps: by how much this one grew before, each time it did.
        limits: the figures in force (`limits.limits_of`).
        devices: how many devices are behind the counter, where the channel tells.
        vouched: somebody has cleared an earlier sample of this counter: it may stand above others.
    """
    if grown < limits["spike_floor"]:
        return None
    if devices is not None and devices * 100 < level * limits["few_devices_percent"]:
        return Doubt("devices", devices, level * limits["few_devices_percent"] // 100)
    factor = limits["spike_factor"]
    if len(peers) >= MIN_POSTS and not vouched:
        normal = median_low(peers)
        if level > factor * max(normal, 1):
            return Doubt("age", normal, factor * max(normal, 1))
    if len(steps) >= MIN_STEPS:
        normal = median_low(steps)
        if grown > factor * normal:
            return Doubt("growth", normal, factor * normal)
    return None
