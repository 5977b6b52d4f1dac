"""Consents with versions, the rule for children, and who of the house looked at whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from backend.privacy.rules import NOTICE_VERSION, of_age_on
from scenario.people import Person
from tests.community.people import article, number
from tests.privacy.guarding import agree as agree_as_guardian
from tests.privacy.guarding import ask_guardian, guard, some_phone
from tests.support.server import Server, wait_until
from tests.support.tables import run

DAY_S = 86_400
GUARDIAN = {"name": "王大明", "phone": "13812345678", "code": "000000"}


def agree(person: Person, purpose: str, **form: Any) -> Any:
    return person.put(f"/me/consents/{purpose}", {"version": NOTICE_VERSION} | form)


def test_agreeing_withdrawing_and_agreeing_again_is_written_down(server: Server) -> None:
    citizen = server.citizen()
    assert citizen.does("GET", "/me/consents") == {"version": NOTICE_VERSION, "asks": ["notice"], "items": []}
    first = agree(citizen, "notice").json()
    assert agree(citizen, "notice").json() == first, "twice is once"
    assert citizen.does("GET", "/me/consents")["asks"] == []
    assert citizen.delete("/me/consents/notice").status_code == 204
    held = citizen.does("GET", "/me/consents")
    assert held["asks"] == ["notice"]
    assert [each["withdrawn_at"] is None for each in held["items"]] == [False]
    assert citizen.delete("/me/consents/notice").status_code == 404
    agree(citizen, "notice")
    exported = citizen.does("GET", "/me/export")["consents"]
    assert [(each["purpose"], each["withdrawn_at"] is None) for each in exported] == [
        ("notice", True),
        ("notice", False),
    ]
    assert server.citizen().does("GET", "/me/consents")["items"] == []


@pytest.mark.parametrize(
    ("purpose", "form", "status", "field"),
    [
        ("notice", {"version": "2020-01"}, 422, "version"),
        ("notice", {"guardian": GUARDIAN}, 422, "guardian"),
        ("guardian", {}, 422, "guardian"),
        ("guardian", {"guardian": {"name": "王大明", "code": "000000"}}, 422, "guardian.phone"),
        ("guardian", {"guardian": {"name": "王大明", "phone": "13812345678"}}, 422, "guardian.code"),
        ("guardian", {"guardian": GUARDIAN | {"phone": "12"}}, 422, "phone"),
        ("everything", {}, 404, None),
    ],
)
def test_what_cannot_be_agreed_to_is_named(
    server: Server, purpose: str, form: dict[str, Any], status: int, field: str | None
) -> None:
    refused = agree(server.citizen(), purpose, **form)
    assert refused.status_code == status
    assert [error["field"] for error in refused.json().get("errors", [])] == ([field] if field else [])


# ── children ──


def born_years_ago(server: Server, years: int, days: int = 0) -> str:
    today = (server.now() + timedelta(hours=8)).date()
    try:
        day = today.replace(year=today.year - years)
    except ValueError:
        day = today.replace(year=today.year - years, day=28)
    return number((day + timedelta(days=days)).strftime("%Y%m%d"))


def prove(person: Person, id_number: str) -> Any:
    return person.put("/me/identity", {"name": "小明", "id_number": id_number})


def test_a_child_needs_its_guardian_to_be_verified_and_to_comment(server: Server) -> None:
    child, about = server.citizen(), article(server)
    mine = born_years_ago(server, 14, days=1)
    refused = prove(child, mine)
    assert (refused.status_code, refused.json()["guard"]) == (409, "guardian_needed")
    guard(child, some_phone())
    assert prove(child, mine).status_code == 202
    wait_until(lambda: child.does("GET", "/me/identity")["state"] == "verified")
    assert [each["purpose"] for each in child.does("GET", "/me/consents")["items"]] == ["real_name", "guardian"]
    assert child.post("/comments", {"article": about, "text": "好"}).status_code == 201
    child.does("DELETE", "/me/consents/guardian")
    refused = child.post("/comments", {"article": about, "text": "还好"})
    assert (refused.status_code, refused.json()["guard"]) == (409, "guardian_needed")


def test_a_guardian_agrees_by_the_code_on_their_own_telephone_and_by_nothing_else(server: Server) -> None:
    child, phone = server.citizen(), some_phone()

    def told(answer: Any) -> list[tuple[str, str]]:
        return [(error["field"], error["code"]) for error in answer.json().get("errors", [])]

    assert told(agree_as_guardian(child, phone, "123456")) == [("guardian.code", "spent")], "nobody was asked"
    code = ask_guardian(child, phone)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert told(agree_as_guardian(child, phone, wrong)) == [("guardian.code", "wrong")]
    assert told(agree_as_guardian(child, some_phone(), code)) == [("guardian.code", "spent")], "another telephone"
    assert told(agree_as_guardian(server.citizen(), phone, code)) == [("guardian.code", "spent")], "another child"
    signing_in = server.anonymous().post("/auth/tokens", {"grant": "sms", "phone": phone, "code": code})
    assert signing_in.json()["code"] == "code_expired", "whoever asked a guardian does not become them"
    given = agree_as_guardian(child, phone, code)
    assert given.json()["guardian"] == {"name": "王大明", "phone": f"•••• {phone[-4:]}"}
    assert agree_as_guardian(child, phone, code).json() == given.json(), "twice is once"
    assert told(agree_as_guardian(child, phone, code, name="王小明")) == [("guardian.code", "spent")]
    assert phone not in child.get("/me/export").text
    signed_in = server.anonymous().does("POST", "/auth/codes", {"phone": phone})["demo_code"]
    assert told(agree_as_guardian(child, phone, signed_in, name="王小明")) == [("guardian.code", "spent")]


def test_a_wrong_code_counts_although_it_is_refused(server: Server) -> None:
    child, phone = server.citizen(), some_phone()
    code = ask_guardian(child, phone)
    for _ in range(5):
        agree_as_guardian(child, phone, f"{(int(code) + 1) % 10**6:06d}")
    assert agree_as_guardian(child, phone, code).json()["errors"][0]["code"] == "spent"


def test_nobody_is_their_own_guardian(server: Server) -> None:
    phone = some_phone()
    child = server.citizen(phone)
    refused = child.post("/me/consents/guardian/codes", {"phone": phone})
    assert [(error["field"], error["code"]) for error in refused.json()["errors"]] == [("phone", "own_number")]


def test_guardians_are_not_asked_at_the_houses_expense(make_server: Callable[..., Server]) -> None:
    server, mine = make_server(), some_phone()
    child, ask = server.citizen(mine), "/me/consents/guardian/codes"
    abroad = child.post(ask, {"phone": "+4915112345678"})
    assert [error["code"] for error in abroad.json()["errors"]] == ["country_not_served"]
    assert [child.post(ask, {"phone": some_phone()}).status_code for _ in range(4)] == [202, 202, 202, 429]
    for _ in range(2):
        server.move_clock(601)
        child = server.citizen(mine)
        assert [child.post(ask, {"phone": some_phone()}).status_code for _ in range(3)] == [202] * 3
    server.move_clock(601)
    child = server.citizen(mine)
    assert [child.post(ask, {"phone": some_phone()}).status_code for _ in range(2)] == [202, 429], "ten a day"
    # One telephone has one allowance, whoever sends codes to it and what for.
    phone = some_phone()
    for _ in range(3):
        assert server.citizen().post(ask, {"phone": phone}).status_code == 202
    anybody = server.anonymous()
    assert [anybody.post("/auth/codes", {"phone": phone}).status_code for _ in range(3)] == [202, 202, 429]


def test_the_message_says_what_is_asked_and_the_code_is_in_no_log(make_server: Callable[..., Server]) -> None:
    server = make_server()
    phone = some_phone()
    code = ask_guardian(server.citizen(), phone)
    said = wait_until(lambda: [line for line in server.log.read_text(encoding="utf-8").splitlines() if code in line])
    assert len(said) == 1
    assert "[短信]" in said[0]
    assert "监护人" in said[0]
    assert "撤回" in said[0]


def test_a_guardian_takes_it_back_from_their_own_telephone(server: Server) -> None:
    child, phone, about = server.citizen(), some_phone(), article(server)
    guard(child, phone)
    prove(child, born_years_ago(server, 12))
    wait_until(lambda: child.does("GET", "/me/identity")["state"] == "verified")
    guardian, other = server.citizen(phone), server.citizen()
    (agreed,) = guardian.does("GET", "/me/children")["items"]
    assert agreed["child"] == child.does("GET", "/me")["name"]
    assert other.does("GET", "/me/children")["items"] == []
    assert other.delete(f"/me/children/{agreed['id']}").status_code == 404
    assert guardian.delete(f"/me/children/{agreed['id']}").status_code == 204
    assert guardian.delete(f"/me/children/{agreed['id']}").status_code == 404
    assert guardian.does("GET", "/me/children")["items"] == []
    # The house knows now that this is a child alone. What is public, and a call for help, stay open.
    tip = {"text": "河里有一层油"}
    for path, form in (("/comments", {"article": about, "text": "好"}), ("/tips", tip)):
        refused = child.post(path, form)
        assert (refused.status_code, refused.json()["guard"]) == (409, "guardian_needed"), path
    case = {"service": "manhole", "title": "井盖", "text": "响"}
    assert child.post("/requests", case).status_code == 201
    guard(child, phone)
    assert child.post("/tips", tip).status_code == 201


def test_one_telephone_speaks_for_a_family_and_not_for_a_class(make_server: Callable[..., Server]) -> None:
    server, phone = make_server(), some_phone()
    for _ in range(5):
        guard(server.citizen(), phone)
        server.move_clock(601)
    sixth = server.citizen()
    refused = agree_as_guardian(sixth, phone, ask_guardian(sixth, phone))
    assert (refused.status_code, refused.json()["guard"]) == (409, "too_many_children")


def test_at_fourteen_somebody_speaks_for_themselves(make_server: Callable[..., Server]) -> None:
    server = make_server()
    mine, phone, about = some_phone(), some_phone(), article(server)
    child = server.citizen(mine)
    agree(child, "notice")
    guard(child, phone)
    prove(child, born_years_ago(server, 14, days=1))
    wait_until(lambda: child.does("GET", "/me/identity")["state"] == "verified")
    assert child.does("GET", "/me/consents")["asks"] == []
    server.move_clock(DAY_S)
    child, guardian = server.citizen(mine), server.citizen(phone)
    # The sweep of that day ends the guardian's word, and asks for the child's own.
    wait_until(lambda: child.does("GET", "/me/consents")["asks"] == ["notice"], timeout=30)
    assert guardian.does("GET", "/me/children")["items"] == []
    assert child.post("/comments", {"article": about, "text": "好"}).status_code == 201
    assert run(server, "SELECT count(*) FROM identity WHERE minor_until IS NOT NULL") == [(0,)]


def test_whoever_is_fourteen_today_needs_nobody(server: Server) -> None:
    assert prove(server.citizen(), born_years_ago(server, 14)).status_code == 202


def test_the_day_of_being_of_age() -> None:
    assert of_age_on(date(2012, 2, 29)) == date(2026, 3, 1)
    assert of_age_on(date(2012, 12, 31)) == date(2026, 12, 31)


# ── looks ──


def test_a_look_at_a_tip_is_told_to_its_sender_and_to_the_auditor(server: Server) -> None:
    citizen, auditor = server.citizen(), server.hire("审计", "auditor")
    reader = server.hire("看报料的", "editor")
    tip = citizen.does("POST", "/tips", {"text": "河里有一层油", "contact_ok": True})
    assert citizen.does("GET", "/me/export")["reads"] == []
    for _ in range(2):
        reader.does("GET", f"/kitchen/tips/{tip['id']}")
    reader.does("GET", "/kitchen/tips")
    (read,) = [each for each in citizen.does("GET", "/me/export")["reads"] if each["role"] == "editor"]
    assert (read["kind"], read["thing"]) == ("tip", tip["id"])
    assert reader.id not in str(read), "a citizen learns the role, not the person"
    asked = {"kind": "tip", "actor": reader.id}
    seen = auditor.get("/privacy/looks", params=asked).json()["items"]
    assert tip["id"] in {each["thing"] for each in seen}
    assert {each["by"]["name"] for each in seen} == {"看报料的"}
    assert server.citizen().does("GET", "/me/export")["reads"] == []


def test_a_look_at_a_case_is_listed_for_the_auditor_alone(server: Server) -> None:
    citizen, dispatcher = server.citizen(), server.staff("dispatcher")
    case = citizen.does("POST", "/requests", {"service": "manhole", "title": "井盖", "text": "响"})
    dispatcher.does("GET", f"/desk/requests/{case['id']}")
    asked = {"kind": "request", "actor": dispatcher.id, "limit": 100}
    seen = server.hire("审计", "auditor").get("/privacy/looks", params=asked).json()["items"]
    assert case["id"] in {each["thing"] for each in seen}
    for other in (dispatcher, server.staff("chief"), citizen):
        assert other.get("/privacy/looks", params=asked).status_code == 403
