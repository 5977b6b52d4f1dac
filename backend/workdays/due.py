"""When something is due, and every stretch of the way there. No database here.

A limit in working days does not count the day on which it begins, and ends with the office hours of its last day. A
pause moves the due date on by exactly the office time that the pause took.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, islice
from typing import Any

from backend.clock import SHANGHAI, iso
from backend.workdays.rules import (
    END_OF_DAY,
    Calendar,
    Judged,
    add_working_time,
    at,
    days_from,
    hours_of,
    working_time,
)

_ONE_DAY = timedelta(days=1)
_HOUR_S = 3600
# Nobody works for a year on end; a table that leaves no working day is a mistake of whoever wrote it.
_FARTHEST = 4000

Pause = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch of the way to a due date; `counted` in the limit's unit: working days, or office hours."""

    begins: datetime
    ends: datetime
    counted: float
    why: str

    def written(self) -> dict[str, Any]:
        """Write it for the wire."""
        return {"from": iso(self.begins), "to": iso(self.ends), "counted": self.counted, "why": self.why}


@dataclass(frozen=True, slots=True)
class Due:
    """A due date with its reasons. The stretches lie end to end, from the beginning to the due date."""

    at: datetime
    provisional: bool
    stretches: tuple[Stretch, ...]

    def steps(self) -> list[dict[str, Any]]:
        """Write the stretches for the wire."""
        return [stretch.written() for stretch in self.stretches]


def due_after_days(calendar: Calendar, start: datetime, days: int, pauses: Sequence[Pause] = ()) -> Due:
    """Return when a limit of so many working days is over."""
    first = start.astimezone(SHANGHAI).date()
    judged = list(_until_counted(calendar, first, days))
    stretches = [Stretch(start, at(first + _ONE_DAY, time()), 0, "起算当日不计")] if days else []
    stretches += _by_reason(judged)
    due = stretches[-1].ends if stretches else start
    provisional = any(judgement.provisional for _, judgement in judged)
    return _after_pauses(calendar, Due(due, provisional, tuple(stretches)), pauses)


def due_after_time(calendar: Calendar, start: datetime, length: timedelta, pauses: Sequence[Pause] = ()) -> Due:
    """Return when so much office time has passed."""
    due = add_working_time(calendar, start, length)
    stretches = tuple(_by_hours(calendar, start, due))
    provisional = _is_provisional(calendar, start, due)
    return _after_pauses(calendar, Due(due, provisional, stretches), pauses)


def _until_counted(calendar: Calendar, first: date, days: int) -> Iterator[tuple[date, Judged]]:
    """Yield the days after the first one until so many of them count."""
    for day in islice(days_from(first + _ONE_DAY), _FARTHEST) if days else ():
        judgement = calendar.judge(day)
        yield day, judgement
        days -= judgement.working
        if not days:
            return


def _by_reason(judged: Sequence[tuple[date, Judged]]) -> list[Stretch]:
    """Put neighbouring days of one reason together; the last of them ends with its office hours."""
    stretches = []
    for (working, why), group in groupby(judged, key=lambda each: (each[1].working, each[1].why)):
        days = [day for day, _ in group]
        counted = len(days) if working else 0
        words = f"{why}，计{counted}天" if working else f"{why}，不计"
        stretches.append(Stretch(at(days[0], time()), at(days[-1] + _ONE_DAY, time()), counted, words))
    if stretches:
        last = stretches[-1]
        stretches[-1] = Stretch(last.begins, at(judged[-1][0], END_OF_DAY), last.counted, last.why)
    return stretches


def _by_hours(calendar: Calendar, start: datetime, due: datetime) -> Iterator[Stretch]:
    here = start
    for day in days_from(start.astimezone(SHANGHAI).date()):
        for opens, closes in hours_of(calendar, day):
            begins, ends = max(opens, here), min(closes, due)
            if begins >= ends:
                continue
            if here < begins:
                yield Stretch(here, begins, 0, "非办公时间，不计")
            hours = round((ends - begins).total_seconds() / _HOUR_S, 2)
            yield Stretch(begins, ends, hours, f"办公时间，计{hours:g}小时")
            here = ends
        if here >= due:
            return


def _is_provisional(calendar: Calendar, begins: datetime, ends: datetime) -> bool:
    years = range(begins.astimezone(SHANGHAI).year, ends.astimezone(SHANGHAI).year + 1)
    return not all(calendar.knows(year) for year in years)


def _after_pauses(calendar: Calendar, due: Due, pauses: Sequence[Pause]) -> Due:
    moment, stretches, provisional = due.at, list(due.stretches), due.provisional
    for begins, ends in pauses:
        length = working_time(calendar, begins, ends)
        provisional = provisional or _is_provisional(calendar, begins, ends)
        if not length:
            continue
        later = add_working_time(calendar, moment, length)
        stretches.append(Stretch(moment, later, 0, _pause_words(begins, ends, length)))
        provisional = provisional or _is_provisional(calendar, moment, later)
        moment = later
    return Due(moment, provisional, tuple(stretches))


def _pause_words(begins: datetime, ends: datetime, length: timedelta) -> str:
    hours = round(length.total_seconds() / _HOUR_S, 2)
    return f"{_words(begins)}至{_words(ends)}等待市民补充，其间办公时间{hours:g}小时不计，期限顺延"


def _words(moment: datetime) -> str:
    local = moment.astimezone(SHANGHAI)
    return f"{local.month}月{local.day}日{local:%H:%M}"
