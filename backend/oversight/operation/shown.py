"""What may be seen of the cells: nothing about too few people, and nothing from which that could be worked out.

Ranges of days are sums of days, and a day counts in a sum only where it could be shown by itself: so two ranges that
differ by a day tell no more than the day does. Parts of a whole are looked at day by day for the same reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from backend.oversight.operation import rules
from backend.oversight.operation.figure import Names

Row = tuple[str, str, date, str, int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Halves:
    """What the people of a part and of its rest are called in a cell's numbers, and whether both must be there."""

    part: str
    rest: str
    both: bool


READ = Halves("complete_people", "rest_people", both=True)
SOLVED = Halves("solved_people", "rest_people", both=False)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people a cell is about, and its numbers."""

    people: int
    numbers: dict[str, Any]

    def split(self, halves: Halves) -> rules.Split:
        """Return how many people the cell, its part and its rest are about."""
        return rules.Split(self.people, self.numbers[halves.part], self.numbers[halves.rest])


NOBODY = Counted(0, {})


@dataclass
class Sum:
    """What is shown of one part over a range. `split_*` are the sums of those days whose parts may be shown too."""

    days: int = 0
    amount: int = 0
    seconds: int = 0
    split_whole: int = 0
    split_part: int = 0
    waits: Counter[int] = field(default_factory=Counter)

    def add_reads(self, numbers: Mapping[str, int], *, split: bool) -> None:
        """Add a day's reads."""
        self.days += 1
        self.amount += numbers["reads"]
        self.seconds += numbers["seconds"]
        if split:
            self.split_whole += numbers["reads"]
            self.split_part += numbers["complete"]

    def add_counters(self, reads: int, complete: int | None, floor: int) -> None:
        """Add what a channel's counters rose by on a day."""
        self.days += 1
        self.amount += reads
        if complete is not None and min(complete, reads - complete) >= floor:
            self.split_whole += reads
            self.split_part += complete

    def add_requests(self, numbers: Mapping[str, Any], *, split: bool) -> None:
        """Add a month's requests."""
        self.days += 1
        self.amount += numbers["filed"]
        if split:
            self.split_whole += numbers["filed"]
            self.split_part += numbers["solved"]
            self.waits.update({int(tenths): count for tenths, count in numbers["days"].items()})


class Shown:
    """The cells of a range of days, under a floor of people."""

    def __init__(self, days: tuple[date, date, date], floor: int, names: Names, rows: Iterable[Row]) -> None:
        # Of the last of these days the hours are loaded too.
        (self.first, self.last, self.hours_of), self.floor, self.names = days, floor, names
        self._cells: dict[tuple[str, str], dict[date, dict[str, Counted]]] = defaultdict(lambda: defaultdict(dict))
        for measure, span, start, key, people, numbers in rows:
            self._cells[measure, span][start][key] = Counted(people, numbers)

    def at(self, measure: str, span: str, start: date, key: str = "") -> Counted:
        """Return a cell, whoever may see it; one that was never counted is about nobody."""
        return self.of(measure, span, start).get(key, NOBODY)

    def of(self, measure: str, span: str, start: date) -> Mapping[str, Counted]:
        """Return all cells of a measure that begin on a day, by key."""
        return self._cells[measure, span].get(start, {})

    def starts(self, measure: str, span: str) -> list[date]:
        """Return where the cells of a measure begin, within the range."""
        return sorted(start for start in self._cells[measure, span] if self.first <= start <= self.last)

    def is_shown(self, cell: Counted) -> bool:
        """Tell whether a cell that is part of nothing may be seen."""
        return cell.people >= self.floor

    def may_split(self, cell: Counted, halves: Halves) -> bool:
        """Tell whether a cell that is part of nothing may be seen with its part."""
        if not self.is_shown(cell):
            return False
        split = cell.split(halves)
        return rules.may_split(split.part, split.rest, self.floor, both=halves.both)

    def sums_of_days(self, measure: str) -> dict[str, Sum]:
        """Sum up a breakdown of reads, each day by what may be seen of it."""
        sums: dict[str, Sum] = defaultdict(Sum)
        for day in rules.days_between(self.first, self.last):
            cells = self.of(measure, "day", day)
            hidden, unsplit = self._hidden_splits(cells, READ)
            for key, cell in cells.items():
                found = sums[key]
                if key not in hidden:
                    found.add_reads(cell.numbers, split=key not in unsplit)
        return dict(sums)

    def sums_of_requests(self, *, services: bool) -> dict[str, Sum]:
        """Sum up requests by office, or by office and service, each month by what may be seen of it."""
        sums: dict[str, Sum] = defaultdict(Sum)
        for month in rules.months_between(self.first, self.last):
            cells = self.of("request", "month", month)
            hidden, unsplit = self._hidden_requests(cells)
            for key, cell in cells.items():
                if key and ("/" in key) == services:
                    found = sums[key]
                    if key not in hidden:
                        found.add_requests(cell.numbers, split=key not in unsplit)
        return dict(sums)

    def _hidden_requests(self, cells: Mapping[str, Counted]) -> tuple[set[str], set[str]]:
        """Look at the offices, and in each of them at its services; those of an office that is hidden are too."""
        offices = {key: cell for key, cell in cells.items() if key and "/" not in key}
        hidden, unsplit = map(set, self._hidden_splits(offices, SOLVED))
        for office in offices:
            services = {key: cell for key, cell in cells.items() if key.startswith(f"{office}/")}
            gone, whole = self._hidden_splits(services, SOLVED)
            # Were all services of a hidden office shown, their sum would be the office.
            hidden |= set(services) if office in hidden else gone
            unsplit |= set(services) if office in unsplit else whole
        return hidden, unsplit

    def _hidden_splits(self, cells: Mapping[str, Counted], halves: Halves) -> tuple[frozenset[str], frozenset[str]]:
        part, rest, floor = halves.part, halves.rest, self.floor
        # Of a busy day nothing is hidden, and a year has hundreds of them.
        if all(min(cell.people, cell.numbers[part], cell.numbers[rest]) >= floor for cell in cells.values()):
            return frozenset(), frozenset()
        splits = {key: cell.split(halves) for key, cell in cells.items()}
        return rules.hidden_splits(splits, self.floor, both=halves.both)
