"""Phones under every kind of bad luck: whatever happens, at rest each holds exactly what the server holds.

A state machine of hypothesis acts, cuts lines, loses, doubles and reorders frames, and renews tokens, over real phones
and a real server. At the end of each story the network is good again, nobody acts, and every phone is compared with
the server: digest by digest, and word by word with what a newcomer would be given. A frame that was lost last of all
is noticed by the next tick.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from scenario.people import Person, renew
from scenario.phone import Phone
from tests.support.server import wait_until
from tests.sync.holder import Holder
from tests.sync.world import TOWN, Thing, World

Rows = list[dict[str, Any]]
Network = Callable[[Rows], list[Rows]]
PHONES = 5
# Each takes two or three seconds.
STORIES = 12 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 8
which_phone = st.integers(0, PHONES - 1)
seeds = st.integers(0, 2**16)


def perfect(rows: Rows) -> list[Rows]:
    return [rows]


def losing(dice: random.Random) -> Network:
    return lambda rows: [rows] if dice.random() < 0.5 else []


def doubling(dice: random.Random) -> Network:
    return lambda rows: [rows] * dice.randint(1, 3)


def tearing(dice: random.Random) -> Network:
    """Rows come one by one, in any order, some of them never."""
    return lambda rows: [[row] for row in dice.sample(rows, dice.randint(0, len(rows)))]


def delaying(dice: random.Random) -> Network:
    """Frames wait for others, and come in any order, however late."""
    waiting: list[Rows] = []

    def pass_on(rows: Rows) -> list[Rows]:
        waiting.append(rows)
        dice.shuffle(waiting)
        return [waiting.pop() for _ in range(dice.randint(0, len(waiting)))]

    return pass_on


NETWORKS = [losing, doubling, tearing, delaying]


class Phones(RuleBasedStateMachine):
    """The machine. `world` is set by the test; people and their phones are made anew for each story."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.live: list[Thing] = []
        self.cases: list[Thing] = []

    @initialize()
    def switch_phones_on(self) -> None:
        self.citizen = self.world.server.citizen()
        owners: list[tuple[Person, list[str] | None]] = [
            (self.world.server.anonymous(), ["pub", f"town:{TOWN}"]),
            (self.citizen, None),
            (Person(self.world.server.url, dict(self.citizen.tokens or {})), [f"user:{self.citizen.id}"]),
            (self.world.again("dispatcher"), ["desk:service"]),
            (self.world.again("editor"), ["desk:editing", "pub"]),
        ]
        self.phones = [Phone(person, streams) for person, streams in owners]
        for phone in self.phones:
            phone.go_online()

    # ── what people do ──

    @rule()
    def publish(self) -> None:
        self.live.append(self.world.live())

    @rule()
    def break_news(self) -> None:
        self.live.append(self.world.breaking())

    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        if self.live:
            story = data.draw(st.sampled_from(self.live))
            towns = data.draw(st.sampled_from([[], [TOWN], ["luodian"]]))
            self.world.correct(story, headline=self.world.word(), towns=towns, note="更正")

    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        if self.live:
            story = self.live.pop(data.draw(st.integers(0, len(self.live) - 1)))
            self.world.move("duty", story, "withdraw", reason="失实")

    @rule()
    def post_a_notice(self) -> None:
        self.world.notice()

    @rule()
    def file(self) -> None:
        self.cases.append(self.world.case(self.citizen))

    @rule()
    def handle_the_oldest_request(self) -> None:
        if self.cases:
            case = self.cases.pop(0)
            self.world.step("dispatcher", case, "assign")
            self.world.step("staff", case, "take")
            self.world.step("staff", case, "reply", text="修好了")

    @rule()
    def read_all(self) -> None:
        self.citizen.does("POST", "/inbox/read", {"all": True})

    # ── what happens to phones ──

    @rule(which=which_phone)
    def cut_or_reconnect(self, which: int) -> None:
        phone = self.phones[which]
        if phone.online:
            phone.go_offline()
        else:
            phone.go_online()

    @rule(which=which_phone, kind=st.sampled_from(NETWORKS), seed=seeds)
    def spoil_the_network(self, which: int, kind: Callable[[random.Random], Network], seed: int) -> None:
        self.phones[which].network = kind(random.Random(seed))

    @rule(which=which_phone)
    def mend_the_network(self, which: int) -> None:
        self.phones[which].network = perfect

    @rule(which=st.sampled_from([3, 4]))
    def renew_the_token(self, which: int) -> None:
        phone = self.phones[which]
        renew(phone.person)
        if phone.online:
            assert "streams" in phone.say("auth", {"token": phone.person.token})

    # ── at rest ──

    def teardown(self) -> None:
        try:
            for phone in getattr(self, "phones", []):
                phone.network = perfect
            for phone in getattr(self, "phones", []):
                try:
                    wait_until(partial(comes_to_rest, phone), 10, 0.1)
                finally:
                    # Where they never come to be equal, this says what differs.
                    assert_same_words(phone)
        finally:
            for phone in getattr(self, "phones", []):
                phone.go_offline()


def comes_to_rest(phone: Phone) -> bool:
    """A phone whose line fell dials again by itself; on a busy machine a ping may come too late for the server."""
    if not phone.online:
        phone.go_online()
    return phone.equals_server()


def assert_same_words(phone: Phone) -> None:
    fresh = Holder(phone.person, phone.streams)
    fresh.load()
    mine = {(stream, *thing): held for stream, things in phone.items.items() for thing, held in things.items()}
    assert mine == fresh.held


@pytest.mark.usefixtures("house")
def test_at_rest_every_phone_holds_what_the_server_holds(world: World) -> None:
    Phones.world = world
    run_state_machine_as_test(Phones, settings=settings(max_examples=STORIES, stateful_step_count=25))
