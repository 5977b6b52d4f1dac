"""A comment under any sequence of commands, and numbers of identity cards: without a database."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from backend.community.comments import rules
from backend.community.comments.rules import COMMENT, Facts, State, places
from backend.community.identity.rules import birth_date, check_digit, has_right_digit, masked
from backend.errors import AppError

TALK, OWN, DESK = "talk:a", "user:u", "desk:moderation"


class Way(RuleBasedStateMachine):
    """Does to one comment what citizens, moderators and editors may do in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.state = str(State.WAITING)
        self.live, self.answered, self.reports = True, False, 0
        # Whether a moderator has ever let it be read, and whether one or its author has taken it away since.
        self.let_out = self.taken = False

    @property
    def reported(self) -> bool:
        return rules.is_reported(self.reports)

    def _does(self, command: str) -> bool:
        facts = Facts(live=self.live, reported=self.reported)
        try:
            self.state = COMMENT.step(command, self.state, facts)
        except AppError as problem:
            refused = problem
        else:
            return True
        assert refused.status == 409
        assert refused.data["guard"] in {"state", "reported", "article_live"}
        return False

    @rule()
    def show(self) -> None:
        if self._does("show"):
            assert self.live
            self.let_out, self.reports = True, 0

    @rule()
    def refuse(self) -> None:
        if self._does("refuse"):
            assert not self.let_out

    @rule()
    def remove(self) -> None:
        if self._does("remove"):
            assert self.let_out
            self.taken, self.reports = True, 0

    @rule()
    def erase(self) -> None:
        if self._does("erase"):
            self.taken, self.reports = True, 0

    @rule()
    def report(self) -> None:
        if self.state == State.SHOWN and self.live:
            self.reports += 1

    @rule()
    def answer(self) -> None:
        if self.state == State.SHOWN:
            self.answered = True

    @rule()
    def withdraw_the_article(self) -> None:
        self.live = False

    @property
    def _places(self) -> set[str]:
        facts = {"live": self.live, "reported": self.reported, "answered": self.answered}
        return places(self.state, article="a", author="u", **facts)

    @invariant()
    def nobody_reads_what_no_moderator_let_out(self) -> None:
        assert (self.state == State.SHOWN) == (self.let_out and not self.taken)
        if TALK in self._places:
            assert self.let_out
            assert self.live

    @invariant()
    def its_author_has_it_until_they_erase_it(self) -> None:
        assert (OWN in self._places) == (self.state != State.ERASED)

    @invariant()
    def moderators_have_what_waits_for_them(self) -> None:
        waits = self.state == State.WAITING or (self.state == State.SHOWN and self.reported)
        assert (DESK in self._places) == (waits and self.live)

    @invariant()
    def what_is_allowed_is_what_goes_through(self) -> None:
        if self.state == State.ERASED:
            assert COMMENT.allowed(self.state) == []
        else:
            assert "erase" in COMMENT.allowed(self.state)


TestWay = Way.TestCase


# ── numbers of identity cards ──


@pytest.mark.parametrize(("first", "last"), [("11010519491231002", "X"), ("44052418800101001", "4")])
def test_the_digit_is_that_of_the_standard(first: str, last: str) -> None:
    """The examples of GB 11643-1999."""
    assert check_digit(first) == last


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(first: str, at: int, more: int) -> None:
    number = first + check_digit(first)
    wrong = number[:at] + str((int(number[at]) + more) % 10) + number[at + 1 :]
    assert has_right_digit(number)
    assert not has_right_digit(wrong)


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 15))
def test_two_neighbours_that_changed_places_are_always_found(first: str, at: int) -> None:
    number = first + check_digit(first)
    swapped = number[:at] + number[at + 1] + number[at] + number[at + 2 :]
    assert has_right_digit(swapped) == (swapped == number)


def test_a_birth_date_is_a_day_that_there_was() -> None:
    assert birth_date("310113199003070013") == date(1990, 3, 7)
    assert birth_date("310113199002300013") is None
    assert birth_date("310113179002280013") is None
    assert birth_date("３10113199003070013") is None


@given(st.text(min_size=2, max_size=40))
def test_a_mask_says_no_more_than_one_character(name: str) -> None:
    assert len(masked(name)) <= 2
    assert masked(name).endswith("*")


def test_masks() -> None:
    assert (masked("张三丰"), masked("  欧阳修 ")) == ("张*", "欧*")
