"""办事: what a service needs, in versions by two people; windows that know when they open; cards in articles."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from scenario import examine
from tests.support.server import Server
from tests.test_notices import assert_refused, draft, publish


def item_form(**fields: Any) -> dict[str, Any]:
    form = {"title": f"事项{uuid.uuid4().hex}", "summary": "带上身份证就能办。", "category": "housing"}
    form |= {"statutory_days": 10, "promised_days": 3}
    return form | fields


def window_form(**fields: Any) -> dict[str, Any]:
    return {"title": f"窗口{uuid.uuid4().hex}", "address": "某路1号"} | fields


def made(server: Server, path: str, form: dict[str, Any]) -> dict[str, Any]:
    entry = server.staff("office").does("POST", path, form)
    return server.staff("office2").does("POST", f"{path}/{entry['id']}/publish")


def item(server: Server, **fields: Any) -> dict[str, Any]:
    return made(server, "/office/catalogue", item_form(**fields))


def window(server: Server, **fields: Any) -> dict[str, Any]:
    return made(server, "/office/windows", window_form(**fields))


def changed(server: Server, entry: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Change an item and let it out."""
    path = f"/office/catalogue/{entry['id']}"
    now = server.staff("office").does("GET", path)
    assert server.staff("office").patch(path, fields, now["ver"]).ok
    return server.staff("office2").does("POST", f"{path}/publish")


def reads(server: Server, entry: dict[str, Any], **query: Any) -> dict[str, Any]:
    return server.anonymous().does("GET", f"/catalogue/{entry['id']}", params=query)


def all_day(days: str) -> list[dict[str, str]]:
    return [{"days": days, "opens": "00:00", "closes": "23:59"}]


def test_a_resident_reads_what_to_bring_how_long_and_where(server: Server) -> None:
    place = window(server, hours=all_day("workday"), town="gucun")
    material = {"name": "身份证", "form": "original_and_copy", "count": 1}
    made_item = item(server, materials=[material], windows=[place["id"]], service="watersupply", event="utilities")
    read = reads(server, made_item)
    assert read["materials"][0]["words"] == "身份证（原件及复印件，1份）"
    assert (read["time_words"], read["fee_words"]) == ("承诺3个工作日（法定10个工作日）", "不收费")
    assert (read["category_name"], read["event_name"], read["service"]) == ("住房与公用", "我要用水用电", "watersupply")
    assert read["windows"][0]["title"] == place["title"]
    assert read["windows"][0]["now"]["words"]
    listed = server.anonymous().does("GET", "/catalogue", params={"event": "utilities", "q": made_item["title"]})
    assert [each["id"] for each in listed["items"]] == [made_item["id"]]
    assert (
        server.anonymous().does("GET", "/catalogue", params={"event": "shop", "q": made_item["title"]})["items"] == []
    )
    kinds = server.anonymous().does("GET", "/catalogue/kinds")
    assert {"id": "marry", "name": "我要结婚"} in kinds["events"]


def test_an_item_is_let_out_by_a_second_person_each_time(server: Server) -> None:
    entry = server.staff("office").does("POST", "/office/catalogue", item_form())
    path = f"/office/catalogue/{entry['id']}"
    assert server.anonymous().get(f"/catalogue/{entry['id']}").status_code == 404
    assert_refused(server.staff("office").post(f"{path}/publish"), 409, "same_person", guard="second_person")
    assert_refused(server.staff("office2").patch(path, {"summary": "改"}, entry["ver"]), 409, "guard_failed")
    first = server.staff("office2").does("POST", f"{path}/publish")
    assert (first["version"], first["allowed"]) == (1, ["edit", "withdraw"])
    assert_refused(server.staff("office2").post(f"{path}/publish"), 409, "illegal_state", state="published")
    # The other one may write the next version; then the first one lets it out.
    assert server.staff("office2").patch(path, {"summary": "新的说明"}, first["ver"]).ok
    assert reads(server, entry)["summary"] == "带上身份证就能办。"
    second = server.staff("office").does("POST", f"{path}/publish")
    assert (second["version"], reads(server, entry)["summary"]) == (2, "新的说明")
    assert reads(server, entry, version=1)["summary"] == "带上身份证就能办。"
    assert server.anonymous().get(f"/catalogue/{entry['id']}", params={"version": 9}).status_code == 404


def test_changes_are_given_up_without_a_trace(server: Server) -> None:
    entry = item(server)
    path = f"/office/catalogue/{entry['id']}"
    assert server.staff("office").patch(path, {"summary": "写错了"}, entry["ver"]).ok
    given_up = server.staff("office").does("POST", f"{path}/discard")
    assert (given_up["draft"], given_up["version"]) == (None, 1)
    assert_refused(server.staff("office").post(f"{path}/discard"), 409, "illegal_state")


def test_a_withdrawn_item_is_gone_with_its_versions_and_gives_the_reason(server: Server) -> None:
    word = f"机密{uuid.uuid4().hex}"
    entry = changed(server, item(server, summary=word), summary="无")
    server.staff("office").does("POST", f"/office/catalogue/{entry['id']}/withdraw", {"reason": "事项已取消"})
    for query in ({}, {"version": 1}):
        answer = server.anonymous().get(f"/catalogue/{entry['id']}", params=query)
        assert (answer.status_code, answer.json()["reason"]) == (410, "事项已取消")
    assert word not in server.staff("office").get(f"/office/catalogue/{entry['id']}").text


def test_an_office_writes_only_its_own_entries(server: Server) -> None:
    answer = server.staff("office").post("/office/catalogue", item_form(office="health"))
    assert_refused(answer, 403, "office_forbidden")
    theirs = server.anonymous().does("GET", "/catalogue", params={"office": "civilaffairs"})["items"][0]
    assert server.staff("office").get(f"/office/catalogue/{theirs['id']}").status_code == 404
    assert server.staff("office").post(f"/office/catalogue/{theirs['id']}/withdraw", {"reason": "x"}).status_code == 404
    assert_refused(server.staff("staff").post("/office/windows", window_form()), 403, "role_forbidden")
    # An item is no window, whatever its id says.
    assert server.staff("office").get(f"/office/windows/{item(server)['id']}").status_code == 404


@pytest.mark.parametrize(
    ("path", "fields", "field"),
    [
        ("catalogue", {"promised_days": 11}, "promised_days"),
        ("catalogue", {"service": "nope"}, "service"),
        ("catalogue", {"windows": ["nope"]}, "windows"),
        ("catalogue", {"category": "住房"}, "category"),
        ("catalogue", {"online_url": "javascript:x"}, "online_url"),
        ("catalogue", {"materials": [{"name": "x", "form": "original", "count": 0}]}, "materials.0.count"),
        ("windows", {"hours": [{"days": "workday", "opens": "12:00", "closes": "11:00"}]}, "hours"),
        ("windows", {"hours": [{"days": "workday", "opens": "25:00", "closes": "26:00"}]}, "hours.0.opens"),
        (
            "windows",
            {
                "hours": [
                    {"days": "workday", "opens": a, "closes": b} for a, b in (("09:00", "12:00"), ("11:00", "13:00"))
                ]
            },
            "hours",
        ),
        ("windows", {"special": [{"date": "2026-02-30"}]}, "special.0.date"),
        ("windows", {"lat": 31.4}, "lon"),
        ("windows", {"town": "atlantis"}, "town"),
    ],
)
def test_a_bad_field_of_an_entry_is_named(server: Server, path: str, fields: dict[str, Any], field: str) -> None:
    form = item_form(**fields) if path == "catalogue" else window_form(**fields)
    answer = server.staff("office").post(f"/office/{path}", form)
    assert_refused(answer, 422, "validation")
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_windows_are_found_by_whether_they_are_open(server: Server) -> None:
    days = [(datetime.now(UTC) + timedelta(days=number)).date().isoformat() for number in (-1, 0, 1)]
    never = [{"date": day, "hours": [], "note": "停电"} for day in days]
    always = [{"date": day, "hours": [{"opens": "00:00", "closes": "23:59"}]} for day in days]
    closed, opened = window(server, special=never), window(server, special=always)

    def found(**query: Any) -> dict[str, Any]:
        items = server.anonymous().does("GET", "/windows", params=query)["items"]
        return {each["id"]: each["now"]["open"] for each in items}

    everything = found(office="wateraffairs")
    assert (everything[closed["id"]], everything[opened["id"]]) == (False, True)
    assert opened["id"] in found(open_now="true")
    assert closed["id"] not in found(open_now="true")
    assert closed["id"] in found(open_now="false")
    assert opened["id"] not in found(office="health")


def test_the_demo_has_windows_of_three_offices_and_a_dozen_items(server: Server) -> None:
    windows = server.anonymous().does("GET", "/windows")["items"]
    assert {"wateraffairs", "civilaffairs", "humanresources"} <= {each["office"]["id"] for each in windows}
    items = server.anonymous().does("GET", "/catalogue", params={"limit": 100})["items"]
    assert len([each for each in items if each["office"]["id"] in {"civilaffairs", "humanresources"}]) >= 8


# ── cards ──


def cards(body: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block["card"] for block in body if block["type"] == "service_card"]


def live_story(server: Server, items: list[str]) -> str:
    form = {"headline": uuid.uuid4().hex, "summary": "说明", "section": "minsheng", "class": "livelihood"}
    form |= {"sources": [{"name": "街道办", "kind": "official", "verified": True}], "towns": ["gucun"]}
    form["body"] = [{"type": "text", "text": "正文"}, *({"type": "service_card", "item": each} for each in items)]
    story = server.staff("editor").does("POST", "/editor/stories", form)
    server.staff("editor").does("POST", f"/editor/stories/{story['id']}/submit")
    examine.sign_off(server.staff, story["id"])
    server.staff("chief").does("POST", f"/editor/stories/{story['id']}/publish")
    return str(story["id"])


def test_an_article_carries_a_service_as_it_is_now_and_loses_it_when_it_is_withdrawn(server: Server) -> None:
    kept, changing = item(server, summary="不变"), item(server, summary="从前")
    article = live_story(server, [kept["id"], changing["id"]])
    notice = publish(server, draft(server, services=[changing["id"]]))
    phone = server.phone(streams=["pub", "town:gucun"])
    phone.go_online()

    def read() -> list[str]:
        body = server.anonymous().does("GET", f"/articles/{article}")["body"]
        return [card["summary"] for card in cards(body)]

    assert read() == ["不变", "从前"]
    changed(server, changing, summary="如今")
    assert read() == ["不变", "如今"]
    assert server.anonymous().does("GET", f"/notices/{notice['id']}")["services"][0]["summary"] == "如今"
    held = phone.wait_for(lambda: "如今" in str(phone.get("article", article)) and phone.get("article", article))
    assert [card["version"] for card in cards(held["body"])] == [1, 2]
    server.staff("office").does("POST", f"/office/catalogue/{changing['id']}/withdraw", {"reason": "取消"})
    assert read() == ["不变"]
    assert server.anonymous().does("GET", f"/notices/{notice['id']}")["services"] == []
    assert phone.wait_for(lambda: "如今" not in str(phone.get("article", article)))
    assert phone.wait_for(lambda: "如今" not in str(phone.get("notice", notice["id"])))
    assert phone.equals_server()
    phone.go_offline()


def test_feeds_carry_no_card_that_could_grow_old(server: Server) -> None:
    entry = item(server, summary=f"摘要{uuid.uuid4().hex}")
    article = live_story(server, [entry["id"]])

    for path in ("/rss.xml", "/atom.xml", "/feed.json", f"/ninjs/{article}.json", f"/newsml/{article}.xml"):
        answer = requests.get(server.url + path, timeout=20)
        assert answer.status_code == 200, path
        assert entry["content"]["summary"] not in answer.text


def test_a_card_of_nothing_is_refused(server: Server) -> None:
    waiting = server.staff("office").does("POST", "/office/catalogue", item_form())
    for body, field in (
        ([{"type": "service_card", "item": "nope"}], "body"),
        ([{"type": "service_card", "item": waiting["id"]}], "body"),
        ([{"type": "service_card"}], "body.0.item"),
        ([{"type": "service_card", "item": "x", "text": "y"}], "body.0.text"),
    ):
        answer = server.staff("editor").post("/editor/stories", {"headline": "x", "section": "minsheng", "body": body})
        assert_refused(answer, 422, "validation")
        assert [error["field"] for error in answer.json()["errors"]] == [field]
