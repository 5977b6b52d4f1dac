"""三审三校 over HTTP: the checks X1 to X10 of NEWSROOM.md section 4, by name, and what stands around them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from scenario import examine
from scenario.phone import Phone
from tests.media_files import new_photo
from tests.newsroom.kitchen import (
    BODY,
    SOURCE,
    claim,
    do,
    exam_of,
    in_exam,
    must,
    refused,
    states,
    step,
    story,
    take,
    up_to,
    word,
)
from tests.support.server import Server, wait_until
from tests.support.tables import run

URGENT = {
    "headline": "吴淞路段积水",
    "text": "请绕行同济路。",
    "source": {"name": "区防汛办", "kind": "official", "verified": True},
    "reason": "影响出行",
}


def live(server: Server, **fields: Any) -> dict[str, Any]:
    return server.anonymous().get(f"/articles/{fields['id']}").json()


# ── X1, X2: different people ──


def test_X1_one_person_does_not_take_two_reviews_under_one_role_or_two(server: Server) -> None:
    both = server.hire("小王", "editor", "section_head")
    _, exam = in_exam(server)
    up_to(server, exam, "P1")
    take(server, both, exam, "R1")
    take(server, "proof2", exam, "P2")
    refused(claim(server, both, exam, "R2"), 409, "same_person", "reviewers_differ")
    one = server.hire("小王", "editor")
    _, second = in_exam(server)
    take(server, one, second, "P1")
    take(server, "editor2", second, "R1")
    refused(claim(server, one, second, "P2"), 409, "same_person", "proofreaders_differ")


def test_X1_two_accounts_of_one_person_are_one_person(server: Server) -> None:
    first, second = server.hire("小王", "editor"), server.hire("小王", "section_head")
    for person in (first, second):
        run(server, "UPDATE account SET person_id = :key WHERE id = :id", key=f"no:{first.id}", id=person.id)
    _, exam = in_exam(server)
    up_to(server, exam, "P1")
    take(server, first, exam, "R1")
    take(server, "proof2", exam, "P2")
    refused(claim(server, second, exam, "R2"), 409, "same_person", "reviewers_differ")


def test_X1_the_rule_is_asked_again_when_the_step_is_decided(server: Server) -> None:
    first, second = server.hire("小王", "editor"), server.hire("小王", "section_head")
    _, exam = in_exam(server)
    up_to(server, exam, "P1")
    take(server, first, exam, "R1")
    take(server, "proof2", exam, "P2")
    claimed = must(second, f"/kitchen/exams/{exam['id']}/steps/R2/claim")
    for person in (first, second):
        run(server, "UPDATE account SET person_id = :key WHERE id = :id", key=f"no:{first.id}", id=person.id)
    answer = do(second, f"/kitchen/exams/{exam['id']}/steps/R2/pass", {"hash": claimed["content_hash"]})
    refused(answer, 409, "same_person", "reviewers_differ")


def test_X2_the_author_takes_no_step(server: Server) -> None:
    _, exam = in_exam(server, who="editor")
    refused(claim(server, "editor", exam, "P1"), 409, "same_person", "author_takes_no_step")


def test_X2_whoever_changed_a_word_or_gave_a_picture_takes_no_step_either(server: Server) -> None:
    picture = server.staff("editor2").does("POST", "/media", files={"file": ("p.jpg", new_photo(), "image/jpeg")})
    given = {"owner": "融媒体中心", "licence": "own"}
    material = must(
        server.staff("editor2"),
        "/kitchen/materials",
        {"media": picture["id"], "title": "抢修", "rights": given, "subjects": "none"},
    )
    for verb in ("check", "approve"):
        must(server.staff("head"), f"/kitchen/materials/{material['id']}/{verb}")
    body = [*BODY, {"type": "image", "media": picture["id"], "alt": "工人在抢修"}]
    made, exam = in_exam(server, body=body)
    refused(claim(server, "editor2", exam, "P1"), 409, "same_person", "author_takes_no_step")
    changed = server.staff("head").patch(f"/editor/stories/{made['id']}", {"subtitle": "凌晨恢复"}, made["ver"])
    assert changed.ok
    take(server, "proof", exam, "P1")
    take(server, "editor", exam, "R1")
    take(server, "proof2", exam, "P2")
    refused(claim(server, "head", exam, "R2"), 409, "same_person", "author_takes_no_step")


def test_one_person_may_hold_both_steps_of_a_level_but_not_of_two(server: Server) -> None:
    _, exam = in_exam(server)
    take(server, "editor2", exam, "P1")
    take(server, "editor2", exam, "R1")
    refused(claim(server, "editor2", exam, "P2"), 409, "same_person", "proofreaders_differ")
    _, other = in_exam(server)
    take(server, "proof", other, "P1")
    take(server, "editor", other, "R1")
    refused(claim(server, "editor", other, "P2"), 409, "same_person", "one_person_one_level")


# ── X3, X4: a pass binds a hash ──


def test_X3_an_edit_after_R2_voids_the_passes_and_begins_at_P1(server: Server) -> None:
    made, exam = in_exam(server)
    up_to(server, exam, "R2")
    current = server.staff("reporter").does("GET", f"/editor/stories/{made['id']}")
    edited = server.staff("reporter").patch(f"/editor/stories/{made['id']}", {"summary": "供水恢复了"}, current["ver"])
    assert edited.json()["state"] == "in_exam"
    after = exam_of(server, made)
    assert {each["name"]: each["state"] for each in after["earlier"]} == dict.fromkeys(examine.STEPS, "stale")
    assert (after["step"], after["round"], after["state"]) == ("P1", 2, "open")
    assert states(after) == {"P1": "open", **dict.fromkeys(examine.STEPS[1:], "waiting")}
    assert after["content_hash"] == edited.json()["content_hash"]
    assert [(each["field"], each["after"]) for each in after["changes"]] == [("summary", "供水恢复了")]


def test_X3_a_pass_over_a_text_that_was_not_read_is_refused(server: Server) -> None:
    _, exam = in_exam(server)
    claim(server, "proof", exam, "P1")
    answer = do(server.staff("proof"), f"/kitchen/exams/{exam['id']}/steps/P1/pass", {"hash": "0" * 64})
    refused(answer, 409, "guard_failed", "hash")


def test_X4_a_proofreader_mends_a_few_characters_and_the_passes_stay(server: Server) -> None:
    made, exam = in_exam(server)
    up_to(server, exam, "R1")
    claim(server, "proof2", exam, "P2")
    fix = {"block_id": "b2", "old": "同步完成", "new": "同时完成"}
    fixed = must(server.staff("proof2"), f"/kitchen/exams/{exam['id']}/steps/P2/fix", fix)
    assert states(fixed) | {"P2": "claimed"} == states(fixed)
    assert (step(fixed, "P1")["state"], step(fixed, "R1")["state"], fixed["round"]) == ("passed", "passed", 1)
    (edit,) = step(fixed, "P2")["edits"]
    assert (edit["old"], edit["new"], edit["after"], edit["voided"]) == (
        "同步完成",
        "同时完成",
        fixed["content_hash"],
        None,
    )
    examine.pass_step(server.staff("proof2"), fixed, "P2")
    for who, name in (("head", "R2"), ("proof3", "P3"), ("chief", "R3")):
        signed = take(server, who, exam, name)
    assert signed["state"] == "signed"
    assert signed["signed_hash"] == fixed["content_hash"] == step(signed, "R3")["hash"]
    text = server.staff("chief").does("GET", f"/editor/stories/{made['id']}")
    assert "同时完成" in text["body"][1]["html"]
    assert "proof2" not in [writer["id"] for writer in text["writers"]]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("3处", "4处", "number"),
        ("王小明", "王晓明", "name"),
        ("11月20日", "11月21日", "date"),
        ("水管", "水" + "管" * 22, "length"),
    ],
    ids=["number", "name", "date", "length"],
)
def test_X4_a_change_that_carries_meaning_voids_the_passes(server: Server, old: str, new: str, why: str) -> None:
    body = [{"id": "b1", "type": "text", "text": "区水务局工程师王小明介绍，11月20日共抢修3处水管。"}, BODY[1]]
    made, exam = in_exam(server, body=body)
    up_to(server, exam, "R1")
    assert claim(server, "proof2", exam, "P2").ok
    fix = {"block_id": "b1", "old": old, "new": new}
    voided = must(server.staff("proof2"), f"/kitchen/exams/{exam['id']}/steps/P2/fix", fix)
    assert (voided["round"], voided["step"]) == (2, "P1")
    earlier = {each["name"]: each for each in voided["earlier"]}
    assert {each["state"] for each in earlier.values()} == {"stale"}
    assert earlier["P2"]["edits"][0]["voided"] == why
    refused(claim(server, "proof2", exam, "P1"), 409, "same_person", "author_takes_no_step")
    assert new in server.staff("chief").does("GET", f"/editor/stories/{made['id']}")["body"][0]["html"]


def test_X4_the_twenty_characters_are_of_the_step_and_not_of_each_change(server: Server) -> None:
    _, exam = in_exam(
        server, body=[{"id": "b1", "type": "text", "text": "道路已经恢复畅通，行人可以放心通过，养护还在继续进行。"}]
    )
    claim(server, "proof", exam, "P1")
    path = f"/kitchen/exams/{exam['id']}/steps/P1/fix"
    must(server.staff("proof"), path, {"block_id": "b1", "old": "道路已经恢复畅通", "new": "路面现在已经通畅"})
    must(server.staff("proof"), path, {"block_id": "b1", "old": "行人可以放心通过", "new": "过往请各位慢慢走"})
    third = must(server.staff("proof"), path, {"block_id": "b1", "old": "养护还在继续进行", "new": "后面接着会做养护"})
    assert third["round"] == 2
    assert third["earlier"][0]["edits"][-1]["voided"] == "length"


# ── X5, X6 ──


def test_X5_the_administrator_signs_nothing(server: Server) -> None:
    _, exam = in_exam(server)
    up_to(server, exam, "P3")
    refused(claim(server, "admin", exam, "R3"), 403, "role_forbidden")
    refused(claim(server, "proof", exam, "R3"), 403, "role_forbidden")
    boss = server.hire("小王", "admin", "reporter")
    refused(claim(server, boss, exam, "R3"), 403, "role_forbidden")


def test_X6_nothing_is_published_without_a_signature_on_any_channel(server: Server) -> None:
    made = story(server)
    package = must(server.staff("editor"), "/kitchen/packages", {"story": made["id"]})
    refused(server.staff("chief").post(f"/editor/stories/{made['id']}/publish"), 409, "exam_required", "signed_hash")
    assert len(package["renditions"]) == 5
    for rendition in package["renditions"]:
        answer = do(server.staff("chief"), f"/kitchen/renditions/{rendition['id']}/publish")
        assert (answer.status_code, answer.json()["code"]) == (409, "exam_required"), rendition["kind"]
    assert server.anonymous().get(f"/articles/{made['id']}").status_code == 404


# ── X7: the aids ──


def test_X7_a_block_word_is_found_however_it_is_hidden(make_server: Callable[..., Server]) -> None:
    server = make_server()
    blocked = word()
    entry = {
        "text": "敏感词例甲",
        "kind": "sensitive",
        "level": "block",
        "category": "样例",
        "why": "样例词，不得刊发。",
    }
    sample = {"text": "这里有敏感词例甲。", "expect": ["sensitive"]}
    draft = must(server.staff("proof"), "/kitchen/dictionary", {"note": "加一个样例词"})
    path = f"/kitchen/dictionary/{draft['id']}"
    changed = must(server.staff("proof"), f"{path}/changes", {"words": [entry], "samples": [sample]}, draft["ver"])
    refused(do(server.staff("chief"), f"{path}/activate"), 409, "guard_failed", "tested")
    tested = must(server.staff("proof"), f"{path}/test")
    assert tested["test"]["passed"], [case for case in tested["test"]["cases"] if not case["ok"]]
    refused(do(server.staff("proof"), f"{path}/activate"), 403, "role_forbidden")
    head = must(server.staff("head"), f"{path}/changes", {"words": []}, tested["ver"])
    must(server.staff("head"), f"{path}/test")
    refused(do(server.staff("head"), f"{path}/activate"), 409, "same_person", "activator_is_not_editor")
    active = must(server.staff("chief"), f"{path}/activate")
    assert (active["state"], active["number"], changed["words"] <= head["words"]) == ("active", 1, True)
    hidden = [{"id": "b1", "type": "text", "text": f"{blocked}有人写敏\u200b感-词 例*甲。"}]
    made, exam = in_exam(server, body=hidden)
    report = must(server.staff("reporter"), f"/editor/stories/{made['id']}/check")
    (finding,) = [each for each in report["findings"] if each["rule"] == "sensitive"]
    assert (finding["level"], finding["block_id"], report["dictionary_version"]) == ("block", "b1", 1)
    assert finding["text"] == "敏\u200b感-词 例*甲"
    up_to(server, exam, "P3")
    body = refused(claim(server, "chief", exam, "R3"), 409, "guard_failed", "no_block")
    assert [each["id"] for each in body["findings"]] == [finding["id"]]


def test_activating_a_dictionary_scans_what_is_live(make_server: Callable[..., Server]) -> None:
    server = make_server()
    odd = word()
    made = story(server, body=f"这里写着{odd}三个字。")
    examine.publish(server.staff, made["id"])
    draft = must(server.staff("proof"), "/kitchen/dictionary", {"note": "复扫"})
    entry = {"text": odd, "kind": "sensitive", "level": "block", "category": "样例"}
    path = f"/kitchen/dictionary/{draft['id']}"
    phone = server.phone(server.staff("monitor"), ["desk:monitoring"])
    phone.go_online()
    must(server.staff("proof"), f"{path}/changes", {"words": [entry]}, draft["ver"])
    must(server.staff("proof"), f"{path}/test")
    must(server.staff("chief"), f"{path}/activate")
    monitor = server.staff("monitor")
    (hit,) = wait_until(lambda: monitor.does("GET", "/kitchen/scan-hits?version=1")["items"])
    assert hit["article"] == made["id"]
    assert phone.wait_for(lambda: phone.get("scan_hit", hit["id"], "desk:monitoring")) == hit
    board = server.staff("duty").does("GET", "/kitchen/board")
    assert made["id"] in [alarm["about"]["id"] for alarm in board["escalations"] if alarm["kind"] == "scan_hit"]
    phone.go_offline()


def test_every_warning_is_fixed_or_kept_with_a_reason(server: Server) -> None:
    _, exam = in_exam(server, body=[{"id": "b1", "type": "text", "text": "热线电话13800138000，欢迎来电。"}])
    claim(server, "proof", exam, "P1")
    path = f"/kitchen/exams/{exam['id']}/steps/P1/pass"
    form: dict[str, Any] = {"hash": exam["content_hash"]}
    body = refused(do(server.staff("proof"), path, form), 409, "guard_failed", "warnings_resolved")
    (finding,) = body["findings"]
    assert finding["rule"] == "phone"
    form["findings"] = [{"id": finding["id"], "resolution": "fixed"}]
    assert do(server.staff("proof"), path, form).json()["errors"][0]["code"] == "not_fixed"
    form["findings"] = [{"id": finding["id"], "resolution": "kept"}]
    assert do(server.staff("proof"), path, form).json()["errors"][0]["field"] == "findings.0.reason"
    form["findings"] = [{"id": finding["id"], "resolution": "kept", "reason": "单位公布的热线"}]
    passed = must(server.staff("proof"), path, form)
    assert step(passed, "P1")["findings"][0]["reason"] == "单位公布的热线"
    # What one has kept with a reason is not asked of the next again.
    claim(server, "editor2", exam, "R1")
    assert must(server.staff("editor2"), f"/kitchen/exams/{exam['id']}/steps/R1/pass", {"hash": exam["content_hash"]})


# ── X8: the fast lane ──


def opened(server: Server, who: str = "editor", **fields: Any) -> dict[str, Any]:
    return server.staff(who).does("POST", "/editor/breaking", URGENT | {"headline": f"积水{word()}"} | fields)


def test_X8_one_signature_of_a_duty_chief_is_enough_and_never_the_authors(server: Server) -> None:
    own = opened(server, who="duty")
    refused(server.staff("duty").post(f"/editor/breaking/{own['id']}/sign"), 409, "same_person", "signer_is_not_writer")
    signed = server.staff("chief").does("POST", f"/editor/breaking/{own['id']}/sign")
    assert (signed["state"], signed["signed_hash"]) == ("live", signed["content_hash"])
    assert live(server, id=own["id"])["confirmed"] is False
    exam = exam_of(server, signed)
    assert (exam["state"], exam["opener"]["name"]) == ("live_unconfirmed", step_name(server, "duty"))
    assert states(exam) == {
        "P1": "open",
        "R1": "waiting",
        "P2": "waiting",
        "R2": "waiting",
        "P3": "waiting",
        "R3": "passed",
    }


def step_name(server: Server, username: str) -> str:
    return str(server.staff(username).does("GET", "/me")["name"])


def test_X8_a_review_by_others_confirms_it(server: Server) -> None:
    made = server.staff("duty").does("POST", f"/editor/breaking/{opened(server)['id']}/sign")
    exam = exam_of(server, made)
    for who, name in (("proof", "P1"), ("editor2", "R1"), ("proof2", "P2"), ("head", "R2")):
        take(server, who, exam, name)
    refused(claim(server, "duty", exam, "P3"), 409, "same_person", "author_takes_no_step")
    reviewed = take(server, "proof3", exam, "P3")
    assert reviewed["state"] == "confirmed"
    assert live(server, id=made["id"])["confirmed"] is True


def test_X8_a_review_that_is_late_is_on_the_board_and_told_the_leader(make_server: Callable[..., Server]) -> None:
    server = make_server()
    made = server.staff("duty").does("POST", f"/editor/breaking/{opened(server)['id']}/sign")
    server.move_clock(29 * 60)
    assert not [each for each in escalations(server) if each["kind"] == "fast_lane_overdue"]
    server.move_clock(2 * 60)
    wait_until(lambda: overdue(server, made))
    bells = wait_until(lambda: [b for b in bells_of(server, "leader") if b["about"]["id"] == made["exam"]])
    assert "后审" in bells[0]["text"]
    assert exam_of(server, made)["overdue_at"]
    second = server.staff("duty").does("POST", f"/editor/breaking/{opened(server)['id']}/sign")
    server.move_clock(31 * 60)
    wait_until(lambda: overdue(server, second))
    third = opened(server)
    body = refused(
        server.staff("duty").post(f"/editor/breaking/{third['id']}/sign"),
        409,
        "fast_lane_suspended",
        "fast_lane_opener",
    )
    assert body["until"]
    assert server.staff("chief").post(f"/editor/breaking/{third['id']}/sign").ok
    server.move_clock(7 * 86400)
    assert server.staff("duty").post(f"/editor/breaking/{opened(server)['id']}/sign").ok


def escalations(server: Server) -> list[dict[str, Any]]:
    return server.staff("duty").does("GET", "/kitchen/board")["escalations"]


def overdue(server: Server, made: dict[str, Any]) -> bool:
    return any(e["kind"] == "fast_lane_overdue" and e["about"]["id"] == made["exam"] for e in escalations(server))


def bells_of(server: Server, username: str) -> list[dict[str, Any]]:
    return server.staff(username).does("GET", "/inbox?limit=50")["items"]


def test_X8_a_failed_review_opens_a_correction_by_itself(server: Server) -> None:
    made = server.staff("duty").does("POST", f"/editor/breaking/{opened(server)['id']}/sign")
    exam = exam_of(server, made)
    claim(server, "proof", exam, "P1")
    why = {"category": "fact", "comment": "路名写错了"}
    must(server.staff("proof"), f"/kitchen/exams/{exam['id']}/steps/P1/return", why)
    current = server.staff("duty").does("GET", f"/editor/stories/{made['id']}")
    assert (current["correction"]["state"], current["correction"]["category"]) == ("open", "fact")
    assert made["id"] in [e["about"]["id"] for e in escalations(server) if e["kind"] == "correction_needed"]
    examine.correct(server.staff, made["id"], {"body": "请绕行友谊路。", "note": "路名有误"}, signer="chief")
    assert exam_of(server, made)["state"] == "corrected"
    assert made["id"] not in [e["about"]["id"] for e in escalations(server) if e["kind"] == "correction_needed"]
    assert [note["note"] for note in live(server, id=made["id"])["corrections"]] == ["路名有误"]


@pytest.mark.parametrize(
    ("fields", "guard"),
    [
        ({"source": {"name": "微信群", "kind": "citizen", "verified": True}}, "verified_source"),
        ({"source": {"name": "群里", "kind": "citizen"}}, "verified_source"),
        ({"targets": ["app", "newspaper"]}, "fast_channels"),
        ({"text": "请拨打身份证号11010519491231002X登记。"}, "no_block"),
    ],
    ids=["one citizen", "unverified", "newspaper", "block"],
)
def test_X8_the_fast_lane_has_its_conditions(server: Server, fields: dict[str, Any], guard: str) -> None:
    refused(server.staff("editor").post("/editor/breaking", URGENT | fields), 409, "guard_failed", guard)


def test_X8_two_independent_verified_sources_will_do(server: Server) -> None:
    one, other = ({"name": name, "kind": "interview", "verified": True} for name in ("目击者甲", "目击者乙"))
    assert (
        server.staff("editor").post("/editor/breaking", URGENT | {"source": one, "sources": [other]}).status_code == 201
    )


# ── X9, X10 ──


def test_X9_a_strict_story_is_not_signed_by_five_people(server: Server) -> None:
    made, exam = in_exam(server, **{"class": "time_political"})
    assert exam["policy"] == "strict"
    take(server, "proof", exam, "P1")
    take(server, "editor2", exam, "R1")
    take(server, "proof2", exam, "P2")
    take(server, "head", exam, "R2")
    refused(claim(server, "chief", exam, "P3"), 403, "role_forbidden")
    both = server.hire("小王", "editor", "chief_editor")
    take(server, both, exam, "P3")
    refused(claim(server, both, exam, "R3"), 409, "same_person", "six_people")
    signed = take(server, "chief", exam, "R3")
    assert signed["state"] == "signed"
    assert len({each["actor"]["person"] for each in signed["steps"]}) == 6
    # Those who have no part in it do not see it before it is live; its author does.
    for outsider in ("reporter2", "layout"):
        assert server.staff(outsider).get(f"/editor/stories/{made['id']}").status_code == 404
        assert server.staff(outsider).get(f"/kitchen/exams/{exam['id']}").status_code == 404
        assert made["id"] not in server.staff(outsider).get("/editor/stories?limit=100").text
    assert server.staff("reporter").get(f"/editor/stories/{made['id']}").ok


def test_X10_the_examination_alone_proves_who_did_what_to_which_hash(server: Server) -> None:
    made, exam = in_exam(server)
    up_to(server, exam, "R3")
    proven = exam_of(server, made)
    assert [each["name"] for each in proven["steps"]] == list(examine.STEPS)
    for each in proven["steps"]:
        assert each["state"] == "passed"
        assert each["hash"] == proven["signed_hash"]
        assert each["actor"]["person"]
        assert each["claimed_at"] <= each["decided_at"]
        assert each["read_ms"] == 60_000
    passes = [event for event in proven["proof"] if event["type"] == "exam.passed"]
    assert [(event["actor"]["id"], event["data"]["step"]) for event in passes] == [
        (each["actor"]["id"], each["name"]) for each in proven["steps"]
    ]
    assert {event["data"]["text_hash"] for event in passes} == {proven["signed_hash"]}
    assert [event["seq"] for event in proven["proof"]] == sorted(event["seq"] for event in proven["proof"])
    assert "exam.signed" in {event["type"] for event in proven["proof"]}
    assert server.flask("verify-log").stdout.startswith("完整")


# ── around them ──


def test_a_return_names_a_category_and_a_block_and_goes_to_the_editor(server: Server) -> None:
    made, exam = in_exam(server)
    up_to(server, exam, "P1")
    claim(server, "editor2", exam, "R1")
    path = f"/kitchen/exams/{exam['id']}/steps/R1/return"
    bad = do(server.staff("editor2"), path, {"category": "taste", "comment": "不好"})
    assert bad.json()["errors"][0]["field"] == "category"
    bad = do(server.staff("editor2"), path, {"category": "fact", "comment": "x", "block_id": "nowhere"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "block_id")
    returned = must(server.staff("editor2"), path, {"category": "fact", "comment": "时间再核", "block_id": "b1"})
    assert (returned["state"], step(returned, "R1")["block_id"]) == ("returned", "b1")
    back = server.staff("reporter").does("GET", f"/editor/stories/{made['id']}")
    assert (back["state"], back["reason"]) == ("returned", "时间再核")
    body = [{"id": "b1", "type": "text", "text": "水务局昨夜抢修爆裂的水管，清晨恢复供水。"}, BODY[1]]
    edited = server.staff("reporter").patch(f"/editor/stories/{made['id']}", {"body": body}, back["ver"]).json()
    assert edited["state"] == "editing"
    again = server.staff("reporter").does("POST", f"/editor/stories/{made['id']}/submit")
    assert again["exam"] == exam["id"]
    second = exam_of(server, again)
    assert (second["round"], second["step"]) == (2, "P1")
    assert [(each["block_id"], each["op"]) for each in second["changes"]] == [("b1", "change")]
    assert len(second["earlier"]) == 6


def test_a_rejected_story_is_spiked_and_may_be_restored(server: Server) -> None:
    made, exam = in_exam(server)
    up_to(server, exam, "R1")
    claim(server, "proof2", exam, "P2")
    why = {"category": "orientation", "comment": "不宜刊发"}
    refused(
        do(server.staff("proof2"), f"/kitchen/exams/{exam['id']}/steps/P2/reject", why),
        409,
        "guard_failed",
        "reject_level",
    )
    must(server.staff("proof2"), f"/kitchen/exams/{exam['id']}/steps/P2/release")
    up = take(server, "proof2", exam, "P2")
    claim(server, "head", up, "R2")
    rejected = must(server.staff("head"), f"/kitchen/exams/{exam['id']}/steps/R2/reject", why)
    assert rejected["state"] == "rejected"
    assert server.staff("reporter").does("GET", f"/editor/stories/{made['id']}")["state"] == "spiked"
    assert server.staff("editor").does("POST", f"/editor/stories/{made['id']}/restore")["state"] == "draft"


def test_a_step_is_done_by_who_holds_it_and_may_be_taken_back_by_a_head(server: Server) -> None:
    _, exam = in_exam(server)
    path = f"/kitchen/exams/{exam['id']}/steps/P1"
    refused(do(server.staff("proof"), f"{path}/pass", {"hash": exam["content_hash"]}), 409, "illegal_state", "state")
    assert claim(server, "proof", exam, "P1").ok
    refused(claim(server, "proof2", exam, "P1"), 409, "illegal_state", "state")
    answer = do(server.staff("proof2"), f"{path}/pass", {"hash": exam["content_hash"]})
    refused(answer, 409, "guard_failed", "step_is_yours")
    refused(do(server.staff("proof2"), f"{path}/reclaim", {"reason": "下班了"}), 403, "role_forbidden")
    freed = must(server.staff("head"), f"{path}/reclaim", {"reason": "下班了"})
    assert step(freed, "P1") | {"state": "open", "actor": None} == step(freed, "P1")
    refused(claim(server, "editor2", exam, "R1"), 409, "illegal_state", "state")


def test_an_expert_advises_once_by_a_link_and_passes_nothing(server: Server) -> None:
    _, exam = in_exam(server)
    asked = must(
        server.staff("editor2"),
        f"/kitchen/exams/{exam['id']}/opinions",
        {"expert": "水务专家", "question": "说法准确吗？"},
    )
    path = asked["url"].removeprefix("/api/v1")
    nobody = server.anonymous()
    read = nobody.does("GET", path)
    assert (read["question"], "抢修" in read["text"]) == ("说法准确吗？", True)
    assert nobody.post(path, {"text": "准确。"}).status_code == 204
    assert nobody.get(path).status_code == nobody.post(path, {"text": "再说一遍"}).status_code == 404
    after = server.staff("chief").does("GET", f"/kitchen/exams/{exam['id']}")
    assert (after["opinions"][0]["text"], after["step"]) == ("准确。", "P1")
    assert path.rpartition("/")[2] not in server.log.read_text(errors="replace")


def test_a_step_that_waits_too_long_is_told_the_heads(make_server: Callable[..., Server]) -> None:
    server = make_server()
    _, exam = in_exam(server)
    server.move_clock(21 * 60)
    wait_until(lambda: [e for e in escalations(server) if e["kind"] == "exam_sla" and e["about"]["id"] == exam["id"]])
    take(server, "proof", exam, "P1")
    assert not [e for e in escalations(server) if e["kind"] == "exam_sla" and e["about"]["id"] == exam["id"]]


def at_step(phone: Phone, exam: dict[str, Any], name: str) -> dict[str, Any] | None:
    held: dict[str, Any] | None = phone.get("exam", exam["id"], "desk:examination")
    return held if held is not None and held["step"] == name else None


def test_every_step_arrives_live_on_the_examiners_desk(server: Server) -> None:
    phone = server.phone(server.staff("proof"), ["desk:examination"])
    phone.go_online()
    _, exam = in_exam(server)
    assert phone.wait_for(lambda: phone.get("exam", exam["id"], "desk:examination"))["step"] == "P1"
    take(server, "proof", exam, "P1")
    held = phone.wait_for(lambda: at_step(phone, exam, "R1"))
    fresh = server.staff("proof").does("GET", f"/kitchen/exams/{exam['id']}")
    assert held == {name: value for name, value in fresh.items() if name in held}
    assert phone.equals_server()
    phone.go_offline()


def test_a_command_without_a_key_is_told_so_and_with_one_is_done_once(server: Server) -> None:
    _, exam = in_exam(server)
    path = f"/kitchen/exams/{exam['id']}/steps/P1/claim"
    answer = server.staff("proof").post(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "key_required")
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first = server.staff("proof").post(path, headers=dict(key))
    again = server.staff("proof").post(path, headers=dict(key))
    assert (first.status_code, again.json()) == (200, first.json())
    assert SOURCE["verified"]


# ── what one may claim ──


def test_everybody_is_told_which_steps_they_may_take_and_else_why_not(server: Server) -> None:
    _, exam = in_exam(server)

    def claim_of(who: str) -> dict[str, Any]:
        found = server.staff(who).does("GET", "/kitchen/exams/claims")["items"]
        return next(each for each in found if each["id"] == exam["id"])

    assert (claim_of("proof")["step"], claim_of("proof")["may"]) == ("P1", True)
    assert claim_of("head")["code"] == "role_forbidden"
    must(server.staff("proof"), f"/kitchen/exams/{exam['id']}/steps/P1/claim")
    assert (claim_of("proof")["mine"], claim_of("proof")["may"]) == (True, False)
    assert claim_of("proof2")["code"] == "illegal_state"
    must(server.staff("proof"), f"/kitchen/exams/{exam['id']}/steps/P1/release")
    take(server, "proof", exam, "P1")
    take(server, "editor2", exam, "R1")
    barred = claim_of("proof")
    refusal = refused(claim(server, "proof", exam, "P2"), 409, "same_person", "proofreaders_differ")
    assert (barred["may"], barred["detail"], barred["needs"]) == (False, refusal["detail"], refusal["needs"])
