"""A request under any sequence of commands: the rules, the holder and the clock, without a database."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from backend.errors import AppError, Code
from backend.requests import rules
from backend.requests.custody import holder_of, seconds_of
from backend.requests.deadlines import COMPLEX_DAYS, REVIEW_DAYS, WORKING_DAYS
from backend.requests.rules import CLOCK_RUNS, COMMANDS, OPEN, Facts, Side, State
from backend.workdays.due import due_after_days
from backend.workdays.rules import Calendar, working_time

CALENDAR = Calendar()
START = datetime(2026, 9, 20, 1, 2, 3, 456_789, tzinfo=UTC)


class Way(RuleBasedStateMachine):
    """Does to facts, custody and clock what the actions do to their rows."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.facts, self.office = START, Facts(State.FILED), None
        self.held = [["desk", START, None]]
        self.limit, self.started, self.pauses = None, None, []
        self.returns = self.asks = self.extensions = 0

    @rule(kind=st.sampled_from(sorted(WORKING_DAYS)))
    def be_of_a_kind(self, kind):
        if self.facts.state is State.FILED:
            self.facts = replace(self.facts, consult=kind == "consult")

    @rule(length=st.timedeltas(timedelta(), timedelta(days=9)))
    def wait(self, length):
        self.now += length

    @rule(command=st.sampled_from(sorted(COMMANDS)), data=st.data())
    def give(self, command, data):
        side = data.draw(st.sampled_from(sorted(COMMANDS[command].sides)))
        before = self.facts
        if command == "callback_due" and before.state is State.REPLIED:
            self.facts = replace(before, callback_due=True)
        try:
            state = rules.demand(command, side, self.facts, self.now)
        except AppError as refused:
            self.facts = before
            refusal = refused
        else:
            refusal = None
        if refusal is not None:
            assert (refusal.status, refusal.code in {Code.ILLEGAL_STATE, Code.GUARD_FAILED}) == (409, True)
            assert command not in refusal.data["allowed"]
            return
        self.enter(state)
        getattr(self, f"on_{command}", lambda _side: None)(side)
        self.hold()

    def enter(self, state):
        before = self.facts.state
        if state is before:
            return
        if state not in CLOCK_RUNS:
            self.resume()
        self.facts = replace(
            self.facts,
            state=state,
            callback_due=False,
            closed_at=self.now if state is State.CLOSED else None,
        )

    def resume(self):
        if self.facts.waiting:
            self.facts = replace(self.facts, waiting=False)
            self.pauses[-1] = (self.pauses[-1][0], self.now)

    def hold(self):
        holder = holder_of(self.facts, self.office)
        if self.held[-1][0] != holder:
            self.held[-1][2] = self.now
            self.held.append([holder, self.now, None])

    def on_accept(self, _side):
        self.limit, self.started, self.pauses = WORKING_DAYS["consult" if self.facts.consult else "help"], self.now, []

    def on_assign(self, _side):
        self.office = "wateraffairs"
        if self.started is None:
            self.on_accept(_side)

    def on_answer(self, _side):
        if self.started is None:
            self.on_accept(_side)

    def on_decide(self, _side):
        self.office = "greening"

    def on_return(self, _side):
        self.office = None
        self.returns += 1
        self.facts = replace(self.facts, returns=self.facts.returns + 1)

    def on_ask(self, _side):
        self.asks += 1
        self.facts = replace(self.facts, asks=self.facts.asks + 1, waiting=True)
        self.pauses.append((self.now, None))

    def on_message(self, side):
        if side is Side.CITIZEN:
            self.resume()

    def on_extend(self, _side):
        self.extensions += 1
        self.limit += 5
        self.facts = replace(self.facts, extended=True)

    def on_complex(self, _side):
        self.limit = max(self.limit, COMPLEX_DAYS)
        self.facts = replace(self.facts, complex=True)

    def on_rate(self, _side):
        self.facts = replace(self.facts, rated=True, review_open=True)

    def on_review(self, _side):
        self.facts = replace(self.facts, review_open=False)

    def on_redo(self, _side):
        self.facts = replace(self.facts, rated=False, review_open=False)
        self.office = self.office or "wateraffairs"
        self.limit, self.started, self.pauses = REVIEW_DAYS, self.now, []

    on_reopen = on_redo

    @invariant()
    def somebody_holds_it_at_every_moment(self):
        assert self.held[-1][2] is None
        stretches = [(begins, ends or self.now) for _, begins, ends in self.held]
        assert stretches[0][0] == START
        assert all(left[1] == right[0] for left, right in itertools.pairwise(stretches))
        total = sum(seconds_of(begins, ends, START) for begins, ends in stretches)
        assert total == int((self.now - START).total_seconds())

    @invariant()
    def limits_are_kept(self):
        assert self.returns == self.facts.returns <= rules.MAX_RETURNS
        assert self.asks == self.facts.asks <= rules.MAX_ASKS
        assert len(self.pauses) <= rules.MAX_ASKS
        assert self.extensions <= 1
        assert not (self.facts.waiting and self.facts.state is not State.IN_PROGRESS)
        assert (self.facts.closed_at is not None) == (self.facts.state is State.CLOSED)

    @invariant()
    def the_house_can_always_go_on(self):
        if self.facts.state in OPEN and self.facts.state is not State.REPLIED:
            ways = rules.allowed_to_staff(self.facts)
            assert any(COMMANDS[name].moves[self.facts.state] is not self.facts.state for name in ways)

    @invariant()
    def the_due_date_is_what_it_says_of_itself(self):
        if self.facts.state not in CLOCK_RUNS or self.started is None:
            return
        ended = [(begins, ends) for begins, ends in self.pauses if ends]
        due = due_after_days(CALENDAR, self.started, self.limit, ended)
        assert due.stretches[0].begins == self.started
        assert due.stretches[-1].ends == due.at
        assert sum(stretch.counted for stretch in due.stretches) == self.limit
        plain = due_after_days(CALENDAR, self.started, self.limit).at
        paused = sum((working_time(CALENDAR, begins, ends) for begins, ends in ended), timedelta())
        assert working_time(CALENDAR, plain, due.at) == paused


TestWay = Way.TestCase
TestWay.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
