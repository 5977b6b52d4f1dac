"""Which days are working days, and why. No database here.

Sources: the State Council's yearly notice on holidays and make-up days, as package `chinesecalendar` has it; over it
the house's own table of days. A year that neither knows is counted Monday to Friday without the holidays that fall on
a fixed date by 《全国年节及纪念日放假办法》 (State Council, decree 795 of 2024), and everything counted in it is
provisional.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import chinese_calendar  # type: ignore[import-untyped]  # the package ships no types
from chinese_calendar import Holiday, constants

from backend.clock import SHANGHAI

# The hours in which offices work, with the lunch break of 11:30 to 13:00 left out: seven hours a day.
OFFICE_HOURS = ((time(9), time(11, 30)), (time(13), time(17, 30)))
END_OF_DAY = OFFICE_HOURS[-1][1]
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)
_NAMES = {holiday.value: holiday.chinese for holiday in Holiday}
FIRST_YEAR, LAST_YEAR = min(constants.holidays).year, max(constants.holidays).year
_FIXED = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}


@dataclass(frozen=True, slots=True)
class DayRule:
    """What the house's own table says of a day."""

    working: bool
    why: str


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a day counts, why in Chinese, and whether that may still change."""

    working: bool
    why: str
    provisional: bool = False


@dataclass(frozen=True)
class Calendar:
    """The working days. `announced` are years beyond the package whose days have been entered by hand."""

    overrides: Mapping[date, DayRule] = field(default_factory=dict)
    announced: frozenset[int] = frozenset()

    def knows(self, year: int) -> bool:
        """Tell whether the holidays of a year have been announced."""
        return FIRST_YEAR <= year <= LAST_YEAR or year in self.announced

    def judge(self, day: date) -> Judged:
        """Tell whether a day is a working day, and why."""
        provisional = not self.knows(day.year)
        rule = self.overrides.get(day)
        if rule is not None:
            return Judged(rule.working, rule.why, provisional)
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return _by_notice(day)
        # In an announced year the table names every day that differs from its weekday.
        return _by_weekday(day, provisional=provisional)


def _off(why: str, *, provisional: bool = False) -> Judged:
    return Judged(working=False, why=why, provisional=provisional)


def _on(why: str, *, provisional: bool = False) -> Judged:
    return Judged(working=True, why=why, provisional=provisional)


def _by_notice(day: date) -> Judged:
    weekend = day.weekday() >= _SATURDAY
    if chinese_calendar.is_workday(day):
        named = _NAMES.get(constants.workdays.get(day, ""))
        return _on(f"{named}调休上班" if weekend and named else "工作日")
    named = _NAMES.get(constants.holidays.get(day, ""))
    return _off(f"{named}放假" if named else "周末")


def _by_weekday(day: date, *, provisional: bool) -> Judged:
    fixed = _FIXED.get((day.month, day.day)) if provisional else None
    if fixed is not None:
        return _off(f"{fixed}放假", provisional=provisional)
    if day.weekday() >= _SATURDAY:
        return _off("周末", provisional=provisional)
    return _on("工作日", provisional=provisional)


def at(day: date, hour: time) -> datetime:
    """Return the moment of an hour in Shanghai."""
    return datetime.combine(day, hour, SHANGHAI)


def days_from(day: date) -> Iterator[date]:
    """Yield this day and all that follow."""
    while True:
        yield day
        day += _ONE_DAY


def hours_of(calendar: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    """Return the office hours of a day; none on a day that does not count."""
    if not calendar.judge(day).working:
        return []
    return [(at(day, begins), at(day, ends)) for begins, ends in OFFICE_HOURS]


def working_time(calendar: Calendar, begins: datetime, ends: datetime) -> timedelta:
    """Return how much office time lies between two moments; none if they are in the wrong order."""
    spent = timedelta()
    last = ends.astimezone(SHANGHAI).date()
    for day in days_from(begins.astimezone(SHANGHAI).date()):
        if day > last:
            return spent
        for opens, closes in hours_of(calendar, day):
            spent += max(timedelta(), min(closes, ends) - max(opens, begins))
    raise AssertionError("days do not end")


def add_working_time(calendar: Calendar, begins: datetime, length: timedelta) -> datetime:
    """Return the first moment by which so much office time has passed."""
    if length <= timedelta():
        return begins
    for day in days_from(begins.astimezone(SHANGHAI).date()):
        for opens, closes in hours_of(calendar, day):
            room = max(timedelta(), closes - max(opens, begins))
            if length <= room:
                return max(opens, begins) + length
            length -= room
    raise AssertionError("days do not end")
