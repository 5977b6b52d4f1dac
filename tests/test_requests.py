"""A request's way: filed by a citizen, dispatched, handled by an office, rated; every step on the citizen's phone."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.requests.codes import is_code
from scenario.people import Person
from scenario.phone import Phone
from tests.media_files import photo
from tests.support.server import Server

# In the demo `staff` works for wateraffairs, `staff2` for greening; `manhole` belongs to wateraffairs.
OURS, THEIRS = "wateraffairs", "greening"
DAY_S = 86_400


def upload(person: Person) -> str:
    return person.does("POST", "/media", files={"file": ("p.jpg", photo(), "image/jpeg")})["id"]


def filed(citizen: Person, **fields: Any) -> dict[str, Any]:
    form = {"service": "manhole", "title": "井盖松动", "text": "一踩就响。"}
    return citizen.does("POST", "/requests", form | fields)


def desk(server: Server, who: str, case: dict[str, Any], command: str, **form: Any) -> Any:
    return server.staff(who).post(f"/desk/requests/{case['id']}/{command}", form)


def done(server: Server, who: str, case: dict[str, Any], command: str, **form: Any) -> dict[str, Any]:
    return server.staff(who).does("POST", f"/desk/requests/{case['id']}/{command}", form)


def in_progress(server: Server, citizen: Person, **fields: Any) -> dict[str, Any]:
    case = filed(citizen, **fields)
    done(server, "dispatcher", case, "assign", office=OURS, text="内部：请尽快")
    return done(server, "staff", case, "take")


def replied(server: Server, citizen: Person, **fields: Any) -> dict[str, Any]:
    return done(server, "staff", in_progress(server, citizen, **fields), "reply", text="已经修好")


def assert_refused(answer: Any, status: int, code: str, **data: Any) -> None:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert {name: body.get(name) for name in data} == data


def steps(case: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(step["action"], step["state"], step["by"]) for step in case["timeline"]]


def test_every_step_moves_on_the_citizens_phone(server: Server) -> None:
    citizen = server.citizen()
    phone = server.phone(citizen)
    phone.go_online()
    picture = upload(citizen)
    case = filed(citizen, media=[picture], address="菊泉街", lat=31.3642, lon=121.3796, town="gucun")
    assert is_code(case["code"])
    assert case["allowed"] == ["message"]

    def held(state: str) -> Any:
        found = phone.wait_for(
            lambda: (seen := phone.get("request", case["id"], f"user:{citizen.id}")) and seen["state"] == state and seen
        )
        assert found == citizen.does("GET", f"/requests/{case['id']}")
        return found

    assert held("filed")["media"][0]["id"] == picture
    done(server, "dispatcher", case, "accept", text="已收到")
    assert held("accepted")["due"]
    done(server, "dispatcher", case, "assign", office=OURS)
    assert held("assigned")["office"] == {"id": OURS, "name": "区水务局"}
    done(server, "staff", case, "take")
    assert held("in_progress")
    done(server, "staff", case, "reply", text="换了新的")
    assert held("replied")["allowed"] == ["message", "confirm", "rate", "reopen"]
    citizen.does("POST", f"/requests/{case['id']}/rating", {"attitude": 5, "result": 4, "comment": "谢谢"})
    closed = held("closed")
    assert {name: closed["rating"][name] for name in ("attitude", "result", "comment")} == {
        "attitude": 5,
        "result": 4,
        "comment": "谢谢",
    }
    assert steps(closed) == [
        ("file", "filed", "市民本人"),
        ("accept", "accepted", "诉求受理"),
        ("assign", "assigned", "诉求受理"),
        ("take", "in_progress", "区水务局"),
        ("reply", "replied", "区水务局"),
        ("rate", "closed", "市民本人"),
    ]
    assert closed["ver"] == 6
    assert phone.equals_server()
    phone.go_offline()


def test_assigning_what_is_only_filed_accepts_it_first(server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen)
    assigned = done(server, "dispatcher", case, "assign")
    assert [step[:2] for step in steps(assigned)] == [("file", "filed"), ("accept", "accepted"), ("assign", "assigned")]
    # Without an office it goes to the one its service belongs to.
    assert assigned["office"]["id"] == OURS
    assert assigned["due"]


def test_another_citizen_sees_nothing_of_it(server: Server) -> None:
    citizen, other = server.citizen(), server.citizen()
    case = replied(server, citizen)
    path = f"/requests/{case['id']}"
    assert other.get(path).status_code == 404
    assert other.post(f"{path}/messages", {"text": "x"}).status_code == 404
    assert other.post(f"{path}/rating", {"attitude": 1, "result": 1}).status_code == 404
    assert other.post(f"{path}/reopen", {"reason": "x"}).status_code == 404
    assert other.does("GET", "/requests")["items"] == []
    assert [item["id"] for item in citizen.does("GET", "/requests")["items"]] == [case["id"]]
    forbidden = other.get("/sync/changes", params={"since": 0, "streams": f"user:{citizen.id}"})
    assert_refused(forbidden, 403, "stream_forbidden")
    assert case["id"] not in other.get("/sync/snapshot", params={"streams": "pub,user"}).text


def test_the_citizen_reads_no_names_and_no_internal_words(server: Server) -> None:
    citizen = server.citizen()
    case = in_progress(server, citizen, contact="微信 wx-7788-secret")
    done(server, "supervisor", case, "supervise", text="内部：盯紧")
    done(server, "staff", case, "message", text="正在换")
    own = citizen.get(f"/requests/{case['id']}").text
    for hidden in ("内部", "陆根宝", "盛小琴", "严致远", "wx-7788-secret"):
        assert hidden not in own
    assert citizen.does("GET", f"/requests/{case['id']}")["supervised"] is True
    seen = server.staff("staff").does("GET", f"/desk/requests/{case['id']}")
    assert seen["contact"] == "微信 wx-7788-secret"
    assert [step["text"] for step in seen["timeline"]] == [None, None, "内部：请尽快", None, "内部：盯紧", "正在换"]
    assert seen["timeline"][-1]["actor"]["name"] == "陆根宝"


def test_the_contact_is_the_telephone_unless_another_is_given(server: Server) -> None:
    citizen = server.citizen("+8613900777001")
    case = filed(citizen)
    assert case["contact"] == "+861******7001"
    seen = server.staff("dispatcher").does("GET", f"/desk/requests/{case['id']}")
    assert (seen["contact"], seen["citizen"]["id"]) == ("+8613900777001", citizen.id)


def test_a_closed_account_leaves_no_contact_behind(server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen)
    exported = citizen.does("GET", "/me/export")["requests"]
    assert [(item["id"], item["contact"][:3]) for item in exported] == [(case["id"], "+86")]
    citizen.does("DELETE", "/me")
    seen = server.staff("dispatcher").does("GET", f"/desk/requests/{case['id']}")
    assert (seen["contact"], seen["title"], seen["ver"]) == (None, "井盖松动", 2)


def test_an_office_sees_only_what_is_assigned_to_it(server: Server) -> None:
    case = filed(server.citizen())
    path = f"/desk/requests/{case['id']}"
    assert server.staff("staff").get(path).status_code == 404
    phone = Phone(server.staff("staff2"), [f"office:{THEIRS}"])
    phone.go_online()
    done(server, "dispatcher", case, "assign", office=THEIRS)
    assert phone.wait_for(lambda: phone.get("request", case["id"], f"office:{THEIRS}"))
    assert phone.get("request", case["id"], f"office:{THEIRS}") == server.staff("staff2").does("GET", path)
    assert server.staff("staff").get(path).status_code == 404
    for command, form in (
        ("take", {}),
        ("return", {"reason": "x"}),
        ("reply", {"text": "x"}),
        ("message", {"text": "x"}),
    ):
        assert desk(server, "staff", case, command, **form).status_code == 404
    done(server, "staff2", case, "return", reason="不归我们管")
    assert phone.wait_for(lambda: phone.get("request", case["id"], f"office:{THEIRS}") is None)
    assert phone.equals_server()
    assert server.staff("staff2").get(path).status_code == 404
    phone.go_offline()


def test_the_desk_holds_every_request(server: Server) -> None:
    phone = Phone(server.staff("dispatcher"), ["desk:service"])
    phone.go_online()
    case = replied(server, server.citizen())
    held = phone.wait_for(
        lambda: (seen := phone.get("request", case["id"], "desk:service")) and seen["state"] == "replied" and seen
    )
    assert held == server.staff("dispatcher").does("GET", f"/desk/requests/{case['id']}")
    assert held["allowed"] == ["resolve", "message", "supervise"]
    assert "callback" not in held["allowed"], "there are seven days before anybody is called"
    assert phone.equals_server()
    phone.go_offline()


def test_there_is_no_third_return(server: Server) -> None:
    case = filed(server.citizen())
    for _ in range(2):
        done(server, "dispatcher", case, "assign", office=OURS)
        returned = done(server, "staff", case, "return", reason="再看看")
    assert (returned["returns"], returned["custody"][-1]["holder"]) == (2, "supervisor")
    assert returned["allowed"] == ["urgency", "merge", "message", "decide", "supervise"]
    refused = desk(server, "dispatcher", case, "assign", office=OURS)
    assert_refused(refused, 409, "guard_failed", guard="supervisor_decides", allowed=["urgency", "merge"])
    seen = done(server, "supervisor", case, "decide", office=OURS, text="三定方案写明由水务局负责")
    assert seen["allowed"] == ["join", "urgency", "merge", "take", "note", "message", "supervise"]
    assert_refused(desk(server, "staff", case, "return", reason="又来"), 409, "guard_failed", guard="no_third_return")
    done(server, "staff", case, "take")


def test_a_declined_request_tells_why_and_goes_no_further(server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen)
    done(server, "dispatcher", case, "decline", reason="请拨打供电热线")
    own = citizen.does("GET", f"/requests/{case['id']}")
    assert (own["state"], own["timeline"][-1]["text"], own["allowed"]) == ("declined", "请拨打供电热线", [])
    assert_refused(desk(server, "dispatcher", case, "accept"), 409, "illegal_state", state="declined", allowed=[])
    assert_refused(
        citizen.post(f"/requests/{case['id']}/messages", {"text": "为什么"}), 409, "illegal_state", state="declined"
    )


def test_closing_without_an_answer_needs_words(server: Server) -> None:
    case = in_progress(server, server.citizen())
    answer = desk(server, "staff", case, "resolve")
    assert_refused(answer, 422, "validation")
    assert answer.json()["errors"][0]["field"] == "text"
    assert done(server, "staff", case, "resolve", text="当场修好")["state"] == "closed"


def test_a_rating_is_given_once_a_round(server: Server) -> None:
    citizen = server.citizen()
    case = replied(server, citizen)
    path = f"/requests/{case['id']}"
    done(server, "staff", case, "resolve")
    citizen.does("POST", f"{path}/rating", {"attitude": 3, "result": 1})
    again = citizen.post(f"{path}/rating", {"attitude": 5, "result": 5})
    assert_refused(again, 409, "guard_failed", guard="rated_once")
    reopened = citizen.does("POST", f"{path}/reopen", {"reason": "又坏了"})
    assert (reopened["state"], reopened["rating"], reopened["office"]["id"]) == ("in_progress", None, OURS)
    done(server, "staff", case, "reply", text="再修一次")
    rated = citizen.does("POST", f"{path}/rating", {"attitude": 5, "result": 5})
    assert [step["rating"]["result"] for step in rated["timeline"] if step["rating"]] == [1, 5]


def test_messages_go_both_ways_while_it_is_open(server: Server) -> None:
    citizen = server.citizen()
    case = in_progress(server, citizen)
    picture = upload(citizen)
    citizen.does("POST", f"/requests/{case['id']}/messages", {"text": "补一张照片", "media": [picture]})
    done(server, "staff", case, "message", text="收到")
    told = citizen.does("GET", f"/requests/{case['id']}")["timeline"][-2:]
    assert [(step["by"], step["text"]) for step in told] == [("市民本人", "补一张照片"), ("区水务局", "收到")]
    assert told[0]["media"][0]["id"] == picture


def test_pictures_are_for_the_citizen_and_those_who_work_on_it(server: Server) -> None:
    citizen = server.citizen()
    picture = upload(citizen)
    in_progress(server, citizen, media=[picture])
    for person in (citizen, server.staff("dispatcher"), server.staff("supervisor"), server.staff("staff")):
        assert person.get(f"/media/{picture}").status_code == 200
    for person in (server.anonymous(), server.citizen(), server.staff("office")):
        assert person.get(f"/media/{picture}").status_code == 404


def test_a_command_may_name_the_version_it_has_seen(server: Server) -> None:
    case = filed(server.citizen())
    path = f"/desk/requests/{case['id']}/accept"
    done(server, "supervisor", case, "supervise", text="重点")
    stale = server.staff("dispatcher").post(path, headers={"If-Match": f'"{case["ver"]}"'})
    assert_refused(stale, 412, "stale", ver=case["ver"] + 1)
    assert server.staff("dispatcher").post(path, headers={"If-Match": f'"{case["ver"] + 1}"'}).status_code == 200


@pytest.mark.parametrize(
    ("who", "command", "form"),
    [
        ("staff", "accept", {}),
        ("supervisor", "assign", {}),
        ("staff", "decline", {"reason": "x"}),
        ("dispatcher", "take", {}),
        ("dispatcher", "reply", {"text": "x"}),
        ("supervisor", "resolve", {"text": "x"}),
        ("dispatcher", "supervise", {"text": "x"}),
        ("office", "take", {}),
        ("chief", "accept", {}),
    ],
)
def test_each_command_is_for_its_role(server: Server, who: str, command: str, form: dict[str, Any]) -> None:
    case = in_progress(server, server.citizen())
    assert_refused(desk(server, who, case, command, **form), 403, "role_forbidden")
    citizen = server.citizen()
    assert citizen.post(f"/desk/requests/{case['id']}/{command}", form).status_code == 403


def test_staff_file_no_requests_of_their_own(server: Server) -> None:
    form = {"service": "manhole", "title": "x", "text": "x"}
    assert_refused(server.staff("staff").post("/requests", form), 403, "role_forbidden")
    assert_refused(server.anonymous().post("/requests", form), 401, "auth_required")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"service": "nope"}, "service"),
        ({"title": ""}, "title"),
        ({"title": "长" * 101}, "title"),
        ({"text": "a\0b"}, "text"),
        ({"lat": 31.3}, "lon"),
        ({"lon": 121.4}, "lat"),
        ({"lat": 91, "lon": 0}, "lat"),
        ({"lat": "31", "lon": 121}, "lat"),
        ({"lat": 31, "lon": None}, "lon"),
        ({"town": "atlantis"}, "town"),
        ({"media": ["nope"]}, "media"),
        ({"media": ["x"] * 10}, "media"),
        ({"contact": "x" * 61}, "contact"),
        ({"state": "closed"}, "state"),
    ],
)
def test_a_bad_field_is_named(server: Server, fields: dict[str, Any], field: str) -> None:
    citizen = server.citizen()
    answer = citizen.post("/requests", {"service": "manhole", "title": "x", "text": "x"} | fields)
    assert_refused(answer, 422, "validation")
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("rating", [{"attitude": 0, "result": 5}, {"attitude": 5, "result": 6}, {"attitude": 5}])
def test_a_rating_is_from_one_to_five(server: Server, rating: dict[str, int]) -> None:
    citizen = server.citizen()
    case = replied(server, citizen)
    assert_refused(citizen.post(f"/requests/{case['id']}/rating", rating), 422, "validation")


def test_an_office_that_does_not_exist_gets_nothing(server: Server) -> None:
    case = filed(server.citizen())
    assert_refused(desk(server, "dispatcher", case, "assign", office="nope"), 422, "validation")
    seen = server.staff("dispatcher").does("GET", f"/desk/requests/{case['id']}")
    assert (seen["state"], seen["ver"]) == ("filed", 1)


def test_codes_are_never_given_twice(server: Server) -> None:
    citizens = [server.citizen() for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda number: filed(citizens[number % 4])["code"], range(40)))
    assert len(set(codes)) == 40
    assert all(is_code(code) for code in codes)


def test_the_desk_finds_a_request_by_its_code_state_and_office(server: Server) -> None:
    case = in_progress(server, server.citizen())
    dispatcher = server.staff("dispatcher")

    def found(**query: Any) -> list[str]:
        return [item["id"] for item in dispatcher.does("GET", "/desk/requests", params=query)["items"]]

    assert found(code=case["code"], state="in_progress", office=OURS) == [case["id"]]
    assert found(code=case["code"], state="filed") == []
    assert found(code=case["code"], office=THEIRS) == []
    wrong = case["code"][:-1] + str((int(case["code"][-1]) + 1) % 10)
    assert_refused(dispatcher.get("/desk/requests", params={"code": wrong}), 422, "validation")
    assert dispatcher.get("/desk/requests?state=nope").status_code == 422
    offices = {item["office"]["id"] for item in server.staff("staff").does("GET", "/desk/requests?limit=100")["items"]}
    assert offices == {OURS}


def test_what_is_overdue_is_found_until_it_is_answered(make_server: Callable[..., Server]) -> None:
    own = make_server()
    case = in_progress(own, own.citizen())

    def listed(due: str) -> bool:
        items = own.staff("dispatcher").does("GET", "/desk/requests", params={"due": due, "limit": 100})["items"]
        return case["id"] in [item["id"] for item in items]

    assert not listed("overdue")
    own.move_clock(9 * DAY_S)
    assert listed("overdue")
    done(own, "staff", case, "reply", text="迟了，抱歉")
    assert not listed("overdue")


def test_reopening_ends_after_thirty_days(make_server: Callable[..., Server]) -> None:
    own = make_server()
    citizen = own.citizen("+8613900777004")
    early, late = (done(own, "staff", replied(own, citizen), "resolve") for _ in range(2))
    own.move_clock(29 * DAY_S)
    citizen = own.citizen("+8613900777004")
    assert citizen.does("POST", f"/requests/{early['id']}/reopen", {"reason": "又坏"})["state"] == "in_progress"
    own.move_clock(2 * DAY_S)
    citizen = own.citizen("+8613900777004")
    answer = citizen.post(f"/requests/{late['id']}/reopen", {"reason": "又坏"})
    assert_refused(answer, 409, "guard_failed", guard="reopen_window")


def test_neither_words_nor_contact_get_into_history_or_logs(server: Server) -> None:
    word = f"私事{uuid.uuid4().hex}"
    citizen = server.citizen()
    case = in_progress(server, citizen, title=word, text=word, address=word, contact=word)
    citizen.does("POST", f"/requests/{case['id']}/messages", {"text": word})
    assert word not in server.log.read_text(errors="replace")
    assert word not in citizen.get("/inbox").text
    assert server.flask("verify-log").returncode == 0


def test_the_same_key_files_once(server: Server) -> None:
    citizen = server.citizen()
    form = {"service": "manhole", "title": "只要一件", "text": "x"}
    key = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (citizen.post("/requests", form, headers=dict(key)) for _ in range(2))
    assert (first.status_code, first.json()) == (201, again.json())
    assert first.headers["Location"] == f"/api/v1/requests/{first.json()['id']}"
    assert len(citizen.does("GET", "/requests")["items"]) == 1


def test_services_say_who_answers(server: Server) -> None:
    listed = server.anonymous().does("GET", "/services")
    manhole = next(item for item in listed["items"] if item["id"] == "manhole")
    assert manhole["office"] == {"id": OURS, "name": "区水务局"}
    assert (manhole["kind"], listed["next"]) == ("help", None)
    assert re.search("[a-z]", manhole["name_en"])
