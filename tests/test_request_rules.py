"""The way of a request, its codes and its clocks, without a database."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import AppError, Code
from backend.requests import codes, deadlines, rules
from backend.requests.rules import COMMANDS, OPEN, Facts, Side, State

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
EVERY_STATE = list(State)
FINAL = {State.CLOSED, State.DECLINED}

# What the table of SERVICES.md says, written down a second time on purpose: command, from, to.
WAYS = {
    ("accept", "filed", "accepted"),
    ("decline", "filed", "declined"),
    ("assign", "filed", "assigned"),
    ("assign", "accepted", "assigned"),
    ("take", "assigned", "in_progress"),
    ("return", "assigned", "accepted"),
    ("reply", "in_progress", "replied"),
    ("resolve", "in_progress", "closed"),
    ("resolve", "replied", "closed"),
    ("rate", "replied", "closed"),
    ("rate", "closed", "closed"),
    ("reopen", "replied", "in_progress"),
    ("reopen", "closed", "in_progress"),
} | {
    (name, state, state)
    for name in ("supervise", "message")
    for state in ("filed", "accepted", "assigned", "in_progress", "replied")
}


def demand(command: str, facts: Facts, now: datetime) -> State:
    """Ask the rules on behalf of a side that may give the command."""
    return rules.demand(command, min(COMMANDS[command].sides), facts, now)


def step(facts: Facts, command: str, now: datetime) -> Facts:
    """Do to the facts what the actions do to the row."""
    state = demand(command, facts, now)
    return Facts(
        state,
        facts.returns + (command == "return"),
        {"rate": True, "reopen": False}.get(command, facts.rated),
        facts.closed_at if state is facts.state else now if state is State.CLOSED else None,
    )


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("state", EVERY_STATE)
def test_each_command_in_each_state_goes_where_the_table_says_or_is_refused(command, state):
    targets = [to for name, begins, to in WAYS if (name, begins) == (command, state)]
    if targets:
        assert [demand(command, Facts(state), NOON)] == targets
        return
    with pytest.raises(AppError) as refusal:
        demand(command, Facts(state), NOON)
    assert (refusal.value.code, refusal.value.status) == (Code.ILLEGAL_STATE, 409)
    assert refusal.value.data["state"] == state
    assert command not in refusal.value.data["allowed"]


def test_only_rating_and_resolving_close_a_request():
    closing = {name for name, command in COMMANDS.items() if State.CLOSED in command.moves.values()}
    assert closing == {"rate", "resolve"}


def test_from_every_open_state_there_is_a_way_to_an_end():
    for state in OPEN:
        reached, edge = set(), {state}
        while edge:
            reached |= edge
            edge = {
                to for command in COMMANDS.values() for begins, to in command.moves.items() if begins in edge
            } - reached
        assert reached & FINAL, state


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(COMMANDS)), st.integers(0, 40)), max_size=40))
def test_whatever_is_tried_the_house_can_always_go_on(tries):
    facts, now, refusals = Facts(State.FILED), NOON, []
    for command, days in tries:
        now += timedelta(days=days)
        before = facts
        try:
            facts = step(facts, command, now)
        except AppError as refusal:
            refusals.append((refusal.status, refusal.code))
            facts = before
        assert facts.returns <= rules.MAX_RETURNS
        assert (facts.closed_at is not None) == (facts.state is State.CLOSED)
        if facts.state is State.CLOSED and before.state is not State.CLOSED:
            assert command in {"rate", "resolve"}
        if facts.state in OPEN:
            assert any(COMMANDS[name].moves[facts.state] is not facts.state for name in rules.allowed_to_staff(facts))
    assert set(refusals) <= {(409, Code.ILLEGAL_STATE), (409, Code.GUARD_FAILED)}


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(EVERY_STATE),
    st.integers(0, 2),
    st.booleans(),
    st.sampled_from(list(Side)),
    st.sampled_from(sorted(COMMANDS)),
)
def test_what_is_listed_as_allowed_is_what_is_accepted(state, returns, rated, side, command):
    facts = Facts(state, returns, rated, NOON if state is State.CLOSED else None)
    listed = command in rules.allowed_to(side, facts)
    try:
        rules.demand(command, side, facts, NOON)
        accepted = side in COMMANDS[command].sides
    except AppError:
        accepted = False
    assert listed == accepted


def test_a_third_return_is_refused_by_name():
    with pytest.raises(AppError) as refusal:
        demand("return", Facts(State.ASSIGNED, returns=2), NOON)
    assert (refusal.value.code, refusal.value.data["guard"]) == (Code.GUARD_FAILED, "no_third_return")
    assert rules.allowed_to(Side.OFFICE, Facts(State.ASSIGNED, returns=2)) == ["take", "message"]


def test_a_closed_request_can_be_reopened_for_thirty_days():
    closed = Facts(State.CLOSED, closed_at=NOON)
    assert demand("reopen", closed, NOON + timedelta(days=30)) is State.IN_PROGRESS
    with pytest.raises(AppError) as refusal:
        demand("reopen", closed, NOON + timedelta(days=30, seconds=1))
    assert refusal.value.data["guard"] == "reopen_window"


def test_a_round_is_rated_once():
    with pytest.raises(AppError) as refusal:
        demand("rate", Facts(State.CLOSED, rated=True, closed_at=NOON), NOON)
    assert refusal.value.data["guard"] == "rated_once"


@given(st.dates(date(2019, 1, 1), date(2099, 12, 31)), st.integers(1, 999_999_999))
def test_a_code_is_recognised(day, number):
    code = codes.make_code(day, number)
    assert codes.is_code(code)
    assert len(code) <= 24


@given(st.dates(date(2019, 1, 1), date(2099, 12, 31)), st.integers(1, 99_999), st.data())
def test_one_wrong_digit_or_two_swapped_ones_are_noticed(day, number, data):
    code = codes.make_code(day, number)
    places = [index for index, letter in enumerate(code) if letter.isdigit()]
    place = data.draw(st.sampled_from(places))
    wrong = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != code[place]]))
    assert not codes.is_code(code[:place] + wrong + code[place + 1 :])
    for left, right in itertools.pairwise(places):
        if code[left] != code[right]:
            letters = list(code)
            letters[left], letters[right] = letters[right], letters[left]
            assert not codes.is_code("".join(letters))


@pytest.mark.parametrize(
    "text", ["", "BS-261124-0042", "bs-261124-0042-7", "BS-261124-42-7", "BS-261124-0042-7\n", "BS-٢٦١١٢٤-0042-7"]
)
def test_what_we_never_gave_out_is_no_code(text):
    assert not codes.is_code(text)


@pytest.mark.parametrize(
    ("kind", "accepted", "due"),
    [
        # 24 November 2026 is a Tuesday; 17:30 in Shanghai is 09:30 UTC.
        ("consult", "2026-11-24T02:00", "2026-11-25T09:30"),
        ("help", "2026-11-24T02:00", "2026-12-01T09:30"),
        ("complaint", "2026-11-24T02:00", "2026-12-01T09:30"),
        # Friday evening and the weekend: Monday is the first day that counts.
        ("consult", "2026-11-27T12:00", "2026-11-30T09:30"),
        ("consult", "2026-11-28T04:00", "2026-11-30T09:30"),
        # 17:00 UTC on Thursday is already Friday in Shanghai.
        ("consult", "2026-11-26T17:00", "2026-11-30T09:30"),
    ],
)
def test_due_dates_count_weekdays_in_shanghai(kind, accepted, due):
    moment = datetime.fromisoformat(accepted).replace(tzinfo=UTC)
    assert deadlines.due_for(kind, moment) == datetime.fromisoformat(due).replace(tzinfo=UTC)


def test_a_day_in_shanghai_begins_at_sixteen_utc():
    begins, ends = deadlines.day_bounds(datetime(2026, 11, 24, 17, 0, tzinfo=UTC))
    assert begins == datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    assert ends - begins == timedelta(days=1)


@pytest.mark.parametrize("contact", ["+8613800210202", "li@example.cn", "abc", "一", "微信 abc123"])
def test_a_masked_contact_does_not_show_its_middle(contact):
    masked = rules.masked(contact)
    assert len(masked) == len(contact)
    assert masked != contact
    assert masked.count("*") >= len(contact) / 3
