"""Tallying one day: its reads by section and town, and how long news was under way. No database here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from backend.oversight.operation import rules


@dataclass(frozen=True, slots=True)
class Cell:
    """One counted cell, as `UsageCell` stores it."""

    measure: str
    span: str
    start: date
    key: str
    people: int
    numbers: dict[str, Any]


@dataclass(slots=True)
class _Reads:
    """The reads of one cell."""

    reads: int = 0
    seconds: int = 0
    complete: int = 0
    done_by: set[str] = field(default_factory=set)
    left_by: set[str] = field(default_factory=set)


class DayTally:
    """The reads and arrivals of a day. `sections` and `towns` are those of its articles, by their ids."""

    def __init__(self, day: date, sections: Mapping[str, str], towns: Mapping[str, Sequence[str]]) -> None:
        self._day, self._sections, self._towns = day, sections, towns
        self._places: dict[str, list[_Reads]] = {}
        self._reads: dict[tuple[str, str], _Reads] = defaultdict(_Reads)
        self._arrivals: dict[str, list[tuple[int, str]]] = defaultdict(list)

    def add_read(self, phone: str, article: str, seconds: int, *, complete: bool) -> None:
        """Add a read to all cells it belongs to."""
        for cell in self._places.get(article) or self._place(article):
            cell.reads += 1
            cell.seconds += seconds
            if complete:
                cell.complete += 1
                cell.done_by.add(phone)
            else:
                cell.left_by.add(phone)

    def _place(self, article: str) -> list[_Reads]:
        keys = [("total", "")]
        if article in self._sections:
            # An article about several towns counts for each of them; one about none is the district's.
            keys += [
                ("section", self._sections[article]),
                *(("town", town) for town in self._towns.get(article) or [""]),
            ]
        self._places[article] = [self._reads[key] for key in keys]
        return self._places[article]

    def add_arrival(self, phone: str, hour: int, ms: int) -> None:
        """Add how long something was under way."""
        self._arrivals[""].append((ms, phone))
        self._arrivals[f"{hour:02d}"].append((ms, phone))

    def cells(self) -> list[Cell]:
        """Return the cells."""
        reads = [self._read_cell(measure, key, cell) for (measure, key), cell in self._reads.items()]
        return reads + [self._arrival_cell(key, those) for key, those in self._arrivals.items()]

    def _read_cell(self, measure: str, key: str, cell: _Reads) -> Cell:
        numbers = {"reads": cell.reads, "seconds": cell.seconds, "complete": cell.complete}
        numbers |= {"complete_people": len(cell.done_by), "rest_people": len(cell.left_by)}
        return Cell(measure, "day", self._day, key, len(cell.done_by | cell.left_by), numbers)

    def _arrival_cell(self, key: str, those: list[tuple[int, str]]) -> Cell:
        those.sort()
        numbers: dict[str, Any] = {"count": len(those)}
        for percentile in rules.PERCENTILES:
            value = those[rules.rank_of(percentile, len(those))][0]
            beyond = {phone for ms, phone in those if ms >= value}
            numbers |= {f"p{percentile}": value, f"beyond{percentile}": len(beyond)}
        return Cell("arrival", "day", self._day, key, len({phone for _, phone in those}), numbers)
