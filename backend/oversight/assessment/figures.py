"""Figures of desks over a period, each with what it was divided from and the events behind it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from backend.oversight.assessment.rows import Window
from backend.oversight.assessment.ruleset import RuleSet
from backend.oversight.assessment.scoring import desk_of, is_counted
from backend.oversight.assessment.things import Facts

ALL = "all"
# `unit` says how a figure is read: a share in per cent, errors per 1000 items, or the mean in seconds.
FIGURES = {
    "on_time": ("按时交稿率", "percent"),
    "first_on_mobile": ("移动首发率", "percent"),
    "return_rate": ("退稿率", "percent"),
    "error_escape": ("差错漏出率（每千件）", "per_1000"),
    "correction_latency": ("更正时长（秒）", "seconds"),
    "edited_share": ("改写渠道稿占比", "percent"),
}
# So many events are listed behind a figure; the rest is counted.
LISTED = 500


@dataclass(slots=True)
class Figure:
    """A figure of one desk, or of all of them."""

    desk: str
    name: str
    numerator: int = 0
    denominator: int = 0
    seqs: list[int] = field(default_factory=list)
    events: int = 0

    def add(self, numerator: int, denominator: int, seqs: tuple[int, ...]) -> None:
        """Take one more thing in."""
        self.numerator += numerator
        self.denominator += denominator
        self.events += len(seqs)
        self.seqs += seqs[: LISTED - len(self.seqs)]

    def as_data(self) -> dict[str, Any]:
        """Write it."""
        return {name: getattr(self, name) for name in ("desk", "name", "numerator", "denominator", "seqs", "events")}


Found = tuple[str, str, int, int, tuple[int, ...]]


def figures(facts: Facts, rules: RuleSet, window: Window) -> list[Figure]:
    """Return each figure of each desk that has anything to it, those of all desks together as `all`."""
    found: dict[tuple[str, str], Figure] = {}
    for desk, name, numerator, denominator, seqs in _all(facts, rules, window):
        for each in (ALL, desk):
            found.setdefault((each, name), Figure(each, name)).add(numerator, denominator, seqs)
    order = list(FIGURES)
    return sorted(found.values(), key=lambda one: (one.desk != ALL, one.desk, order.index(one.name)))


def _all(facts: Facts, rules: RuleSet, window: Window) -> Iterator[Found]:
    yield from _of_tasks(facts, window)
    yield from _of_stories(facts, rules, window)
    yield from _of_examinations(facts, window)
    yield from _of_cases(facts, window)


def _of_tasks(facts: Facts, window: Window) -> Iterator[Found]:
    for task in facts.tasks.values():
        if task.filed and window.has(task.filed[1]):
            in_time = task.late is not None and task.late <= timedelta(0)
            yield task.desk, "on_time", int(in_time), 1, (task.filed[0],)


def _of_stories(facts: Facts, rules: RuleSet, window: Window) -> Iterator[Found]:
    media = rules.at("mobile", "media")
    for story in facts.stories.values():
        first, desk = story.first, desk_of(story)
        if first is None or not window.has(first.at):
            continue
        yield desk, "first_on_mobile", int(first.medium in media), 1, (first.seq,)
        yield desk, "error_escape", 0, 1, (first.seq,)
        for receipt in list(story.receipts.values())[1:]:
            yield desk, "edited_share", int(receipt.edited), 1, (receipt.seq,)


def _of_examinations(facts: Facts, window: Window) -> Iterator[Found]:
    for story_id, seq, at in facts.handed_in:
        if window.has(at):
            yield desk_of(facts.stories.get(story_id)), "return_rate", 0, 1, (seq,)
    for story_id, seq, at in facts.returned:
        if window.has(at):
            yield desk_of(facts.stories.get(story_id)), "return_rate", 1, 0, (seq,)


def _of_cases(facts: Facts, window: Window) -> Iterator[Found]:
    for case in facts.cases.values():
        desk = desk_of(facts.stories.get(case.story))
        if is_counted(case) and case.decided is not None and window.has(case.decided.at):
            yield desk, "error_escape", 1, 0, (case.decided.seq,)
        if case.is_error and case.done is not None and window.has(case.done.at):
            seconds = int((case.done.at - case.opened.at) / timedelta(seconds=1))
            yield desk, "correction_latency", seconds, 1, (case.opened.seq, case.done.seq)
