"""Warnings under bad luck: offices issue, update, join and lift; phones come and go; all show the same in the end.

What they must show is computed from the set of messages alone, by the pure rule, and from nothing the server keeps.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from backend.alerts.rules import Sent, banners
from scenario.phone import Phone
from tests.alerts import office
from tests.support.server import Server, wait_until
from tests.sync.test_model import NETWORKS, Network, perfect

PHONES = 3
STORIES = 10 if os.environ.get("HYPOTHESIS_PROFILE") == "ci" else 4
which_phone = st.integers(0, PHONES - 1)


class Warned(RuleBasedStateMachine):
    """The machine. `server` is set by the test."""

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []
        self.heads: list[dict[str, Any]] = []

    @initialize()
    def switch_phones_on(self) -> None:
        streams = (["pub"], ["pub", "town:luodian"], ["town:luodian", "town:gucun"])
        self.phones = [Phone(self.server.anonymous(), list(names)) for names in streams]
        for phone in self.phones:
            phone.go_online()

    def _out(self, made: dict[str, Any], *before: dict[str, Any]) -> None:
        self.messages.append(made)
        self.heads = [head for head in self.heads if head not in before]
        if made["msgType"] != "Cancel":
            self.heads.append(made)

    @rule(status=st.sampled_from(["Actual", "Actual", "Exercise"]))
    def warn(self, status: str) -> None:
        self._out(office.issue(self.server, status=status))

    @rule(data=st.data(), place=st.sampled_from([office.LUODIAN, office.GUCUN]))
    def update(self, data: st.DataObject, place: str) -> None:
        before = self._some(data)
        if before:
            infos = [office.info(area=[office.area(place)])]
            self._out(office.update(self.server, *before, info=infos, status=before[0]["status"]), *before)

    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        before = self._some(data)
        if before:
            self._out(office.cancel(self.server, *before, status=before[0]["status"]), *before)

    def _some(self, data: st.DataObject) -> list[dict[str, Any]]:
        """One or two warnings that hold, both real or both drills."""
        if not self.heads:
            return []
        first = data.draw(st.sampled_from(self.heads))
        others = [head for head in self.heads if head["status"] == first["status"] and head is not first]
        return [first, *others[: data.draw(st.integers(0, 1))]]

    @rule(which=which_phone)
    def cut_or_reconnect(self, which: int) -> None:
        phone = self.phones[which]
        (phone.go_offline if phone.online else phone.go_online)()

    @rule(which=which_phone, kind=st.sampled_from(NETWORKS), seed=st.integers(0, 2**16))
    def spoil_the_network(self, which: int, kind: Callable[[random.Random], Network], seed: int) -> None:
        self.phones[which].network = kind(random.Random(seed))

    def teardown(self) -> None:
        phones = getattr(self, "phones", [])
        try:
            for phone in phones:
                phone.network = perfect
                if not phone.online:
                    phone.go_online()
            mine = {made["identifier"] for made in self.messages}
            for phone in phones:
                wait_until(phone.equals_server, 10, 0.1)
                assert shown(phone, mine) == self._expected(phone)
        finally:
            for phone in phones:
                phone.go_offline()

    def _expected(self, phone: Phone) -> set[str]:
        real = [made for made in self.messages if made["status"] == "Actual"]
        sent = [
            Sent(
                made["identifier"],
                datetime.fromisoformat(made["sent"]),
                made["msgType"],
                frozenset(reference.split(",")[1] for reference in made["references"]),
            )
            for made in real
        ]
        far = {made["identifier"]: datetime(2190, 1, 1, tzinfo=UTC) for made in real}
        return {name for name in banners(sent, datetime.now(UTC), far) if "pub" in phone.streams or self._near(name)}

    def _near(self, identifier: str) -> bool:
        """Both towns that a warning of this file can be about are followed by the phone without `pub`."""
        return any(made["identifier"] == identifier and made["info"] for made in self.messages)


def shown(phone: Phone, mine: set[str]) -> set[str]:
    """The messages whose banner a phone has up, of those of this story."""
    held = [
        data
        for things in phone.items.values()
        for (kind, _id), (_ver, data) in things.items()
        if kind == "public_alert"
    ]
    return {data["identifier"] for data in held} & mine


@pytest.mark.usefixtures("server")
def test_at_rest_every_phone_shows_what_the_messages_say(server: Server) -> None:
    Warned.server = server
    run_state_machine_as_test(Warned, settings=settings(max_examples=STORIES, stateful_step_count=15))
