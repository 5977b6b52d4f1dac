"""The calendar against the State Council's notices (国务院办公厅关于部分节假日安排的通知), for each year there is.

Written down from the notices, not from the package that knows them too: so either can find the other's mistake. The
second notice of 2020, which made the Spring Festival longer, is in it; so is that of 2015 for the third of September.
"""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest

from backend.workdays.rules import Calendar

# By year: the days that are off, from and to, and the Saturdays and Sundays that are worked.
PUBLISHED: dict[int, tuple[str, str]] = {
    2004: ("0101 0122-0128 0501-0507 1001-1007", "0117 0118 0508 0509 1009 1010"),
    2005: ("0101-0103 0209-0215 0501-0507 1001-1007", "0205 0206 0430 0508 1008 1009 1231"),
    2006: ("0101-0103 0129-0204 0501-0507 1001-1007", "0128 0205 0429 0430 0930 1008 1230 1231"),
    2007: ("0101-0103 0218-0224 0501-0507 1001-1007 1230-1231", "0217 0225 0428 0429 0929 0930 1229"),
    2008: ("0101 0206-0212 0404-0406 0501-0503 0607-0609 0913-0915 0929-1005", "0202 0203 0504 0927 0928"),
    2009: ("0101-0103 0125-0131 0404-0406 0501-0503 0528-0530 1001-1008", "0104 0124 0201 0531 0927 1010"),
    2010: (
        "0101-0103 0213-0219 0403-0405 0501-0503 0614-0616 0922-0924 1001-1007",
        "0220 0221 0612 0613 0919 0925 0926 1009",
    ),
    2011: (
        "0101-0103 0202-0208 0403-0405 0430-0502 0604-0606 0910-0912 1001-1007",
        "0130 0212 0402 1008 1009 1231",
    ),
    2012: ("0101-0103 0122-0128 0402-0404 0429-0501 0622-0624 0930-1007", "0121 0129 0331 0401 0428 0929"),
    2013: (
        "0101-0103 0209-0215 0404-0406 0429-0501 0610-0612 0919-0921 1001-1007",
        "0105 0106 0216 0217 0407 0427 0428 0608 0609 0922 0929 1012",
    ),
    2014: ("0101 0131-0206 0405-0407 0501-0503 0531-0602 0906-0908 1001-1007", "0126 0208 0504 0928 1011"),
    2015: (
        "0101-0103 0218-0224 0404-0406 0501-0503 0620-0622 0903-0905 0926-0927 1001-1007",
        "0104 0215 0228 0906 1010",
    ),
    2016: ("0101-0103 0207-0213 0402-0404 0430-0502 0609-0611 0915-0917 1001-1007", "0206 0214 0612 0918 1008 1009"),
    2017: ("0101-0102 0127-0202 0402-0404 0429-0501 0528-0530 1001-1008", "0122 0204 0401 0527 0930"),
    2018: (
        "0101 0215-0221 0405-0407 0429-0501 0616-0618 0922-0924 1001-1007 1230-1231",
        "0211 0224 0408 0428 0929 0930 1229",
    ),
    2019: ("0101 0204-0210 0405-0407 0501-0504 0607-0609 0913-0915 1001-1007", "0202 0203 0428 0505 0929 1012"),
    2020: ("0101 0124-0202 0404-0406 0501-0505 0625-0627 1001-1008", "0119 0426 0509 0628 0927 1010"),
    2021: (
        "0101-0103 0211-0217 0403-0405 0501-0505 0612-0614 0919-0921 1001-1007",
        "0207 0220 0425 0508 0918 0926 1009",
    ),
    2022: (
        "0101-0103 0131-0206 0403-0405 0430-0504 0603-0605 0910-0912 1001-1007 1231",
        "0129 0130 0402 0424 0507 1008 1009",
    ),
    2023: (
        "0101-0102 0121-0127 0405 0429-0503 0622-0624 0929-1006",
        "0128 0129 0423 0506 0625 1007 1008",
    ),
    2024: (
        "0101 0210-0217 0404-0406 0501-0505 0610 0915-0917 1001-1007",
        "0204 0218 0407 0428 0511 0914 0929 1012",
    ),
    2025: ("0101 0128-0204 0404-0406 0501-0505 0531-0602 1001-1008", "0126 0208 0427 0928 1011"),
    2026: (
        "0101-0103 0215-0223 0404-0406 0501-0505 0619-0621 0925-0927 1001-1007",
        "0104 0214 0228 0509 0920 1010",
    ),
}


# 国办发明电〔2005〕35号 has it worked for the days after New Year's Day of 2006, and the package leaves it out.
# Nothing is due in 2005, so the house does not correct it.
LEFT_OUT_BY_THE_PACKAGE = {date(2005, 12, 31)}


def _day(year: int, text: str) -> date:
    return date(year, int(text[:2]), int(text[2:]))


def _off(year: int) -> set[date]:
    """Spread a year's days off out."""
    days = set()
    for stretch in PUBLISHED[year][0].split():
        first, _, last = stretch.partition("-")
        begin, end = _day(year, first), _day(year, last or first)
        days |= {begin + timedelta(days=n) for n in range((end - begin).days + 1)}
    return days


def _days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=n) for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


def test_every_year_that_the_package_knows_is_written_down() -> None:
    assert {day.year for day in chinese_calendar.holidays} <= set(PUBLISHED)


@pytest.mark.parametrize("year", PUBLISHED)
def test_every_day_of_the_year_is_as_it_was_published(year: int) -> None:
    calendar, off = Calendar(), _off(year)
    worked = {_day(year, text) for text in PUBLISHED[year][1].split()}
    assert not off & worked
    assert all(day.weekday() >= 5 for day in worked), "only weekends are made up for"
    expected = {day for day in _days_of(year) if day in worked or (day.weekday() < 5 and day not in off)}
    known = {day for day in _days_of(year) if calendar.judge(day).working}
    assert known == expected - LEFT_OUT_BY_THE_PACKAGE
