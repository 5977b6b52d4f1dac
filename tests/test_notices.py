"""Notices: drafted by one clerk, published by another, read by everybody, withdrawn without a trace of their words."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scenario.people import Person
from scenario.phone import Phone
from tests.media_files import new_photo
from tests.support.server import Server

OFFICE = "wateraffairs"


def draft(server: Server, **fields: Any) -> dict[str, Any]:
    form = {"title": f"停水公告 {uuid.uuid4().hex}", "body": "第一段。\n\n第二段。", "category": "other"}
    return server.staff("office").does("POST", "/office/notices", form | fields)


def publish(server: Server, notice: dict[str, Any]) -> dict[str, Any]:
    return server.staff("office2").does("POST", f"/office/notices/{notice['id']}/publish")


def upload(person: Person) -> str:
    return person.does("POST", "/media", files={"file": ("p.jpg", new_photo(), "image/jpeg")})["id"]


def others_notice(server: Server) -> dict[str, Any]:
    """A notice of another office, from the demo."""
    items = server.anonymous().does("GET", "/notices?limit=100")["items"]
    return next(item for item in items if item["office"]["id"] != OFFICE)


def lists(server: Server, **query: Any) -> list[str]:
    page = server.anonymous().does("GET", "/notices", params={"limit": 100} | query)
    return [item["id"] for item in page["items"]]


def assert_refused(answer: Any, status: int, code: str, **data: Any) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert {name: body.get(name) for name in data} == data


def test_a_notice_is_on_every_phone_once_a_second_person_published_it(server: Server) -> None:
    phone = server.phone(streams=["pub", "town:gucun"])
    phone.go_online()
    notice = draft(server, towns=["gucun"], index_no="BS-SW-1", doc_no="宝水〔2026〕1号")
    assert (notice["state"], notice["office"]["id"], notice["author"]["name"]) == ("draft", OFFICE, "朱慧萍")
    assert server.anonymous().get(f"/notices/{notice['id']}").status_code == 404
    published = publish(server, notice)
    assert (published["state"], published["approved_by"]["name"], published["allowed"]) == (
        "published",
        "龚建平",
        ["correct", "explain", "withdraw"],
    )
    held = phone.wait_for(lambda: phone.get("notice", notice["id"]))
    assert held == phone.wait_for(lambda: phone.get("notice", notice["id"], "town:gucun"))
    assert held == server.anonymous().does("GET", f"/notices/{notice['id']}")
    assert (held["category_name"], held["towns"], held["index_no"]) == ("其他信息", ["gucun"], "BS-SW-1")
    assert [block["html"] for block in held["body"]] == ["<p>第一段。</p>", "<p>第二段。</p>"]
    assert not {"author", "approved_by", "allowed"} & held.keys()
    assert phone.equals_server()
    phone.go_offline()


def test_the_author_does_not_publish_alone(server: Server) -> None:
    notice = draft(server)
    answer = server.staff("office").post(f"/office/notices/{notice['id']}/publish")
    assert_refused(answer, 409, "same_person", guard="second_person")


def test_only_the_author_edits_a_draft(server: Server) -> None:
    notice = draft(server, towns=["gucun"])
    path = f"/office/notices/{notice['id']}"
    assert_refused(
        server.staff("office2").patch(path, {"title": "改"}, notice["ver"]), 409, "guard_failed", guard="author_only"
    )
    edited = server.staff("office").patch(path, {"title": "改", "doc_no": None}, notice["ver"]).json()
    assert (edited["title"], edited["towns"], edited["ver"]) == ("改", ["gucun"], notice["ver"] + 1)
    assert_refused(server.staff("office").patch(path, {"title": "旧"}, notice["ver"]), 412, "stale", ver=edited["ver"])
    assert_refused(server.staff("office").patch(path, {"title": "旧"}), 428, "precondition_required")
    assert_refused(server.staff("office").patch(path, {}, edited["ver"]), 422, "validation")


def test_what_was_edited_meanwhile_is_not_published_unseen(server: Server) -> None:
    notice = draft(server)
    path = f"/office/notices/{notice['id']}"
    server.staff("office").patch(path, {"body": "另一段"}, notice["ver"])
    seen = {"If-Match": f'"{notice["ver"]}"'}
    assert_refused(server.staff("office2").post(f"{path}/publish", headers=dict(seen)), 412, "stale")
    assert server.staff("office2").does("GET", path)["state"] == "draft"


def test_a_published_notice_is_neither_edited_nor_published_again(server: Server) -> None:
    notice = publish(server, draft(server))
    path = f"/office/notices/{notice['id']}"
    moved = {"state": "published", "allowed": ["correct", "explain", "withdraw"]}
    answer = server.staff("office").patch(path, {"title": "x"}, notice["ver"])
    assert_refused(answer, 409, "illegal_state", **moved)
    assert_refused(server.staff("office2").post(f"{path}/publish"), 409, "illegal_state", **moved)


def test_a_draft_is_not_withdrawn(server: Server) -> None:
    notice = draft(server)
    answer = server.staff("office").post(f"/office/notices/{notice['id']}/withdraw", {"reason": "x"})
    assert_refused(answer, 409, "illegal_state", state="draft", allowed=["edit", "submit", "publish"])


def test_a_withdrawn_notice_leaves_a_tombstone_and_no_words(server: Server) -> None:
    word = f"机密{uuid.uuid4().hex}"
    author = server.staff("office")
    picture, paper = upload(author), upload(author)
    body = [{"type": "text", "text": word}, {"type": "image", "media": picture, "caption": word}]
    notice = publish(server, draft(server, title=word, body=body, attachments=[paper], towns=["gucun"]))
    phone = server.phone(streams=["pub", "town:gucun"])
    phone.go_online()
    assert phone.get("notice", notice["id"])["attachments"][0]["id"] == paper
    assert server.anonymous().get(f"/media/{paper}").status_code == 200
    path = f"/office/notices/{notice['id']}/withdraw"
    withdrawn = server.staff("office2").does("POST", path, {"reason": "数据有误"})
    assert word not in str(withdrawn)
    assert phone.wait_for(lambda: phone.get("notice", notice["id"]) is None)
    assert phone.wait_for(lambda: phone.get("notice", notice["id"], "town:gucun") is None)
    assert phone.equals_server()
    phone.go_offline()

    tombstone = server.anonymous().does("GET", f"/notices/{notice['id']}")
    assert (tombstone["state"], tombstone["withdrawn_reason"]) == ("withdrawn", "数据有误")
    assert (tombstone["title"], tombstone["body"], tombstone["attachments"]) == ("", [], [])
    assert word not in server.anonymous().get("/notices", params={"limit": 100}).text
    assert word not in server.anonymous().get("/sync/snapshot", params={"streams": "pub,town:gucun"}).text
    assert word not in server.anonymous().get("/inbox").text
    assert {server.anonymous().get(f"/media/{media}").status_code for media in (picture, paper)} == {404}
    assert_refused(server.staff("office").post(path, {"reason": "再次"}), 409, "illegal_state", state="withdrawn")


def test_a_picture_that_another_notice_shows_stays(server: Server) -> None:
    picture = upload(server.staff("office"))
    body = [{"type": "image", "media": picture}]
    first, second = (publish(server, draft(server, body=body)) for _ in range(2))
    for notice, status in ((first, 200), (second, 404)):
        server.staff("office").does("POST", f"/office/notices/{notice['id']}/withdraw", {"reason": "重发"})
        assert server.anonymous().get(f"/media/{picture}").status_code == status


def test_drafts_are_for_their_office_alone(server: Server) -> None:
    clerk = Phone(server.staff("office2"), [f"desk:notices-{OFFICE}", "pub"])
    clerk.go_online()
    notice = draft(server)
    held = clerk.wait_for(lambda: clerk.get("notice_draft", notice["id"], f"desk:notices-{OFFICE}"))
    assert held == server.staff("office2").does("GET", f"/office/notices/{notice['id']}")
    assert clerk.get("notice", notice["id"]) is None
    publish(server, notice)
    assert clerk.wait_for(lambda: clerk.get("notice_draft", notice["id"], f"desk:notices-{OFFICE}") is None)
    assert clerk.equals_server()
    clerk.go_offline()
    for stranger in (server.anonymous(), server.citizen(), server.staff("staff2"), server.staff("chief")):
        answer = stranger.get("/sync/changes", params={"since": 0, "streams": f"office:{OFFICE}"})
        assert answer.status_code in {401, 403}
        assert stranger.get(f"/office/notices/{notice['id']}").status_code in {401, 403}


def test_an_office_posts_only_for_itself(server: Server) -> None:
    form = {"title": "x", "body": "x", "category": "other", "office": "greening"}
    assert_refused(server.staff("office").post("/office/notices", form), 403, "office_forbidden", office="greening")
    theirs = f"/office/notices/{others_notice(server)['id']}"
    assert server.staff("office").get(theirs).status_code == 404
    assert server.staff("office").patch(theirs, {"title": "x"}, 1).status_code == 404
    assert server.staff("office").post(f"{theirs}/publish").status_code == 404
    assert server.staff("office").post(f"{theirs}/withdraw", {"reason": "x"}).status_code == 404
    assert {item["office"]["id"] for item in server.staff("office").does("GET", "/office/notices")["items"]} == {OFFICE}


@pytest.mark.parametrize("who", ["editor", "dispatcher", "staff", "admin"])
def test_nobody_but_clerks_posts_notices(server: Server, who: str) -> None:
    form = {"title": "x", "body": "x", "category": "other"}
    assert_refused(server.staff(who).post("/office/notices", form), 403, "role_forbidden")
    assert_refused(server.anonymous().post("/office/notices", form), 401, "auth_required")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"category": "其他信息"}, "category"),
        ({"body": ""}, "body"),
        ({"body": []}, "body"),
        ({"body": [{"type": "text", "html": "<script>x</script>"}]}, "body"),
        ({"body": [{"type": "image", "media": "nope"}]}, "body"),
        ({"attachments": ["nope"]}, "attachments"),
        ({"attachments": ["x"] * 21}, "attachments"),
        ({"towns": ["gucun", "atlantis"]}, "towns.1"),
        ({"effective_from": "2026-01-01"}, "effective_from"),
        ({"effective_from": "0001-01-01T00:00:00+14:00"}, "effective_from"),
        ({"effective_to": "9999-12-31T23:59:59-12:00"}, "effective_to"),
        (
            {"effective_from": "2026-01-02T00:00:00+08:00", "effective_to": "2026-01-02T00:00:00+08:00"},
            "effective_to",
        ),
        ({"state": "published"}, "state"),
    ],
)
def test_a_bad_field_is_named(server: Server, fields: dict[str, Any], field: str) -> None:
    answer = server.staff("office").post("/office/notices", {"title": "x", "body": "x", "category": "other"} | fields)
    assert_refused(answer, 422, "validation")
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_somebody_elses_private_picture_is_not_published(server: Server) -> None:
    picture = upload(server.citizen())
    form = {"title": "x", "category": "other", "body": [{"type": "image", "media": picture}]}
    assert_refused(server.staff("office").post("/office/notices", form), 422, "validation")


def test_the_approver_sees_the_pictures_of_the_draft(server: Server) -> None:
    picture = upload(server.staff("office"))
    draft(server, attachments=[picture])
    assert server.staff("office2").get(f"/media/{picture}").status_code == 200
    assert server.citizen().get(f"/media/{picture}").status_code == 404


def test_html_is_cleaned(server: Server) -> None:
    html = '<p onclick="x()">一<script>alert(1)</script><a href="javascript:x">二</a></p>'
    notice = draft(server, body=[{"type": "text", "html": html}])
    assert notice["body"][0]["html"] == '<p>一<a rel="noopener nofollow">二</a></p>'


def test_notices_are_found_by_office_category_town_and_title(server: Server) -> None:
    word = uuid.uuid4().hex
    notice = publish(server, draft(server, title=f"100%_Ab{word}", category="plans", towns=["gucun", "luodian"]))
    found = {"office": OFFICE, "category": "plans", "town": "luodian", "q": f"100%_aB{word}"}
    assert lists(server, **found) == [notice["id"]]
    other = {"office": "greening", "category": "laws", "town": "yuepu", "q": f"100__aB{word}"}
    for name, value in other.items():
        assert notice["id"] not in lists(server, **found | {name: value})
    assert server.anonymous().get("/notices?category=nope").status_code == 422
    assert server.anonymous().get("/notices?town=atlantis").json() == {"items": [], "next": None}


def test_the_list_pages_newest_first_without_gap_or_double(server: Server) -> None:
    for _ in range(3):
        publish(server, draft(server))
    seen: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = server.anonymous().does("GET", "/notices", params=query)
        seen += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len({item["id"] for item in seen}) == len(seen) > 3
    assert [item["published_at"] for item in seen] == sorted((item["published_at"] for item in seen), reverse=True)


def test_dates_come_back_as_the_same_moments(server: Server) -> None:
    begins = datetime(2026, 12, 1, 22, 0, tzinfo=UTC)
    notice = draft(server, effective_from=begins.isoformat(), effective_to=(begins + timedelta(hours=7)).isoformat())
    assert datetime.fromisoformat(notice["effective_from"]) == begins
    path = f"/office/notices/{notice['id']}"
    answer = server.staff("office").patch(path, {"effective_from": "2027-01-01T00:00:00+08:00"}, notice["ver"])
    assert_refused(answer, 422, "validation")
    cleared = server.staff("office").patch(path, {"effective_to": None}, notice["ver"])
    assert (cleared.status_code, cleared.json()["effective_to"]) == (200, None)


def test_a_reader_who_has_the_notice_gets_304(server: Server) -> None:
    notice = publish(server, draft(server))
    first = server.anonymous().get(f"/notices/{notice['id']}")
    again = server.anonymous().get(f"/notices/{notice['id']}", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.headers["ETag"], again.status_code) == (f'"{notice["ver"]}"', 304)
