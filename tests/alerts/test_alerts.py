"""Warnings: two people issue them, every phone shows what holds, and machines read them as CAP 1.2."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest
import requests
from lxml import etree

from tests.alerts import office
from tests.support.server import Server, wait_until

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).parent / "cap-1.2.xsd"))


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """A server of this file's own: what is in force is counted, and its clock is moved on."""
    return make_server()


def refused(answer: requests.Response, status: int, code: str, **data: Any) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert {name: body.get(name) for name in data} == data
    return body


def cap_file(server: Server, made: dict[str, Any]) -> requests.Response:
    return requests.get(f"{server.url}/cap/{made['identifier']}.xml", timeout=30)


# ── two people ──


def test_a_draft_is_the_offices_own_until_another_person_approves_it(server: Server) -> None:
    made = office.draft(server)
    assert (made["state"], made["alert"], made["sent"]) == ("draft", None, None)
    assert cap_file(server, made).status_code == 404
    refused(
        server.staff("office").post(f"/office/alerts/{made['id']}/approve"), 409, "same_person", guard="second_person"
    )
    out = office.approve(server, made)
    assert (out["state"], out["issued_by"]["name"], out["alone"], out["review"]) == ("issued", "龚建平", False, None)
    assert office.alert(server, out)["info"][0]["headline"] == made["info"][0]["headline"]
    again = refused(server.staff("office2").post(f"/office/alerts/{made['id']}/approve"), 409, "illegal_state")
    assert again["allowed"] == []


def test_another_office_neither_sees_nor_touches_it(server: Server) -> None:
    made = office.draft(server)
    stranger = server.hire("别家", "office_clerk", office="greening")
    for answer in (
        stranger.get(f"/office/alerts/{made['id']}"),
        stranger.post(f"/office/alerts/{made['id']}/approve"),
        stranger.patch(f"/office/alerts/{made['id']}", {"note": "改"}, made["ver"]),
    ):
        refused(answer, 404, "not_found")
    out = office.approve(server, made)
    form = office.message(msgType="Cancel", references=[out["identifier"]], info=[])
    body = refused(stranger.post("/office/alerts", form), 422, "validation")
    assert body["errors"][0]["field"] == "references.0"


def test_only_the_author_edits_and_the_approver_says_what_was_read(server: Server) -> None:
    made = office.draft(server)
    path = f"/office/alerts/{made['id']}"
    refused(server.staff("office2").patch(path, {"note": "改"}, made["ver"]), 409, "guard_failed", guard="author_only")
    edited = server.staff("office").patch(path, {"note": "第二稿"}, made["ver"]).json()
    assert (edited["note"], edited["ver"]) == ("第二稿", made["ver"] + 1)
    stale = server.staff("office2").post(f"{path}/approve", headers={"If-Match": f'"{made["ver"]}"'})
    refused(stale, 412, "stale", ver=edited["ver"])


def test_one_person_may_issue_what_cannot_wait_and_is_looked_at_afterwards(server: Server) -> None:
    calm = office.draft(server)
    alone = {"reason": "堤防出现管涌，来不及等同事"}
    path = f"/office/alerts/{calm['id']}/issue"
    refused(server.staff("office").post(path, alone), 409, "guard_failed", guard="duty_rule")
    made = office.draft(server, info=[office.info(urgency="Immediate", severity="Extreme")])
    out = server.staff("office").does("POST", f"/office/alerts/{made['id']}/issue", alone)
    assert (out["alone"], out["alone_reason"], out["review"]["state"]) == (True, alone["reason"], "pending")
    assert out["allowed"] == ["review"]
    waiting = server.staff("office2").does("GET", "/office/alerts?review=pending")["items"]
    assert out["id"] in [each["id"] for each in waiting]
    review = {"outcome": "upheld", "words": "现场照片和水位记录都对得上。"}
    path = f"/office/alerts/{made['id']}/review"
    refused(server.staff("office").post(path, review), 409, "same_person")
    done = server.staff("office2").does("POST", path, review)
    assert (done["review"]["state"], done["review"]["outcome"], done["allowed"]) == ("done", "upheld", [])
    refused(server.staff("office2").post(path, review), 409, "illegal_state")


# ── what is refused, in words and with the field ──

_BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "an update of nothing": ({"msgType": "Update"}, "references", "missing"),
    "a cancel of nothing": ({"msgType": "Cancel", "info": []}, "references", "missing"),
    "an unknown reference": ({"msgType": "Update", "references": ["never-was"]}, "references.0", "unknown"),
    "a first alert that refers": ({"references": ["x"]}, "references", "mismatch"),
    "private without addresses": ({"scope": "Private"}, "addresses", "missing"),
    "restricted without a restriction": ({"scope": "Restricted"}, "restriction", "missing"),
    "public with addresses": ({"addresses": ["a@b.c"]}, "addresses", "mismatch"),
    "no information": ({"info": []}, "info", "missing"),
    "English only": ({"info": [office.info(language="en")]}, "info", "missing"),
    "Chinese twice": ({"info": [office.info(), office.info()]}, "info", "mismatch"),
    "a time in Z": ({"info": [office.info(expires="2026-12-31T00:00:00Z")]}, "info.0.expires", "invalid"),
    "fractional seconds": ({"info": [office.info(expires="2199-12-31T00:00:00.5+08:00")]}, "info.0.expires", "invalid"),
    "no such day": ({"info": [office.info(expires="2199-02-30T00:00:00+08:00")]}, "info.0.expires", "invalid"),
    "an end in the past": ({"info": [office.info(expires="2020-01-01T00:00:00+08:00")]}, "info.0.expires", "in_past"),
    "an end before its beginning": (
        {"info": [office.info(onset="2198-01-01T00:00:00+08:00", expires="2197-01-01T00:00:00+08:00")]},
        "info.0.expires",
        "order",
    ),
    "no end": ({"info": [{k: v for k, v in office.info().items() if k != "expires"}]}, "info.0.expires", "missing"),
    "no area": ({"info": [office.info(area=[])]}, "info.0.area", "missing"),
    "an area of words": ({"info": [office.info(area=[{"areaDesc": "河边"}])]}, "info.0.area.0", "missing"),
    "three points": (
        {"info": [office.info(area=[office.area("31.4,121.3 31.4,121.4 31.4,121.3")])]},
        "info.0.area.0.polygon.0",
        "invalid",
    ),
    "an open polygon": (
        {"info": [office.info(area=[office.area("31.4,121.3 31.4,121.4 31.5,121.4 31.5,121.3")])]},
        "info.0.area.0.polygon.0",
        "not_closed",
    ),
    "a line": (
        {"info": [office.info(area=[office.area("31.4,121.3 31.4,121.4 31.4,121.35 31.4,121.3")])]},
        "info.0.area.0.polygon.0",
        "empty",
    ),
    "longitude first": (
        {"info": [office.info(area=[office.area("121.3,31.4 121.4,31.4 121.4,31.5 121.3,31.4")])]},
        "info.0.area.0.polygon.0",
        "invalid",
    ),
    "a circle in miles": (
        {"info": [office.info(area=[{"areaDesc": "圆", "circle": ["31.4,121.4 5mi"]}])]},
        "info.0.area.0.circle.0",
        "invalid",
    ),
    "outside the district": ({"info": [office.info(area=[office.area(office.ELSEWHERE)])]}, "info.0.area", "outside"),
    "an unknown town": (
        {"info": [office.info(area=[{"areaDesc": "某镇", "geocode": [{"valueName": "town", "value": "atlantis"}]}])]},
        "info.0.area.0.geocode.0.value",
        "unknown",
    ),
    "an unknown severity": ({"info": [office.info(severity="Terrible")]}, "info.0.severity", "not_a_choice"),
    "a reference with an ampersand": ({"msgType": "Update", "references": ["a&b"]}, "references.0", "invalid"),
    "an acknowledgement": ({"msgType": "Ack"}, "msgType", "not_a_choice"),
    "an unknown status": ({"status": "Real"}, "status", "not_a_choice"),
    "an unknown scope": ({"scope": "World"}, "scope", "not_a_choice"),
    "an unknown urgency": ({"info": [office.info(urgency="Now")]}, "info.0.urgency", "not_a_choice"),
    "an unknown certainty": ({"info": [office.info(certainty="Sure")]}, "info.0.certainty", "not_a_choice"),
    "an unknown category": ({"info": [office.info(category=["Weather"])]}, "info.0.category.0", "not_a_choice"),
    "no category": ({"info": [office.info(category=[])]}, "info.0.category", "too_short"),
    "a language that nobody here writes": ({"info": [office.info(language="fr")]}, "info.0.language", "not_a_choice"),
    "no event": ({"info": [{k: v for k, v in office.info().items() if k != "event"}]}, "info.0.event", "missing"),
    "no headline": (
        {"info": [{k: v for k, v in office.info().items() if k != "headline"}]},
        "info.0.headline",
        "missing",
    ),
    "a time without a zone": ({"info": [office.info(expires="2199-12-31T00:00:00")]}, "info.0.expires", "invalid"),
    "a beginning in Z": ({"info": [office.info(onset="2198-12-31T00:00:00Z")]}, "info.0.onset", "invalid"),
    "a latitude beyond the pole": (
        {"info": [office.info(area=[office.area("95.0,121.3 95.0,121.4 95.1,121.4 95.0,121.3")])]},
        "info.0.area.0.polygon.0",
        "invalid",
    ),
    "a circle drawn inwards": (
        {"info": [office.info(area=[{"areaDesc": "圆", "circle": ["31.4,121.4 -5"]}])]},
        "info.0.area.0.circle.0",
        "invalid",
    ),
    "a code without a value": (
        {"info": [office.info(area=[{"areaDesc": "某镇", "geocode": [{"valueName": "town"}]}])]},
        "info.0.area.0.geocode.0.value",
        "missing",
    ),
    "an address that is none": ({"info": [office.info(web="see our page")]}, "info.0.web", "invalid"),
    "a field that CAP does not have": ({"info": [office.info(colour="orange")]}, "info.0.colour", "unknown_field"),
}


@pytest.mark.parametrize("case", _BAD)
def test_what_is_not_sound_is_refused_with_its_field_and_in_words(server: Server, case: str) -> None:
    fields, field, code = _BAD[case]
    body = refused(server.staff("office").post("/office/alerts", office.message() | fields), 422, "validation")
    assert [(error["field"], error["code"]) for error in body["errors"]] == [(field, code)]
    assert re.search("[\u4e00-\u9fff]", body["errors"][0]["message"])


def test_a_drill_cannot_touch_what_is_real(server: Server) -> None:
    real = office.issue(server)
    form = office.message(msgType="Cancel", references=[real["identifier"]], info=[], status="Exercise")
    body = refused(server.staff("office").post("/office/alerts", form), 422, "validation")
    assert body["errors"][0] == {
        "field": "references.0",
        "code": "mismatch",
        "message": "状态或范围不同的预警不能互相引用：演练动不了真实预警",
    }


def test_a_draft_that_waited_too_long_is_not_issued(server: Server) -> None:
    made = office.draft(server, info=[office.info(expires=office.in_hours(0.5))])
    server.move_clock(3600)
    try:
        refused(
            server.staff("office2").post(f"/office/alerts/{made['id']}/approve"), 409, "guard_failed", guard="expired"
        )
    finally:
        server.move_clock(-3600)


# ── chains ──


def test_an_update_takes_the_place_of_what_it_updates(server: Server) -> None:
    first = office.issue(server)
    second = office.update(server, first, info=[office.info(severity="Severe", area=[office.area(office.GUCUN)])])
    assert second["alert"] == first["alert"]
    now = office.alert(server, first)
    assert (now["state"], now["identifier"], now["towns"]) == ("active", second["identifier"], ["gucun"])
    assert [each["identifier"] for each in now["messages"]] == [second["identifier"], first["identifier"]]
    assert second["references"] == [f"{first['sender']},{first['identifier']},{first['sent']}"]
    assert second["sent"] > first["sent"]


def test_a_cancel_names_the_whole_chain_and_lifts_it(server: Server) -> None:
    first = office.issue(server)
    second = office.update(server, first)
    gone = office.cancel(server, second)
    now = office.alert(server, first)
    assert (now["state"], now["msgType"], now["ended_at"] is not None) == ("lifted", "Cancel", True)
    assert [reference.split(",")[1] for reference in gone["references"]] == [first["identifier"], second["identifier"]]
    assert first["alert"] not in office.listed(server, active="true")
    assert first["alert"] in office.listed(server, active="false")
    form = office.message(msgType="Update", references=[second["identifier"]])
    made = server.staff("office").does("POST", "/office/alerts", form)
    refused(server.staff("office2").post(f"/office/alerts/{made['id']}/approve"), 409, "illegal_state", state="lifted")


def test_a_draft_that_was_overtaken_is_not_issued_unseen(server: Server) -> None:
    first = office.issue(server)
    late = office.draft(server, msgType="Cancel", references=[first["identifier"]], info=[])
    second = office.update(server, first)
    path = f"/office/alerts/{late['id']}"
    body = refused(server.staff("office2").post(f"{path}/approve"), 409, "guard_failed", guard="newer_message")
    assert second["identifier"] in body["detail"]
    names = {"references": [first["identifier"], second["identifier"]]}
    assert server.staff("office").patch(path, names, late["ver"]).ok
    office.approve(server, late)
    assert office.alert(server, first)["state"] == "lifted"


def test_one_update_may_join_two_warnings(server: Server) -> None:
    one, other = office.issue(server), office.issue(server, info=[office.info(area=[office.area(office.GUCUN)])])
    both = office.info(area=[office.area(office.LUODIAN, office.GUCUN)])
    joined = office.update(server, one, other, info=[both])
    kept, merged = office.alert(server, one), office.alert(server, other)
    assert (kept["state"], kept["identifier"], kept["towns"]) == ("active", joined["identifier"], ["gucun", "luodian"])
    assert (merged["state"], merged["merged_into"]) == ("merged", kept["id"])


def test_references_may_be_written_as_cap_does(server: Server) -> None:
    first = office.issue(server)
    triple = f"{first['sender']},{first['identifier']},{first['sent']}"
    assert office.update(server, references=[triple])["alert"] == first["alert"]
    wrong = office.message(msgType="Update", references=[triple.replace(first["sender"], "somebody@else")])
    body = refused(server.staff("office").post("/office/alerts", wrong), 422, "validation")
    assert body["errors"][0]["code"] == "unknown"


# ── on the phone ──


def test_a_phone_shows_the_head_of_the_chain_and_a_cancel_takes_the_banner_away(server: Server) -> None:
    watching, away = server.phone(streams=["pub", "town:luodian"]), server.phone(streams=["pub", "town:luodian"])
    watching.go_online()
    away.go_online()
    away.go_offline()
    first = office.issue(server)
    shown = watching.wait_for(lambda: watching.get("public_alert", first["alert"]))
    assert (shown["identifier"], shown["expires"]) == (first["identifier"], first["info"][0]["expires"])
    second = office.update(server, first)
    watching.wait_for(lambda: watching.get("public_alert", first["alert"])["identifier"] == second["identifier"])
    office.cancel(server, second)
    watching.wait_for(lambda: watching.get("public_alert", first["alert"]) is None)
    away.go_online()
    assert away.get("public_alert", first["alert"]) is None
    assert watching.equals_server()
    assert away.equals_server()
    watching.go_offline()
    away.go_offline()


def test_a_phone_that_saw_only_the_first_shows_no_more_than_the_rest(server: Server) -> None:
    phone = server.phone(streams=["pub", "town:luodian"])
    first = office.issue(server)
    phone.go_online()
    assert phone.get("public_alert", first["alert"])["identifier"] == first["identifier"]
    phone.go_offline()
    office.cancel(server, office.update(server, first))
    phone.go_online()
    assert phone.get("public_alert", first["alert"]) is None
    assert phone.equals_server()
    phone.go_offline()


@pytest.mark.parametrize("status", ["Exercise", "Test", "System", "Draft"])
def test_a_drill_is_on_no_phone_and_in_no_list_of_what_is_real(server: Server, status: str) -> None:
    phone = server.phone(server.citizen(), streams=["pub", "town:luodian"])
    phone.go_online()
    drill = office.issue(server, status=status)
    real = office.issue(server)
    phone.wait_for(lambda: phone.get("public_alert", real["alert"]))
    assert phone.get("public_alert", drill["alert"]) is None
    assert drill["alert"] not in phone.person.get("/inbox?limit=100").text
    assert drill["alert"] not in office.listed(server)
    assert drill["identifier"] not in requests.get(f"{server.url}/cap/feed.atom", timeout=30).text
    assert (drill["alert"] in office.listed(server, drill="true")) == (status != "Draft")
    assert cap_file(server, drill).status_code == (404 if status == "Draft" else 200)
    assert phone.equals_server()
    phone.go_offline()


@pytest.mark.parametrize(
    "scope",
    [{"scope": "Private", "addresses": ["dike@office"]}, {"scope": "Restricted", "restriction": "防汛成员单位"}],
)
def test_what_is_not_for_the_public_is_nowhere_public(server: Server, scope: dict[str, Any]) -> None:
    made = office.issue(server, **scope)
    assert server.anonymous().get(f"/alerts/{made['alert']}").status_code == 404
    assert cap_file(server, made).status_code == 404
    changes = server.anonymous().does("GET", "/sync/digest?stream=pub")
    assert changes["count"] is not None
    assert made["alert"] not in server.anonymous().get("/sync/snapshot?streams=pub").text


def test_a_warning_ends_by_the_clock(server: Server) -> None:
    phone = server.phone(streams=["pub"])
    phone.go_online()
    made = office.issue(server, info=[office.info(expires=office.in_hours(1))])
    longer = office.issue(server, info=[office.info(expires=office.in_hours(1))])
    office.update(server, longer, info=[office.info(expires=office.in_hours(5))])
    phone.wait_for(lambda: phone.get("public_alert", made["alert"]))
    server.move_clock(2 * 3600)
    try:
        assert made["alert"] not in office.listed(server, active="true")
        phone.wait_for(lambda: phone.get("public_alert", made["alert"]) is None)
        assert office.alert(server, made)["state"] == "expired"
        assert office.alert(server, longer)["state"] == "active"
    finally:
        server.move_clock(-2 * 3600)
    phone.go_offline()


# ── for machines ──


def test_each_message_is_a_valid_cap_file(server: Server) -> None:
    english = office.info(language="en", headline="Rainstorm", event="Rainstorm", web="https://example.org/rain")
    chinese = office.info(
        headline="预警 <&> “引号”",
        responseType=["Prepare", "Avoid"],
        onset=office.in_hours(1),
        area=[
            office.area(
                office.LUODIAN, circle=["31.358,121.385 2.5"], geocode=[{"valueName": "town", "value": "yuepu"}]
            )
        ],
    )
    first = office.issue(server, info=[chinese, english], note="仅供核对")
    second = office.update(server, first)
    gone = office.cancel(server, second)
    for made in (first, second, gone):
        answer = cap_file(server, made)
        assert answer.headers["Content-Type"] == "application/cap+xml; charset=utf-8"
        document = etree.fromstring(answer.content)
        SCHEMA.assertValid(document)
        assert document.findtext(f"{CAP}identifier") == made["identifier"]
        again = requests.get(answer.url, headers={"If-None-Match": answer.headers["ETag"]}, timeout=30)
        assert (again.status_code, again.content) == (304, b"")
    document = etree.fromstring(cap_file(server, first).content)
    assert document.findtext(f"{CAP}info/{CAP}headline") == "预警 <&> “引号”"
    assert document.findtext(f"{CAP}info/{CAP}senderName") == "区水务局"
    assert document.findtext(f"{CAP}info/{CAP}area/{CAP}polygon") == office.LUODIAN
    references = etree.fromstring(cap_file(server, gone).content).findtext(f"{CAP}references")
    assert references is not None
    assert len(references.split(" ")) == 2
    assert office.alert(server, first)["messages"][-1]["cap"] == f"/cap/{first['identifier']}.xml"


def test_the_schema_of_the_tests_refuses_what_cap_refuses() -> None:
    good = '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>a</identifier><sender>b</sender>'
    good += "<sent>2026-01-01T00:00:00+08:00</sent><status>Actual</status><msgType>Alert</msgType>"
    good += "<scope>Public</scope></alert>"
    assert SCHEMA.validate(etree.fromstring(good))
    for before, after in (("+08:00", "Z"), ("00+", "00.5+"), ("Actual", "Real"), ("<sender>b</sender>", "")):
        assert not SCHEMA.validate(etree.fromstring(good.replace(before, after)))


def test_the_feed_leads_to_the_files(server: Server) -> None:
    first = office.issue(server)
    second = office.update(server, first)
    answer = requests.get(f"{server.url}/cap/feed.atom", timeout=30)
    assert answer.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    links = [entry.link for entry in feed.entries]
    assert len(links) == len({entry.id for entry in feed.entries})
    assert all(entry.title and entry.updated for entry in feed.entries)
    for made in (first, second):
        link = next(link for link in links if made["identifier"] in link)
        SCHEMA.assertValid(etree.fromstring(requests.get(link, timeout=30).content))
    again = requests.get(answer.url, headers={"If-None-Match": answer.headers["ETag"]}, timeout=30)
    assert again.status_code == 304


def test_nobody_is_told_when_no_colleague_has_looked_but_the_house(server: Server) -> None:
    made = office.draft(
        server, info=[office.info(urgency="Immediate", severity="Extreme", expires=office.in_hours(20))]
    )
    server.staff("office").does("POST", f"/office/alerts/{made['id']}/issue", {"reason": "来不及"})
    server.move_clock(3 * 3600)
    try:
        wait_until(lambda: made["id"] in server.staff("leader").get("/inbox?limit=50").text)
    finally:
        server.move_clock(-3 * 3600)


def test_the_demo_has_warnings_that_hold_one_that_was_lifted_and_a_drill(server: Server) -> None:
    events = {
        name: {
            item["info"][0]["event"]
            for item in server.anonymous().does("GET", "/alerts", params=query)["items"]
            if item["info"]
        }
        for name, query in {
            "held": {"active": "true", "limit": "100"},
            "drills": {"drill": "true", "limit": "100"},
        }.items()
    }
    assert events["held"] >= {"高温", "暴雨"}
    assert "防汛演练" in events["drills"]
    ended = server.anonymous().does("GET", "/alerts", params={"active": "false", "limit": "100"})["items"]
    assert any("大风" in str(item["messages"]) and item["state"] == "lifted" for item in ended)
