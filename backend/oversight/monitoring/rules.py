"""States of alerts, and how a rule looks at an item: words, place, growth. Pure, so that a rule can be tried."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from backend.newsroom.machine import Guard, Machine, Way

STANCES: dict[str, str] = {"positive": "正面", "neutral": "中性", "negative": "负面"}
LEVELS: dict[str, str] = {"normal": "一般", "urgent": "紧急"}
WHERE: dict[str, str] = {"any": "不限地点", "district": "须提到本区地名"}
LINK_KINDS: dict[str, str] = {
    "topic": "选题",
    "lead": "线索",
    "case": "更正撤稿单",
    "request": "诉求",
    "reply": "回应",
}
# How long an alert may stay in a state, in minutes, where the monitoring desk has not set its own (NEWSROOM.md 7).
SLA_MINUTES: dict[str, int] = {"new": 15, "triaged": 30, "assigned": 120}
DESK = "monitoring"
# Items join an alert of the same rule and place for so long.
GROUPED_FOR = timedelta(hours=24)
MAX_ITEMS_OF_ALERT = 200


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """What the guards of an alert look at."""

    links: int = 0
    reason: str | None = None


HAS_LINK = Guard[AlertFacts](
    "has_link",
    lambda f: f.links > 0,
    "还没有写明怎么处置的。",
    "先转选题、线索、更正撤稿单、诉求，或登记回应",
)
HAS_REASON = Guard[AlertFacts]("has_reason", lambda f: bool(f.reason), "误报要写明理由。", "写上 reason")

ALERT: Machine[AlertFacts] = Machine(
    name="alert",
    noun="预警",
    states={
        "new": "新预警",
        "triaged": "已研判",
        "assigned": "已派办",
        "handled": "已处置",
        "closed": "已办结",
        "false_alarm": "误报",
    },
    start=("new",),
    ways=(
        Way("triage", ("new",), "triaged", "alert.decide", "研判"),
        Way("assign", ("triaged", "assigned"), "assigned", "alert.decide", "派办"),
        Way("link", ("triaged", "assigned", "handled"), None, "alert.work", "登记处置"),
        Way("handle", ("triaged", "assigned"), "handled", "alert.work", "处置完毕", (HAS_LINK,)),
        Way("close", ("handled",), "closed", "alert.decide", "办结"),
        Way("dismiss", ("new", "triaged", "assigned"), "false_alarm", "alert.decide", "判为误报", (HAS_REASON,)),
        Way("add_item", ("new", "triaged", "assigned"), None, None, "并入条目"),
    ),
    ends=("closed", "false_alarm"),
)
OPEN = ("new", "triaged", "assigned")

RULE: Machine[None] = Machine(
    name="opinion_rule",
    noun="预警规则",
    states={"active": "启用", "paused": "停用"},
    start=("active", "paused"),
    ways=(
        Way("edit", ("active", "paused"), None, "opinion.rule", "修改"),
        Way("pause", ("active",), "paused", "opinion.rule", "停用"),
        Way("activate", ("paused",), "active", "opinion.rule", "启用"),
    ),
)


def fold(text: str) -> str:
    """Write words as they are compared: one width, one case, no blanks."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


@dataclass(frozen=True, slots=True)
class Growth:
    """Heat has to rise by `by` within `minutes`."""

    by: int
    minutes: int


@dataclass(frozen=True, slots=True)
class RuleContent:
    """What a rule asks of an item; whatever is left empty asks nothing.

    One of `words` has to occur, all of `all_words`, none of `not_words`. The place is asked for by `where` (any of the
    district), or by `towns` and `places` (one of these). `min_heat` and `growth` look at the heat.
    """

    words: tuple[str, ...] = ()
    all_words: tuple[str, ...] = ()
    not_words: tuple[str, ...] = ()
    where: str = "any"
    towns: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    stances: tuple[str, ...] = ()
    min_heat: int = 0
    growth: Growth | None = None
    level: str = "normal"

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> RuleContent:
        """Read what is stored."""
        lists = ("words", "all_words", "not_words", "towns", "places", "stances")
        growth = content.get("growth")
        return cls(
            **{name: tuple(content.get(name) or ()) for name in lists},
            where=content.get("where", "any"),
            min_heat=content.get("min_heat", 0),
            growth=Growth(**growth) if growth else None,
            level=content.get("level", "normal"),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """A name of the district: of a town, or of a place in it."""

    name: str
    town: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """An item as a rule sees it. `heats` are its series, oldest first."""

    text: str
    stance: str
    heats: tuple[tuple[datetime, int], ...] = field(default=())

    @property
    def heat(self) -> int:
        """The last heat."""
        return self.heats[-1][1] if self.heats else 0


def town_names(name: str) -> list[str]:
    """List what a town is called: in full, and as people say it, without its rank."""
    short = name
    for rank in ("街道办事处", "街道", "工业园区", "园区", "镇", "乡"):
        if short.endswith(rank) and len(short) - len(rank) >= 2:  # one character is no name
            short = short[: -len(rank)]
            break
    return [name] if short == name else [name, short]


def find_places(text: str, gazetteer: Sequence[Place]) -> list[Place]:
    """List the places that a text names, each town once, by the longest name that occurs."""
    folded = fold(text)
    found: dict[str, Place] = {}
    for place in sorted(gazetteer, key=lambda each: -len(each.name)):
        if _occurs(place.name, folded):
            found.setdefault(place.town or place.name, place)
    return sorted(found.values(), key=lambda each: (each.town or "", each.name))


def match(rule: RuleContent, said: Said, gazetteer: Sequence[Place]) -> dict[str, Any] | None:
    """Say why a rule takes an item in, or None if it does not.

    Returns:
        `{words, places: [{name, town}], stance, heat, growth: {from, to, by, from_at, to_at, minutes} or None}`:
        exactly what was found, so that a person can check it against the item.
    """
    folded = fold(said.text)
    words = [word for word in rule.words if _occurs(word, folded)]
    together = [word for word in rule.all_words if _occurs(word, folded)]
    if (rule.words and not words) or len(together) < len(rule.all_words):
        return None
    if any(_occurs(word, folded) for word in rule.not_words):
        return None
    if rule.stances and said.stance not in rule.stances:
        return None
    places = _places(rule, said.text, gazetteer)
    if places is None or said.heat < rule.min_heat:
        return None
    growth = grown(said.heats, rule.growth) if rule.growth else None
    if rule.growth and growth is None:
        return None
    return {
        "words": list(dict.fromkeys([*words, *together])),
        "places": [{"name": place.name, "town": place.town} for place in places],
        "stance": said.stance,
        "heat": said.heat,
        "growth": growth,
    }


def _occurs(word: str, folded: str) -> bool:
    """Tell whether a word stands in a text; one of which nothing is left stands nowhere."""
    written = fold(word)
    return bool(written) and written in folded


def _places(rule: RuleContent, text: str, gazetteer: Sequence[Place]) -> list[Place] | None:
    """List the places that count for a rule; None if it asks for one and none is there."""
    extra = [Place(name, None) for name in rule.places]
    if rule.towns or rule.places:
        found = find_places(text, [place for place in gazetteer if place.town in rule.towns] + extra)
    else:
        found = find_places(text, gazetteer)
    asked = bool(rule.towns or rule.places) or rule.where == "district"
    return None if asked and not found else found


def grown(heats: Sequence[tuple[datetime, int]], asked: Growth) -> dict[str, Any] | None:
    """Say by how much heat has risen up to its last value within the minutes asked for; None if by too little.

    It is held against the lowest value of these minutes, or the last one before them where that is lower.
    """
    if not heats:
        return None
    to_at, to = heats[-1]
    begin = to_at - timedelta(minutes=asked.minutes)
    within = [pair for pair in heats[:-1] if pair[0] >= begin]
    before = [pair for pair in heats[:-1] if pair[0] < begin][-1:]
    if not within and not before:
        return None
    from_at, from_ = min([*before, *within], key=lambda pair: (pair[1], pair[0]))
    if to - from_ < asked.by:
        return None
    return {
        "from": from_,
        "to": to,
        "by": to - from_,
        "from_at": from_at,
        "to_at": to_at,
        "minutes": asked.minutes,
    }


def percentile(values: Sequence[float], percent: int) -> float | None:
    """Return a percentile by the nearest rank: a value that was really there; None of nothing."""
    if not values:
        return None
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]
