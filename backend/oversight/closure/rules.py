"""What each number counts, and what of it may be public. Pure.

The names follow the hotline's own three rates 三率 (响应率, 解决率, 满意率); unlike there, a case is solved only if its
citizen has said so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.oversight.operation.rules import LEAST_PEOPLE, Split, hidden_splits

RESPONSE = timedelta(hours=24)
GOOD = 4  # 满意 and 很满意
SOLVED = 3  # A result that is at least 基本解决.
ANSWERS = frozenset({"reply", "resolve", "answer"})
CONFIRMS = frozenset({"confirm", "rate"})
MARKS = ("responded", "claimed", "confirmed", "disputed", "rated", "satisfied", "due", "on_time")
# Each rate is a number over another one; `filed` is all cases.
RATES = {
    "response_rate": ("responded", "filed"),
    "claimed_rate": ("claimed", "filed"),
    "confirmed_rate": ("confirmed", "filed"),
    "satisfied_rate": ("satisfied", "rated"),
    "on_time_rate": ("on_time", "due"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case, as far as it counts. `told`: the citizen may read its words."""

    action: str
    at: datetime
    by_citizen: bool


@dataclass(frozen=True, slots=True)
class Case:
    """What is counted of a case."""

    id: str
    code: str
    citizen: str
    office: str | None
    town: str | None
    kind: str
    month: str
    state: str
    filed_at: datetime
    due: datetime | None
    result: int | None
    attitude: int | None
    steps: tuple[Step, ...]


def marks(case: Case, now: datetime) -> dict[str, bool]:
    """Tell of a case which numbers it counts in."""
    answers = [step for step in case.steps if step.action in ANSWERS]
    first = next((step.at for step in case.steps if not step.by_citizen), None)
    open_again = bool(answers) and any(s.action == "reopen" and s.at >= answers[-1].at for s in case.steps)
    answered = answers[-1].at if answers and not open_again else None
    confirms = any(s.action in CONFIRMS and s.by_citizen and answers and s.at >= answers[0].at for s in case.steps)
    closed = case.state == "closed"
    return {
        "responded": first is not None and first <= case.filed_at + RESPONSE,
        "claimed": closed,
        "confirmed": closed and confirms and (case.result is None or case.result >= SOLVED),
        "disputed": any(step.action == "reopen" for step in case.steps)
        or (case.result is not None and case.result < SOLVED),
        "rated": case.attitude is not None,
        "satisfied": case.attitude is not None and case.attitude >= GOOD,
        "due": case.due is not None and (answered is not None or case.due <= now),
        "on_time": case.due is not None and answered is not None and answered <= case.due,
    }


GROUPS: dict[str, Callable[[Case], str | None]] = {
    "all": lambda _: "all",
    "office": lambda case: case.office,
    "town": lambda case: case.town,
    "kind": lambda case: case.kind,
    "month": lambda case: case.month,
}
Numbers = dict[str, int | None]


def grouped(cases: Iterable[Case], by: str) -> dict[str, list[Case]]:
    """Sort cases into the groups of a breakdown; `-` is of those that have none."""
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(GROUPS[by](case) or "-", []).append(case)
    return found


def count(marked: Sequence[Mapping[str, bool]]) -> Numbers:
    """Count the marks of a group's cases."""
    found: Numbers = {"filed": len(marked)}
    return found | {name: sum(marks[name] for marks in marked) for name in MARKS}


def rates(numbers: Mapping[str, int | None]) -> dict[str, float | None]:
    """Return the rates in percent, to a tenth; None where there is nothing to divide by or a part is hidden."""
    found: dict[str, float | None] = {}
    for name, (part, whole) in RATES.items():
        above, below = numbers[part], numbers[whole]
        found[name] = round(100 * above / below, 1) if above is not None and below else None
    return found


def shown(cases: Iterable[Case], by: str, now: datetime) -> dict[str, Numbers]:
    """Return the numbers of each group that anybody may see; None for what is hidden.

    Each month of filing is looked at by itself and what may be shown of it is summed up, so that two spans that differ
    by a month tell no more than the month does. In a month, a group of fewer than five citizens is left out, with as
    many others as it takes that the whole does not give it away; a mark is hidden where it, or its rest, is about too
    few.
    """
    months = grouped(cases, "month")
    found: dict[str, Numbers] = {}
    for month in sorted(months):
        for key, numbers in _of_month(grouped(months[month], by), now).items():
            found[key] = _plus(found.get(key), numbers)
    return {key: _without_differences(numbers) for key, numbers in found.items()}


def _of_month(groups: Mapping[str, Sequence[Case]], now: datetime) -> dict[str, Numbers]:
    marked = {key: [(case.citizen, marks(case, now)) for case in cases] for key, cases in groups.items()}
    numbers = {key: count([each for _, each in found]) for key, found in marked.items()}
    for name in MARKS:
        splits = {key: _split(found, name) for key, found in marked.items()}
        gone, unsplit = hidden_splits(splits, LEAST_PEOPLE, both=True)
        for key in unsplit:
            numbers[key][name] = None
        for key in gone:
            numbers[key] = dict.fromkeys(numbers[key])
    return numbers


def _split(marked: Sequence[tuple[str, Mapping[str, bool]]], name: str) -> Split:
    people = {citizen for citizen, _ in marked}
    inside, outside = ({citizen for citizen, each in marked if each[name] is side} for side in (True, False))
    return Split(len(people), len(inside), len(outside))


def _plus(before: Numbers | None, added: Numbers) -> Numbers:
    """Add a month. A group that is left out adds nothing; a mark that is hidden once is hidden in the sum."""
    if added["filed"] is None:
        return before or dict.fromkeys(added)
    if before is None or before["filed"] is None:
        return added
    both = ((name, before[name], added[name]) for name in added)
    return {name: None if old is None or new is None else old + new for name, old, new in both}


def _without_differences(numbers: Numbers) -> Numbers:
    """Hide a part whose whole is hidden, or differs from it by too few."""
    for part, whole in (("satisfied", "rated"), ("on_time", "due"), ("confirmed", "claimed")):
        above, below = numbers[part], numbers[whole]
        if above is None or below is None or 0 < below - above < LEAST_PEOPLE:
            numbers[part] = None
    return numbers
