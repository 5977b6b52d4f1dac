"""What is suggested, and why. Pure: the same cases, services and words give the same suggestion.

A service is suggested for three reasons, which add up: words of a dictionary that people use for it, likeness to its
description, and earlier cases that read alike. An office follows from where such cases went. An earlier case may be
the same if it is of the same service or kind, near in place and time, and reads alike.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.routing.likeness import Weights, bm25, common_words, cosine, grams_of, weigh
from backend.search.words import line_of

NEAR_M = 300
WITHIN = timedelta(days=30)
SUGGESTED, DUPLICATES = 3, 5
_NEIGHBOURS, _ALIKE = 7, 0.08
# What is nearer may be told in other words; what only shares a town must read very much alike.
_SAME_HERE, _SAME_TOWN = 0.16, 0.3
_ENOUGH = 0.3
_OF_WORDS, _OF_DESCRIPTION, _OF_CASES = 1.0, 0.5, 0.9
_OFFICE_CASES, _OFFICE_SHARE = 2, 0.6
_EARTH_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class Offer:
    """A service as the aid knows it; `words` are those of the dictionary, with their weights."""

    id: str
    name: str
    kind: str
    office: str
    description: str
    words: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells: a new request."""

    title: str
    text: str
    address: str | None = None
    lat: float | None = None
    lon: float | None = None
    town: str | None = None

    @property
    def whole(self) -> str:
        """The title and the text."""
        return f"{self.title}\n{self.text}"


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier case; `office` is where it went, None while it has not gone anywhere."""

    id: str
    told: Told
    service: str
    office: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ServiceHint:
    """A service that may be meant: words of the dictionary, of the description, and earlier cases that read alike."""

    service: str
    score: float
    words: list[str]
    described: list[str]
    cases: list[str]


@dataclass(frozen=True, slots=True)
class OfficeHint:
    """An office that such cases go to: `cases` of `of_cases` went there; 0 of 0 where it follows from the service."""

    office: str
    cases: int
    of_cases: int
    in_town: bool


@dataclass(frozen=True, slots=True)
class DuplicateHint:
    """An earlier case that may be the same. `metres` is None where one of the two has no point."""

    request: str
    likeness: float
    metres: int | None
    same_address: bool
    days: int
    words: list[str]


class Aid:
    """The aid with what it has learnt: services, and cases that have gone their way."""

    def __init__(self, offers: Sequence[Offer], past: Sequence[Past]) -> None:
        self._offers = {offer.id: offer for offer in offers}
        self._past = [case for case in past if case.office is not None and case.service in self._offers]
        self._described = {offer.id: grams_of(f"{offer.name}\n{offer.name}\n{offer.description}") for offer in offers}
        self.weights = weigh([*self._described.values(), *(grams_of(case.told.whole) for case in self._past)])

    def services(self, told: Told) -> list[ServiceHint]:
        """Return the services that may be meant, the likeliest first; none where nothing speaks for any."""
        asked = grams_of(told.whole)
        scores = {each: bm25(self.weights, asked, grams) for each, grams in self._described.items()}
        best = max(scores.values(), default=0.0) or 1.0
        alike = self._alike(asked)
        hints = [self._hint(offer, told, scores[offer.id] / best, alike) for offer in self._offers.values()]
        found = [hint for hint in hints if hint.score >= _ENOUGH]
        return sorted(found, key=lambda hint: (-hint.score, hint.service))[:SUGGESTED]

    def _alike(self, asked: Counter[str]) -> list[tuple[float, Past]]:
        """Return the earlier cases that read most alike."""
        found = ((cosine(self.weights, asked, grams_of(case.told.whole)), case) for case in self._past)
        near = [(likeness, case) for likeness, case in found if likeness >= _ALIKE]
        return sorted(near, key=lambda each: (-each[0], each[1].id))[:_NEIGHBOURS]

    def _hint(self, offer: Offer, told: Told, described: float, alike: Sequence[tuple[float, Past]]) -> ServiceHint:
        said = _said(offer, told)
        spoken = math.fsum(said.values())
        mine = [(likeness, case) for likeness, case in alike if case.service == offer.id]
        share = math.fsum(likeness for likeness, _ in mine) / (math.fsum(each for each, _ in alike) or 1.0)
        closest = max((likeness for likeness, _ in mine), default=0.0)
        score = (
            _OF_WORDS * spoken / (spoken + 2)
            + _OF_DESCRIPTION * described
            + _OF_CASES * share * min(1.0, closest / 0.3)
        )
        return ServiceHint(
            offer.id,
            round(score, 4),
            sorted(said, key=lambda word: (-said[word], word))[:SUGGESTED],
            common_words(self.weights, told.whole, self._described[offer.id]),
            [case.id for _, case in mine][:SUGGESTED],
        )

    def office(self, service: str, town: str | None) -> OfficeHint:
        """Return where cases of a service go: in this town if it has seen some, else at all, else by its own office."""
        of_service = [case for case in self._past if case.service == service]
        for in_town in (True, False):
            some = [case for case in of_service if not in_town or (town is not None and case.told.town == town)]
            went = Counter(case.office for case in some)
            # Equal numbers go by name, so that it does not depend on the order of reading.
            office, number = min(went.items(), key=lambda each: (-each[1], each[0]), default=(None, 0))
            if office is not None and number >= _OFFICE_CASES and number / len(some) >= _OFFICE_SHARE:
                return OfficeHint(office, number, len(some), in_town)
        return OfficeHint(self._offers[service].office, 0, 0, in_town=False)

    def duplicates(
        self, told: Told, kinds: frozenset[str], now: datetime, recent: Sequence[Past]
    ) -> list[DuplicateHint]:
        """Return which of the recent cases may be the same; `kinds` are those of the services that are in question."""
        found = []
        for case in recent:
            offer = self._offers.get(case.service)
            if offer is None or offer.kind not in kinds or not timedelta() <= now - case.at <= WITHIN:
                continue
            hint = _compare(self.weights, told, case, now)
            if hint is not None:
                found.append(hint)
        return sorted(found, key=lambda hint: (-hint.likeness, hint.request))[:DUPLICATES]


def _said(offer: Offer, told: Told) -> dict[str, float]:
    """Return the words of the dictionary that were said, with their weights; in the title they count double."""
    title, text = line_of(told.title), line_of(told.text)
    found = {word: weight * (2 if word in title else 1) for word, weight in offer.words.items() if word in title + text}
    # A word within a longer one that was said too is the same word.
    return {word: weight for word, weight in found.items() if not any(word != o and word in o for o in found)}


def _compare(weights: Weights, told: Told, case: Past, now: datetime) -> DuplicateHint | None:
    metres = _metres(told, case.told)
    same_address = bool(address := _address(told)) and address == _address(case.told)
    same_town = metres is None and told.town is not None and told.town == case.told.town
    here = same_address or (metres is not None and metres <= NEAR_M)
    if not here and not same_town:
        return None
    likeness = cosine(weights, grams_of(told.whole), grams_of(case.told.whole))
    if likeness < (_SAME_HERE if here else _SAME_TOWN):
        return None
    words = common_words(weights, told.whole, grams_of(case.told.whole))
    return DuplicateHint(case.id, round(likeness, 4), metres, same_address, (now - case.at).days, words)


def _address(told: Told) -> str:
    """Return an address as it is compared: without signs and spaces."""
    return "".join(line_of(told.address or "").split())


def _metres(one: Told, other: Told) -> int | None:
    """Return the distance of two points on the sphere (haversine), None where one has none."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    north, south = math.radians(one.lat), math.radians(other.lat)
    across = math.radians(other.lon - one.lon)
    half = math.sin((south - north) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(across / 2) ** 2
    return round(2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half))))


# ── in words ──


def explain_service(hint: ServiceHint, *, cases: bool) -> list[str]:
    """Say why a service is suggested. How many cases there were is for the desk only."""
    why = []
    if hint.words:
        why.append(f"写到了{_quoted(hint.words)}，这是此事项的常见说法。")
    elif hint.described:
        why.append(f"与事项说明都提到{_quoted(hint.described)}。")
    if hint.cases:
        why.append(f"有 {len(hint.cases)} 件说法相近的诉求按此办理。" if cases else "说法相近的诉求多按此事项办理。")
    return why


def explain_office(hint: OfficeHint, name: str) -> str:
    """Say why an office is suggested."""
    if not hint.of_cases:
        return f"此事项由{name}承办。"
    where = "本街镇" if hint.in_town else "全区"
    return f"{where}以往 {hint.of_cases} 件此类诉求，{hint.cases} 件派给了{name}。"


def explain_duplicate(hint: DuplicateHint) -> str:
    """Say why an earlier case may be the same."""
    if hint.same_address:
        place = "同一地址"
    elif hint.metres is not None:
        place = f"相距约 {hint.metres} 米"
    else:
        place = "同一街镇"
    when = f"{hint.days} 天前提交" if hint.days else "一天之内提交"
    words = f"，都写到{_quoted(hint.words)}" if hint.words else ""
    return f"{place}，{when}{words}。"


def _quoted(words: Sequence[str]) -> str:
    return "".join(f"“{word}”" for word in words)
