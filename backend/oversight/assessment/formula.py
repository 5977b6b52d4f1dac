"""The formula of NEWSROOM.md section 6, in decimals. Pure: numbers in, numbers out, nothing rounded but by `rounded`.

A row is a person's share of one part, rounded half-even at 0.001; a total is the plain sum of rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Any

from backend.oversight.assessment.ruleset import RuleSet

_STEP = Decimal("0.001")
_PERCENT = Decimal(100)
_ZERO = Decimal(0)
# Nothing of the machine it runs on gets into a result.
_CONTEXT = Context(prec=28, rounding=ROUND_HALF_EVEN)


def rounded(amount: Decimal) -> Decimal:
    """Round an amount as a row has it."""
    return amount.quantize(_STEP, rounding=ROUND_HALF_EVEN, context=_CONTEXT)


def thousandths(amount: Decimal) -> int:
    """Write a rounded amount as the whole number that is stored."""
    return int(amount.scaleb(3))


def points(thousandths: int) -> str:
    """Write a stored amount in points, as text with three decimals."""
    sign, rest = ("-" if thousandths < 0 else ""), abs(thousandths)
    return f"{sign}{rest // 1000}.{rest % 1000:03d}"


def share_of(amount: Decimal, per_cent: int | Decimal) -> Decimal:
    """Return somebody's share of an amount, rounded as a row has it."""
    return rounded(_CONTEXT.divide(_CONTEXT.multiply(amount, Decimal(per_cent)), _PERCENT))


def type_of(form: Mapping[str, Any], line: str | None, rules: RuleSet) -> str:
    """Derive what type a story is from what it shows, how long it is, and the kind of report it was sent for.

    A live broadcast is told by its assignment; a film makes a short video; several pictures with few words a photo set.
    """
    limits = rules.at("types")
    if line == "live":
        return "live"
    if form["videos"]:
        return "short_video"
    if form["images"] >= limits["photo_set_from_images"] and form["chars"] < limits["photo_set_below_chars"]:
        return "photo_set"
    if form["chars"] >= limits["in_depth_from_chars"]:
        return "in_depth"
    return "brief" if form["chars"] < limits["brief_below_chars"] else "text"


def out(type: str, grade: str, rules: RuleSet) -> Decimal:
    """Return what a piece of this type and grade is worth by itself."""
    return rules.number("base", type) * rules.number("grade", grade)


def multi(worth: Decimal, edited: int, mechanical: int, rules: RuleSet) -> Decimal:
    """Return what it is worth with its further kinds; what was edited counts for more than what was copied."""
    more = rules.number("kinds", "edited") * edited + rules.number("kinds", "mechanical") * mechanical
    return worth * (1 + min(rules.number("kinds", "cap"), more))


def time(worth: Decimal, late: timedelta, rules: RuleSet) -> Decimal:
    """Return what being in time adds, or each started half-hour of being late takes."""
    if late <= timedelta(0):
        return worth * rules.number("time", "in_time")
    begun = -(-late // rules.minutes("time", "late_minutes"))
    return -worth * min(rules.number("time", "floor"), rules.number("time", "late") * begun)


def reach_v(channels: Mapping[str, Iterable[Any]], rules: RuleSet) -> Decimal:
    """Return V: how a piece was read, against what is usual on each channel; `channels` gives `[reads, median]`."""
    ratios = []
    with localcontext(_CONTEXT):
        for reads, median in channels.values():
            if Decimal(median) > 0:
                ratios.append(Decimal(reads) / Decimal(median))
        return rules.number("reach", "scale") * sum(ratios, _ZERO) / len(ratios) if ratios else _ZERO


def reach(v: Decimal, rules: RuleSet) -> Decimal:
    """Return what a reach of V adds."""
    with localcontext(_CONTEXT):
        return min(
            rules.number("reach", "cap"),
            rules.number("reach", "factor") * (1 + v / rules.number("reach", "divisor")).log10(),
        )


def checked(step: str, chars: int, waited: timedelta, read_ms: int | None, rules: RuleSet) -> Decimal:
    """Return what passing a step is worth: nothing beyond its time, nor for who cannot have read it."""
    if waited > rules.minutes("checker", "sla_minutes", step) or read_too_fast(chars, read_ms, rules):
        return _ZERO
    if step.startswith("R"):
        return rules.number("checker", "review")
    return _CONTEXT.divide(rules.number("checker", "proof_per_1000_chars") * chars, Decimal(1000))


def read_too_fast(chars: int, read_ms: int | None, rules: RuleSet) -> bool:
    """Tell whether so many characters cannot be read in this time; a time that was not told is none."""
    floor: int = rules.at("checker", "read_floor_ms_per_1000_chars")
    return (read_ms or 0) * 1000 < floor * chars


def penalty(severity: str, part: Decimal, per_cent: int, *, self_reported: bool, rules: RuleSet) -> Decimal:
    """Return somebody's part of what a corrected error costs, as a negative amount."""
    cost = rules.number("penalty", "severity", severity) * part
    return share_of(-cost * (rules.number("penalty", "self_reported") if self_reported else 1), per_cent)
