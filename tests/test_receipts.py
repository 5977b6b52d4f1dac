"""Receipts, looks, relatives, public twins and statistics: what no other hotline gives its citizens."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from backend.requests.receipts.check import check_file, trusted_keys
from scenario.people import Person
from tests.support.server import Server, wait_until

OURS, HOUR_S = "wateraffairs", 3_600
Thing = dict[str, Any]


@pytest.fixture(scope="module")
def own(make_server: Any) -> Server:
    """A server whose clock this module moves."""
    made: Server = make_server()
    return made


def filed(citizen: Person, **fields: Any) -> Thing:
    form = {"service": "manhole", "title": "井盖松动", "text": "一踩就响。"}
    return citizen.does("POST", "/requests", form | fields)


def step(server: Server, who: str, case: Thing, command: str, **form: Any) -> Thing:
    return server.staff(who).does("POST", f"/desk/requests/{case['id']}/{command}", form)


def replied(server: Server, case: Thing, text: str = "已经修好") -> Thing:
    step(server, "dispatcher", case, "assign", office=OURS, text="内部：请尽快")
    step(server, "staff", case, "take")
    return step(server, "staff", case, "reply", text=text)


def published(server: Server) -> dict[str, str]:
    return trusted_keys(server.anonymous().get("/receipts/keys").text) or {}


# ── receipts ──


def test_each_step_gives_a_receipt_that_anybody_can_check(server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen, text="家里的秘密门牌")
    replied(server, case)
    citizen.does("POST", f"/requests/{case['id']}/rating", {"attitude": 5, "result": 4, "comment": "谢谢"})
    answer = citizen.get(f"/requests/{case['id']}/receipts")
    file = answer.json()
    steps = citizen.get(f"/requests/{case['id']}").json()["timeline"]
    assert [one["action"] for one in file["receipts"]] == [one["action"] for one in steps]
    assert [one["at"] for one in file["receipts"]] == [one["at"] for one in steps]
    assert check_file(answer.text, published(server)).holds is True
    assert check_file(answer.text, None).holds is None
    assert "秘密" not in answer.text
    assert "已经修好" not in answer.text
    assert "attachment" in answer.headers["Content-Disposition"]
    assert file["receipts"][-1]["rating"] == {"attitude": 5, "result": 4}


def test_the_texts_that_the_citizen_may_read_come_on_request_and_are_checked(server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen)
    replied(server, case)
    answer = citizen.get(f"/requests/{case['id']}/receipts", params={"texts": "1"})
    texts = {each["step"]: each["text"] for each in answer.json()["texts"]}
    assert texts[1] == "井盖松动\n\n一踩就响。"
    assert "已经修好" in texts.values()
    assert "内部：请尽快" not in answer.text
    assert check_file(answer.text, published(server)).holds is True
    changed = answer.text.replace("已经修好", "没有修好")
    assert {c.name for c in check_file(changed, published(server)).checks if c.holds is False} == {"whole", "texts"}


def test_nobody_else_gets_the_receipts_nor_the_looks(server: Server) -> None:
    case = filed(server.citizen())
    for what in ("receipts", "looks"):
        assert server.citizen().get(f"/requests/{case['id']}/{what}").status_code == 404
        assert server.staff("dispatcher").get(f"/requests/{case['id']}/{what}").status_code == 403


def test_the_server_checks_for_those_whose_browser_cannot(server: Server) -> None:
    citizen = server.citizen()
    file = citizen.get(f"/requests/{filed(citizen)['id']}/receipts").text
    anybody = server.anonymous()
    found = anybody.does("POST", "/receipts/check", {"file": file})
    assert found["holds"] is True
    assert all(check["words"] for check in found["checks"])
    assert anybody.does("POST", "/receipts/check", {"file": file.replace("filed", "taken")})["holds"] is False
    assert anybody.does("POST", "/receipts/check", {"file": "不是文件"})["holds"] is False


def test_old_keys_stay_published_and_their_receipts_stay_good(own: Server, tmp_path: Any) -> None:
    citizen = own.citizen()
    case = filed(citizen)
    before = citizen.get(f"/requests/{case['id']}/receipts")
    own.flask("rotate-receipt-key")
    step(own, "dispatcher", case, "accept")
    keys = own.anonymous().get("/receipts/keys").json()
    assert keys["current"] != before.json()["key"]
    assert before.json()["key"] in {key["id"] for key in keys["items"]}
    after = citizen.get(f"/requests/{case['id']}/receipts")
    assert [one["key"] for one in after.json()["receipts"]] == [before.json()["key"], keys["current"]]
    for answer in (before, after):
        assert check_file(answer.text, published(own)).holds is True
    # Without a server, from files, with an exit code.
    file, key = tmp_path / "r.json", tmp_path / "keys.json"
    file.write_text(after.text), key.write_text(json.dumps(keys))
    assert own.flask("check-receipt", str(file), "--key", str(key)).returncode == 0
    assert own.flask("check-receipt", str(file), check=False).returncode == 3
    file.write_text(after.text.replace("accept", "decide"))
    told = own.flask("check-receipt", str(file), "--key", str(key), check=False)
    assert told.returncode == 1
    assert "散列不符" in told.stdout


def test_cases_from_before_there_were_receipts_get_theirs(server: Server) -> None:
    demo = server.citizen("+8613800210202")
    (case, *_) = [one for one in demo.get("/requests").json()["items"] if one["title"].startswith("密山二村")]

    def complete() -> bool:
        file = demo.get(f"/requests/{case['id']}/receipts").json()
        return len(file["receipts"]) == len(case["timeline"])

    wait_until(complete)


# ── who looked ──


def test_every_reading_by_the_house_is_on_the_citizens_list_once_an_hour(own: Server) -> None:
    citizen = own.citizen()
    phone = citizen.get("/me").json()["phone"]
    case = filed(citizen)
    step(own, "dispatcher", case, "assign", office=OURS)
    path = f"/desk/requests/{case['id']}"
    for _ in range(3):
        assert own.staff("dispatcher").get(path).ok
        assert own.staff("staff").get(path).ok
    assert own.staff("supervisor").get("/desk/requests", params={"code": case["code"]}).ok
    looks = citizen.get(f"/requests/{case['id']}/looks").json()
    seen = {(one["role"], one["what"]) for one in looks["items"]}
    assert seen == {("dispatcher", "case"), ("service_staff", "case"), ("supervisor", "list")}
    assert len(looks["items"]) == 3
    assert {one["by"] for one in looks["items"] if one["role"] == "service_staff"} == {"区水务局"}
    text = json.dumps(looks, ensure_ascii=False)
    for who in ("dispatcher", "staff", "supervisor"):
        assert own.staff(who).get("/me").json()["name"] not in text
    own.move_clock(HOUR_S + 1)
    assert own.staff("staff").get(path).ok
    # By now the sign-in is too old, and the citizen signs in anew.
    again = own.citizen(phone)
    assert len(again.get(f"/requests/{case['id']}/looks").json()["items"]) == 4


def test_opening_a_screen_is_on_the_list_of_each_case_that_lies_there(server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen)
    staff = server.hire("新来的派单员", "dispatcher", desk="service")
    for _ in range(2):
        assert staff.get("/sync/snapshot", params={"streams": "desk:service"}).ok
    looks = citizen.get(f"/requests/{case['id']}/looks").json()
    assert [(one["what"], one["role"]) for one in looks["items"]] == [("screen", "dispatcher")]
    assert looks["screens"]


def test_suggesting_where_it_goes_is_a_look_at_it_and_at_what_is_like_it(server: Server) -> None:
    words = uuid.uuid4().hex
    first, second = server.citizen(), server.citizen()
    place = {"title": f"密山二村井盖响{words}", "lat": 31.4051, "lon": 121.4893}
    earlier, case = filed(first, **place), filed(second, **place)
    found = server.staff("dispatcher").get(f"/desk/requests/{case['id']}/routing").json()
    assert earlier["id"] in {one["id"] for one in found["duplicates"]}
    for citizen, mine, how in ((first, earlier, "list"), (second, case, "case")):
        looks = citizen.get(f"/requests/{mine['id']}/looks").json()["items"]
        assert [(one["role"], one["what"]) for one in looks] == [("dispatcher", how)]


def test_a_citizen_reading_their_own_case_is_no_look(server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen)
    assert citizen.get(f"/requests/{case['id']}").ok
    assert citizen.get(f"/requests/{case['id']}/looks").json()["items"] == []


# ── relatives ──


def trusting(server: Server) -> tuple[Person, Person, Thing]:
    elder, relative = server.citizen(), server.citizen()
    made = elder.does("POST", "/me/trusted", {"label": "女儿"})
    return elder, relative, relative.does("POST", "/me/trusted-codes", {"code": made["code"]})


def test_a_relative_files_for_an_elder_and_both_see_and_hear_of_it(server: Server) -> None:
    elder, relative, trust = trusting(server)
    case = filed(relative, on_behalf_of=trust["elder"]["id"])
    for person in (elder, relative):
        seen = person.get(f"/requests/{case['id']}").json()
        assert seen["on_behalf"]["label"] == "女儿"
        assert seen["timeline"][0]["by"] == "代办人"
        assert case["id"] in {one["id"] for one in person.get("/requests").json()["items"]}
        assert person.get(f"/requests/{case['id']}/receipts").ok
        assert person.get(f"/requests/{case['id']}/looks").ok
    step(server, "dispatcher", case, "accept")
    for person in (elder, relative):
        about = [bell["about"]["id"] for bell in person.get("/inbox").json()["items"]]
        assert about.count(case["id"]) == 1


def test_the_elder_hides_a_case_and_it_leaves_the_relatives_phone(server: Server) -> None:
    elder, relative, trust = trusting(server)
    case = filed(relative, on_behalf_of=trust["elder"]["id"])
    assert relative.post(f"/requests/{case['id']}/hidden", {"hidden": True}).status_code == 404
    elder.does("POST", f"/requests/{case['id']}/hidden", {"hidden": True})
    assert relative.get(f"/requests/{case['id']}").status_code == 404
    snapshot = relative.get("/sync/snapshot", params={"streams": "user"}).json()
    assert case["id"] not in {item["id"] for item in snapshot["items"]}
    elder.does("POST", f"/requests/{case['id']}/hidden", {"hidden": False})
    assert relative.get(f"/requests/{case['id']}").ok


@pytest.mark.parametrize("by", ["elder", "relative"])
def test_either_ends_it_and_the_relative_sees_nothing_any_more(server: Server, by: str) -> None:
    elder, relative, trust = trusting(server)
    case = filed(relative, on_behalf_of=trust["elder"]["id"])
    {"elder": elder, "relative": relative}[by].does("POST", f"/me/trusted/{trust['id']}/end")
    assert relative.get(f"/requests/{case['id']}").status_code == 404
    assert relative.post(f"/requests/{case['id']}/messages", {"text": "还在吗"}).status_code == 404
    assert relative.get("/requests").json()["items"] == []
    refused = relative.post(
        "/requests", {"service": "manhole", "title": "一", "text": "二", "on_behalf_of": trust["elder"]["id"]}
    )
    assert refused.status_code == 422
    assert elder.get(f"/requests/{case['id']}").ok
    assert elder.post(f"/me/trusted/{trust['id']}/end").json()["code"] == "illegal_state"
    unread = [bell["about"]["id"] for bell in relative.get("/inbox").json()["items"]]
    step(server, "dispatcher", case, "accept")
    assert [bell["about"]["id"] for bell in relative.get("/inbox").json()["items"]] == unread


def test_a_relative_may_ask_by_telephone_and_learns_nothing_from_the_answer(server: Server) -> None:
    elder, relative = server.citizen(), server.citizen()
    phone = elder.get("/me").json()["phone"]
    asked = relative.does("POST", "/me/trusted", {"label": "外孙", "phone": phone})
    nobody = relative.does("POST", "/me/trusted", {"label": "外孙", "phone": "+8613811112222"})
    assert next(
        {k: v for k, v in one.items() if k not in {"id", "created_at", "expires_at"}} for one in (asked, nobody)
    ) == {k: v for k, v in nobody.items() if k not in {"id", "created_at", "expires_at"}}
    assert relative.post(f"/me/trusted/{asked['id']}/accept").status_code == 409
    assert elder.does("POST", f"/me/trusted/{asked['id']}/accept")["state"] == "active"
    assert server.citizen().post(f"/me/trusted/{asked['id']}/end").status_code == 404


def test_a_code_is_good_once_and_not_for_oneself(server: Server) -> None:
    elder = server.citizen()
    code = elder.does("POST", "/me/trusted", {"label": "儿子"})["code"]
    assert elder.post("/me/trusted-codes", {"code": code}).json()["guard"] == "own_invitation"
    server.citizen().does("POST", "/me/trusted-codes", {"code": code})
    assert server.citizen().post("/me/trusted-codes", {"code": code}).status_code == 422


def test_staff_file_for_a_caller_with_consent_who_finds_it_in_the_app(server: Server) -> None:
    caller = server.citizen()
    phone = caller.get("/me").json()["phone"]
    consent = {"how": "phone", "at": "2026-01-02T09:30:00+08:00", "note": "来电录音 0102-17"}
    form = {
        "service": "manhole",
        "title": "井盖松动",
        "text": "电话登记",
        "caller": {"phone": phone},
        "consent": consent,
    }
    made = server.staff("dispatcher").does("POST", "/desk/requests", form)
    seen = caller.get(f"/requests/{made['id']}").json()
    assert seen["on_behalf"]["kind"] == "staff"
    assert seen["on_behalf"]["consent"]["how"] == "phone"
    late = form | {"consent": consent | {"at": "2100-01-02T09:30:00+08:00"}}
    assert server.staff("dispatcher").post("/desk/requests", late).json()["errors"][0]["field"] == "consent.at"


# ── public twins ──


def test_a_twin_is_public_only_after_a_look_and_gone_at_once(server: Server) -> None:
    citizen, anybody, desk = server.citizen(), server.anonymous(), server.staff("dispatcher")
    case = filed(citizen, text="我叫李建国，电话13800210909，密山二村12号楼301室门口的井盖响。", privacy="public_twin")
    assert case["privacy"] == "public_twin"
    assert citizen.get(f"/requests/{case['id']}/twin").json()["waiting"]
    (twin,) = [one for one in desk.get("/desk/twins").json()["items"] if one["request"]["id"] == case["id"]]
    assert "李建国" not in twin["draft"]["text"]
    assert "13800210909" not in twin["draft"]["text"]
    assert {span["kind"] for span in twin["spans"]["text"]} >= {"name", "phone", "address"}
    assert anybody.get(f"/public/requests/{twin['id']}").status_code == 404
    bad = desk.patch(f"/desk/twins/{twin['id']}", {"text": "打13800210909找我"}, twin["ver"]).json()
    assert desk.post(f"/desk/twins/{twin['id']}/approve").json()["guard"] == "still_personal"
    assert desk.patch(f"/desk/twins/{twin['id']}", {"text": "小区里的井盖响。"}, bad["ver"]).ok
    assert desk.post(f"/desk/twins/{twin['id']}/approve").ok
    public = anybody.get(f"/public/requests/{twin['id']}").json()
    assert public["text"] == "小区里的井盖响。"
    assert public["reply"] is None
    assert case["code"] not in json.dumps(public)
    snapshot = anybody.get("/sync/snapshot", params={"streams": "pub"}).json()
    assert twin["id"] in {item["id"] for item in snapshot["items"] if item["kind"] == "public_request"}
    replied(server, case, text="李建国先生，已修好，有事找13900001234。")
    public = anybody.get(f"/public/requests/{twin['id']}").json()
    assert public["state"] == "replied"
    assert public["reply"] is None
    assert desk.post(f"/desk/twins/{twin['id']}/approve").ok
    reply = anybody.get(f"/public/requests/{twin['id']}").json()["reply"]
    assert "已修好" in reply
    assert "13900001234" not in reply
    assert "李建国" not in reply
    citizen.does("POST", f"/requests/{case['id']}/privacy", {"privacy": "private"})
    assert anybody.get(f"/public/requests/{twin['id']}").status_code == 404
    snapshot = anybody.get("/sync/snapshot", params={"streams": "pub"}).json()
    assert twin["id"] not in {item["id"] for item in snapshot["items"]}


def test_a_refused_twin_tells_its_citizen_why(server: Server) -> None:
    citizen, desk = server.citizen(), server.staff("dispatcher")
    case = filed(citizen, privacy="public_twin")
    (twin,) = [one for one in desk.get("/desk/twins").json()["items"] if one["request"]["id"] == case["id"]]
    desk.does("POST", f"/desk/twins/{twin['id']}/refuse", {"reason": "涉及邻里纠纷"})
    assert citizen.get(f"/requests/{case['id']}/twin").json()["refused"] == "涉及邻里纠纷"
    assert desk.post(f"/desk/twins/{twin['id']}/approve").json()["code"] == "illegal_state"


# ── statistics ──


def test_a_claim_counts_beside_what_the_citizen_confirms(own: Server) -> None:
    confirmed, claimed = own.citizen(), own.citizen()
    mine, theirs = filed(confirmed), filed(claimed)
    for case in (mine, theirs):
        replied(own, case)
    confirmed.does("POST", f"/requests/{mine['id']}/rating", {"attitude": 5, "result": 5})
    step(own, "staff", theirs, "resolve")
    found = own.staff("supervisor").get("/desk/statistics", params={"by": "office"}).json()
    rows = {row["id"]: row["marks"] for line in found["items"] for row in line["rows"]}
    assert {"claimed", "confirmed", "satisfied"} <= set(rows[mine["id"]])
    assert "claimed" in rows[theirs["id"]]
    assert "confirmed" not in rows[theirs["id"]]
    for line in found["items"]:
        assert line["numbers"]["filed"] == len(line["rows"])
        for mark, number in line["numbers"].items():
            assert mark == "filed" or number == sum(mark in row["marks"] for row in line["rows"])
    office = own.staff("staff").get("/desk/statistics", params={"by": "office"}).json()
    assert [line["key"] for line in office["items"]] == [OURS]


def test_the_public_gets_no_numbers_about_few(server: Server) -> None:
    found = server.anonymous().get("/statistics/requests", params={"by": "town"}).json()
    for line in found["items"]:
        assert "rows" not in line
        assert all(number is None or number == 0 or number >= found["floor"] for number in line["numbers"].values())


# ── one's own data ──


def test_all_of_it_is_in_the_export_and_relations_end_with_the_account(server: Server) -> None:
    elder, relative, trust = trusting(server)
    case = filed(relative, on_behalf_of=trust["elder"]["id"], privacy="public_twin")
    assert server.staff("dispatcher").get(f"/desk/requests/{case['id']}").ok
    export = elder.get("/me/export").json()
    assert [len(export[part]) for part in ("receipts", "looks", "trusts", "twins")] == [1, 1, 1, 1]
    elder.does("DELETE", "/me")
    assert relative.get(f"/requests/{case['id']}").status_code == 404
    assert relative.get("/me/trusted").json()["items"][0]["state"] == "ended"
