"""The formulas of monitoring: what a counter is worth, when it is doubted, what a rule finds, percentiles."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.oversight.monitoring.rules import (
    Growth,
    Place,
    RuleContent,
    Said,
    find_places,
    grown,
    match,
    percentile,
    town_names,
)
from backend.publishing.doubts import Doubt, Told, counted, doubt_about, growths
from backend.publishing.limits import DEFAULTS

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
TOWNS = [Place("顾村镇", "gucun"), Place("顾村", "gucun"), Place("菊泉新城", "gucun"), Place("大场", "dachang")]
LIMITS = dict(DEFAULTS)


def told(*samples: int, left_out: tuple[int, ...] = ()) -> list[Told]:
    return [Told(value, left_out=at in left_out) for at, value in enumerate(samples)]


@pytest.mark.parametrize(
    ("samples", "left_out", "worth"),
    [
        ((), (), 0),
        ((10, 8, 12), (), 12),
        ((100, 5000, 5100), (1,), 200),
        # The platform takes back what nobody believed.
        ((100, 5000, 150), (1,), 100),
        ((100, 5000, 80), (1,), 80),
        # It takes back a part of it.
        ((100, 5000, 4000), (1,), 100),
        ((5000,), (0,), 0),
        # A fall that is doubted takes nothing away.
        ((100, 50), (1,), 50),
    ],
)
def test_what_a_counter_is_worth(samples: tuple[int, ...], left_out: tuple[int, ...], worth: int) -> None:
    assert counted(told(*samples, left_out=left_out)) == worth


@given(st.lists(st.tuples(st.integers(0, 10**9), st.booleans()), max_size=30))
def test_a_counter_is_never_worth_more_than_was_told_nor_less_than_nothing(given: list[tuple[int, bool]]) -> None:
    samples = [Told(value, left_out=left_out) for value, left_out in given]
    assert 0 <= counted(samples) <= (samples[-1].value if samples else 0)
    assert counted([Told(sample.value) for sample in samples]) == (samples[-1].value if samples else 0)


def test_growth_is_what_rises() -> None:
    assert growths([10, 8, 8, 12]) == [10, 4]


@pytest.mark.parametrize(
    ("facts", "doubt"),
    [
        # Small leaps are no matter.
        ({"grown": 199, "level": 199, "peers": [1] * 9, "steps": [1] * 9}, None),
        ({"grown": 500, "level": 500, "peers": [49] * 5, "steps": []}, Doubt("age", 49, 490)),
        ({"grown": 500, "level": 500, "peers": [50] * 5, "steps": []}, None),
        # Four posts tell nothing; one that somebody has vouched for may stand above others.
        ({"grown": 500, "level": 500, "peers": [1] * 4, "steps": []}, None),
        ({"grown": 500, "level": 500, "peers": [1] * 5, "steps": [], "vouched": True}, None),
        ({"grown": 1001, "level": 1301, "peers": [], "steps": [100, 100, 100]}, Doubt("growth", 100, 1000)),
        ({"grown": 1000, "level": 1300, "peers": [], "steps": [100, 100, 100]}, None),
        ({"grown": 1001, "level": 1301, "peers": [], "steps": [100, 100]}, None),
        ({"grown": 900, "level": 1000, "peers": [], "steps": [], "devices": 99}, Doubt("devices", 99, 100)),
        ({"grown": 900, "level": 1000, "peers": [], "steps": [], "devices": 100}, None),
    ],
)
def test_when_a_counter_is_doubted(facts: dict[str, object], doubt: Doubt | None) -> None:
    assert doubt_about(**facts, limits=LIMITS) == doubt  # type: ignore[arg-type]  # facts are as the cases say


def test_towns_are_called_in_full_and_in_short() -> None:
    assert town_names("顾村镇") == ["顾村镇", "顾村"]
    assert town_names("友谊路街道") == ["友谊路街道", "友谊路"]
    assert town_names("宝山工业园区") == ["宝山工业园区", "宝山"]
    assert town_names("镇") == ["镇"]


def test_a_town_is_found_once_by_its_longest_name() -> None:
    found = find_places("顾 村 镇菊泉新城和大场都停水", TOWNS)
    assert [(place.name, place.town) for place in found] == [("大场", "dachang"), ("菊泉新城", "gucun")]


def series(*pairs: tuple[int, int]) -> tuple[tuple[datetime, int], ...]:
    return tuple((NOW - timedelta(minutes=minutes), heat) for minutes, heat in pairs)


@pytest.mark.parametrize(
    ("heats", "by"),
    [
        (series((50, 10), (0, 110)), 100),
        (series((50, 10), (0, 109)), None),
        # What lies before the window counts as it stood when the window began.
        (series((90, 10), (0, 110)), 100),
        (series((90, 500), (30, 10), (0, 110)), 100),
        (series((0, 1000)), None),
        ((), None),
    ],
)
def test_growth_is_measured_within_its_minutes(heats: tuple[tuple[datetime, int], ...], by: int | None) -> None:
    found = grown(heats, Growth(100, 60))
    assert (found["by"] if found else None) == by


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ({"words": ["停水"]}, True),
        ({"words": ["停电"]}, False),
        ({"words": ["停电", "停水"], "all_words": ["物业", "菊泉"]}, True),
        ({"words": ["停水"], "all_words": ["物业", "停电"]}, False),
        ({"words": ["停水"], "not_words": ["物业"]}, False),
        ({"words": ["停水"], "where": "district"}, True),
        ({"words": ["停水"], "towns": ["gucun"]}, True),
        ({"words": ["停水"], "towns": ["dachang"]}, False),
        ({"words": ["停水"], "towns": ["dachang"], "places": ["物业"]}, True),
        ({"words": ["停水"], "stances": ["positive"]}, False),
        ({"words": ["停水"], "min_heat": 51}, False),
        ({"words": ["停水"], "min_heat": 50}, True),
        ({"words": ["ＡＢＣ"]}, True),
        ({"words": ["\u3000"]}, False),
        # Patterns are words like any other.
        ({"words": [".*"]}, False),
    ],
)
def test_what_a_rule_takes_in(rule: dict[str, object], taken: bool) -> None:
    said = Said("顾村菊泉 新城停水，物业abc 没人", "negative", series((10, 20), (0, 50)))
    why = match(RuleContent.of(rule), said, TOWNS)
    assert (why is not None) is taken
    if why is not None:
        assert set(why["words"]) <= {*rule["words"], *rule.get("all_words", [])}  # type: ignore[misc, attr-defined]


@given(
    st.text(max_size=200),
    st.lists(st.text(max_size=8), max_size=5),
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 10**9)), max_size=10),
)
def test_a_rule_meets_any_text_and_explains_itself(text: str, words: list[str], pairs: list[tuple[int, int]]) -> None:
    heats = series(*sorted(pairs, reverse=True))
    rule = RuleContent(words=tuple(words), growth=Growth(10, 60))
    why = match(rule, Said(text, "neutral", heats), TOWNS)
    if why is not None:
        assert why["growth"]["to"] - why["growth"]["from"] == why["growth"]["by"] >= 10
        assert not words or why["words"]


@given(st.lists(st.floats(0, 10**6), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_was_there(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    # Of nearest rank: no more than the others lie above it, and enough at or below.
    assert sum(1 for value in values if value <= (found or 0)) >= math.ceil(len(values) * percent / 100)


def test_percentiles_of_ten() -> None:
    values = [float(number) for number in range(1, 11)]
    assert (percentile(values, 50), percentile(values, 90), percentile([], 50)) == (5.0, 9.0, None)
