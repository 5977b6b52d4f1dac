"""Stories on the editing desk: leases, versions, late edits, and who may see what. Packages are tested elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from scenario import examine
from tests.media_files import photo
from tests.newsroom.kitchen import BODY, do, exam_of, in_exam, must, refused, story, word
from tests.support.server import Server, wait_until


def path_of(made: dict[str, Any]) -> str:
    return f"/editor/stories/{made['id']}"


# ── E4: two editors at once ──


def test_E4_the_second_of_two_edits_gets_the_difference_and_keeps_its_draft(server: Server) -> None:
    made = story(server)
    first = server.staff("editor").patch(path_of(made), {"summary": "先到的摘要"}, made["ver"])
    assert first.ok
    form = {"summary": "后到的摘要", "headline": made["headline"], "subtitle": "后到的副题"}
    late = server.staff("editor2").patch(path_of(made), form, made["ver"])
    assert (late.status_code, late.json()["code"], late.json()["ver"]) == (412, "stale", first.json()["ver"])
    assert late.json()["diff"] == [
        {"field": "subtitle", "yours": "后到的副题", "theirs": ""},
        {"field": "summary", "yours": "后到的摘要", "theirs": "先到的摘要"},
    ]
    kept = server.staff("editor2").does("GET", f"{path_of(made)}/versions/{late.json()['draft']}")
    assert (kept["branch"], kept["content"], kept["why"]) == (True, form, "stale")
    # Sent again, it is the same draft; nothing of it is in the story.
    again = server.staff("editor2").patch(path_of(made), form, made["ver"])
    assert again.json()["draft"] == late.json()["draft"]
    assert server.staff("editor").does("GET", path_of(made))["summary"] == "先到的摘要"


def test_every_text_is_a_version_with_what_it_changed(server: Server) -> None:
    made = story(server)
    body = [
        BODY[0],
        {"id": "b2", "type": "text", "text": "道路养护同步完成。"},
        {"id": "b3", "type": "text", "text": "感谢谅解。"},
    ]
    edited = server.staff("editor").patch(path_of(made), {"body": body, "priority": 2}, made["ver"]).json()
    assert (edited["text_version"], edited["writers"][-1]["id"]) == (2, server.staff("editor").id)
    versions = server.staff("editor").does("GET", f"{path_of(made)}/versions")["items"]
    assert [(each["number"], each["why"]) for each in versions] == [(2, "edited"), (1, "created")]
    assert versions[0]["content_hash"] == edited["content_hash"]
    whole = server.staff("editor").does("GET", f"{path_of(made)}/versions/{versions[0]['id']}")
    assert {(each["block_id"], each["op"]) for each in whole["changes"]} == {("b3", "add"), ("b2", "change")}
    # What is no text makes no version and voids nothing.
    again = server.staff("editor").patch(path_of(made), {"priority": 1}, edited["ver"]).json()
    assert (again["text_version"], again["ver"]) == (2, edited["ver"] + 1)


# ── leases ──


def test_the_first_picture_is_the_cover_until_somebody_takes_it_away(server: Server) -> None:
    made = story(server)
    picture = server.staff("reporter").does("POST", "/media", files={"file": ("a.jpg", photo(), "image/jpeg")})["id"]
    shown = [*BODY, {"id": "b3", "type": "image", "media": picture, "caption": "抢修现场", "alt": "工人在抢修"}]

    def patched(**fields: Any) -> Any:
        reporter = server.staff("reporter")
        return reporter.patch(path_of(made), fields, reporter.does("GET", path_of(made))["ver"]).json()["cover"]

    assert patched(body=shown)["id"] == picture
    assert patched(cover=None) is None
    assert patched(body=[*shown, {"id": "b4", "type": "text", "text": "感谢谅解。"}]) is None
    assert patched(cover=picture)["id"] == picture


def test_a_lease_keeps_others_out_and_says_who_since_when_and_until_when(server: Server) -> None:
    made = story(server)
    lease = server.staff("editor").does("POST", f"{path_of(made)}/lock", {"reason": "改标题"})
    body = refused(server.staff("editor2").patch(path_of(made), {"summary": "x"}, made["ver"]), 423, "locked")
    assert body["by"]["id"] == server.staff("editor").id
    assert (body["since"], body["expires_at"], body["reason"]) == (lease["since"], lease["expires_at"], "改标题")
    refused(server.staff("editor2").post(f"{path_of(made)}/lock"), 423, "locked")
    assert server.staff("editor").patch(path_of(made), {"summary": "自己的"}, made["ver"]).ok
    assert server.staff("editor").delete(f"{path_of(made)}/lock").status_code == 204
    assert server.staff("editor2").post(f"{path_of(made)}/lock").ok


def test_a_take_over_needs_a_head_and_a_reason_and_loses_nobodys_draft(server: Server) -> None:
    made = story(server)
    server.staff("editor").does("POST", f"{path_of(made)}/lock", {"draft": {"summary": "还没保存的摘要"}})
    refused(server.staff("editor2").post(f"{path_of(made)}/lock/take-over", {"reason": "急"}), 403, "role_forbidden")
    assert server.staff("head").post(f"{path_of(made)}/lock/take-over", {}).status_code == 422
    taken = server.staff("head").does("POST", f"{path_of(made)}/lock/take-over", {"reason": "截稿了"})
    assert (taken["by"]["id"], taken["reason"]) == (server.staff("head").id, "截稿了")
    refused(server.staff("editor").patch(path_of(made), {"summary": "x"}, made["ver"]), 423, "locked")
    (branch,) = [v for v in server.staff("editor").does("GET", f"{path_of(made)}/versions")["items"] if v["branch"]]
    whole = server.staff("editor").does("GET", f"{path_of(made)}/versions/{branch['id']}")
    assert (whole["content"], whole["by"]["id"], whole["why"]) == (
        {"summary": "还没保存的摘要"},
        server.staff("editor").id,
        "take_over",
    )


def test_a_lease_runs_out_after_ten_minutes_and_is_renewed_by_its_heartbeat(make_server: Callable[..., Server]) -> None:
    server = make_server()
    made = story(server)
    server.staff("editor").does("POST", f"{path_of(made)}/lock")
    server.move_clock(9 * 60)
    server.staff("editor").does("POST", f"{path_of(made)}/lock")
    server.move_clock(9 * 60)
    refused(server.staff("editor2").post(f"{path_of(made)}/lock"), 423, "locked")
    server.move_clock(2 * 60)
    assert server.staff("editor2").post(f"{path_of(made)}/lock").ok
    refused(server.staff("editor").patch(path_of(made), {"summary": "x"}, made["ver"]), 423, "locked")


def test_a_lease_never_stops_a_job(make_server: Callable[..., Server]) -> None:
    server = make_server()
    made = story(server)
    server.staff("reporter").does("POST", f"{path_of(made)}/submit")
    examine.sign_off(server.staff, made["id"])
    at = server.staff("chief").does("GET", path_of(made))["signed_at"]
    hour = (datetime.fromisoformat(at) + timedelta(hours=1)).isoformat()
    server.staff("chief").does("POST", f"{path_of(made)}/publish", {"publish_at": hour})
    server.move_clock(3590)
    server.staff("editor").does("POST", f"{path_of(made)}/lock")
    server.move_clock(20)
    wait_until(lambda: server.anonymous().get(f"/articles/{made['id']}").ok)


def test_who_works_on_a_story_arrives_live_and_goes(server: Server) -> None:
    made = story(server)
    phone = server.phone(server.staff("editor2"), ["desk:editing"])
    phone.go_online()
    lease = server.staff("editor").does("POST", f"{path_of(made)}/lock")
    assert phone.wait_for(lambda: phone.get("lock", made["id"], "desk:editing")) == lease
    server.staff("editor").delete(f"{path_of(made)}/lock")
    assert phone.wait_for(lambda: phone.get("lock", made["id"], "desk:editing") is None)
    assert phone.equals_server()
    phone.go_offline()


# ── the rest of a story's life ──


def test_a_story_is_taken_spiked_and_restored(server: Server) -> None:
    made = story(server)
    editor = server.staff("editor")
    assert editor.does("POST", f"{path_of(made)}/take")["state"] == "editing"
    assert editor.does("POST", f"{path_of(made)}/spike", {"reason": "重复"})["state"] == "spiked"
    refused(editor.post(f"{path_of(made)}/submit"), 409, "illegal_state", "state")
    assert editor.does("POST", f"{path_of(made)}/restore")["state"] == "draft"
    refused(server.staff("reporter").post(f"{path_of(made)}/spike"), 403, "role_forbidden")


def test_what_was_handed_in_can_be_taken_back_and_the_examination_is_void(server: Server) -> None:
    made, exam = in_exam(server)
    back = server.staff("editor").does("POST", f"{path_of(made)}/return", {"reason": "还有补充"})
    assert back["state"] == "returned"
    assert exam_of(server, made)["state"] == "void"
    again = server.staff("reporter").does("POST", f"{path_of(made)}/submit")
    assert again["exam"] != exam["id"]


def test_a_signed_story_may_go_to_the_archive_and_come_back_unsigned(server: Server) -> None:
    made, _ = in_exam(server)
    examine.sign_off(server.staff, made["id"])
    assert server.staff("editor").does("POST", f"{path_of(made)}/archive")["state"] == "archived"
    reopened = server.staff("editor").does("POST", f"{path_of(made)}/reopen")
    assert (reopened["state"], reopened["signed_hash"]) == ("draft", None)


def test_shares_sum_to_a_hundred_and_topics_exist(server: Server) -> None:
    reporter = server.staff("reporter")
    form = {"headline": word(), "body": "正文。", "section": "minsheng"}
    lopsided = reporter.post("/editor/stories", form | {"shares": [{"id": reporter.id, "share": 60}]})
    assert [(e["field"], e["code"]) for e in lopsided.json()["errors"]] == [("shares", "sum")]
    unknown = reporter.post("/editor/stories", form | {"topic": "no-such-topic"})
    assert [(e["field"], e["code"]) for e in unknown.json()["errors"]] == [("topic", "unknown")]


def test_a_confidential_story_moves_onto_the_open_desk_when_it_is_live(server: Server) -> None:
    phone = server.phone(server.staff("layout"), ["desk:editing"])
    phone.go_online()
    made, exam = in_exam(server, sensitivity="strict")
    assert exam["policy"] == "strict"
    own = server.phone(server.staff("reporter"))
    own.go_online()
    assert own.wait_for(lambda: own.get("story", made["id"], f"user:{own.person.id}"))["headline"] == made["headline"]
    examine.sign_off(server.staff, made["id"])
    assert phone.get("story", made["id"], "desk:editing") is None
    server.staff("chief").does("POST", f"{path_of(made)}/publish")
    assert phone.wait_for(lambda: phone.get("story", made["id"], "desk:editing"))["state"] == "live"
    for each in (phone, own):
        assert each.equals_server()
        each.go_offline()


def test_a_proofreader_waits_for_an_editor_who_holds_the_lease(server: Server) -> None:
    made, exam = in_exam(server)
    must(server.staff("proof"), f"/kitchen/exams/{exam['id']}/steps/P1/claim")
    server.staff("editor").does("POST", f"{path_of(made)}/lock")
    fix = {"block_id": "b2", "old": "同步", "new": "同时"}
    answer = do(server.staff("proof"), f"/kitchen/exams/{exam['id']}/steps/P1/fix", fix)
    refused(answer, 423, "locked")


def test_what_is_no_text_leaves_a_signature_and_more_strictness_takes_it_off(server: Server) -> None:
    made, _ = in_exam(server)
    signed = examine.sign_off(server.staff, made["id"])
    ranked = server.staff("editor").patch(path_of(made), {"priority": 1}, signed["ver"]).json()
    assert (ranked["state"], ranked["signed_hash"]) == ("approved", signed["signed_hash"])
    strict = server.staff("editor").patch(path_of(made), {"sensitivity": "strict"}, ranked["ver"]).json()
    assert (strict["state"], strict["signed_hash"], strict["content_hash"]) == ("editing", None, signed["content_hash"])
    again = server.staff("reporter").does("POST", f"{path_of(made)}/submit")
    assert exam_of(server, again)["policy"] == "strict"


def test_a_story_that_becomes_strict_in_its_examination_begins_again_with_six_people(server: Server) -> None:
    made, exam = in_exam(server)
    examine.examine(server.staff, exam["id"], until="R2")
    current = server.staff("editor").does("GET", path_of(made))
    assert server.staff("editor").patch(path_of(made), {"sensitivity": "strict"}, current["ver"]).ok
    after = exam_of(server, made)
    assert (after["policy"], after["round"], after["step"]) == ("strict", 2, "P1")
