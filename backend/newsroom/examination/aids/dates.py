"""Dates that do not exist, and dates on another weekday than the text says."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date

from backend.newsroom.examination.aids.findings import Hit
from backend.newsroom.examination.aids.quantities import parse
from backend.newsroom.examination.aids.text import Passage

_NUMERAL = "一二三四五六七八九十"
_MONTH = rf"(?:[0-9]{{1,2}}|[{_NUMERAL}]{{1,2}})"
_DAY = rf"(?:[0-9]{{1,2}}|[{_NUMERAL}]{{1,3}})"
_WEEKDAY = r"(?P<word>(?:星期|礼拜|周)(?P<weekday>[一二三四五六日天]))"
_YEAR = r"(?P<year>[0-9]{4}|[零〇一二三四五六七八九]{4})"
_BEFORE = rf"(?<![0-9{_NUMERAL}])"
_DATE = re.compile(
    rf"{_BEFORE}(?:{_YEAR}年|(?P<relative>今年|去年|明年|前年))?[ ]?(?P<month>{_MONTH})月[ ]?(?P<day>{_DAY})[日号]"
)
_NUMERIC = re.compile(
    r"(?<![0-9.\-/])(?P<year>(?:19|20)[0-9]{2})(?P<sep>[-/.])(?P<month>[0-9]{1,2})(?P=sep)(?P<day>[0-9]{1,2})(?![0-9.\-/])"
)
# 当天（星期三）, 26日 周三: a weekday right after a date, or right before one that stands in brackets.
_AFTER = re.compile(rf"[ ]{{0,2}}[（(，,、]?[ ]{{0,2}}{_WEEKDAY}")
_AHEAD = re.compile(rf"{_WEEKDAY}[ ]{{0,2}}[（(]$")
_LUNAR = re.compile(r"(?:农历|阴历|旧历|夏历)[^，。；]{0,6}$")
_RELATIVE = {"今年": 0, "去年": -1, "明年": 1, "前年": -2}
_WEEKDAYS = "一二三四五六日"
_LEAP_YEAR = 2024


def check(passage: Passage, on: date) -> Iterator[Hit]:
    """Report dates that cannot be, and weekdays that do not fit. Without a year the nearest one to `on` is meant."""
    text = passage.folded.text
    if "月" not in text and "20" not in text and "19" not in text:
        return
    for pattern in (_DATE, _NUMERIC):
        for found in pattern.finditer(text):
            if not _LUNAR.search(text, max(0, found.start() - 10), found.start()):
                yield from _check_one(passage, found, on)


def _check_one(passage: Passage, found: re.Match[str], on: date) -> Iterator[Hit]:
    month, day = _value(found["month"]), _value(found["day"])
    if month is None or day is None:
        return
    year = _year(found, on)
    if not _exists(year, month, day):
        # A month of 13 in three numbers with dots is a version or an address, not a date.
        if "sep" not in found.groupdict() or found["sep"] == "-":
            yield _impossible(passage, found, year, month)
        return
    text = passage.folded.text
    said = _AFTER.match(text, found.end()) or _AHEAD.search(text, max(0, found.start() - 6), found.start())
    if not said:
        return
    meant = date(year, month, day) if year else _nearest(month, day, on)
    right = _WEEKDAYS[meant.weekday()]
    if said["weekday"].replace("天", "日") == right:
        return
    start, end = passage.folded.span(*said.span("word"))
    said_word = passage.text[start:end]
    yield Hit(
        rule="weekday",
        level="warn",
        passage=passage,
        start=start,
        end=end,
        why=f"{meant.year}年{month}月{day}日是星期{right}，不是星期{said['weekday']}。",
        suggestion=said_word[:-1] + right,
        category="日期",
        key=f"{found[0]}\x1f{said['weekday']}",
    )


def _value(written: str) -> int | None:
    value = parse(written)
    return None if value is None else int(value)


def _year(found: re.Match[str], on: date) -> int | None:
    relative = found.groupdict().get("relative")
    if relative:
        return on.year + _RELATIVE[relative]
    return _value(found["year"]) if found["year"] else None


def _exists(year: int | None, month: int, day: int) -> bool:
    if not 1 <= month <= 12 or (year is not None and not 1 <= year <= 9999):
        return False
    return 1 <= day <= calendar.monthrange(_LEAP_YEAR if year is None else year, month)[1]


def _nearest(month: int, day: int, on: date) -> date:
    """Return the day of that name nearest to another day. A 29 February is looked for among leap years."""
    years = (year for year in range(max(1, on.year - 8), min(9999, on.year + 8) + 1) if _exists(year, month, day))
    return min((date(year, month, day) for year in years), key=lambda one: abs(one - on))


def _impossible(passage: Passage, found: re.Match[str], year: int | None, month: int) -> Hit:
    start, end = passage.folded.span(found.start(), found.end())
    days = calendar.monthrange(_LEAP_YEAR if not year or year > 9999 else year, month)[1] if 1 <= month <= 12 else 0
    named = f"{year}年{month}月" if year else f"{month}月"
    return Hit(
        rule="date",
        level="block",
        passage=passage,
        start=start,
        end=end,
        why=f"{named}只有{days}天，没有这一天。" if days else f"一年只有十二个月，没有{month}月。",
        category="日期",
    )
