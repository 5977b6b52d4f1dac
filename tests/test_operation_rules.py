"""What may be shown of a breakdown, whatever its numbers; weeks, months, medians and ranks."""

from __future__ import annotations

import statistics
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.oversight.operation import rules

KEYS = st.text("abcdefgh", min_size=1, max_size=2)
PEOPLE = st.dictionaries(KEYS, st.one_of(st.integers(0, 12), st.integers(0, 100_000)), max_size=14)
FLOORS = st.integers(rules.LEAST_PEOPLE, 40)


@given(PEOPLE, FLOORS, st.booleans())
def test_nothing_about_too_few_people_is_shown(people: dict[str, int], floor: int, disjoint: bool) -> None:
    hidden = rules.hidden(people, floor, disjoint=disjoint)
    assert hidden <= people.keys()
    assert all(count >= floor for key, count in people.items() if key not in hidden)


@given(PEOPLE, FLOORS)
def test_what_is_missing_from_the_total_is_never_about_too_few(people: dict[str, int], floor: int) -> None:
    """Whoever knows the total and all that is shown knows the rest: it is nobody, or enough people in several cells."""
    hidden = rules.hidden(people, floor, disjoint=True)
    total, shown = sum(people.values()), sum(count for key, count in people.items() if key not in hidden)
    if total >= floor:
        assert total - shown == 0 or total - shown >= floor
    missing = [people[key] for key in hidden if people[key]]
    if missing and len(hidden) < len(people):
        assert len(missing) > 1


@given(PEOPLE, FLOORS)
def test_where_people_may_be_in_several_cells_one_of_the_missing_is_large_enough(
    people: dict[str, int], floor: int
) -> None:
    hidden = rules.hidden(people, floor, disjoint=False)
    missing = [people[key] for key in hidden if people[key]]
    if missing and len(hidden) < len(people):
        assert len(missing) > 1
        assert max(missing) >= floor


@given(PEOPLE, FLOORS, st.booleans())
def test_no_more_is_hidden_than_it_takes(people: dict[str, int], floor: int, disjoint: bool) -> None:
    hidden = rules.hidden(people, floor, disjoint=disjoint)
    needless = sorted((people[key], key) for key in hidden if people[key] >= floor)
    small = [count for count in people.values() if 0 < count < floor]
    if not small:
        assert not needless
    else:
        # Two at the most: one beside a single small cell, or two where the others are too small to count for it.
        assert len(needless) <= 2
        left = [(count, key) for key, count in people.items() if key not in hidden]
        assert not needless or not left or needless[-1] <= min(left), "the smallest go first"


@given(PEOPLE, FLOORS, st.sets(KEYS))
def test_what_is_hidden_already_stays_hidden(people: dict[str, int], floor: int, already: set[str]) -> None:
    hidden = rules.hidden(people, floor, disjoint=False, already=already)
    assert already & people.keys() <= hidden


SPLITS = st.builds(
    lambda part, rest, both: rules.Split(part + rest - min(both, part, rest), part, rest),
    st.integers(0, 20),
    st.integers(0, 20),
    st.integers(0, 20),
)


@given(st.dictionaries(KEYS, SPLITS, max_size=10), FLOORS, st.booleans())
def test_neither_a_part_nor_its_rest_is_about_too_few(cells: dict[str, rules.Split], floor: int, both: bool) -> None:
    hidden, unsplit = rules.hidden_splits(cells, floor, both=both)
    assert hidden <= unsplit
    for key in cells.keys() - unsplit:
        cell = cells[key]
        assert min(cell.whole, cell.part) >= floor
        assert cell.rest >= floor or (cell.rest == 0 and not both)
    # The part of the total, less the parts that are shown, is not about too few either.
    for name in ("whole", "part"):
        gone = [getattr(cells[key], name) for key in (hidden if name == "whole" else unsplit)]
        gone = [count for count in gone if count]
        if gone and len(hidden if name == "whole" else unsplit) < len(cells):
            assert len(gone) > 1
            assert max(gone) >= floor


@pytest.mark.parametrize(
    ("people", "disjoint", "hidden"),
    [
        ({}, True, ""),
        ({"a": 5, "b": 9}, True, ""),
        ({"a": 4, "b": 9}, True, "ab"),
        ({"a": 4, "b": 9, "c": 6}, True, "ac"),
        ({"a": 4, "b": 9, "c": 4}, True, "ac"),
        ({"a": 1, "b": 2, "c": 30, "d": 40}, True, "abc"),
        ({"a": 4, "b": 9, "c": 4}, False, "abc"),
        ({"a": 0, "b": 9, "c": 6}, True, "a"),
        ({"a": 3}, True, "a"),
    ],
)
def test_a_single_hidden_cell_takes_the_next_smallest_with_it(
    people: dict[str, int], disjoint: bool, hidden: str
) -> None:
    assert rules.hidden(people, 5, disjoint=disjoint) == set(hidden)


@given(st.lists(st.integers(0, 400), max_size=60))
def test_the_median_of_counts_is_the_median(values: list[int]) -> None:
    counts = {value: values.count(value) for value in values}
    assert rules.median_of(counts) == (statistics.median(values) if values else None)


@given(st.integers(1, 10_000), st.sampled_from(rules.PERCENTILES))
def test_a_percentile_has_its_share_at_or_below_it(count: int, percentile: int) -> None:
    rank = rules.rank_of(percentile, count)
    assert 0 <= rank < count
    assert (rank + 1) * 100 >= percentile * count > rank * 100


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 399))
def test_weeks_and_months_cover_a_range(first: date, more: int) -> None:
    last = first + timedelta(days=more)
    weeks, months = rules.weeks_between(first, last), rules.months_between(first, last)
    assert weeks[0] <= first < weeks[0] + timedelta(days=7)
    assert weeks[-1] <= last < weeks[-1] + timedelta(days=7)
    assert {week.weekday() for week in weeks} == {0}
    assert months[0] <= first
    assert months[-1] <= last < rules.month_after(months[-1])
    assert {rules.month_of(day) for day in rules.days_between(first, last)} == set(months)


def test_a_sample_keeps_its_day_and_hour_in_shanghai() -> None:
    now = datetime(2026, 8, 2, 17, 30, tzinfo=UTC)
    assert rules.stamp(now, now) == rules.Stamp(date(2026, 8, 3), 1)
    assert rules.stamp(now + timedelta(minutes=1), now) == rules.Stamp(date(2026, 8, 3), 1)
    assert rules.stamp(now + timedelta(minutes=3), now) == "in_future"
    assert rules.stamp(now - timedelta(days=8, seconds=1), now) == "too_old"


@given(st.text("abcdef0123456789", min_size=16, max_size=64), st.text(min_size=8, max_size=40))
def test_a_pseudonym_is_steady_short_and_not_the_installation(installation: str, secret: str) -> None:
    name = rules.pseudonym(secret, installation)
    assert name == rules.pseudonym(secret, installation)
    assert len(name) == 20
    assert name != rules.pseudonym(f"{secret}x", installation)
