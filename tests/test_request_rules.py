"""The way of a request, its codes and its clocks, without a database."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import AppError, Code
from backend.requests import codes, deadlines, rules
from backend.requests.contacts import checked_contact
from backend.requests.rules import COMMANDS, OPEN, Facts, Side, State

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
EVERY_STATE = list(State)
FINAL = {State.CLOSED, State.DECLINED}

# What the table of SERVICES.md says, written down a second time on purpose: command, from, to.
WAYS = (
    {
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
        ("answer", "filed", "replied"),
        ("answer", "accepted", "replied"),
        ("decide", "accepted", "assigned"),
        ("ask", "in_progress", "in_progress"),
        ("extend", "in_progress", "in_progress"),
        ("complex", "in_progress", "in_progress"),
        ("confirm", "replied", "closed"),
        ("callback", "replied", "closed"),
        ("callback_due", "replied", "replied"),
        ("redo", "replied", "in_progress"),
        ("redo", "closed", "in_progress"),
        ("review", "closed", "closed"),
    }
    | {
        (name, state, state)
        for name, states in (
            ("join", ("assigned", "in_progress")),
            ("note", ("assigned", "in_progress")),
            ("urgency", ("filed", "accepted", "assigned", "in_progress")),
            ("merge", ("filed", "accepted", "assigned", "in_progress")),
        )
        for state in states
    }
    | {
        (name, state, state)
        for name in ("supervise", "message")
        for state in ("filed", "accepted", "assigned", "in_progress", "replied")
    }
)


# What has to be so, besides the state, for a command to go through.
ABLE = {
    "answer": {"consult": True},
    "decide": {"returns": 2},
    "callback": {"callback_due": True},
    "redo": {"callback_due": True, "review_open": True},
    "review": {"review_open": True},
}


def demand(command: str, facts: Facts, now: datetime) -> State:
    """Ask the rules on behalf of a side that may give the command."""
    return rules.demand(command, min(COMMANDS[command].sides), facts, now)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("state", EVERY_STATE)
def test_each_command_in_each_state_goes_where_the_table_says_or_is_refused(command, state):
    targets = [to for name, begins, to in WAYS if (name, begins) == (command, state)]
    if targets:
        assert [demand(command, Facts(state, **ABLE.get(command, {})), NOON)] == targets
        return
    with pytest.raises(AppError) as refusal:
        demand(command, Facts(state), NOON)
    assert (refusal.value.code, refusal.value.status) == (Code.ILLEGAL_STATE, 409)
    assert refusal.value.data["state"] == state
    assert command not in refusal.value.data["allowed"]


def test_a_request_is_closed_by_its_citizen_by_a_call_or_by_the_office():
    closing = {
        name
        for name, command in COMMANDS.items()
        if any(to is State.CLOSED and begins is not State.CLOSED for begins, to in command.moves.items())
    }
    assert closing == {"confirm", "rate", "callback", "resolve"}


@pytest.mark.parametrize("command", sorted(ABLE))
def test_what_needs_more_than_a_state_is_refused_by_name_without_it(command):
    for state in COMMANDS[command].moves:
        with pytest.raises(AppError) as refusal:
            demand(command, Facts(state), NOON)
        assert (refusal.value.code, refusal.value.status) == (Code.GUARD_FAILED, 409)
        assert command not in refusal.value.data["allowed"]


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
@given(
    st.builds(
        Facts,
        st.sampled_from(EVERY_STATE),
        st.integers(0, 2),
        asks=st.integers(0, 2),
        **{
            name: st.booleans()
            for name in (
                *("rated", "consult", "waiting", "extended", "complex", "callback_due", "review_open", "merged"),
            )
        },
    ),
    st.sampled_from(list(Side)),
    st.sampled_from(sorted(name for name, command in COMMANDS.items() if not command.inner)),
)
def test_what_is_listed_as_allowed_is_what_is_accepted(facts, side, command):
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
    assert rules.allowed_to(Side.OFFICE, Facts(State.ASSIGNED, returns=2)) == ["take", "note", "message"]


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


@pytest.mark.parametrize(
    "contact", ["+8613900777001", "139 0077 7001", "021-56780000", "微信 wx-7788", "a@b.cn", "12345"]
)
def test_a_contact_that_may_reach_somebody_is_taken_as_it_is(contact):
    assert checked_contact(contact) == contact


@pytest.mark.parametrize("contact", ["1390000", "139007770011", "000-0000-0000", "+86 99999999999", "0000000"])
def test_a_number_that_nobody_can_have_is_named(contact):
    with pytest.raises(AppError) as refusal:
        checked_contact(contact)
    assert [(error["field"], error["code"]) for error in refusal.value.errors] == [("contact", "not_a_phone")]
