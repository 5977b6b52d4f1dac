"""What is counted and what may be shown. No database here."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from backend.clock import SHANGHAI, local_day

# No figure is about fewer people. The house may ask for more (`OperationSetting`), never for fewer.
LEAST_PEOPLE = 5
MOST_PEOPLE = 1000
KINDS = ("open", "read", "push_opened", "arrived")
MAX_SAMPLES = 100
LATEST = timedelta(days=8)
# Clocks of phones are a little fast at times; this is no future yet.
AHEAD = timedelta(minutes=2)
SAMPLES_A_DAY = 1000
CALLS_WINDOW = timedelta(minutes=10)
CALLS_PER_ADDRESS = 600
SAMPLES_KEPT = timedelta(days=35)
SILENT_KEPT = timedelta(days=400)
MAX_DAYS = 400
PERCENTILES = (50, 90, 99)
Key = str


def pseudonym(secret: str, installation: str) -> str:
    """Return what the house calls an installation, whose own number is not kept; no way leads back from it."""
    return hmac.new(secret.encode(), f"usage\n{installation}".encode(), hashlib.sha256).hexdigest()[:20]


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """Return the first day of the month after this one."""
    return month_of(month.replace(day=28) + timedelta(days=4))


@dataclass(frozen=True, slots=True)
class Stamp:
    """The day and hour in Shanghai of a moment: all that is kept of it."""

    day: date
    hour: int


def stamp(at: datetime, now: datetime) -> Stamp | str:
    """Return day and hour of a sample, or why it is not taken: `in_future` or `too_old`."""
    if at > now + AHEAD:
        return "in_future"
    if at < now - LATEST:
        return "too_old"
    at = min(at, now)
    return Stamp(local_day(at), at.astimezone(SHANGHAI).hour)


def hidden(people: Mapping[Key, int], floor: int, *, disjoint: bool, already: Collection[Key] = ()) -> frozenset[Key]:
    """Return the cells of a breakdown that nobody may see, given how many people each of them is about.

    These are the ones about fewer than `floor` people, those that are hidden `already` for another reason and, as long
    as what is missing could be worked out from the total, the smallest of the others: at least two cells with somebody
    in them are missing, and together they are about `floor` people or more. `disjoint` says that nobody is in two
    cells; where people may be in several, only the largest cell says for sure how many they are.
    """
    missing = {key for key, count in people.items() if count < floor or key in already}
    spare = sorted((key for key in people if key not in missing), key=lambda key: (people[key], key))
    for key in spare:
        if _is_covered([people[name] for name in missing], floor, disjoint=disjoint):
            break
        missing.add(key)
    return frozenset(missing)


def _is_covered(missing: Iterable[int], floor: int, *, disjoint: bool) -> bool:
    somebody = [count for count in missing if count]
    if not somebody:
        return True  # What could be worked out is that there was nobody.
    together = sum(somebody) if disjoint else max(somebody)
    return len(somebody) > 1 and together >= floor


def may_split(part: int, rest: int, floor: int, *, both: bool = False) -> bool:
    """Tell whether a part of a shown cell may be shown, the rest of which can then be worked out.

    That nothing is left over is about nobody. With `both` there must be a rest all the same: where many cells are
    summed up, only the complete ones among the small would count.
    """
    return part >= floor and (rest >= floor or (rest == 0 and not both))


class Split(NamedTuple):
    """How many people a cell is about, how many its part (read to the end, solved), and how many its rest."""

    whole: int
    part: int
    rest: int


def hidden_splits(cells: Mapping[Key, Split], floor: int, *, both: bool) -> tuple[frozenset[Key], frozenset[Key]]:
    """Return which cells of a breakdown nobody may see, and of which nobody may see the part.

    The parts of all cells make up the part of the total, and so do the rests: each of them is a breakdown too. What
    `both` means: `may_split`.
    """
    wholes = hidden({key: cell.whole for key, cell in cells.items()}, floor, disjoint=False)
    parts = hidden({key: cell.part for key, cell in cells.items()}, floor, disjoint=False, already=wholes)
    rests = {key: cell.rest for key, cell in cells.items() if both or cell.rest or key in parts}
    return wholes, parts | hidden(rests, floor, disjoint=False, already=parts)


def median_of(counts: Mapping[int, int]) -> float | None:
    """Return the median of values that are given with how often each occurred."""
    total = sum(counts.values())
    if not total:
        return None
    values: list[int] = []
    # The two in the middle, which are one where the number is odd.
    for wanted in ((total - 1) // 2, total // 2):
        seen = 0
        for value in sorted(counts):
            seen += counts[value]
            if seen > wanted:
                values.append(value)
                break
    return sum(values) / 2


def rank_of(percentile: int, count: int) -> int:
    """Return which of `count` ordered values, from 0, is a percentile (nearest rank)."""
    return max(0, -(-percentile * count // 100) - 1)


def percent(part: int, whole: int) -> float | None:
    """Return a share in percent with one decimal."""
    return round(100 * part / whole, 1) if whole else None


def days_between(first: date, last: date) -> list[date]:
    """List the days from `first` to `last`, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def weeks_between(first: date, last: date) -> list[date]:
    """List the Mondays of all weeks that have a day in this range."""
    return [week for week in days_between(week_of(first), last) if week.weekday() == 0]


def months_between(first: date, last: date) -> list[date]:
    """List the first days of all months that have a day in this range."""
    months = [month_of(first)]
    while (following := month_after(months[-1])) <= last:
        months.append(following)
    return months
