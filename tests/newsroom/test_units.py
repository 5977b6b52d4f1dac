"""The media that came together: their desks, their people, what these can do, and who is on duty."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from scenario.people import Person
from tests.support.server import Server


def house(person: Person) -> dict[str, Any]:
    return person.does("GET", "/kitchen/units")


def people(person: Person, **query: Any) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = person.does("GET", "/kitchen/people", params=query | ({"cursor": cursor} if cursor else {}))
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def names(found: list[dict[str, Any]]) -> set[str]:
    return {one["name"] for one in found}


def test_the_three_media_stand_with_their_desks_and_people(server: Server) -> None:
    units = house(server.staff("chief"))
    assert [(unit["id"], unit["kind"], unit["name"]) for unit in units["items"][:3]] == [
        ("newspaper", "newspaper", "宝山报"),
        ("tv", "tv", "宝山电视台"),
        ("internet", "internet", "新媒体中心"),
    ]
    by_id = {unit["id"]: unit for unit in units["items"]}
    assert [desk["id"] for desk in by_id["tv"]["desks"]] == ["tv"]
    assert [desk["id"] for desk in by_id["internet"]["desks"]] == ["newmedia"]
    assert {"魏立川", "陶安然"} <= names(by_id["tv"]["people"])
    reporter = next(one for one in by_id["newspaper"]["people"] if one["name"] == "沈一帆")
    assert {"摄影", "文字"} <= set(reporter["skills"])
    assert (reporter["title"], reporter["on_duty"]) == ("记者", True)
    assert [(role["role"], role["desk"]) for role in reporter["roles"]] == [("reporter", "reporters")]


def test_what_serves_all_of_them_stands_beside_them(server: Server) -> None:
    shared = house(server.staff("reporter"))["shared"]
    desks = {desk["id"]: desk["sla"] for desk in shared["desks"]}
    assert {"command", "planning", "reporters", "editing", "examination"} <= desks.keys()
    assert desks["command"]["issued"] == 5
    assert all(isinstance(minutes, int) and minutes > 0 for sla in desks.values() for minutes in sla.values())
    assert {"陆海宁", "沈其昌", "汤静"} <= names(shared["people"])


def test_no_one_of_the_offices_and_no_telephone_is_listed(server: Server) -> None:
    reader = server.staff("head")
    everybody = people(reader, limit=100)
    assert {"朱慧萍", "陆根宝", "盛小琴", "程一诺"}.isdisjoint(names(everybody))
    assert {"phone", "username", "password_hash"}.isdisjoint({name for one in everybody for name in one})
    assert "+86" not in reader.get("/kitchen/units").text
    listed = {one["id"] for unit in house(reader)["items"] for one in unit["people"]}
    listed |= {one["id"] for one in house(reader)["shared"]["people"]}
    assert listed == {one["id"] for one in everybody}


def test_people_are_found_by_unit_and_skill(server: Server) -> None:
    reader = server.staff("duty")
    assert {"陶安然", "魏立川"} <= names(people(reader, unit="tv"))
    assert "沈一帆" not in names(people(reader, unit="tv"))
    assert "陶安然" in names(people(reader, skill="无人机"))
    assert names(people(reader, skill="无人")) == set(), "a part of a word is another word"
    assert names(people(reader, skill='","')) == set()
    assert names(people(reader, unit="newspaper", skill="摄影")) >= {"沈一帆"}
    assert people(reader, unit="nowhere") == []


def test_a_list_of_people_goes_on_where_it_stopped(server: Server) -> None:
    reader = server.staff("duty")
    in_pages = [one["id"] for one in people(reader, limit=3)]
    assert len(in_pages) == len(set(in_pages))
    assert set(in_pages) == {one["id"] for one in people(reader, limit=100)}


def test_who_is_on_duty_follows_the_roster(server: Server) -> None:
    username, admin, reader = f"new-{uuid.uuid4().hex[:8]}", server.staff("admin"), server.staff("duty")
    name = f"新人{username[-4:]}"
    server.flask("create-admin", username, name, "--password", f"demo-{username}")
    (line,) = admin.does("GET", "/roster", params={"username": username})["items"]
    admin.does("DELETE", f"/roster/{line['id']}")
    assert name not in names(people(reader, limit=100)), "without a role and a unit nobody works here"
    form = {"username": username, "role": "reporter", "desk": "reporters"}
    later = admin.does("POST", "/roster", form | {"valid_from": "2199-01-01T00:00:00+08:00"})
    assert name in names(people(reader, on_duty="false"))
    assert name not in names(people(reader, on_duty="true"))
    now = admin.does("POST", "/roster", form)
    (found,) = [one for one in people(reader, on_duty="true") if one["name"] == name]
    assert [role["role"] for role in found["roles"]] == ["reporter"], "the later line does not count yet"
    for grant in (now, later):
        admin.does("DELETE", f"/roster/{grant['id']}")


@pytest.mark.parametrize("username", ["office", "staff", "dispatcher", "supervisor", "admin", "assessor"])
def test_only_the_newsroom_reads_it(server: Server, username: str) -> None:
    for path in ("/kitchen/units", "/kitchen/people"):
        assert server.staff(username).get(path).status_code == 403
        assert server.citizen().get(path).status_code == 403
        assert server.anonymous().get(path).status_code == 401


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"on_duty": "yes"}, "on_duty"),
        ({"skill": ""}, "skill"),
        ({"unit": "a b"}, "unit"),
        ({"limit": "0"}, "limit"),
        ({"phone": "1"}, "phone"),
    ],
)
def test_a_question_that_cannot_be_meant_names_its_field(server: Server, query: dict[str, str], field: str) -> None:
    answer = server.staff("duty").get("/kitchen/people", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_what_has_not_changed_is_not_sent_again(server: Server) -> None:
    reader = server.staff("duty")
    first = reader.get("/kitchen/units")
    again = reader.get("/kitchen/units", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code in {200, 304}
    assert again.status_code == 304 or again.headers["ETag"] != first.headers["ETag"]


def test_the_document_describes_both(server: Server) -> None:
    paths = server.anonymous().does("GET", "/openapi.json")["paths"]
    assert "媒体单位" in paths["/api/v1/kitchen/units"]["get"]["summary"]
    assert {one["name"] for one in paths["/api/v1/kitchen/people"]["get"]["parameters"]} >= {"unit", "skill", "on_duty"}
