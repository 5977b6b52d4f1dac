"""The editor API, from a draft to every phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from scenario.examine import publish, sign_off
from scenario.people import Person
from tests.support.server import Server, wait_until

BODY = "第一段，讲发生了什么。\n\n第二段，讲居民怎么办。"


def draft(editor: Person, **fields: Any) -> dict[str, Any]:
    form = {
        "headline": "顾村公园加开夜场",
        "summary": "周末延长到九点",
        "body": BODY,
        "section": "minsheng",
        "class": "livelihood",
        "sources": [{"name": "公园管理处", "kind": "official", "verified": True}],
    }
    return editor.does("POST", "/editor/stories", form | fields)


def published(server: Server, **fields: Any) -> dict[str, Any]:
    return publish(server.staff, draft(server.staff("editor"), **fields)["id"])


def submitted(server: Server, **fields: Any) -> dict[str, Any]:
    story = draft(server.staff("editor"), **fields)
    return server.staff("editor").does("POST", f"/editor/stories/{story['id']}/submit")


def test_a_story_goes_from_draft_to_live_and_onto_a_phone(server: Server) -> None:
    phone = server.phone()
    phone.go_online()
    story = published(server)
    assert story["state"] == "live"
    assert story["signed_hash"] == story["content_hash"]
    article = phone.wait_for(lambda: phone.get("article", story["id"]))
    assert article["headline"] == "顾村公园加开夜场"
    assert article == server.anonymous().does("GET", f"/articles/{story['id']}")
    assert phone.equals_server()
    phone.go_offline()


def test_a_story_that_nobody_signed_is_not_published(server: Server) -> None:
    story = draft(server.staff("editor"))
    path = f"/editor/stories/{story['id']}/publish"
    for state in ("draft", "in_exam"):
        answer = server.staff("chief").post(path)
        assert (answer.status_code, answer.json()["code"], answer.json()["guard"]) == (
            409,
            "exam_required",
            "signed_hash",
        )
        assert answer.json()["state"] == state
        if state == "draft":
            server.staff("editor").does("POST", f"/editor/stories/{story['id']}/submit")
    assert server.anonymous().get(f"/articles/{story['id']}").status_code == 404


def test_an_edit_of_a_signed_story_takes_the_signature_off(server: Server) -> None:
    signed = sign_off(server.staff, submitted(server)["id"])
    assert (signed["state"], signed["signed_hash"]) == ("approved", signed["content_hash"])
    path = f"/editor/stories/{signed['id']}"
    edited = server.staff("editor").patch(path, {"headline": "改了标题"}, signed["ver"])
    assert (edited.json()["state"], edited.json()["signed_hash"]) == ("editing", None)
    answer = server.staff("chief").post(f"{path}/publish")
    assert (answer.status_code, answer.json()["code"]) == (409, "exam_required")
    assert "submit" in answer.json()["allowed"]
    assert server.staff("chief").does("GET", f"/kitchen/exams/{signed['exam']}")["state"] == "void"


@pytest.mark.parametrize(
    ("fields", "guard"),
    [
        ({"sources": []}, "source"),
        ({"sources": [{"name": "群里", "kind": "citizen", "verified": False}]}, "verified_source"),
    ],
    ids=["no source", "none verified"],
)
def test_a_story_leaves_editing_only_with_a_verified_source(server: Server, fields: Any, guard: str) -> None:
    story = draft(server.staff("editor"), **fields)
    answer = server.staff("editor").post(f"/editor/stories/{story['id']}/submit")
    assert (answer.status_code, answer.json()["code"], answer.json()["guard"]) == (409, "guard_failed", guard)
    assert answer.json()["needs"]


def test_an_edit_needs_the_version_it_edits(server: Server) -> None:
    story = draft(server.staff("editor"))
    path = f"/editor/stories/{story['id']}"
    assert server.staff("editor").call("PATCH", path, json={"summary": "x"}).status_code == 428
    assert server.staff("editor").patch(path, {"summary": "一"}, story["ver"]).status_code == 200
    stale = server.staff("editor2").patch(path, {"summary": "二"}, story["ver"])
    assert (stale.status_code, stale.json()["ver"]) == (412, story["ver"] + 1)


@pytest.mark.parametrize("missing", ["headline", "body", "section"])
def test_a_story_without_its_essentials_is_refused_by_field(server: Server, missing: str) -> None:
    form = {"headline": "标题", "body": "正文", "section": "minsheng"}
    del form[missing]
    answer = server.staff("editor").post("/editor/stories", form)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(missing, "missing")]


def test_script_is_cleaned_out_of_a_body(server: Server) -> None:
    html = '<p onclick="x()">好<script>alert(1)</script><a href="javascript:x()">链</a></p>'
    story = published(server, body=[{"type": "text", "html": html}])
    article = server.anonymous().does("GET", f"/articles/{story['id']}")
    assert article["body"][0]["html"] == '<p>好<a rel="noopener nofollow">链</a></p>'


def test_a_scheduled_story_goes_live_at_its_hour_and_not_before(make_server: Any) -> None:
    server = make_server()
    story = sign_off(server.staff, submitted(server)["id"])
    at = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    planned = server.staff("chief").does("POST", f"/editor/stories/{story['id']}/publish", {"publish_at": at})
    assert planned["state"] == "scheduled"
    assert server.anonymous().get(f"/articles/{story['id']}").status_code == 404
    server.move_clock(2 * 3600 - 60)
    assert server.anonymous().get(f"/articles/{story['id']}").status_code == 404
    server.move_clock(120)
    wait_until(lambda: server.anonymous().get(f"/articles/{story['id']}").ok)


def test_a_correction_is_shown_and_a_withdrawal_leaves_no_text(server: Server) -> None:
    phone = server.phone()
    phone.go_online()
    story = published(server, headline="原来的标题有错")
    change = {"headline": "改对的标题", "note": "标题中的数字有误"}
    drafted = server.staff("editor").does("POST", f"/editor/stories/{story['id']}/correct", change)
    assert (drafted["headline"], drafted["correction"]["state"]) == ("原来的标题有错", "drafted")
    assert [each["after"] for each in drafted["correction"]["changes"]] == ["改对的标题"]
    assert server.anonymous().does("GET", f"/articles/{story['id']}")["headline"] == "原来的标题有错"
    corrected = server.staff("chief").does("POST", f"/editor/stories/{story['id']}/correct/sign")
    assert (corrected["headline"], corrected["correction"]) == ("改对的标题", None)
    assert corrected["signed_hash"] == corrected["content_hash"]
    article = phone.wait_for(lambda: (phone.get("article", story["id"]) or {}).get("corrections"))
    assert article[0]["note"] == "标题中的数字有误"
    server.staff("duty").does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "事实有误"})
    assert phone.wait_for(lambda: phone.get("article", story["id"]) is None)
    gone = server.anonymous().get(f"/articles/{story['id']}")
    assert (gone.status_code, gone.json()["code"]) == (410, "withdrawn")
    assert "改对的标题" not in gone.text
    feed = server.anonymous().does("GET", "/feed?limit=50")
    assert story["id"] not in [card["id"] for card in feed["items"]]
    phone.go_offline()


def test_nobody_signs_a_correction_of_their_own(server: Server) -> None:
    story = published(server)
    path = f"/editor/stories/{story['id']}/correct"
    change = {"headline": "改对的标题", "note": "有误"}
    undrafted = server.staff("duty").post(f"{path}/sign")
    assert (undrafted.status_code, undrafted.json()["guard"]) == (409, "correction_drafted")
    server.staff("duty").does("POST", path, change)
    own = server.staff("duty").post(f"{path}/sign")
    assert (own.status_code, own.json()["code"]) == (409, "same_person")
    assert server.staff("editor").post(f"{path}/sign").status_code == 403
    assert server.anonymous().does("GET", f"/articles/{story['id']}")["headline"] == story["headline"]
    assert server.staff("chief").does("POST", f"{path}/sign")["headline"] == "改对的标题"


def test_a_drafted_correction_can_be_given_up(server: Server) -> None:
    story = published(server)
    path = f"/editor/stories/{story['id']}/correct"
    server.staff("editor").does("POST", path, {"headline": "写错了", "note": "有误"})
    assert server.staff("head").does("POST", f"{path}/drop")["correction"] is None
    assert server.staff("chief").post(f"{path}/sign").json()["guard"] == "correction_drafted"


def test_breaking_news_needs_one_other_person_and_no_more(server: Server) -> None:
    form = {
        "headline": "暴雨红色预警",
        "text": "请勿外出。",
        "source": {"name": "区气象台", "verified": True},
        "reason": "突发",
    }
    opened = server.staff("editor").does("POST", "/editor/breaking", form)
    assert opened["state"] == "fast_open"
    assert server.staff("editor").post(f"/editor/breaking/{opened['id']}/sign").status_code == 403
    signed = server.staff("duty").does("POST", f"/editor/breaking/{opened['id']}/sign")
    assert signed["state"] == "live"
    article = server.anonymous().does("GET", f"/articles/{opened['id']}")
    assert (article["breaking"], article["confirmed"]) == (True, False)


def test_breaking_news_without_a_verified_source_is_refused(server: Server) -> None:
    form = {"headline": "听说", "text": "有人说。", "source": {"name": "群里"}, "reason": "突发"}
    answer = server.staff("editor").post("/editor/breaking", form)
    assert (answer.status_code, answer.json()["guard"]) == (409, "verified_source")


def test_the_same_key_gives_the_same_story(server: Server) -> None:
    form = {"headline": "只要一篇", "body": "正文", "section": "minsheng"}
    key = {"Idempotency-Key": f"key-{datetime.now(UTC).timestamp()}"}
    first = server.staff("editor").post("/editor/stories", form, headers=dict(key))
    again = server.staff("editor").post("/editor/stories", form, headers=dict(key))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = server.staff("editor").post("/editor/stories", form | {"headline": "另一篇"}, headers=dict(key))
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_the_feed_pages_without_gap_or_double(server: Server) -> None:
    whole = [card["id"] for card in server.anonymous().does("GET", "/feed?limit=100")["items"]]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": 7} | ({"cursor": cursor} if cursor else {})
        page = server.anonymous().does("GET", "/feed", params=query)
        seen += [card["id"] for card in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert set(whole) <= set(seen)


def test_a_reader_who_has_the_article_gets_304(server: Server) -> None:
    story = published(server)
    first = server.anonymous().get(f"/articles/{story['id']}")
    again = server.anonymous().get(f"/articles/{story['id']}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_command_without_fields_needs_no_body(server: Server) -> None:
    story = draft(server.staff("editor"))
    url, token = f"{server.url}/api/v1/editor/stories/{story['id']}", server.staff("editor").token
    submitted = requests.post(f"{url}/submit", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert submitted.status_code == 200
    assert submitted.json()["state"] == "in_exam"
    missing = requests.post(f"{url}/return", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    assert missing.status_code == 415
