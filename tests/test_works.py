"""Planned works: announced by two people, on every phone, and told to whoever reports what they explain."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.server import Server
from tests.test_notices import assert_refused, draft, publish

# A place in Luodian where the demo has no works.
LAT, LON = 31.4130, 121.3450


def hours(number: float) -> str:
    return (datetime.now(UTC) + timedelta(hours=number)).isoformat()


def drafted(server: Server, **fields: Any) -> dict[str, Any]:
    form: dict[str, Any] = {"kind": "water", "title": "管道抢修", "text": "更换阀门", "place": uuid.uuid4().hex}
    form |= {"towns": ["luodian"], "services": ["watersupply"], "begins_at": hours(-1), "ends_at": hours(5)}
    return server.staff("office").does("POST", "/office/works", form | fields)


def announced(server: Server, **fields: Any) -> dict[str, Any]:
    return does(server, "office2", drafted(server, **fields), "publish")


def does(server: Server, who: str, work: dict[str, Any], command: str, **form: Any) -> dict[str, Any]:
    return server.staff(who).does("POST", f"/office/works/{work['id']}/{command}", form or None)


def known(server: Server, **query: Any) -> dict[str, dict[str, Any]]:
    items = server.anonymous().does("GET", "/works/match", params={"service": "watersupply"} | query)["items"]
    return {item["id"]: item for item in items}


def test_works_are_announced_by_two_people_and_reach_every_phone(server: Server) -> None:
    phone = server.phone(streams=["pub", "town:luodian"])
    phone.go_online()
    work = drafted(server)
    assert_refused(server.staff("office").post(f"/office/works/{work['id']}/publish"), 409, "same_person")
    assert work["id"] not in known(server, town="luodian")
    does(server, "office2", work, "publish")
    held = phone.wait_for(lambda: phone.get("work", work["id"], "town:luodian"))
    assert (held["kind_name"], held["state"]) == ("停水", "published")
    does(server, "office", work, "end")
    assert phone.wait_for(lambda: phone.get("work", work["id"]) is None)
    assert phone.equals_server()
    phone.go_offline()
    assert work["id"] not in known(server, town="luodian")


def test_whoever_files_is_told_what_is_known(server: Server) -> None:
    notice = publish(server, draft(server, title="关于罗店停水的公告", doc_no="宝水〔2026〕9号"))
    work = announced(server, lat=LAT, lon=LON, radius_m=300, notice=notice["id"])
    form = {"service": "watersupply", "title": "没水了", "text": "一早就没水", "lat": LAT, "lon": LON}
    filed = server.citizen().does("POST", "/requests", form)
    (told,) = [each for each in filed["known_works"] if each["id"] == work["id"]]
    assert told["sure"] is True
    assert told["words"].startswith(f"已知：{work['place']}停水，预计")
    assert told["words"].endswith("恢复供水，详见公告《关于罗店停水的公告》（宝水〔2026〕9号）。")
    elsewhere = server.citizen().does("POST", "/requests", form | {"lat": LAT + 0.01})
    other_kind = server.citizen().does("POST", "/requests", form | {"service": "streetlight"})
    for answer in (elsewhere, other_kind):
        assert work["id"] not in [each["id"] for each in answer["known_works"]]
    again = server.citizen().post("/requests", form | {"service": "nowhere"})
    assert again.status_code == 422


def test_before_filing_a_position_decides_and_a_town_alone_is_not_sure(server: Server) -> None:
    part, whole = announced(server, lat=LAT, lon=LON, radius_m=300), announced(server)
    square = [{"lat": LAT + y, "lon": LON + x} for y, x in ((0.02, 0.02), (0.02, 0.03), (0.03, 0.03), (0.03, 0.02))]
    drawn, later = announced(server, polygon=square), announced(server, begins_at=hours(2))
    by_town = known(server, town="luodian")
    assert {by_town[part["id"]]["sure"], by_town[drawn["id"]]["sure"]} == {False}
    assert by_town[whole["id"]]["sure"] is True
    assert later["id"] not in by_town
    assert "您所在街镇" in by_town[part["id"]]["words"]
    here = known(server, lat=LAT, lon=LON)
    assert {part["id"], whole["id"]} <= here.keys()
    assert drawn["id"] not in here
    assert drawn["id"] in known(server, lat=LAT + 0.025, lon=LON + 0.025, town="luodian")
    assert not {part["id"], whole["id"]} & known(server, town="gucun").keys()
    assert known(server, town="luodian", service="streetlight") == {}


def test_the_list_shows_what_will_be_on_at_another_moment(server: Server) -> None:
    work = announced(server, begins_at=hours(10), ends_at=hours(12))

    def phase(**query: Any) -> str | None:
        items = server.anonymous().does("GET", "/works", params={"town": "luodian"} | query)["items"]
        return next((item["phase"] for item in items if item["id"] == work["id"]), None)

    assert (phase(), phase(now=hours(11)), phase(now=hours(13))) == ("upcoming", "on", None)


def test_a_withdrawn_notice_takes_its_works_along(server: Server) -> None:
    notice = publish(server, draft(server))
    work = announced(server, notice=notice["id"], title=f"机密{notice['id']}")
    server.staff("office").does("POST", f"/office/notices/{notice['id']}/withdraw", {"reason": "不施工了"})
    assert work["id"] not in known(server, town="luodian")
    seen = server.staff("office").does("GET", f"/office/works/{work['id']}")
    assert (seen["state"], seen["title"], seen["withdrawn_reason"]) == ("withdrawn", "", "所依据的公告已撤回。")


def test_works_wait_for_their_notice(server: Server) -> None:
    work = drafted(server, notice=draft(server)["id"])
    answer = server.staff("office2").post(f"/office/works/{work['id']}/publish")
    assert_refused(answer, 409, "guard_failed", guard="notice_not_published")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"services": ["nope"]}, "services"),
        ({"services": []}, "services"),
        ({"towns": ["atlantis"]}, "towns.0"),
        ({"ends_at": "2020-01-01T00:00:00+08:00"}, "ends_at"),
        ({"kind": "noise"}, "kind"),
        ({"polygon": [{"lat": 1, "lon": 1}]}, "polygon"),
        ({"radius_m": 5}, "radius_m"),
        ({"notice": "nope"}, "notice"),
    ],
)
def test_a_bad_field_of_works_is_named(server: Server, fields: dict[str, Any], field: str) -> None:
    form: dict[str, Any] = {"kind": "water", "title": "x", "text": "x", "place": "x", "towns": ["luodian"]}
    form |= {"services": ["watersupply"], "begins_at": hours(-1), "ends_at": hours(5)} | fields
    answer = server.staff("office").post("/office/works", form)
    assert_refused(answer, 422, "validation")
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_works_need_a_place(server: Server) -> None:
    for fields, guard in (({"towns": []}, "place_missing"), ({"lat": LAT, "lon": LON}, "circle_incomplete")):
        form: dict[str, Any] = {"kind": "water", "title": "x", "text": "x", "place": "x", "towns": ["luodian"]}
        form |= {"services": ["watersupply"], "begins_at": hours(-1), "ends_at": hours(5)}
        assert_refused(server.staff("office").post("/office/works", form | fields), 409, "guard_failed", guard=guard)
    assert server.anonymous().get("/works/match", params={"service": "x", "lat": 31}).status_code == 422
    assert server.anonymous().get("/works/match", params={"service": "x", "lat": 91, "lon": 1}).status_code == 422


def test_an_office_announces_only_its_own_works(server: Server) -> None:
    form = {"kind": "water", "title": "x", "text": "x", "place": "x", "towns": ["luodian"], "office": "greening"}
    form |= {"services": ["watersupply"], "begins_at": hours(-1), "ends_at": hours(5)}
    assert_refused(server.staff("office").post("/office/works", form), 403, "office_forbidden")
    theirs = next(
        item for item in server.anonymous().does("GET", "/works")["items"] if item["office"]["id"] == "greening"
    )
    for command in ("publish", "end", "withdraw"):
        form = {"reason": "x"} if command == "withdraw" else None
        assert server.staff("office").post(f"/office/works/{theirs['id']}/{command}", form).status_code == 404
