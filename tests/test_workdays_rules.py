"""Working days, office hours and due dates, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from backend.clock import SHANGHAI
from backend.workdays.due import due_after_days, due_after_time
from backend.workdays.rules import Calendar, DayRule, add_working_time, working_time

PACKAGE = Calendar()
MOMENTS = st.timedeltas(timedelta(), timedelta(days=1800)).map(lambda after: datetime(2024, 1, 1, tzinfo=UTC) + after)
LENGTHS = st.timedeltas(timedelta(), timedelta(days=20))
OVERRIDES = st.dictionaries(
    st.dates(date(2024, 1, 1), date(2029, 3, 1)),
    st.builds(DayRule, st.booleans(), st.sampled_from(["台风停工", "进博会调休", "补班"])),
    max_size=30,
)
CALENDARS = st.builds(Calendar, OVERRIDES, st.frozensets(st.integers(2026, 2030)))
quickly = settings(max_examples=80, deadline=None)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("days", "start", "due"),
    [
        # An ordinary week: 24 November 2026 is a Tuesday.
        (1, "2026-11-24T10:00", "2026-11-25T17:30"),
        (5, "2026-11-24T10:00", "2026-12-01T17:30"),
        # Friday evening and Saturday: Monday is the first day that counts.
        (1, "2026-11-27T20:00", "2026-11-30T17:30"),
        (1, "2026-11-28T12:00", "2026-11-30T17:30"),
        # National Day and Mid-autumn of 2026, with a Sunday and a Saturday that are worked.
        (1, "2026-09-30T10:00", "2026-10-08T17:30"),
        (3, "2026-09-30T10:00", "2026-10-10T17:30"),
        (15, "2026-09-24T10:00", "2026-10-22T17:30"),
        # The Spring Festival of 2026: 15 to 23 February off, worked on Saturday the 14th and Saturday the 28th.
        (1, "2026-02-13T16:00", "2026-02-14T17:30"),
        (2, "2026-02-13T16:00", "2026-02-24T17:30"),
        (0, "2026-11-24T10:00", "2026-11-24T10:00"),
    ],
)
def test_due_dates_follow_the_calendar_of_the_state_council(days, start, due):
    found = due_after_days(PACKAGE, shanghai(start), days)
    assert (found.at, found.provisional) == (shanghai(due), False)


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-24T09:00", "2026-11-24T14:30"),  # two and a half hours before lunch, one and a half after it
        ("2026-11-24T12:00", "2026-11-24T17:00"),
        ("2026-11-24T16:00", "2026-11-25T11:30"),
        ("2026-11-24T22:00", "2026-11-25T14:30"),
        ("2026-11-27T17:00", "2026-11-30T14:00"),
    ],
)
def test_four_office_hours_leave_out_lunch_nights_and_weekends(start, due):
    assert due_after_time(PACKAGE, shanghai(start), timedelta(hours=4)).at == shanghai(due)


def test_a_year_that_nobody_has_announced_is_counted_provisionally():
    start = shanghai("2026-12-30T10:00")
    guess = due_after_days(PACKAGE, start, 3)
    assert (guess.at, guess.provisional) == (shanghai("2027-01-05T17:30"), True)
    assert "元旦放假，不计" in [stretch.why for stretch in guess.stretches]
    assert not due_after_days(PACKAGE, start, 1).provisional
    told = Calendar({date(2027, 1, 4): DayRule(working=False, why="元旦放假")}, frozenset({2027}))
    sure = due_after_days(told, start, 3)
    # In a year that has been entered, what is not named is as its weekday says.
    assert (sure.at, sure.provisional) == (shanghai("2027-01-05T17:30"), False)


def test_a_due_date_says_why_in_chinese():
    stretches = due_after_days(PACKAGE, shanghai("2026-09-30T10:00"), 3).steps()
    assert [(step["counted"], step["why"]) for step in stretches] == [
        (0, "起算当日不计"),
        (0, "国庆节放假，不计"),
        (2, "工作日，计2天"),
        (1, "国庆节调休上班，计1天"),
    ]


@quickly
@given(CALENDARS, MOMENTS, st.integers(1, 15), st.lists(st.tuples(MOMENTS, LENGTHS), max_size=2))
def test_the_stretches_lie_end_to_end_and_count_up_to_the_limit(calendar, start, days, given_pauses):
    pauses = [(begins, begins + length) for begins, length in given_pauses]
    due = due_after_days(calendar, start, days, pauses)
    assert due.stretches[0].begins == start
    assert due.stretches[-1].ends == due.at
    assert all(left.ends == right.begins for left, right in zip(due.stretches, due.stretches[1:], strict=False))
    assert sum(stretch.counted for stretch in due.stretches) == days
    hours = due_after_time(calendar, start, timedelta(hours=4))
    assert (hours.stretches[0].begins, hours.stretches[-1].ends) == (start, hours.at)
    assert sum(stretch.counted for stretch in hours.stretches) == pytest.approx(4, abs=0.05)


@quickly
@given(CALENDARS, MOMENTS, LENGTHS, st.integers(1, 15), st.integers(0, 5))
def test_a_later_start_and_more_days_are_never_due_earlier(calendar, start, later, days, more):
    first = due_after_days(calendar, start, days).at
    assert due_after_days(calendar, start + later, days).at >= first
    assert due_after_days(calendar, start, days + more).at >= first
    assert first > start
    hours = due_after_time(calendar, start, timedelta(hours=4)).at
    assert due_after_time(calendar, start + later, timedelta(hours=4)).at >= hours


@quickly
@given(CALENDARS, MOMENTS, st.integers(1, 15), MOMENTS, LENGTHS, LENGTHS)
def test_a_pause_moves_the_due_date_by_exactly_its_office_time(calendar, start, days, begins, length, longer):
    plain = due_after_days(calendar, start, days).at
    paused = due_after_days(calendar, start, days, [(begins, begins + length)]).at
    assert working_time(calendar, plain, paused) == working_time(calendar, begins, begins + length)
    again = due_after_days(calendar, start, days, [(begins, begins + length), (begins, begins + longer)]).at
    assert again >= paused >= plain


@quickly
@given(CALENDARS, MOMENTS, LENGTHS)
def test_office_time_that_is_added_is_what_has_passed(calendar, start, length):
    after = add_working_time(calendar, start, length)
    assert working_time(calendar, start, after) == length
    # And it is the first such moment.
    if length:
        assert working_time(calendar, start, after - timedelta(microseconds=1)) < length


@quickly
@given(CALENDARS, MOMENTS, MOMENTS, MOMENTS)
def test_office_time_adds_up(calendar, one, two, three):
    first, middle, last = sorted([one, two, three])
    both = working_time(calendar, first, middle) + working_time(calendar, middle, last)
    assert both == working_time(calendar, first, last)
    assert working_time(calendar, last, first) == timedelta()


@quickly
@given(OVERRIDES, st.frozensets(st.integers(2026, 2030)))
def test_overrides_hold_and_touch_no_other_day(overrides, announced):
    calendar, plain = Calendar(overrides, announced), Calendar({}, announced)
    for day, rule in overrides.items():
        assert (calendar.judge(day).working, calendar.judge(day).why) == (rule.working, rule.why)
        other = day + timedelta(days=1)
        if other not in overrides:
            assert calendar.judge(other) == plain.judge(other)


@quickly
@given(MOMENTS, st.integers(1, 5))
def test_a_day_off_in_the_way_moves_the_due_date_to_the_next_working_day(start, days):
    due = due_after_days(PACKAGE, start, days).at
    assume(due.year <= 2026)
    typhoon = Calendar({due.date(): DayRule(working=False, why="台风停工")})
    assert due_after_days(typhoon, start, days).at == due_after_days(PACKAGE, start, days + 1).at
