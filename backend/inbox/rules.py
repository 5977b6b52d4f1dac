"""Whether a bell rings, for whom and when. Pure: what is asked for is given, and no database is read.

The order of the rules is the order in which a person would expect them: a warning of danger rings through everything;
what somebody switched off is never rung; what comes at night waits for the morning; and what is too much for one day
is told of all at once, at an hour of one's own choosing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo


class Kind(StrEnum):
    """What a bell is about, as a person would sort what they want to be told of."""

    WARNING = "warning"
    BREAKING = "breaking"
    NOTICE = "notice"
    REQUEST = "request"
    FOLLOW = "follow"
    HOUSE = "house"


class Lane(StrEnum):
    """Which bells go first. A lane has workers of its own, so that none waits for a later one."""

    ALERT = "alert"
    BREAKING = "breaking"
    PERSONAL = "personal"
    BROADCAST = "broadcast"
    DIGEST = "digest"


LANE_OF: Mapping[Kind, Lane] = {
    Kind.WARNING: Lane.ALERT,
    Kind.BREAKING: Lane.BREAKING,
    Kind.NOTICE: Lane.BROADCAST,
    Kind.REQUEST: Lane.PERSONAL,
    Kind.FOLLOW: Lane.PERSONAL,
    Kind.HOUSE: Lane.PERSONAL,
}
# How long a bell is worth handing over. What a phone missed is in its inbox in any case.
TTL: Mapping[Lane, timedelta] = {
    Lane.ALERT: timedelta(hours=24),
    Lane.BREAKING: timedelta(hours=4),
    Lane.PERSONAL: timedelta(hours=24),
    Lane.BROADCAST: timedelta(hours=12),
    Lane.DIGEST: timedelta(hours=4),
}
# What can be switched off, and by which word of the preferences. What the house tells its own people is not among it.
SWITCHES: Mapping[Kind, str] = {
    Kind.WARNING: "minor_warnings",
    Kind.BREAKING: "breaking",
    Kind.NOTICE: "notices",
    Kind.REQUEST: "requests",
    Kind.FOLLOW: "follows",
}
# Neither a warning nor the house's own word to its staff is one of those of which there can be too many.
UNCOUNTED = frozenset({Kind.WARNING, Kind.HOUSE})
DEFAULTS: Mapping[str, Any] = {
    "breaking": True,
    "notices": True,
    "requests": True,
    "follows": True,
    "minor_warnings": True,
    "towns": [],
    "only_my_towns": False,
    "muted_sections": [],
    "channels": {"order": [], "hidden": []},
    "quiet": {"on": True, "from": "22:00", "to": "07:00"},
    "timezone": "Asia/Shanghai",
    "daily_budget": 5,
    "digest_at": ["12:00", "18:30"],
    "wording": "standard",
    "push_words": "discreet",
    "sms": True,
    "email": True,
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What one recipient wants, as their preferences say it.

    `quiet` is None or the wall-clock times at which the quiet begins and ends; where these are the same there is none.
    `home` is the town where they live and `towns` those they follow besides.
    """

    off: frozenset[Kind]
    towns: frozenset[str]
    home: str | None
    only_my_towns: bool
    muted_sections: frozenset[str]
    quiet: tuple[time, time] | None
    zone: ZoneInfo
    daily_budget: int
    digest_at: tuple[time, ...]
    variant: str
    push_words: str
    sms: bool
    email: bool

    @property
    def all_towns(self) -> frozenset[str]:
        """The town where they live and those they follow."""
        return self.towns | ({self.home} if self.home else set())


def wishes_of(values: Mapping[str, Any] | None, *, home: str | None = None, locale: str = "zh-CN") -> Wishes:
    """Read preferences, with the defaults where they say nothing."""
    said = {**DEFAULTS, **(values or {})}
    quiet = {**DEFAULTS["quiet"], **said["quiet"]}
    return Wishes(
        off=frozenset(kind for kind, switch in SWITCHES.items() if not said[switch]),
        towns=frozenset(said["towns"]),
        home=home,
        only_my_towns=said["only_my_towns"],
        muted_sections=frozenset(said["muted_sections"]),
        quiet=_hours(quiet["from"], quiet["to"]) if quiet["on"] else None,
        zone=ZoneInfo(said["timezone"]),
        daily_budget=said["daily_budget"],
        digest_at=tuple(sorted(time.fromisoformat(at) for at in said["digest_at"])),
        variant=_variant(locale, said["wording"]),
        push_words=said["push_words"],
        sms=said["sms"],
        email=said["email"],
    )


def _hours(begins: str, ends: str) -> tuple[time, time] | None:
    return (time.fromisoformat(begins), time.fromisoformat(ends)) if begins != ends else None


def _variant(locale: str, wording: str) -> str:
    """Name the wording somebody reads: large and plain words exist in Chinese only."""
    if locale == "en":
        return "en"
    return "elder" if wording == "elder" else "zh-CN"


VARIANTS = ("zh-CN", "elder", "en")


def town_topic(town: str, variant: str) -> str:
    """Name the vendor's topic of a town, in one wording."""
    return f"town_{town}{_suffix(variant)}"


def nowhere_topic(variant: str) -> str:
    """Name the topic of those who have said nothing of where they are."""
    return f"pub{_suffix(variant)}"


def variant_of(topic: str) -> str:
    """Return the wording that a topic of either name is rung in."""
    suffix = topic.rpartition(".")[2]
    return suffix if suffix in VARIANTS else VARIANTS[0]


def _suffix(variant: str) -> str:
    return "" if variant == VARIANTS[0] else f".{variant}"


@dataclass(frozen=True, slots=True)
class Bell:
    """What the rules look at in a bell.

    `through` rings at any hour and cannot be switched off: a warning that is Extreme or Severe, or what calls somebody
    to their duty. `over` says of a warning that it has ended. `towns` are those it names, none where it is for all.
    `words` is what topics that people follow are looked for in.
    """

    kind: Kind
    through: bool = False
    over: bool = False
    section: str | None = None
    office: str | None = None
    towns: frozenset[str] = frozenset()
    thing: tuple[str, str] = ("", "")
    words: str = field(default="", repr=False)


class State(StrEnum):
    """What becomes of a bell for one recipient.

    `ring` is in hand, `rung` was taken by a vendor; `held` waits for an hour; `digested` was told of in a digest;
    `read` was read before it was due, `gone` taken back; `off` was not wanted, `unreachable` has nothing to ring on;
    `failed` and `expired` could not be handed over, the latter within the time in which it was worth anything.
    """

    RING = "ring"
    RUNG = "rung"
    HELD = "held"
    DIGESTED = "digested"
    READ = "read"
    GONE = "gone"
    OFF = "off"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    EXPIRED = "expired"


class Rule(StrEnum):
    """By which rule: why it rang, or why not, or why not at once."""

    DANGER = "danger"
    DUTY = "duty"
    WANTED = "wanted"
    KIND_OFF = "kind_off"
    SECTION_MUTED = "section_muted"
    OTHER_TOWN = "other_town"
    QUIET = "quiet"
    BUDGET = "budget"


class Reason(StrEnum):
    """Why somebody is among those whom a bell is for."""

    EVERYBODY = "everybody"
    TOWN = "town"
    PLACE = "place"
    NOWHERE = "nowhere"
    OWN = "own"
    RELATIVE = "relative"
    DUTY = "duty"
    TOPIC = "topic"
    SECTION = "section"
    OFFICE = "office"
    PUBLIC_REQUEST = "public_request"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say: `due` is when a held bell is told of."""

    state: State
    rule: Rule
    due: datetime | None = None


def judge(bell: Bell, wishes: Wishes, now: datetime, *, followed: bool = False) -> Verdict:
    """Apply all rules but the budget, which has to be counted: see `over_budget`.

    `followed` says that the recipient asked for this very section, office, topic or thing: then it is of no matter
    whether they want all of its kind, nor which town it names.
    """
    if bell.through:
        return Verdict(State.RING, Rule.DUTY if bell.kind is Kind.HOUSE else Rule.DANGER)
    if not followed and (refused := _refused(bell, wishes)):
        return Verdict(State.OFF, refused)
    if followed and Kind.FOLLOW in wishes.off:
        return Verdict(State.OFF, Rule.KIND_OFF)
    if is_quiet(wishes, now):
        return Verdict(State.HELD, Rule.QUIET, quiet_ends(wishes, now))
    return Verdict(State.RING, Rule.WANTED)


def _refused(bell: Bell, wishes: Wishes) -> Rule | None:
    if bell.kind in wishes.off:
        return Rule.KIND_OFF
    if bell.section in wishes.muted_sections:
        return Rule.SECTION_MUTED
    if bell.towns and bell.kind is Kind.NOTICE and not wishes.all_towns & bell.towns:
        return Rule.OTHER_TOWN
    if bell.towns and bell.kind is Kind.BREAKING and wishes.only_my_towns and not wishes.all_towns & bell.towns:
        return Rule.OTHER_TOWN
    return None


def over_budget(wishes: Wishes, now: datetime) -> Verdict:
    """Say when a bell is told of for which there was no room left today."""
    return Verdict(State.HELD, Rule.BUDGET, next_digest(wishes, now))


# ── hours ──


def is_quiet(wishes: Wishes, moment: datetime) -> bool:
    """Tell whether it is within the recipient's quiet hours, by the clock on their wall."""
    if wishes.quiet is None:
        return False
    begins, ends = wishes.quiet
    wall = moment.astimezone(wishes.zone).time().replace(tzinfo=None, fold=0)
    if begins < ends:
        return begins <= wall < ends
    return wall >= begins or wall < ends


def quiet_ends(wishes: Wishes, moment: datetime) -> datetime:
    """Return the first moment after a quiet one at which it is not quiet any more."""
    if wishes.quiet is None:
        return moment
    return _next_at(wishes, (wishes.quiet[1],), moment)


def next_digest(wishes: Wishes, moment: datetime) -> datetime:
    """Return the next hour at which the recipient wants to be told of what has gathered; never a quiet one."""
    at = _next_at(wishes, wishes.digest_at, moment)
    return quiet_ends(wishes, at) if is_quiet(wishes, at) else at


def _next_at(wishes: Wishes, times: Sequence[time], moment: datetime) -> datetime:
    """Return the first moment after this one at which the clock on the wall shows one of these times.

    Where clocks are put forward the time may not exist; it is then the moment as the old clock would have shown it.
    Where they are put back it comes twice, and both count.
    """
    today = moment.astimezone(wishes.zone).date()
    days = (today, today + timedelta(days=1), today + timedelta(days=2))
    found = [each for day in days for at in times for each in _moments(day, at, wishes.zone)]
    return min(at for at in found if at > moment)


def _moments(day: date, at: time, zone: ZoneInfo) -> list[datetime]:
    first, second = (datetime.combine(day, at.replace(fold=fold), tzinfo=zone).astimezone(UTC) for fold in (0, 1))
    # In the hour that is left out, the second reading is the earlier moment, and shows another time.
    return [first, second] if second > first else [first]


def local_date(wishes: Wishes, moment: datetime) -> date:
    """Return the recipient's date, by which the bells of a day are counted."""
    return moment.astimezone(wishes.zone).date()
