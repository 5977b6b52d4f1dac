"""Bells over days, for people in several zones: whatever happens in whatever order, none is rung twice for one thing.

Hypothesis draws what happens; the planner's jobs, the sender and the Firebase SDK are the real ones, the vendor is the
fake on the wire. What reached each phone is held against what its owner wanted at that moment.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.accounts.models import Account
from backend.ids import new_id
from backend.inbox import actions as inbox
from backend.inbox import rules
from backend.inbox.actions import Words
from backend.inbox.models import Bell, Device, Preference
from backend.inbox.rings.models import Ring
from backend.inbox.rules import Kind, State, Wishes
from backend.inbox.wishes import wishes_of_accounts
from backend.jobs.models import Job
from backend.jobs.worker import Worker
from backend.unit_of_work import Database
from fakes.fcm import FakeFcm
from notifications import lanes
from notifications.ceilings import load_ceilings
from notifications.sender import Sender
from notifications.targets.fcm import FcmTarget
from tests.sync.conftest import HandClock

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York")
HOUR_S = 3600
# A ring that has ended: nothing more comes of it.
ENDED = set(State) - {State.RING, State.HELD}


@dataclass
class Said:
    """A bell, whom it is for (None: everybody), and whether it counts."""

    about: str
    person: int | None
    kind: Kind
    through: bool
    version: int = 1
    gone: bool = False


@dataclass
class Town:
    """A few people with phones, and all that is said to them."""

    database: Database
    clock: HandClock
    vendor: FakeFcm
    worker: Worker
    people: list[str] = field(default_factory=list)
    owners: dict[str, int] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)
    heard: list[tuple[datetime, str, int, dict[str, Any]]] = field(default_factory=list)
    seen: int = 0

    # ── what may happen ──

    def move_in(self, zone: str, budget: int) -> None:
        account = Account(id=new_id(), kind="citizen", name="市民", created_at=self.clock.now())
        # Discreet words would be the same for each version of a bell.
        wishes = {"timezone": zone, "daily_budget": budget, "push_words": "full"}
        with self.database.unit() as unit:
            unit.session.add(account)
            unit.session.flush()
            unit.session.add(Preference(account_id=account.id, ver=1, values=wishes))
        self.people.append(account.id)
        self.own_phone(len(self.people) - 1)

    def own_phone(self, person: int) -> None:
        token = f"model-{uuid.uuid4().hex}"
        with self.database.unit() as unit:
            device = Device(id=new_id(), ver=1, account_id=self.people[person], platform="android", locale="zh-CN")
            device.push_token, device.seen_at = token, self.clock.now()
            unit.session.add(device)
        self.owners[token] = person

    def give_away(self, phone: int, person: int) -> None:
        token = list(self.owners)[phone % len(self.owners)]
        with self.database.unit() as unit:
            change = sa.update(Device).where(Device.push_token == token)
            unit.session.execute(change.values(account_id=self.people[person]))
        self.owners[token] = person

    def tell(self, kind: Kind, person: int | None, *, through: bool) -> None:
        about = new_id()
        self.said.append(Said(about, person, kind, through))
        with self.database.unit() as unit:
            bell = inbox.ring(
                unit,
                account_id=None if person is None else self.people[person],
                key=about,
                kind=kind,
                words=Words("第 1 版", "正文"),
                about=("thing", about),
                through=through,
            )
            if person is None:
                lanes.ring_all(unit, bell)
            else:
                lanes.ring_person(unit, bell, reason="own")

    def change(self, number: int, *, withdraw: bool) -> None:
        living = [one for one in self.said if not one.gone]
        if not living:
            return
        one = living[number % len(living)]
        one.version, one.gone = one.version + 1, withdraw
        about = ("thing", one.about)
        with self.database.unit() as unit:
            if withdraw:
                bells = inbox.silence(unit, about)
            else:
                bells = inbox.rewrite(unit, about, Words(f"第 {one.version} 版", "正文"), through=one.through)
            for bell in bells:
                lanes.ring_again(unit, bell)

    def want_quiet(self, person: int, begins: int, ends: int) -> None:
        quiet = {"on": True, "from": f"{begins:02}:00", "to": f"{ends:02}:00"}
        with self.database.unit() as unit:
            held = unit.session.get_one(Preference, self.people[person])
            held.values = held.values | {"quiet": quiet}

    def pass_time(self, minutes: int) -> None:
        self.clock.move(minutes * 60)

    def work(self) -> None:
        """Do what is due, and look at what the phones got."""
        self.worker.run_once()
        with self.database.reading() as session:
            wishes = wishes_of_accounts(session, self.people)
        for entry in self.vendor.messages(since=self.seen):
            self.seen = entry["n"]
            message = entry["message"]
            if message.get("token") in self.owners:
                owner = self.owners[message["token"]]
                self.heard.append((self.clock.now(), message["token"], owner, message))
                self.check(message, owner, wishes)

    # ── what has to hold ──

    def check(self, message: dict[str, Any], owner: int, wishes: dict[str, Wishes]) -> None:
        want = wishes[self.people[owner]]
        about = message["data"]["id"]
        one = next((one for one in self.said if one.about == about), None)
        if one is not None:
            assert one.person in {None, owner}, "a bell of somebody else"
            assert ("gone" in message["data"]) == one.gone, "it says what is true now"
            if not one.gone:
                assert message["notification"]["title"] == f"第 {one.version} 版"
        if makes_sound(message) and not (one and one.through):
            assert not rules.is_quiet(want, self.clock.now()), "a sound in quiet hours"

    def check_all(self) -> None:
        words = Counter((token, owner, told(message)) for _, token, owner, message in self.heard)
        assert max(words.values(), default=0) <= 1, "the same said twice to one person on one phone"
        with self.database.reading() as session:
            wishes = wishes_of_accounts(session, self.people)
            digested = {
                (about, recipient)
                for about, recipient, digest in session.execute(
                    sa.select(Bell.about_id, Ring.recipient, Ring.digest).join(Bell, Bell.id == Ring.bell_id)
                )
                if digest is not None
            }
            left = session.execute(sa.select(Ring.state, Ring.bell_id).where(Ring.state.not_in(ENDED))).all()
            waiting = session.scalars(
                sa.select(Job.key).where(Job.state != "done", Job.kind.startswith("push."), Job.kind != lanes.RECONCILE)
            ).all()
        assert left == [], "something was decided and never ended"
        assert waiting == [], "something waits for ever"
        for number, person in enumerate(self.people):
            for day, things in self.rung_by_day(number, wishes[person], digested).items():
                assert len(things) <= wishes[person].daily_budget, day

    def rung_by_day(self, number: int, wishes: Wishes, digested: set[tuple[str, str]]) -> dict[date, set[str]]:
        """Count for a person what rang for itself, by their own day; warnings count for nothing."""
        counted = {one.about for one in self.said if one.kind not in rules.UNCOUNTED}
        first: dict[str, datetime] = {}
        for moment, _, owner, message in self.heard:
            about = message["data"]["id"]
            if owner == number and about in counted and (about, self.people[number]) not in digested:
                first.setdefault(about, moment)
        found: dict[date, set[str]] = {}
        for about, moment in first.items():
            found.setdefault(rules.local_date(wishes, moment), set()).add(about)
        return found


def makes_sound(message: dict[str, Any]) -> bool:
    return "notification" in message and message["android"]["notification"]["channel_id"] != "quiet"


def told(message: dict[str, Any]) -> tuple[str, str]:
    """Return what a message says of what; a digest has its hour for an id."""
    return message["data"]["id"], (message.get("notification") or {}).get("title", "gone")


PERSON = st.integers(0, 2)
KINDS = st.sampled_from([(Kind.BREAKING, False), (Kind.NOTICE, False), (Kind.WARNING, True), (Kind.WARNING, False)])
STEPS = st.one_of(
    st.tuples(st.just("tell"), KINDS),
    st.tuples(st.just("tell"), KINDS),
    st.tuples(st.just("tell one"), PERSON),
    st.tuples(st.just("correct"), st.integers(0, 9)),
    st.tuples(st.just("withdraw"), st.integers(0, 9)),
    st.tuples(st.just("pass"), st.integers(1, 9 * 60)),
    st.tuples(st.just("pass"), st.integers(1, 30)),
    st.tuples(st.just("work"), st.none()),
    st.tuples(st.just("work"), st.none()),
    st.tuples(st.just("down"), st.integers(1, 6)),
    st.tuples(st.just("quiet"), st.tuples(PERSON, st.integers(0, 23), st.integers(0, 23))),
    st.tuples(st.just("phone"), PERSON),
    st.tuples(st.just("hands"), st.tuples(st.integers(0, 9), PERSON)),
)


def play(town: Town, step: str, what: Any) -> None:
    match step:
        case "tell":
            town.tell(what[0], None, through=what[1])
        case "tell one":
            town.tell(Kind.REQUEST, what, through=False)
        case "correct" | "withdraw":
            town.change(what, withdraw=step == "withdraw")
        case "pass":
            town.pass_time(what)
        case "work":
            town.work()
        case "down":
            town.vendor.rule(on="send", token_prefix="model-", answer="UNAVAILABLE", times=what)
        case "quiet":
            town.want_quiet(*what)
        case "phone":
            town.own_phone(what)
        case "hands":
            town.give_away(*what)


@pytest.fixture
def target(vendor: FakeFcm, clock: HandClock) -> Iterator[FcmTarget]:
    vendor.reset()
    made = FcmTarget(vendor.service_account(), endpoint=vendor.url, clock=clock)
    yield made
    made.close()
    vendor.reset()


@given(
    steps=st.lists(STEPS, min_size=5, max_size=40),
    budgets=st.tuples(*[st.integers(0, 3)] * 3),
    begins=st.integers(0, 23),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nobody_is_rung_twice_nor_at_night_nor_too_often_and_nothing_is_lost(
    database: Database,
    clock: HandClock,
    vendor: FakeFcm,
    target: FcmTarget,
    steps: list[tuple[str, Any]],
    budgets: tuple[int, ...],
    begins: int,
) -> None:
    with database.unit() as unit:
        # The people of the example before are gone, with all that was theirs.
        for table in (Ring, Bell, Device, Preference, Job):
            unit.session.execute(sa.delete(table))
    town = Town(database, clock, vendor, Worker(database, Sender({"fcm": target}, load_ceilings()).handlers))
    town.seen = max((entry["n"] for entry in vendor.messages(since=0)), default=0)
    vendor.reset()
    clock.move(begins * HOUR_S)
    for zone, budget in zip(ZONES, budgets, strict=True):
        town.move_in(zone, budget)
    for step, what in steps:
        play(town, step, what)
    vendor.reset()
    for _ in range(4 * 24 * 2):
        town.pass_time(30)
        town.work()
    town.check_all()


def test_a_phone_that_changes_hands_shows_no_bell_of_its_former_owner(
    database: Database, clock: HandClock, vendor: FakeFcm, target: FcmTarget
) -> None:
    town = Town(database, clock, vendor, Worker(database, Sender({"fcm": target}, load_ceilings()).handlers))
    for zone in ZONES[:2]:
        town.move_in(zone, 5)
    clock.move(4 * HOUR_S)
    vendor.rule(on="send", token_prefix="model-", answer="UNAVAILABLE", times=1)
    town.tell(Kind.REQUEST, 0, through=False)
    town.work()
    town.give_away(0, 1)
    for _ in range(20):
        town.pass_time(5)
        town.work()
    assert town.heard == []
    town.check_all()


def test_what_was_corrected_while_the_vendor_was_down_is_said_once(
    database: Database, clock: HandClock, vendor: FakeFcm, target: FcmTarget
) -> None:
    town = Town(database, clock, vendor, Worker(database, Sender({"fcm": target}, load_ceilings()).handlers))
    town.move_in(ZONES[0], 5)
    clock.move(4 * HOUR_S)
    vendor.rule(on="send", token_prefix="model-", answer="UNAVAILABLE", times=1)
    town.tell(Kind.BREAKING, None, through=False)
    town.work()
    town.change(0, withdraw=False)
    for _ in range(20):
        town.pass_time(5)
        town.work()
    assert [message["notification"]["title"] for _, _, _, message in town.heard] == ["第 2 版"]
    town.check_all()
