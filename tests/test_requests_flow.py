"""The longer ways of a request: questions, time, help, merging, call-backs, reviews and doing it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from backend.clock import SHANGHAI
from backend.workdays.rules import LAST_YEAR
from scenario.people import Person
from scenario.phone import Phone
from tests.media_files import pdf
from tests.support.server import Server, wait_until
from tests.test_requests import OURS, THEIRS, assert_refused, desk, done, filed, in_progress, replied

DAY_S = 86_400


def own(citizen: Person, case: dict[str, Any]) -> dict[str, Any]:
    return citizen.does("GET", f"/requests/{case['id']}")


def answers(citizen: Person, case: dict[str, Any], command: str, **form: Any) -> dict[str, Any]:
    return citizen.does("POST", f"/requests/{case['id']}/{command}", form)


def seen_by(server: Server, who: str, case: dict[str, Any]) -> dict[str, Any]:
    return server.staff(who).does("GET", f"/desk/requests/{case['id']}")


def listed(server: Server, who: str = "dispatcher", **query: Any) -> list[str]:
    return [
        item["id"] for item in server.staff(who).does("GET", "/desk/requests", params=query | {"limit": 100})["items"]
    ]


def holders(case: dict[str, Any]) -> list[str]:
    return [held["holder"] for held in case["custody"]]


def bells(citizen: Person, case: dict[str, Any]) -> list[str]:
    items = citizen.does("GET", "/inbox")["items"]
    return [item["title"] for item in items if case["code"] in item["title"]]


def clock(case: dict[str, Any], name: str) -> dict[str, Any]:
    return [each for each in case["clocks"] if each["name"] == name][-1]


# ── declined, answered at once ──


def test_a_declined_request_says_where_to_go(server: Server) -> None:
    citizen = server.citizen()
    reasons = server.staff("dispatcher").does("GET", "/desk/decline-reasons")["items"]
    emergency = next(each for each in reasons if each["code"] == "emergency")
    case = filed(citizen)
    done(server, "dispatcher", case, "decline", reason="燃气泄漏请马上离开并报警", code="emergency")
    told = own(citizen, case)
    assert told["declined"] == emergency
    assert told["timeline"][-1]["text"] == "燃气泄漏请马上离开并报警"
    other = filed(citizen)
    done(server, "dispatcher", other, "decline", reason="这是浦东的路", code="other_district", where="浦东新区12345")
    assert own(citizen, other)["declined"]["where"] == "浦东新区12345"
    refused = desk(server, "dispatcher", filed(citizen), "decline", reason="x", code="because")
    assert_refused(refused, 422, "validation")


def test_a_question_is_answered_at_once_and_nothing_else_is(server: Server) -> None:
    citizen = server.citizen()
    question = filed(citizen, service="schooladmission")
    done(server, "dispatcher", question, "answer", text="九月一日前报名即可")
    told = own(citizen, question)
    assert [(step["action"], step["state"]) for step in told["timeline"]] == [
        ("file", "filed"),
        ("accept", "accepted"),
        ("answer", "replied"),
    ]
    assert told["timeline"][-1]["text"] == "九月一日前报名即可"
    assert answers(citizen, question, "confirm")["state"] == "closed"
    refused = desk(server, "dispatcher", filed(citizen), "answer", text="马上修")
    assert_refused(refused, 409, "guard_failed", guard="consult_only")


def test_a_disputed_answer_of_the_desk_goes_to_the_office(server: Server) -> None:
    citizen = server.citizen()
    question = filed(citizen, service="schooladmission")
    done(server, "dispatcher", question, "answer", text="请看公告")
    again = answers(citizen, question, "reopen", reason="公告里没有")
    assert (again["state"], again["office"]["id"]) == ("in_progress", "education")
    assert seen_by(server, "dispatcher", question)["custody"][-1]["holder"] == "office:education"


# ── returned twice ──


def test_after_two_returns_the_supervisor_decides(server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen)
    assert_refused(
        desk(server, "supervisor", case, "decide", office=OURS, text="x"), 409, "illegal_state", state="filed"
    )
    for office, who in ((OURS, "staff"), (THEIRS, "staff2")):
        done(server, "dispatcher", case, "assign", office=office)
        done(server, who, case, "return", reason="不归我们")
    assert listed(server, "supervisor", decision="true", code=case["code"]) == [case["id"]]
    assert_refused(desk(server, "dispatcher", case, "decide", office=OURS, text="x"), 403, "role_forbidden")
    decided = done(server, "supervisor", case, "decide", office=OURS, text="按三定方案由水务局承办")
    assert (decided["state"], decided["office"]["id"]) == ("assigned", OURS)
    refused = desk(server, "staff", case, "return", reason="还是不归")
    assert_refused(refused, 409, "guard_failed", guard="no_third_return")
    # What is decided within the house is not for the citizen; that it has an office now is.
    assert "三定方案" not in citizen.get(f"/requests/{case['id']}").text
    assert any("已派给承办单位" in title for title in bells(citizen, case))


# ── asked, extended, complex ──


def test_asking_lets_the_clock_stand_until_the_citizen_writes(server: Server) -> None:
    citizen = server.citizen()
    case = in_progress(server, citizen)
    asked = done(server, "staff", case, "ask", text="是哪一块井盖？")
    assert (asked["waiting"], asked["custody"][-1]["holder"]) == (True, "citizen")
    assert clock(asked, "answer")["paused_since"]
    assert listed(server, waiting="true", code=case["code"]) == [case["id"]]
    assert own(citizen, case)["timeline"][-1]["text"] == "是哪一块井盖？"
    assert any("需要您补充" in title for title in bells(citizen, case))
    assert_refused(desk(server, "staff", case, "ask", text="还有？"), 409, "guard_failed", guard="already_waiting")
    told = answers(citizen, case, "messages", text="校门口第二块")
    assert told["waiting"] is False
    done(server, "staff", case, "ask", text="请再发张照片")
    answers(citizen, case, "messages", text="发了")
    refused = desk(server, "staff", case, "ask", text="再问一次")
    assert_refused(refused, 409, "guard_failed", guard="asked_twice")
    assert "ask" not in refused.json()["allowed"]
    seen = seen_by(server, "staff", case)
    assert seen["asks"] == 2
    assert holders(seen)[-5:] == [f"office:{OURS}", "citizen", f"office:{OURS}", "citizen", f"office:{OURS}"]


def test_an_office_may_answer_without_waiting_any_longer(server: Server) -> None:
    case = in_progress(server, server.citizen())
    done(server, "staff", case, "ask", text="在哪里？")
    seen = done(server, "staff", case, "reply", text="巡查时找到了，已修好")
    assert (seen["state"], seen["waiting"], clock(seen, "answer")["paused_since"]) == ("replied", False, None)


def test_time_is_extended_once_and_the_citizen_is_told(server: Server) -> None:
    citizen = server.citizen()
    case = in_progress(server, citizen)
    assert_refused(desk(server, "staff", case, "extend", days=3, reason="x"), 403, "role_forbidden")
    seen = done(server, "supervisor", case, "extend", days=3, reason="要等配件")
    assert (seen["due"] > case["due"], clock(seen, "answer")["limit"]) == (True, 8)
    told = own(citizen, case)
    assert (told["due"], told["timeline"][-1]["text"], told["extended"]) == (seen["due"], "要等配件", True)
    assert any("期限延长" in title for title in bells(citizen, case))
    refused = desk(server, "supervisor", case, "extend", days=1, reason="再等")
    assert_refused(refused, 409, "guard_failed", guard="extended_once")
    assert desk(server, "supervisor", case, "extend", days=99, reason="x").status_code == 422


def test_a_complex_matter_has_fifteen_days(server: Server) -> None:
    case = in_progress(server, server.citizen())
    seen = done(server, "supervisor", case, "complex", reason="要破路")
    answer = clock(seen, "answer")
    assert (answer["limit"], seen["complex"], sum(step["counted"] for step in answer["steps"])) == (15, True, 15)
    refused = desk(server, "supervisor", case, "complex", reason="x")
    assert_refused(refused, 409, "guard_failed", guard="complex_once")


def test_a_due_date_explains_itself_to_the_citizen(server: Server) -> None:
    citizen = server.citizen()
    in_hand = own(citizen, in_progress(server, citizen))
    explained = in_hand["due_explained"]
    assert (explained["due"], explained["steps"][-1]["to"]) == (in_hand["due"], in_hand["due"])
    assert sum(step["counted"] for step in explained["steps"]) == 5
    assert all(left["to"] == right["from"] for left, right in pairwise(explained["steps"]))
    assert explained["steps"][0]["why"] == "起算当日不计"


# ── joint work, urgency, supervision ──


def test_a_helping_office_sees_the_case_and_notes_and_the_leading_one_answers(server: Server) -> None:
    citizen = server.citizen()
    case = in_progress(server, citizen)
    phone = Phone(server.staff("staff2"), [f"office:{THEIRS}"])
    phone.go_online()
    assert desk(server, "staff2", case, "note", text="x").status_code == 404
    joined = done(server, "dispatcher", case, "join", offices=[THEIRS], text="内部：绿化配合移树")
    assert [helper["id"] for helper in joined["helpers"]] == [THEIRS]
    held = phone.wait_for(lambda: phone.get("request", case["id"], f"office:{THEIRS}"))
    assert held["office"]["id"] == OURS
    noted = done(server, "staff2", case, "note", text="内部：明早到场")
    assert (noted["timeline"][-1]["by"], noted["timeline"][-1]["office"]["id"]) == ("区绿化和市容管理局", THEIRS)
    assert desk(server, "staff2", case, "reply", text="x").status_code == 404
    assert listed(server, "staff2", joint="true", code=case["code"]) == [case["id"]]
    done(server, "staff", case, "reply", text="树已移开，井盖修好")
    assert "内部" not in citizen.get(f"/requests/{case['id']}").text
    refused = desk(server, "dispatcher", in_progress(server, citizen), "join", offices=[OURS])
    assert_refused(refused, 409, "guard_failed", guard="helper_leads")
    assert phone.equals_server()
    phone.go_offline()


def test_urgency_is_for_the_desk_to_say(server: Server) -> None:
    case = filed(server.citizen())
    assert case["urgency"] == "normal"
    assert done(server, "dispatcher", case, "urgency", urgency="emergency")["urgency"] == "emergency"
    assert listed(server, urgency="emergency", code=case["code"]) == [case["id"]]
    assert desk(server, "dispatcher", case, "urgency", urgency="whatever").status_code == 422
    assert_refused(desk(server, "staff", case, "urgency", urgency="normal"), 403, "role_forbidden")


def test_a_supervised_request_has_three_days_of_its_own(server: Server) -> None:
    case = in_progress(server, server.citizen())
    seen = done(server, "supervisor", case, "supervise", text="媒体关注")
    assert (clock(seen, "supervise")["limit"], clock(seen, "supervise")["ended_at"]) == (3, None)
    assert seen["due"] == case["due"]
    assert listed(server, supervised="true", code=case["code"]) == [case["id"]]
    closed = done(server, "staff", case, "reply", text="好了")
    assert clock(closed, "supervise")["late"] is False


def test_an_office_has_four_office_hours_to_sign(server: Server) -> None:
    assigned = done(server, "dispatcher", filed(server.citizen()), "assign", office=OURS)
    take = clock(assigned, "take")
    assert (take["unit"], take["limit"]) == ("office_hour", 4)
    assert sum(step["counted"] for step in take["steps"]) == pytest.approx(4, abs=0.05)
    taken = done(server, "staff", assigned, "take")
    assert (clock(taken, "take")["late"], clock(taken, "answer")["ended_at"]) == (False, None)


# ── confirmed, done again, reviewed ──


def test_only_the_citizens_own_word_counts_as_confirmed(server: Server) -> None:
    citizen = server.citizen()
    confirmed, rated, low, claimed = (replied(server, citizen) for _ in range(4))
    answers(citizen, confirmed, "confirm", text="修得好")
    answers(citizen, rated, "rating", attitude=5, result=3)
    answers(citizen, low, "rating", attitude=5, result=2)
    done(server, "staff", claimed, "resolve")
    said = [seen_by(server, "dispatcher", case)["closing"] for case in (confirmed, rated, low, claimed)]
    assert said == ["citizen", "citizen", "office", "office"]
    assert_refused(
        citizen.post(f"/requests/{confirmed['id']}/confirm", {}), 409, "illegal_state", allowed=["rate", "reopen"]
    )
    assert answers(citizen, confirmed, "rating", attitude=4, result=4)["rating"]["result"] == 4


def test_a_redo_has_a_new_due_date_and_another_reviewer(server: Server) -> None:
    citizen = server.citizen()
    colleague = server.hire("顾小舟", "service_staff", office="urbanmanagement")
    first = server.hire("乔木", "service_staff", office="urbanmanagement")
    case = filed(citizen, service="noise")
    path = f"/desk/requests/{case['id']}"
    done(server, "dispatcher", case, "assign")
    first.does("POST", f"{path}/take")
    first.does("POST", f"{path}/reply", {"text": "已劝离"})
    again = answers(citizen, case, "reopen", reason="晚上又响")
    assert (again["state"], sum(step["counted"] for step in again["due_explained"]["steps"])) == ("in_progress", 3)
    seen = seen_by(server, "dispatcher", case)
    assert (seen["reviewer"]["name"], seen["redos"]) == ("顾小舟", 1)
    refused = first.post(f"{path}/reply", {"text": "又劝了"})
    assert_refused(refused, 409, "same_person", guard="other_reviewer")
    assert colleague.does("POST", f"{path}/reply", {"text": "已立案"})["state"] == "replied"


def test_who_is_alone_in_an_office_answers_again_but_does_not_close_it(server: Server) -> None:
    citizen = server.citizen()
    case = replied(server, citizen)
    answers(citizen, case, "reopen", reason="没修好")
    assert seen_by(server, "dispatcher", case)["reviewer"]["name"] == "严致远"
    refused = desk(server, "staff", case, "resolve", text="修好了")
    assert_refused(refused, 409, "same_person", guard="other_reviewer")
    done(server, "staff", case, "reply", text="重新浇筑了井圈")
    assert_refused(desk(server, "staff", case, "resolve"), 409, "same_person", guard="other_reviewer")
    assert answers(citizen, case, "confirm")["state"] == "closed"


def test_a_low_rating_is_looked_into(server: Server) -> None:
    citizen = server.citizen()
    case = replied(server, citizen)
    rated = answers(citizen, case, "rating", attitude=1, result=1, comment="没人来过")
    assert rated["review"] == "open"
    seen = seen_by(server, "supervisor", case)
    assert (seen["custody"][-1]["holder"], clock(seen, "review")["limit"]) == ("supervisor", 3)
    assert listed(server, "supervisor", review="true", code=case["code"]) == [case["id"]]
    assert_refused(desk(server, "dispatcher", case, "review", outcome="upheld", text="x"), 403, "role_forbidden")
    upheld = done(server, "supervisor", case, "review", outcome="upheld", text="现场照片显示已修复")
    assert (upheld["review"], upheld["custody"][-1]["holder"]) == ("upheld", "archive")
    assert own(citizen, case)["timeline"][-1]["text"] == "现场照片显示已修复"
    refused = desk(server, "supervisor", case, "review", outcome="upheld", text="x")
    assert_refused(refused, 409, "guard_failed", guard="review_open")
    other = replied(server, citizen)
    answers(citizen, other, "rating", attitude=1, result=2)
    redone = done(server, "supervisor", other, "review", outcome="redo", text="确未解决，请重办")
    assert (redone["state"], redone["review"], redone["rating"]) == ("in_progress", "redo", None)
    assert any("重办" in title for title in bells(citizen, other))
    assert clock(redone, "review")["ended_at"]


# ── merging ──


def test_answering_the_leading_request_answers_all_and_each_keeps_their_own(server: Server) -> None:
    citizens = [server.citizen() for _ in range(3)]
    leader = done(server, "dispatcher", filed(citizens[0]), "assign", office=OURS)
    followers = [filed(citizen, text=f"私人话{position}") for position, citizen in enumerate(citizens[1:])]
    for follower in followers:
        merged = done(server, "dispatcher", follower, "merge", into=leader["id"], text="内部：同一块井盖")
        assert (merged["state"], merged["merged_into"]) == ("assigned", {"id": leader["id"], "code": leader["code"]})
    assert seen_by(server, "dispatcher", leader)["followers"] == sorted(case["id"] for case in followers)
    done(server, "staff", leader, "take")
    refused = desk(server, "staff", followers[0], "reply", text="x")
    assert_refused(refused, 409, "guard_failed", guard="merged")
    done(server, "staff", leader, "reply", text="三位反映的井盖已更换")
    for citizen, case in zip(citizens[1:], followers, strict=True):
        told = own(citizen, case)
        assert (told["state"], told["merged"], told["timeline"][-1]["text"]) == (
            "replied",
            True,
            "三位反映的井盖已更换",
        )
        assert leader["code"] not in citizen.get(f"/requests/{case['id']}").text
        assert any("有了答复" in title for title in bells(citizen, case))
    # From here each goes on alone: one is content, one is not.
    assert answers(citizens[1], followers[0], "confirm")["state"] == "closed"
    disputed = answers(citizens[2], followers[1], "reopen", reason="我那块没换")
    assert (disputed["state"], disputed["merged"]) == ("in_progress", False)
    assert own(citizens[0], leader)["state"] == "replied"


def test_what_cannot_be_merged_says_why(server: Server) -> None:
    citizen = server.citizen()
    case, leader = filed(citizen), in_progress(server, citizen)
    assert_refused(desk(server, "dispatcher", case, "merge", into=case["id"]), 422, "validation")
    assert_refused(desk(server, "dispatcher", case, "merge", into="no-such-thing"), 422, "validation")
    unaccepted = filed(citizen)
    refused = desk(server, "dispatcher", case, "merge", into=unaccepted["id"])
    assert_refused(refused, 409, "guard_failed", guard="leader_state")
    assert own(citizen, case)["ver"] == 1, "nothing half done"
    done(server, "dispatcher", case, "merge", into=leader["id"])
    other = filed(citizen)
    refused = desk(server, "dispatcher", other, "merge", into=case["id"])
    assert_refused(refused, 409, "guard_failed", guard="leader_merged")
    done(server, "dispatcher", other, "accept")
    refused = desk(server, "dispatcher", leader, "merge", into=other["id"])
    assert_refused(refused, 409, "guard_failed", guard="leads_others")


# ── custody and place ──


def test_the_times_of_all_holders_add_up_to_the_age(server: Server) -> None:
    citizen = server.citizen()
    case = replied(server, citizen)
    answers(citizen, case, "confirm")
    seen = seen_by(server, "dispatcher", case)
    assert holders(seen) == ["desk", f"office:{OURS}", "citizen", "archive"]
    custody = seen["custody"]
    assert custody[0]["from"] == seen["created_at"]
    assert all(left["to"] == right["from"] for left, right in pairwise(custody))
    assert (custody[-1]["to"], custody[-1]["seconds"]) == (None, None)
    begun, closed = (datetime.fromisoformat(custody[at]["from"]) for at in (0, -1))
    # Moments are written in milliseconds, and held in microseconds.
    assert sum(held["seconds"] for held in custody[:-1]) in {
        int((closed - begun + timedelta(milliseconds=ms)).total_seconds()) for ms in (-1, 0, 1)
    }
    told = own(citizen, case)["custody"]
    assert [held["holder"] for held in told] == ["受理台", "区水务局", "市民", "已归档"]
    assert [held["since"] is None for held in told] == [True, True, True, False]


def test_a_place_is_kept_in_wgs84_and_says_its_town(server: Server) -> None:
    citizen = server.citizen()
    plain = filed(citizen, lat=31.3642, lon=121.3796)
    assert (plain["town"], plain["datum"], plain["outside_district"]) == ("gucun", "wgs84", False)
    shifted = filed(citizen, place={"lat": 31.3623, "lon": 121.3841, "datum": "gcj02", "address": "菊泉街"})
    assert shifted["place"] == {name: shifted[name] for name in ("address", "lat", "lon", "datum", "town")}
    assert (shifted["datum"], shifted["address"], shifted["town"]) == ("gcj02", "菊泉街", "gucun")
    assert (shifted["lat"], shifted["lon"]) == (pytest.approx(31.3642, abs=3e-4), pytest.approx(121.3796, abs=3e-4))
    far = filed(citizen, lat=31.23, lon=121.47, town="gucun")
    assert (far["outside_district"], far["town"]) == (True, "gucun")
    assert "不在本区" in far["place_note"]
    for form, field in (
        ({"place": {"lat": 31.3}}, "place.lon"),
        ({"lat": 31.3, "lon": 121.4, "datum": "mars"}, "datum"),
        ({"contact": "1390000"}, "contact"),
        ({"place": {"town": "atlantis"}}, "town"),
    ):
        answer = citizen.post("/requests", {"service": "manhole", "title": "x", "text": "x"} | form)
        assert_refused(answer, 422, "validation")
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_a_document_is_no_photo(server: Server) -> None:
    citizen = server.citizen()
    paper = citizen.does("POST", "/media", files={"file": ("s.pdf", pdf(), "application/pdf")})["id"]
    form = {"service": "manhole", "title": "x", "text": "x", "media": [paper]}
    answer = citizen.post("/requests", form)
    assert_refused(answer, 422, "validation")
    assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [("media.0", "not_a_picture")]


# ── what time does ──


@pytest.fixture(scope="module")
def later(make_server: Callable[..., Server]) -> tuple[Server, str, dict[str, dict[str, Any]]]:
    """A house in which seven days have passed over an answer, an assignment and a question."""
    own_server = make_server()
    phone = "+8613900777101"
    citizen = own_server.citizen(phone)
    cases = {name: replied(own_server, citizen) for name in ("silent", "disputes", "gone", "content")}
    answers(citizen, cases["content"], "confirm")
    cases["unsigned"] = done(own_server, "dispatcher", filed(citizen), "assign", office=OURS)
    cases["asked"] = in_progress(own_server, citizen)
    done(own_server, "staff", cases["asked"], "ask", text="哪里？")
    own_server.move_clock(10 * DAY_S)
    wait_until(lambda: len(listed(own_server, callback="true")) >= 3, 60, pause=0.2)
    return own_server, phone, cases


Later = tuple[Server, str, dict[str, dict[str, Any]]]


def test_a_silent_citizen_is_called_after_seven_days(later: Later) -> None:
    house, phone, cases = later
    wanted = {cases[name]["id"] for name in ("silent", "disputes", "gone")}
    # Whoever is due is found by jobs, which begin when the clock has moved.
    wait_until(lambda: wanted <= set(listed(house, callback="true")))
    due = set(listed(house, callback="true"))
    assert cases["content"]["id"] not in due
    assert holders(seen_by(house, "dispatcher", cases["silent"]))[-1] == "desk"
    closed = done(house, "dispatcher", cases["silent"], "callback", outcome="confirmed", text="电话里说修好了")
    assert (closed["state"], closed["closing"]) == ("closed", "callback")
    redone = done(house, "dispatcher", cases["disputes"], "callback", outcome="disputed", text="说还是响")
    assert (redone["state"], redone["custody"][-1]["holder"]) == ("in_progress", f"office:{OURS}")
    gone = done(house, "dispatcher", cases["gone"], "callback", outcome="unreachable", text="三次无人接听")
    assert (gone["state"], gone["closing"]) == ("closed", "unreachable")
    citizen = house.citizen(phone)
    assert own(citizen, cases["silent"])["timeline"][-1]["text"] == "电话里说修好了"
    assert any("回访" in title for title in bells(citizen, cases["silent"]))


def test_nobody_is_called_before(server: Server) -> None:
    case = replied(server, server.citizen())
    refused = desk(server, "dispatcher", case, "callback", outcome="confirmed", text="x")
    assert_refused(refused, 409, "guard_failed", guard="callback_due")


def test_what_is_not_signed_in_time_is_on_the_list_and_late(later: Later) -> None:
    house, _, cases = later
    case = cases["unsigned"]
    assert case["id"] in listed(house, due="take_overdue")
    taken = done(house, "staff", case, "take")
    assert clock(taken, "take")["late"] is True
    assert case["id"] not in listed(house, due="take_overdue")


def test_while_the_citizen_is_asked_nothing_is_overdue_and_the_due_date_moves(later: Later) -> None:
    house, phone, cases = later
    case = cases["asked"]
    assert case["id"] not in listed(house, due="overdue")
    told = answers(house.citizen(phone), case, "messages", text="校门口")
    assert told["due"] > case["due"]
    explained = told["due_explained"]
    assert explained["steps"][-1]["to"] == explained["due"] == told["due"]
    assert "等待市民补充" in explained["steps"][-1]["why"]


def test_a_year_without_a_calendar_is_provisional_until_it_is_entered(make_server: Callable[..., Server]) -> None:
    house = make_server()
    year = max(LAST_YEAR, datetime.now(SHANGHAI).year)
    to = datetime(year, 12, 29, 10, tzinfo=SHANGHAI) - datetime.now(UTC)
    house.move_clock(to.total_seconds())
    house.staff.cache_clear()
    citizen = house.citizen("+8613900777102")
    case = done(house, "dispatcher", filed(citizen), "accept")
    assert (case["due_provisional"], case["due_explained"]["provisional"]) == (True, True)
    path = f"/desk/workdays/{year + 1}"
    blank = house.staff("admin").does("GET", path)
    assert (blank["ver"], blank["announced"], blank["days"]) == (0, False, [])
    off = [{"day": f"{year + 1}-01-0{day}", "working": False, "why": "元旦放假"} for day in range(1, 8)]
    form = {"announced": True, "source": "国务院办公厅通知", "days": off}
    assert_refused(house.staff("dispatcher").call("PUT", path, json=form), 403, "role_forbidden")
    put = house.staff("supervisor").call("PUT", path, json=form, headers={"If-Match": '"0"'})
    assert put.status_code == 200, put.text
    stale = house.staff("supervisor").call("PUT", path, json=form, headers={"If-Match": '"0"'})
    assert_refused(stale, 412, "stale")
    told = wait_until(lambda: (seen := own(citizen, case)) and not seen["due_provisional"] and seen, 30)
    assert told["due"] > case["due"]
    assert (told["timeline"][-1]["action"], told["due_explained"]["due"]) == ("redate", told["due"])
    assert "元旦放假，不计" in [step["why"] for step in told["due_explained"]["steps"]]
    assert any("重新核定" in title for title in bells(citizen, case))
    twice = form | {"days": [off[0], off[0]]}
    for bad, field in ((twice, "days.1.day"), (form | {"days": [off[0] | {"day": "2019-01-01"}]}, "days.0.day")):
        answer = house.staff("admin").call("PUT", path, json=bad, headers={"If-Match": '"1"'})
        assert_refused(answer, 422, "validation")
        assert [error["field"] for error in answer.json()["errors"]] == [field]
