"""Which message of a chain holds is a function of the set of messages, whatever their order; and other pure rules."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.alerts import rules
from backend.alerts.rules import MessageState, Sent
from backend.errors import AppError

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)


@st.composite
def histories(draw: st.DrawFn) -> list[Sent]:
    """Messages as offices send them: each refers to some of the earlier ones, often not to all it should."""
    sent: list[Sent] = []
    for number in range(draw(st.integers(1, 9))):
        before = [each.identifier for each in sent]
        kind = draw(st.sampled_from(["Alert", "Update", "Update", "Cancel"])) if before else "Alert"
        about = draw(st.sets(st.sampled_from(before), min_size=1, max_size=3)) if kind != "Alert" else set()
        moment = NOW + timedelta(minutes=number // 2 if kind == "Alert" else number)
        sent.append(Sent(f"m{number}", moment, kind, frozenset(about)))
    return sent


@given(histories(), st.randoms())
def test_the_order_in_which_messages_come_makes_no_difference(history: list[Sent], dice: object) -> None:
    shuffled = list(history)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert rules.holds(shuffled) == rules.holds(history)
    assert rules.holds(shuffled + shuffled[:3]) == rules.holds(history), "nor does one that comes twice"


@given(histories())
def test_each_message_is_in_one_chain_and_whatever_is_referred_to_does_not_hold(history: list[Sent]) -> None:
    held = rules.holds(history)
    members = [name for chain in held.values() for name in chain]
    assert sorted(members) == sorted(each.identifier for each in history)
    later = {name for each in history for name in each.references}
    assert not later & held.keys()


@given(histories())
def test_a_phone_that_missed_any_of_them_is_right_once_it_has_them_all(history: list[Sent]) -> None:
    """Cut anywhere: what a phone had before does not matter for what it shows in the end."""
    ends = {each.identifier: NOW + timedelta(hours=9) for each in history}
    whole = rules.banners(history, NOW, ends)
    for cut in range(len(history)):
        rules.banners(history[:cut], NOW, ends)
        assert rules.banners(history[cut:] + history[:cut], NOW, ends) == whole


@given(histories())
def test_a_cancel_leaves_no_banner_of_its_chain(history: list[Sent]) -> None:
    last = Sent("last", NOW + timedelta(hours=1), "Cancel", frozenset({history[0].identifier}))
    everything = [*history, last]
    chain = rules.holds(everything)["last"]
    ends = {each.identifier: NOW + timedelta(hours=9) for each in everything}
    assert not chain & rules.banners(everything, NOW, ends)


def test_a_cancel_of_the_first_lifts_the_updates_between() -> None:
    first = Sent("a", NOW)
    second = Sent("b", NOW + timedelta(minutes=1), "Update", frozenset({"a"}))
    third = Sent("c", NOW + timedelta(minutes=2), "Cancel", frozenset({"a"}))
    assert rules.holds([third, second, first]) == {"c": frozenset("abc")}


def test_a_banner_goes_by_the_clock() -> None:
    message = Sent("a", NOW)
    assert rules.banners([message], NOW, {"a": NOW + timedelta(seconds=1)}) == {"a"}
    assert rules.banners([message], NOW, {"a": NOW}) == set()


@pytest.mark.parametrize(
    ("urgency", "severity", "alone"),
    [
        ("Immediate", "Extreme", True),
        ("Immediate", "Severe", False),
        ("Expected", "Extreme", False),
        ("Unknown", "Unknown", False),
    ],
)
def test_one_person_issues_only_what_is_both_immediate_and_extreme(urgency: str, severity: str, alone: bool) -> None:
    info = {"urgency": urgency, "severity": severity}
    assert rules.may_go_alone([info]) is alone
    assert rules.may_go_alone([info, {"urgency": "Future", "severity": "Minor"}]) is False


def test_nothing_at_all_is_not_issued_alone() -> None:
    assert rules.may_go_alone([]) is False


@given(st.datetimes(datetime(1990, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis adds the zone
def test_times_are_written_with_a_numeric_zone_and_whole_seconds(moment: datetime) -> None:
    text = rules.cap_time(moment)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", text)
    assert datetime.fromisoformat(text) == rules.whole_second(moment)


@pytest.mark.parametrize("text", ["a b", "a,b", "a<b", "a&b", "", "a,b,2026-01-01T00:00:00Z", "名"])
def test_names_that_cap_cannot_carry_are_no_references(text: str) -> None:
    assert not re.fullmatch(rules.REFERENCE_PATTERN, text)


@pytest.mark.parametrize("text", ["urn:oid:2.49.0.1.156.1", "x@y", "a@b,c-1,2026-01-01T00:00:00+08:00"])
def test_names_that_cap_can_carry_are(text: str) -> None:
    assert re.fullmatch(rules.REFERENCE_PATTERN, text)


@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft"])
@pytest.mark.parametrize("scope", ["Public", "Restricted", "Private"])
def test_a_drill_is_never_real(status: str, scope: str) -> None:
    assert not rules.is_real(status, scope)
    assert rules.is_real("Actual", scope) == (scope == "Public")


@pytest.mark.parametrize("state", list(MessageState))
@pytest.mark.parametrize("review", [None, "pending", "done"])
def test_a_move_is_made_exactly_where_it_is_named_as_allowed(state: MessageState, review: str | None) -> None:
    for command in rules.TRANSITIONS:
        if command in rules.allowed(state, review):
            assert rules.demand_move(command, state, review) in MessageState
            continue
        with pytest.raises(AppError) as refused:
            rules.demand_move(command, state, review)
        assert refused.value.data["allowed"] == rules.allowed(state, review)
