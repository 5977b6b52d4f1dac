"""Whether a bell rings, for whom and when: the rules as a table, and what holds for every hour of every zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.inbox import rules
from backend.inbox.rules import Bell, Kind, Rule, State, Wishes, judge, wishes_of
from backend.inbox.schemas import ZONES

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(hour: float, day: int = 27) -> datetime:
    return datetime(2026, 11, day, tzinfo=SHANGHAI) + timedelta(hours=hour)


NOON, LATE, EARLY, SEVEN, TEN = at(12), at(23.5), at(6.99), at(7), at(22)

WARNING = Bell(Kind.WARNING)
DANGER = Bell(Kind.WARNING, through=True)
BREAKING = Bell(Kind.BREAKING, section="minsheng")
IN_GUCUN = Bell(Kind.BREAKING, section="minsheng", towns=frozenset({"gucun"}))
NOTICE = Bell(Kind.NOTICE, office="wateraffairs")
NOTICE_IN_GUCUN = Bell(Kind.NOTICE, office="wateraffairs", towns=frozenset({"gucun"}))
REQUEST = Bell(Kind.REQUEST)
FOLLOW = Bell(Kind.FOLLOW, section="minsheng")
HOUSE = Bell(Kind.HOUSE)
DUTY = Bell(Kind.HOUSE, through=True)
ALL = (WARNING, DANGER, BREAKING, IN_GUCUN, NOTICE, NOTICE_IN_GUCUN, REQUEST, FOLLOW, HOUSE, DUTY)

# Event × preference × hour → what becomes of it, by which rule, and when it is told of if it is held. The town a
# recipient lives in stands with the preferences, as `home`.
NOTHING_SAID: dict[str, Any] = {}
ALL_OFF = dict.fromkeys(rules.SWITCHES.values(), False)
NO_QUIET = {"quiet": {"on": False, "from": "22:00", "to": "07:00"}}
SIESTA = {"quiet": {"on": True, "from": "12:00", "to": "14:00"}}
TABLE: list[tuple[Bell, dict[str, Any], datetime, State, Rule, datetime | None]] = [
    # By day everything rings that nobody switched off.
    (WARNING, NOTHING_SAID, NOON, State.RING, Rule.WANTED, None),
    (BREAKING, NOTHING_SAID, NOON, State.RING, Rule.WANTED, None),
    (NOTICE, NOTHING_SAID, NOON, State.RING, Rule.WANTED, None),
    (REQUEST, NOTHING_SAID, NOON, State.RING, Rule.WANTED, None),
    (HOUSE, NOTHING_SAID, NOON, State.RING, Rule.WANTED, None),
    # The hours themselves: 22:00 is quiet, 07:00 is not.
    (BREAKING, NOTHING_SAID, at(21.99), State.RING, Rule.WANTED, None),
    (BREAKING, NOTHING_SAID, TEN, State.HELD, Rule.QUIET, at(7, 28)),
    (BREAKING, NOTHING_SAID, LATE, State.HELD, Rule.QUIET, at(7, 28)),
    (BREAKING, NOTHING_SAID, EARLY, State.HELD, Rule.QUIET, at(7)),
    (BREAKING, NOTHING_SAID, SEVEN, State.RING, Rule.WANTED, None),
    # By night only danger and duty.
    (DANGER, NOTHING_SAID, LATE, State.RING, Rule.DANGER, None),
    (DUTY, NOTHING_SAID, LATE, State.RING, Rule.DUTY, None),
    (WARNING, NOTHING_SAID, LATE, State.HELD, Rule.QUIET, at(7, 28)),
    (NOTICE, NOTHING_SAID, LATE, State.HELD, Rule.QUIET, at(7, 28)),
    (REQUEST, NOTHING_SAID, LATE, State.HELD, Rule.QUIET, at(7, 28)),
    (HOUSE, NOTHING_SAID, LATE, State.HELD, Rule.QUIET, at(7, 28)),
    (BREAKING, NO_QUIET, LATE, State.RING, Rule.WANTED, None),
    (BREAKING, {"quiet": {"on": True, "from": "03:00", "to": "03:00"}}, at(3), State.RING, Rule.WANTED, None),
    # Quiet within one day, and by the clock of another place.
    (BREAKING, SIESTA, at(13), State.HELD, Rule.QUIET, at(14)),
    (BREAKING, SIESTA, LATE, State.RING, Rule.WANTED, None),
    (BREAKING, {"timezone": "America/New_York"}, NOON, State.HELD, Rule.QUIET, at(20)),
    (BREAKING, {"timezone": "America/New_York"}, LATE, State.RING, Rule.WANTED, None),
    # What is switched off is not rung at any hour, and not held either; danger and duty cannot be.
    (WARNING, {"minor_warnings": False}, NOON, State.OFF, Rule.KIND_OFF, None),
    (BREAKING, {"breaking": False}, NOON, State.OFF, Rule.KIND_OFF, None),
    (BREAKING, {"breaking": False}, LATE, State.OFF, Rule.KIND_OFF, None),
    (NOTICE, {"notices": False}, NOON, State.OFF, Rule.KIND_OFF, None),
    (REQUEST, {"requests": False}, NOON, State.OFF, Rule.KIND_OFF, None),
    (FOLLOW, {"follows": False}, NOON, State.OFF, Rule.KIND_OFF, None),
    (NOTICE, {"breaking": False}, NOON, State.RING, Rule.WANTED, None),
    (DANGER, ALL_OFF, LATE, State.RING, Rule.DANGER, None),
    (DUTY, ALL_OFF, LATE, State.RING, Rule.DUTY, None),
    (HOUSE, ALL_OFF, NOON, State.RING, Rule.WANTED, None),
    # By section and by town.
    (BREAKING, {"muted_sections": ["minsheng"]}, NOON, State.OFF, Rule.SECTION_MUTED, None),
    (BREAKING, {"muted_sections": ["wenti"]}, NOON, State.RING, Rule.WANTED, None),
    (NOTICE_IN_GUCUN, NOTHING_SAID, NOON, State.OFF, Rule.OTHER_TOWN, None),
    (NOTICE_IN_GUCUN, {"home": "gucun"}, NOON, State.RING, Rule.WANTED, None),
    (NOTICE_IN_GUCUN, {"home": "luodian"}, NOON, State.OFF, Rule.OTHER_TOWN, None),
    (NOTICE_IN_GUCUN, {"home": "luodian", "towns": ["gucun"]}, NOON, State.RING, Rule.WANTED, None),
    (IN_GUCUN, {"home": "luodian"}, NOON, State.RING, Rule.WANTED, None),
    (IN_GUCUN, {"home": "luodian", "only_my_towns": True}, NOON, State.OFF, Rule.OTHER_TOWN, None),
    (IN_GUCUN, {"home": "gucun", "only_my_towns": True}, NOON, State.RING, Rule.WANTED, None),
    (BREAKING, {"home": "luodian", "only_my_towns": True}, NOON, State.RING, Rule.WANTED, None),
]


def wishes(said: dict[str, Any]) -> Wishes:
    return wishes_of({name: value for name, value in said.items() if name != "home"}, home=said.get("home"))


@pytest.mark.parametrize(("bell", "said", "hour", "state", "rule", "due"), TABLE)
def test_what_becomes_of_a_bell(
    bell: Bell, said: dict[str, Any], hour: datetime, state: State, rule: Rule, due: datetime | None
) -> None:
    verdict = judge(bell, wishes(said), hour)
    assert (verdict.state, verdict.rule, verdict.due) == (state, rule, due)


@pytest.mark.parametrize(
    ("bell", "said", "state", "rule"),
    [
        (BREAKING, {"breaking": False}, State.RING, Rule.WANTED),
        (BREAKING, {"muted_sections": ["minsheng"]}, State.RING, Rule.WANTED),
        (NOTICE_IN_GUCUN, {"home": "luodian", "notices": False}, State.RING, Rule.WANTED),
        (NOTICE, {"follows": False}, State.OFF, Rule.KIND_OFF),
    ],
)
def test_what_somebody_follows_rings_whatever_else_they_want_of_its_kind(
    bell: Bell, said: dict[str, Any], state: State, rule: Rule
) -> None:
    verdict = judge(bell, wishes(said), NOON, followed=True)
    assert (verdict.state, verdict.rule) == (state, rule)
    # Following something is no reason to be woken.
    assert judge(bell, wishes(said), LATE, followed=True).state in {State.HELD, State.OFF}


def test_every_rule_and_every_kind_is_in_the_table() -> None:
    assert {row[4] for row in TABLE} == set(Rule) - {Rule.BUDGET}
    assert {row[0].kind for row in TABLE} == set(Kind)


def test_what_is_too_much_waits_for_the_next_digest_and_never_for_the_night() -> None:
    by_day = wishes({"digest_at": ["12:00", "18:30"]})
    assert rules.over_budget(by_day, at(13)).due == at(18.5)
    assert rules.over_budget(by_day, at(19)).due == at(12, 28)
    by_night = wishes({"digest_at": ["23:00"]})
    assert rules.over_budget(by_night, at(13)).due == at(7, 28)


# ── for every hour, zone and change of clocks ──

TIMES = st.times().map(lambda one: one.replace(second=0, microsecond=0))
# Both changes of the clocks, in the years whose rules are known.
MOMENTS = st.integers(0, 6 * 366 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
PEOPLE = st.builds(
    lambda zone, begins, ends, digests, budget: wishes_of(
        {
            "timezone": zone,
            "quiet": {"on": True, "from": f"{begins:%H:%M}", "to": f"{ends:%H:%M}"},
            "digest_at": [f"{one:%H:%M}" for one in digests],
            "daily_budget": budget,
        }
    ),
    st.sampled_from(ZONES),
    TIMES,
    TIMES,
    st.lists(TIMES, min_size=1, max_size=4),
    st.integers(0, 10),
)


def on_the_wall(person: Wishes, moment: datetime) -> time:
    return moment.astimezone(person.zone).time().replace(tzinfo=None, fold=0)


@given(person=PEOPLE, moment=MOMENTS, bell=st.sampled_from(ALL))
def test_nothing_but_danger_and_duty_rings_in_quiet_hours(person: Wishes, moment: datetime, bell: Bell) -> None:
    verdict = judge(bell, person, moment)
    wall = on_the_wall(person, moment)
    if person.quiet is None:
        quiet = False
    else:
        begins, ends = person.quiet
        quiet = begins <= wall < ends if begins < ends else not ends <= wall < begins
    assert rules.is_quiet(person, moment) == quiet
    if quiet and not bell.through:
        assert verdict.state in {State.HELD, State.OFF}
    if verdict.state is State.HELD:
        assert verdict.due is not None
        assert verdict.due > moment
        assert not rules.is_quiet(person, verdict.due)
        # A day, and the hour by which clocks are put back.
        assert verdict.due - moment <= timedelta(hours=25)


@given(person=PEOPLE, moment=MOMENTS)
def test_what_was_held_is_told_of_when_the_quiet_ends_and_not_later(person: Wishes, moment: datetime) -> None:
    if not rules.is_quiet(person, moment):
        return
    due, step = rules.quiet_ends(person, moment), timedelta(minutes=5)
    assert not rules.is_quiet(person, due)
    # Until then it is quiet all the time, but for the hour that clocks leave out or show twice.
    awake = sum(not rules.is_quiet(person, moment + n * step) for n in range(int((due - moment) / step)))
    assert awake * step <= timedelta(hours=1, minutes=5)


@given(person=PEOPLE, moment=MOMENTS)
def test_a_digest_comes_at_an_hour_that_was_chosen_or_when_the_quiet_ends(person: Wishes, moment: datetime) -> None:
    due = rules.next_digest(person, moment)
    assert moment < due <= moment + timedelta(hours=50)
    assert not rules.is_quiet(person, due)
    chosen = {*person.digest_at, *([person.quiet[1]] if person.quiet else [])}
    # A time that clocks leave out is shown as what comes an hour later.
    walls = {on_the_wall(person, due), on_the_wall(person, due - timedelta(hours=1))}
    assert chosen & walls


@pytest.mark.parametrize(
    ("zone", "night", "ends"),
    [
        # The night in which clocks go forward in Berlin has no half past two; it ends with the hour that was left out.
        ("Europe/Berlin", "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),
        # The night in which they go back has two; the first one ends it.
        ("Europe/Berlin", "2026-10-25T01:30:00+02:00", "2026-10-25T02:30:00+02:00"),
        ("America/New_York", "2026-03-08T01:30:00-05:00", "2026-03-08T03:30:00-04:00"),
        ("Asia/Shanghai", "2026-03-29T01:30:00+08:00", "2026-03-29T02:30:00+08:00"),
    ],
)
def test_a_night_in_which_clocks_are_changed(zone: str, night: str, ends: str) -> None:
    person = wishes_of({"timezone": zone, "quiet": {"on": True, "from": "22:00", "to": "02:30"}})
    assert rules.quiet_ends(person, datetime.fromisoformat(night)) == datetime.fromisoformat(ends)
