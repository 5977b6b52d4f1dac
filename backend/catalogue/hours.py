"""When a window is open: pure functions of its hours, the working days and a moment.

`hours` of a window are `{days, opens, closes}`, where `days` is `workday`, `saturday` or `sunday`; a lunch break is the
gap between two of them. `special` are single days `{date, hours: [{opens, closes}], note}`, which replace all else.
Working days are the engine's: a Saturday that is worked in lieu has the hours of a working day, and on a public holiday
nobody is at the window unless a special day says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from backend.clock import SHANGHAI, iso_or_none, local_day
from backend.workdays.rules import Calendar

# The longest closure there is: a spring festival with a renovation behind it.
_LOOK_AHEAD = 60
_WEEKEND = {5: "saturday", 6: "sunday"}
_NAMES = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")
Span = tuple[datetime, datetime]


def spans_of(window: Mapping[str, Any], day: date, calendar: Calendar) -> list[Span]:
    """Return from when to when a window is open on a day, in order."""
    special = next((each for each in window["special"] if each["date"] == day.isoformat()), None)
    if special is not None:
        hours = special["hours"]
    else:
        kind = _kind_of(day, calendar)
        hours = [each for each in window["hours"] if each["days"] == kind]
    return sorted((_at(day, each["opens"]), _at(day, each["closes"])) for each in hours)


def open_state(window: Mapping[str, Any], now: datetime, calendar: Calendar) -> dict[str, Any]:
    """Tell whether a window is open at a moment, until when, and when it opens next, in words too."""
    for begins, ends in _coming(window, now, calendar):
        if begins <= now:
            words = f"正在办公，{ends:%H:%M}关窗"
            return {"open": True, "closes_at": iso_or_none(ends), "opens_at": None, "words": words}
        words = f"现在不办公，{_day_words(begins, now)}{begins:%H:%M}开窗"
        return {"open": False, "closes_at": None, "opens_at": iso_or_none(begins), "words": words}
    return {"open": False, "closes_at": None, "opens_at": None, "words": "近期不办公，请先致电"}


def _coming(window: Mapping[str, Any], now: datetime, calendar: Calendar) -> Iterator[Span]:
    today = local_day(now)
    for number in range(_LOOK_AHEAD):
        yield from (span for span in spans_of(window, today + timedelta(days=number), calendar) if span[1] > now)


def _kind_of(day: date, calendar: Calendar) -> str | None:
    judged = calendar.judge(day)
    if judged.working:
        return "workday"
    # A holiday that falls on a weekend is a holiday.
    return _WEEKEND.get(day.weekday()) if judged.why == "周末" else None


def _day_words(moment: datetime, now: datetime) -> str:
    day, today = local_day(moment), local_day(now)
    if day == today:
        return "今天"
    if day == today + timedelta(days=1):
        return "明天"
    return f"{day.month}月{day.day}日（{_NAMES[day.weekday()]}）"


def _at(day: date, hour: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(hour), SHANGHAI)
