"""A phone's outbox: applied in order, once, with the same answer however often it is sent."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scenario.people import Person
from tests.sync.holder import Holder
from tests.sync.world import World


def send(person: Person, client: str, *entries: tuple[int, str, dict[str, Any]]) -> Any:
    mutations = [{"mid": mid, "name": name, "args": args} for mid, name, args in entries]
    return person.post("/sync/mutations", {"client_id": client, "mutations": mutations})


def filing(world: World) -> dict[str, Any]:
    return {"service": "manhole", "title": world.word(), "text": world.word()}


@pytest.fixture
def client() -> str:
    return uuid.uuid4().hex


def titles(person: Person) -> list[str]:
    return [case["title"] for case in person.does("GET", "/requests?limit=100")["items"]]


def test_an_answer_says_where_in_the_log_its_effect_is(world: World, client: str) -> None:
    citizen = world.server.citizen()
    answer = send(citizen, client, (1, "request.file", filing(world))).json()[0]
    rows = Holder(citizen, ["user"], cursor=0)
    rows.load()
    assert (answer["status"], answer["mid"]) == ("applied", 1)
    assert rows.cursor >= answer["seq"] > 0
    digest = citizen.does("GET", "/sync/digest?stream=user")
    assert digest["head"] <= answer["seq"]


def test_a_repeat_gets_the_same_answer_and_has_no_effect(world: World, client: str) -> None:
    citizen, form = world.server.citizen(), filing(world)
    first = send(citizen, client, (1, "request.file", form), (2, "me.edit", {"name": "改名"}))
    for _ in range(3):
        again = send(citizen, client, (1, "request.file", form), (2, "me.edit", {"name": "改名"}))
        assert again.json() == first.json()
    assert titles(citizen) == [form["title"]]


def test_a_refusal_is_kept_too_and_the_outbox_moves_on(world: World, client: str) -> None:
    citizen, form = world.server.citizen(), filing(world)
    entries = [
        (1, "request.rate", {"id": "nothing", "attitude": 1, "result": 1}),
        (2, "request.file", form | {"service": "no-such-service"}),
        (3, "no.such.mutation", {}),
        (4, "request.file", {"title": "缺"}),
        (5, "request.file", form),
    ]
    answers = send(citizen, client, *entries).json()
    codes = [(answer["status"], answer.get("code")) for answer in answers]
    assert codes == [
        ("refused", "not_found"),
        ("refused", "validation"),
        ("refused", "unknown_mutation"),
        ("refused", "validation"),
        ("applied", None),
    ]
    assert send(citizen, client, *entries).json() == answers
    assert titles(citizen) == [form["title"]]


def test_a_gap_is_refused_and_names_what_is_expected(world: World, client: str) -> None:
    citizen = world.server.citizen()
    for mid in (2, 7):
        answer = send(citizen, client, (mid, "request.file", filing(world)))
        assert (answer.status_code, answer.json()["code"], answer.json()["expected"]) == (409, "mid_gap", 1)
    assert titles(citizen) == []
    # What stands before the gap is applied and kept.
    form = filing(world)
    answer = send(citizen, client, (1, "request.file", form), (3, "request.file", filing(world)))
    assert (answer.status_code, answer.json()["expected"]) == (409, 2)
    assert titles(citizen) == [form["title"]]


def test_two_people_may_use_one_client_id(world: World, client: str) -> None:
    one, two = world.server.citizen(), world.server.citizen()
    forms = filing(world), filing(world)
    for person, form in zip((one, two), forms, strict=True):
        assert send(person, client, (1, "request.file", form)).json()[0]["status"] == "applied"
    assert (titles(one), titles(two)) == ([forms[0]["title"]], [forms[1]["title"]])


def test_the_same_mutation_sent_ten_times_at_once_is_applied_once(world: World, client: str) -> None:
    citizen, form = world.server.citizen(), filing(world)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send(citizen, client, (1, "request.file", form)), range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert titles(citizen) == [form["title"]]


def test_staff_may_not_file_by_the_side_door(world: World, client: str) -> None:
    answer = send(world.editor, client, (1, "request.file", filing(world))).json()[0]
    assert (answer["status"], answer["code"]) == ("refused", "role_forbidden")
    assert send(world.server.anonymous(), client, (1, "request.file", filing(world))).status_code == 401
