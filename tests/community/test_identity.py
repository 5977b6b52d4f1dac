"""The real-name check: what a person sends, what the vendor says, and what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backend.jobs.worker import GiveUp, RetryLater
from channels.real_name import HttpRealName
from fakes import real_name
from fakes.real_name import FakeRealName
from scenario.people import Person
from tests.community.people import article, number, unique, word
from tests.support.server import Server, wait_until
from tests.support.tables import in_clear, run, unsealed

NAME = "欧阳小宝"


@pytest.fixture(scope="module")
def checker() -> Iterator[FakeRealName]:
    made = real_name.serve()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server], checker: FakeRealName) -> Server:
    return make_server(REALNAME_URL=checker.check_url, REALNAME_TOKEN=real_name.TOKEN)


@pytest.fixture(autouse=True)
def well_behaved(checker: FakeRealName) -> None:
    checker.reset()


def ask(person: Person, id_number: str, name: str = NAME) -> Any:
    return person.put("/me/identity", {"name": name, "id_number": id_number})


def settled(person: Person) -> dict[str, Any]:
    found: dict[str, Any] = wait_until(
        lambda: (got := person.does("GET", "/me/identity"))["state"] not in {"none", "checking"} and got
    )
    return found


def kept(house: Server, person: Person) -> tuple[Any, ...]:
    (row,) = run(house, "SELECT name, number, check_id FROM identity WHERE account_id = :id", id=person.id)
    return tuple(unsealed(house, value) for value in row)


def assert_nowhere(house: Server, *words: str) -> None:
    """Look through everything that a house writes down: its logs, its history, its jobs and its kept answers."""
    written = house.log.read_text(encoding="utf-8", errors="replace")
    for table in ("event", "job", "idempotency_answer", "identity", "mutation_answer", "sync_row"):
        written += in_clear(house, run(house, f"SELECT * FROM {table}"))
    assert [each for each in words if each in written] == []


def test_a_person_is_verified_and_name_and_number_are_forgotten(house: Server, checker: FakeRealName) -> None:
    person, id_number = house.citizen(), unique()
    assert person.does("GET", "/me/identity")["state"] == "none"
    phone = house.phone(person)
    phone.go_online()
    answer = ask(person, id_number)
    assert (answer.status_code, answer.json()["state"], answer.json()["name"]) == (202, "checking", "欧*")
    assert settled(person)["state"] == "verified"
    assert phone.wait_for(
        lambda: (phone.get("identity", person.id, f"user:{person.id}") or {}).get("state") == "verified"
    )
    assert phone.equals_server()
    phone.go_offline()
    assert [(check["name"], check["id_number"]) for check in checker.checks()] == [(NAME, id_number)]
    assert kept(house, person) == (None, None, None)
    assert_nowhere(house, NAME, id_number)
    assert ask(person, unique()).json()["guard"] == "already_verified"


def test_what_is_exported_is_the_mask_and_when(house: Server) -> None:
    person = house.citizen()
    ask(person, unique())
    settled(person)
    (exported,) = person.does("GET", "/me/export")["identity"]
    assert (exported["name"], exported["state"]) == ("欧*", "verified")
    assert exported["at"]
    assert NAME not in str(exported)


def test_a_name_that_is_not_the_numbers_is_refused_and_may_be_put_right(house: Server, checker: FakeRealName) -> None:
    person, id_number = house.citizen(), unique()
    checker.know(id_number, "诸葛小宝")
    ask(person, id_number)
    refused = settled(person)
    assert (refused["state"], refused["code"]) == ("refused", "mismatch")
    assert "不一致" in refused["words"]
    assert kept(house, person) == (None, None, None)
    assert ask(person, id_number, "诸葛小宝").status_code == 202
    assert settled(person)["state"] == "verified"
    assert_nowhere(house, NAME, "诸葛小宝", id_number)


def test_while_the_vendor_is_down_the_check_goes_on(house: Server, checker: FakeRealName) -> None:
    person, id_number = house.citizen(), unique()
    checker.rule(status=503, body={})
    ask(person, id_number)
    wait_until(lambda: checker.met()["refuse"] >= 1)
    assert person.does("GET", "/me/identity")["state"] == "checking"
    assert ask(person, id_number).json()["guard"] == "check_under_way"
    checker.behave()
    house.move_clock(30)
    assert settled(person)["state"] == "verified"
    assert len(checker.checks()) == 1


@pytest.mark.parametrize("trouble", ["drop", "lose", "garble", "half"])
def test_whatever_becomes_of_an_answer_the_person_is_verified_once(
    house: Server, checker: FakeRealName, trouble: str
) -> None:
    person = house.citizen()
    checker.rule(kind=trouble, times=1)
    ask(person, unique())
    wait_until(lambda: checker.met()[trouble] == 1)
    house.move_clock(10)
    assert settled(person)["state"] == "verified"
    assert len(checker.checks()) == 1


def test_a_house_that_is_killed_in_the_middle_of_a_check_ends_it_afterwards(
    make_server: Callable[..., Server], checker: FakeRealName
) -> None:
    house = make_server(REALNAME_URL=checker.check_url, REALNAME_TOKEN=real_name.TOKEN)
    person, id_number = house.citizen(), unique()
    checker.rule(kind="delay", delay_s=3, times=1)
    ask(person, id_number)
    wait_until(lambda: checker.met()["delay"] == 1)
    house.kill()
    house.move_clock(61)
    house.start()
    assert settled(person)["state"] == "verified"
    assert kept(house, person) == (None, None, None)
    assert len(checker.checks()) == 1


def test_a_check_that_nobody_answers_is_over_after_a_day(
    make_server: Callable[..., Server], checker: FakeRealName
) -> None:
    house = make_server(REALNAME_URL=checker.check_url, REALNAME_TOKEN=real_name.TOKEN)
    person, id_number = house.citizen(), unique()
    checker.rule(status=503, body={})
    ask(person, id_number)
    # More than the ten tries of one job, and the whole day that it is asked for.
    under_way = "SELECT count(*) FROM job WHERE kind = 'identity.check' AND state = 'leased'"
    wait_until(lambda: checker.met()["refuse"] == 1)
    for _ in range(14):
        wait_until(lambda: run(house, under_way) == [(0,)])
        before = checker.met()["refuse"]
        house.move_clock(800)
        wait_until(lambda before=before: checker.met()["refuse"] > before)
    assert kept(house, person)[0] == NAME
    house.move_clock(24 * 3600)
    wait_until(lambda: kept(house, person) == (None, None, None))
    again = house.citizen((person.tokens or {})["user"]["phone"])
    assert again.does("GET", "/me/identity")["code"] == "unavailable"
    assert run(house, "SELECT count(*) FROM job WHERE state = 'dead' AND kind LIKE 'identity%'") == [(0,)]


def test_one_person_stands_behind_three_accounts_and_no_more(house: Server) -> None:
    id_number = unique()
    people = [house.citizen() for _ in range(4)]
    for person in people[:3]:
        ask(person, id_number)
        assert settled(person)["state"] == "verified"
    ask(people[3], id_number.lower())
    assert settled(people[3])["code"] == "too_many_accounts"
    people[0].does("DELETE", "/me")
    ask(people[3], id_number)
    assert settled(people[3])["state"] == "verified"


def test_accounts_that_ask_at_once_are_no_more_than_three(house: Server) -> None:
    id_number = unique()
    people = [house.citizen() for _ in range(6)]
    for person in people:
        ask(person, id_number)
    states = [settled(person)["state"] for person in people]
    assert (states.count("verified"), states.count("refused")) == (3, 3)


def test_five_checks_a_day(house: Server, checker: FakeRealName) -> None:
    person, id_number = house.citizen(), unique()
    checker.know(id_number, "另一个人")
    for _ in range(5):
        assert ask(person, id_number).status_code == 202
        settled(person)
    over = ask(person, id_number)
    assert (over.status_code, over.json()["code"]) == (429, "rate_limited")
    assert int(over.headers["Retry-After"]) > 23 * 3600


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("id_number", {"id_number": number()[:-1]}),
        ("id_number", {"id_number": number()[:-1] + "Y"}),
        ("id_number", {"id_number": number(born="19900230")}),
        ("id_number", {"id_number": number(born="20990101")}),
        ("id_number", {"id_number": "31011319900307001\x00"}),
        ("id_number", {"id_number": 310113199003070013}),
        ("id_number", {"id_number": "1" * 100_000}),
        ("name", {"name": "张"}),
        ("name", {"name": "张\x00三"}),
        ("name", {"name": "张" * 41}),
        ("name", {"name": None}),
        ("phone", {"phone": "1"}),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(house: Server, field: str, form: dict[str, Any]) -> None:
    answer = house.citizen().put("/me/identity", {"name": NAME, "id_number": number()} | form)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {field}


def test_a_wrong_digit_is_told(house: Server) -> None:
    good = number()
    wrong = good[:-1] + ("0" if good[-1] != "0" else "1")
    answer = ask(house.citizen(), wrong)
    assert answer.json()["errors"][0]["code"] == "check_digit"


def test_an_account_that_is_closed_leaves_nothing(house: Server) -> None:
    person, other, id_number = house.citizen(), house.citizen(), unique()
    for each in (person, other):
        ask(each, id_number)
        settled(each)
    ids = [person.id, other.id]
    people = "SELECT count(*) FROM real_person"
    before = run(house, people)[0][0]
    person.does("DELETE", "/me")
    assert run(house, people)[0][0] == before
    other.does("DELETE", "/me")
    assert run(house, people)[0][0] == before - 1
    for table in ("identity", "identity_check"):
        for account in ids:
            assert run(house, f"SELECT count(*) FROM {table} WHERE account_id = :id", id=account) == [(0,)]


def test_an_account_may_be_closed_while_it_is_checked(house: Server, checker: FakeRealName) -> None:
    person = house.citizen()
    checker.rule(kind="delay", delay_s=1, times=1)
    ask(person, unique())
    wait_until(lambda: checker.met()["delay"] == 1)
    person.does("DELETE", "/me")
    done = "SELECT count(*) FROM job WHERE kind = 'identity.check' AND state <> 'done'"
    wait_until(lambda: run(house, done) == [(0,)])
    assert run(house, "SELECT count(*) FROM identity WHERE account_id = :id", id=person.id) == [(0,)]


def test_who_is_not_verified_cannot_comment(house: Server) -> None:
    about = article(house)
    person = house.citizen()
    refused = person.post("/comments", {"article": about, "text": word()})
    assert (refused.status_code, refused.json()["guard"]) == (409, "identity_needed")


# ── the adapter, on the wire ──


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"status": 500}, RetryLater),
        ({"status": 401}, RetryLater),
        ({"status": 429}, RetryLater),
        ({"status": 422}, GiveUp),
        ({"status": 302, "headers": {"Location": "/elsewhere"}}, RetryLater),
        ({"kind": "lie", "status": 200, "body": {"match": "true"}}, RetryLater),
        ({"kind": "lie", "status": 200, "body": []}, RetryLater),
        ({"kind": "drop"}, RetryLater),
        ({"kind": "garble"}, RetryLater),
    ],
)
def test_what_is_no_answer_says_neither_yes_nor_no(
    checker: FakeRealName, rule: dict[str, Any], error: type[Exception]
) -> None:
    checker.rule(**rule)
    asking = HttpRealName(checker.check_url, real_name.TOKEN, timeout_s=2)
    with pytest.raises(error) as raised:
        asking.matches(NAME, number(), "k")
    assert NAME not in str(raised.value)
