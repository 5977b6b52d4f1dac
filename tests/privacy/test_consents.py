"""Consents with versions, the rule for children, and who of the house looked at whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from backend.privacy.rules import NOTICE_VERSION, of_age_on
from scenario.people import Person
from tests.community.people import article, number
from tests.support.server import Server, wait_until

GUARDIAN = {"name": "王大明", "phone": "13812345678"}


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
        ("guardian", {"guardian": {"name": "王大明"}}, 422, "guardian.phone"),
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
    given = agree(child, "guardian", guardian=GUARDIAN).json()
    assert given["guardian"] == {"name": "王大明", "phone": "+8613812345678"}
    assert prove(child, mine).status_code == 202
    wait_until(lambda: child.does("GET", "/me/identity")["state"] == "verified")
    assert [each["purpose"] for each in child.does("GET", "/me/consents")["items"]] == ["real_name", "guardian"]
    assert child.post("/comments", {"article": about, "text": "好"}).status_code == 201
    child.does("DELETE", "/me/consents/guardian")
    refused = child.post("/comments", {"article": about, "text": "还好"})
    assert (refused.status_code, refused.json()["guard"]) == (409, "guardian_needed")


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
