"""The routing aid in the house: what a citizen is told, what the dispatcher sees, and what is counted."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from scenario.people import Person
from tests.support.server import Server

PLACE = {"lat": 31.4068, "lon": 121.4871, "town": "youyilu"}
DARK = {"title": "路灯不亮", "text": "密山二村后门小路的路灯灭了好几天，晚上黑漆漆的。"}


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    made = make_server()
    yield made
    answer = made.flask("rebuild", "--check", check=False)
    assert answer.returncode == 0, "the board is what the log says:\n" + answer.stdout
    assert not made.unexpected()


def filed(house: Server, **fields: Any) -> str:
    form = {"service": "streetlight", **DARK, **PLACE} | fields
    return str(house.citizen().does("POST", "/requests", form)["id"])


def routing(house: Server, case: str) -> dict[str, Any]:
    return dict(house.staff("dispatcher").does("GET", f"/desk/requests/{case}/routing"))


def figures(house: Server, about: str) -> tuple[int, int]:
    found = house.staff("chief").does("GET", "/kitchen/board")["routing"][about]
    assert found["rate"] == (round(found["hit"] / found["given"], 3) if found["given"] else None)
    return found["given"], found["hit"]


def rows(house: Server, about: str, **query: Any) -> list[dict[str, Any]]:
    """All rows behind a figure of the board, page by page."""
    address = house.staff("chief").does("GET", "/kitchen/board")["routing"][about]["rows"].removeprefix("/api/v1")
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        asked = "".join(f"&{name}={value}" for name, value in query.items())
        page = house.staff("chief").does("GET", f"{address}&limit=2&after={after}{asked}")
        found += page["items"]
        if page["next"] is None:
            return found
        after = page["next"]


def suggest(person: Person, **form: Any) -> list[dict[str, Any]]:
    return list(person.does("POST", "/requests/suggest", form)["items"])


def test_a_citizen_is_told_services_and_why_before_filing(house: Server) -> None:
    citizen = house.citizen()
    items = suggest(citizen, title="家里没水", text="六楼从早上开始一滴水也没有，自来水龙头放不出来。")
    assert items[0]["service"] == {"id": "watersupply", "name": "供水报修"}
    assert items[0]["office"]["id"] == "wateraffairs"
    assert "“自来水”" in items[0]["why"][0]
    assert suggest(citizen, title="您好", text="谢谢") == []
    assert citizen.does("GET", "/requests")["items"] == [], "nothing was filed"


def test_a_citizen_learns_nothing_of_anothers_case(house: Server) -> None:
    secret = "老凤祥弄堂"
    case = filed(house, text=f"{secret}口的路灯灭了，灯杆歪了", title="路灯灯杆歪了")
    house.staff("dispatcher").does("POST", f"/desk/requests/{case}/assign")
    answer = house.citizen().post("/requests/suggest", {"title": "路灯坏了", "text": "灯杆歪了，晚上看不清", **PLACE})
    assert answer.status_code == 200
    assert secret not in answer.text
    assert case not in answer.text
    assert not {"cases", "duplicates", "score"} & answer.json()["items"][0].keys()


@pytest.mark.parametrize("who", ["anonymous", "dispatcher"])
def test_only_a_citizen_asks_before_filing(house: Server, who: str) -> None:
    person = house.anonymous() if who == "anonymous" else house.staff(who)
    assert person.post("/requests/suggest", DARK).status_code == (401 if who == "anonymous" else 403)


@pytest.mark.parametrize("who", ["citizen", "staff2", "staff", "chief"])
def test_only_the_dispatcher_sees_what_is_suggested(house: Server, who: str) -> None:
    case = filed(house)
    person = house.citizen() if who == "citizen" else house.staff(who)
    assert person.get(f"/desk/requests/{case}/routing").status_code == 403
    assert house.staff("dispatcher").get(f"/desk/requests/{uuid.uuid4()}/routing").status_code == 404


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"title": "灯"}, "text"),
        (DARK | {"title": ""}, "title"),
        (DARK | {"lat": 31.4}, "lon"),
        (DARK | {"lat": 91, "lon": 121}, "lat"),
        (DARK | {"town": "nowhere"}, "town"),
        (DARK | {"service": "streetlight"}, "service"),
    ],
)
def test_a_bad_form_is_refused_by_field(house: Server, form: dict[str, Any], field: str) -> None:
    answer = house.citizen().post("/requests/suggest", form)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_the_dispatcher_sees_the_likely_duplicate_with_its_reason(house: Server) -> None:
    word = "宝钢九村后门"
    text = f"{word}的路灯灭了好几天，晚上黑漆漆的"
    place = {"lat": 31.4500, "lon": 121.4300, "town": "yuepu"}
    first = filed(house, text=text, **place)
    second = filed(house, text=f"{text}，请修一下", service="trees", **place | {"lat": 31.4505})
    found = routing(house, second)
    assert (found["kept"], found["decision"]) == (True, None)
    assert found["services"][0]["service"]["id"] == "streetlight"
    assert found["services"][0]["words"]
    assert found["office"]["id"] == "greening"
    twin = next(each for each in found["duplicates"] if each["id"] == first)
    assert (twin["metres"], twin["days"], twin["state"]) == (56, 0, "filed")
    assert twin["why"].startswith("相距约 56 米，一天之内提交，都写到“")
    assert first not in [each["id"] for each in routing(house, first)["duplicates"]]


def test_what_the_dispatcher_chose_is_counted_once_with_rows_behind_it(house: Server) -> None:
    before = {about: figures(house, about) for about in ("service", "office")}
    agreed, changed, unclear = filed(house), filed(house), filed(house, title="您好", text="谢谢")
    assert routing(house, unclear)["services"] == []
    desk = house.staff("dispatcher")
    desk.does("POST", f"/desk/requests/{agreed}/assign")
    desk.does("POST", f"/desk/requests/{changed}/assign", {"office": "wateraffairs"})
    desk.does("POST", f"/desk/requests/{unclear}/assign")
    given, hit = figures(house, "service")
    assert (given - before["service"][0], hit - before["service"][1]) == (2, 2)
    given, hit = figures(house, "office")
    assert (given - before["office"][0], hit - before["office"][1]) == (2, 1)
    for about in ("service", "office"):
        assert len(rows(house, about)) == figures(house, about)[0]
        assert len(rows(house, about, hit=1)) == figures(house, about)[1]
    (wrong,) = [row for row in rows(house, "office", hit=0) if row["request"] == changed]
    assert (wrong["given"], wrong["chosen"]) == ("greening", "wateraffairs")
    assert routing(house, changed)["decision"]["office"] == {"given": "greening", "chosen": "wateraffairs"}
    # It comes back and goes elsewhere: others have had their say, and it is not counted again.
    house.staff("staff").does("POST", f"/desk/requests/{changed}/return", {"reason": "不属本单位"})
    desk.does("POST", f"/desk/requests/{changed}/assign", {"office": "greening"})
    assert figures(house, "office") == (given, hit)
    assert routing(house, changed)["decision"]["office"]["chosen"] == "wateraffairs"


def test_the_suggestion_stays_as_it_was_made(house: Server) -> None:
    case = filed(house, title="树枝挡窗", text="香樟树的枝叶伸进了阳台", service="trees")
    before = routing(house, case)
    for _ in range(2):
        other = filed(house, title="树枝挡窗", text="香樟树的枝叶伸进了阳台", service="noise")
        house.staff("dispatcher").does("POST", f"/desk/requests/{other}/assign", {"office": "wateraffairs"})
    assert routing(house, case) == before
    assert (
        routing(house, filed(house, title="树枝挡窗", text="香樟树的枝叶伸进了阳台"))["services"] != before["services"]
    )


def test_a_case_of_before_the_aid_is_looked_at_when_it_is_asked_for(house: Server) -> None:
    old = house.staff("dispatcher").does("GET", "/desk/requests?limit=100")["items"][-1]
    found = routing(house, old["id"])
    assert (found["kept"], found["decision"]) == (False, None)
    assert found["services"]


def test_the_figures_are_of_thirty_days(make_server: Callable[..., Server]) -> None:
    house = make_server()
    case = filed(house)
    house.staff("dispatcher").does("POST", f"/desk/requests/{case}/assign")
    assert figures(house, "service") == (1, 1)
    seq = house.staff("chief").does("GET", "/kitchen/board")["as_of_seq"]
    house.move_clock(31 * 86_400)
    filed(house)
    assert figures(house, "service") == (0, 0)
    assert rows(house, "service") == []
    past = house.staff("chief").does("GET", f"/kitchen/board?as_of_seq={seq}")["routing"]["service"]
    assert (past["given"], past["hit"]) == (1, 1), "the board of then is as it was"
    page = house.staff("chief").does("GET", past["rows"].removeprefix("/api/v1"))
    assert [row["request"] for row in page["items"]] == [case]
    house.move_clock(-31 * 86_400)
