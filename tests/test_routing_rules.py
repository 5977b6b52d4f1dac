"""What the routing aid suggests, from words and places alone, and how often it is right on texts it has not seen."""

from __future__ import annotations

import random
import tomllib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.routing import rules
from backend.routing.dictionary import read_words
from backend.routing.likeness import common_words, cosine, grams_of
from backend.routing.rules import Aid, Offer, Past, Told
from tests.support.server import ROOT

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
DATA = ROOT / "demo" / "data"


def data(name: str) -> dict[str, Any]:
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def offers(*, words: bool = True) -> list[Offer]:
    known: dict[str, dict[str, float]] = {}
    for service, word, weight in read_words(data("routing")) if words else ():
        known.setdefault(service, {})[word] = weight
    return [
        Offer(row["id"], row["name"], row["kind"], row["office"], row["description"], known.get(row["id"], {}))
        for row in data("services")["service"]
    ]


def cases() -> list[Past]:
    """The demo's cases, as far as they went to an office."""
    found = []
    for row in data("cases")["case"]:
        office = next((step["office"] for step in row.get("step", []) if step["action"] == "assign"), None)
        told = Told(row["title"], row["text"], row.get("address"), row.get("lat"), row.get("lon"), row.get("town"))
        found.append(Past(row["slug"], told, row["service"], office, NOW - timedelta(days=row["days_ago"])))
    return found


TEXTS = data("routing_texts")["text"]


def rate(aid: Aid, among: int = 1) -> float:
    hits = [row["service"] in [hint.service for hint in aid.services(told(row))[:among]] for row in TEXTS]
    return sum(hits) / len(hits)


def told(row: dict[str, Any]) -> Told:
    return Told(row["title"], row["text"])


def test_it_is_mostly_right_on_texts_it_has_not_seen() -> None:
    aid = Aid(offers(), cases())
    bare = Aid(offers(words=False), cases())
    missed = [
        (row["title"], row["service"], [(hint.service, hint.score) for hint in aid.services(told(row))])
        for row in TEXTS
        if row["service"] not in [hint.service for hint in aid.services(told(row))[:1]]
    ]
    print(
        f"\n{len(TEXTS)} texts: first {rate(aid):.0%}, among three {rate(aid, 3):.0%}; without words {rate(bare):.0%}"
    )
    print(*missed, sep="\n")
    assert len(TEXTS) >= 60
    assert rate(aid) >= 0.8
    assert rate(aid, 3) >= 0.9
    assert rate(bare) >= 0.4, "descriptions alone say something"


def test_what_it_has_seen_makes_it_better_where_no_word_helps() -> None:
    """Cases teach: half of the texts as cases that went their way, the other half asked."""
    learnt = [Past(str(n), told(row), row["service"], "office", NOW) for n, row in enumerate(TEXTS) if n % 2]
    asked = [row for number, row in enumerate(TEXTS) if number % 2 == 0]

    def right(aid: Aid) -> int:
        return sum(row["service"] in [hint.service for hint in aid.services(told(row))[:1]] for row in asked)

    assert right(Aid(offers(words=False), learnt)) > right(Aid(offers(words=False), []))


def test_the_same_cases_in_any_order_give_the_same_suggestion() -> None:
    some, chance = cases(), random.Random(7)
    first = [Aid(offers(), some).services(told(row)) for row in TEXTS]
    for _ in range(3):
        mixed, mixed_offers = some[:], offers()
        chance.shuffle(mixed)
        chance.shuffle(mixed_offers)
        assert [Aid(mixed_offers, mixed).services(told(row)) for row in TEXTS] == first


def test_the_reason_names_words_that_the_citizen_wrote() -> None:
    aid = Aid(offers(), cases())
    for row in TEXTS:
        for hint in aid.services(told(row)):
            for word in hint.words + hint.described:
                assert word in f"{row['title']}\n{row['text']}", (word, row)
            why = rules.explain_service(hint, cases=False)
            assert why
            assert not any(case.id in " ".join(why) for case in cases())


def test_nothing_is_suggested_where_nothing_speaks_for_it() -> None:
    assert Aid(offers(), cases()).services(Told("您好", "谢谢")) == []
    assert Aid([], []).services(Told("路灯不亮", "路灯不亮")) == []


def past(number: int, service: str, office: str | None, town: str | None = None) -> Past:
    return Past(f"case-{number}", Told("题", "文", town=town), service, office, NOW)


def test_the_office_is_where_such_cases_go_in_the_same_town() -> None:
    went = [
        *(past(number, "garbage", "gucuntown", "gucun") for number in range(3)),
        *(past(number, "garbage", "greening", "luodian") for number in range(3, 13)),
        past(13, "noise", "gucuntown", "gucun"),
    ]
    aid = Aid(offers(), went)
    assert aid.office("garbage", "gucun") == rules.OfficeHint("gucuntown", 3, 3, in_town=True)
    assert aid.office("garbage", "yuepu") == rules.OfficeHint("greening", 10, 13, in_town=False)
    # One case is no habit.
    assert aid.office("noise", "gucun") == rules.OfficeHint("urbanmanagement", 0, 0, in_town=False)
    assert "本街镇以往 3 件" in rules.explain_office(aid.office("garbage", "gucun"), "顾村镇人民政府")
    assert rules.explain_office(aid.office("noise", None), "城管局") == "此事项由城管局承办。"


HERE = {"lat": 31.4068, "lon": 121.4871, "town": "youyilu"}
DARK = "密山二村后门小路路灯不亮，晚上很黑"
# 100 m and 1.1 km further north.
NEAR, FAR = HERE | {"lat": 31.4077}, HERE | {"lat": 31.4167}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, True),
        ({"days": 30}, True),
        ({"days": 31}, False),
        ({"days": -1}, False),
        ({"place": FAR}, False),
        ({"text": "水管爆裂，路上都是水"}, False),
        ({"service": "noise"}, False),
        ({"service": "trees"}, True),
        ({"place": {"address": "密山二村 北门", "town": "youyilu"}, "address": "密山二村北门"}, True),
        ({"place": {"address": "密山二村北门"}, "address": "密山二村　北门"}, True),
        ({"place": {"address": "密山二村北门"}, "address": "密山二村东门"}, False),
        ({"place": {"address": "。"}, "address": "。"}, False),
        ({"place": {"town": "youyilu"}}, True),
        ({"place": {"town": "youyilu"}, "text": "友谊路的路灯坏了"}, False),
        ({"place": {"town": "gucun"}}, False),
        ({"place": {}}, False),
    ],
)
def test_a_duplicate_is_near_in_place_and_time_and_reads_alike(changes: dict[str, Any], found: bool) -> None:
    place, text = changes.get("place", NEAR), changes.get("text", "密山二村后门小路的路灯又不亮了")
    at = NOW - timedelta(days=changes.get("days", 3))
    earlier = Past("earlier", Told("报修", text, **place), changes.get("service", "streetlight"), None, at)
    mine = Told("路灯不亮", DARK, address=changes.get("address"), **HERE)
    hints = Aid(offers(), cases()).duplicates(mine, frozenset({"help"}), NOW, [earlier])
    assert [hint.request for hint in hints] == (["earlier"] if found else [])
    if found:
        why = rules.explain_duplicate(hints[0])
        assert "提交" in why
        assert "“" in why


def test_a_duplicate_says_how_near_it_is() -> None:
    earlier = Past("earlier", Told("报修", DARK, **NEAR), "streetlight", None, NOW - timedelta(days=3, hours=2))
    (hint,) = Aid(offers(), []).duplicates(Told("路灯不亮", DARK, **HERE), frozenset({"help"}), NOW, [earlier])
    assert (hint.metres, hint.days) == (100, 3)
    assert rules.explain_duplicate(hint).startswith("相距约 100 米，3 天前提交，都写到“")


def test_words_in_common_are_put_together_again() -> None:
    aid = Aid(offers(), [])
    assert "路灯不亮" in common_words(aid.weights, "后门的路灯不亮了", grams_of("路灯不亮，请报修"))
    assert cosine(aid.weights, grams_of(DARK), grams_of(DARK)) == pytest.approx(1)
    assert cosine(aid.weights, grams_of("路灯"), grams_of("停水")) == 0
