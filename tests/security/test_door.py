"""At the door: guessing passwords, sending messages at the house's expense, finding out who has an account."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

import pytest
import requests

from backend.accounts import rules
from backend.accounts.passwords import hash_password, is_password
from tests.support import tables
from tests.support.server import SECRET, Server

HERE, THERE = "203.0.113.7", "198.51.100.20"


@pytest.fixture(scope="module")
def strict(make_server: Callable[..., Server]) -> Iterator[Server]:
    """A house behind an edge, in which an address may fail fifteen times."""
    return make_server(PROXIES="1", FAILURES_PER_ADDRESS="15", SMS_PER_ADDRESS="1000")


def password(server: Server, username: str, word: str, address: str) -> requests.Response:
    form = {"grant": "password", "username": username, "password": word}
    return server.anonymous().post("/auth/tokens", form, headers={"X-Forwarded-For": address})


def codes(server: Server, phone: str) -> requests.Response:
    return server.anonymous().post("/auth/codes", {"phone": phone})


def new_phone() -> str:
    return f"+86137{uuid.uuid4().int % 10**8:08d}"


# ── brute force ──


def test_who_guesses_one_name_is_stopped_and_its_owner_elsewhere_is_not(strict: Server) -> None:
    address = "203.0.113.1"
    answers = [password(strict, "layout", "wrong", address) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert password(strict, "layout", "demo-layout", address).status_code == 429, "even with the right word"
    assert password(strict, "layout", "demo-layout", THERE).ok, "nobody is locked out by others"


def test_who_tries_one_word_with_many_names_is_stopped(strict: Server) -> None:
    answers = [password(strict, f"nobody-{uuid.uuid4().hex[:8]}", "123456", HERE) for _ in range(16)]
    assert [answer.status_code for answer in answers] == [401] * 15 + [429]
    assert int(answers[-1].headers["Retry-After"]) <= 601
    # What a client writes itself stands before what the edge adds, and is not believed.
    assert password(strict, "tv", "demo-tv", f"{THERE}, {HERE}").status_code == 429
    assert password(strict, "tv", "demo-tv", THERE).ok


def test_a_name_that_is_guessed_from_everywhere_is_closed_too(strict: Server) -> None:
    name = f"nobody-{uuid.uuid4().hex[:8]}"
    assert password(strict, name, "x", "192.0.2.1").status_code == 401
    # As many wrong words from as many addresses, without the work that each of them costs.
    copy = (
        "INSERT INTO failed_login (id, name_hash, address_hash, at) "
        "SELECT :id, name_hash, :address, at FROM failed_login WHERE name_hash = :name LIMIT 1"
    )
    name_hash = rules.keyed_hash(SECRET, "name", name)
    rows = [{"id": f"{name}-{number}", "address": f"of {number}", "name": name_hash} for number in range(98)]
    tables.run_many(strict, copy, rows)
    assert [password(strict, name, "x", f"192.0.2.{number}").status_code for number in (2, 3)] == [401, 429]


# ── messages that cost ──


@pytest.mark.parametrize("phone", ["+447911123456", "+12025550123", "+79161234567", "+3726234567", "+252615555555"])
def test_no_code_goes_to_countries_where_somebody_is_paid_for_it(server: Server, phone: str) -> None:
    answer = codes(server, phone)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["phone"]


@pytest.mark.parametrize("phone", ["+85261234567", "+85366123456", "+886912345678"])
def test_codes_go_to_hong_kong_macau_and_taiwan(server: Server, phone: str) -> None:
    assert codes(server, phone).status_code in {202, 429}


def test_a_phone_gets_thirty_codes_a_day(make_server: Callable[..., Server]) -> None:
    server, phone = make_server(), new_phone()
    for _ in range(6):
        assert [codes(server, phone).status_code for _ in range(5)] == [202] * 5
        assert codes(server, phone).status_code == 429
        server.move_clock(601)
    refused = codes(server, phone)
    assert refused.status_code == 429
    assert 22 * 3600 < int(refused.headers["Retry-After"]) < 24 * 3600
    server.move_clock(int(refused.headers["Retry-After"]))
    assert codes(server, phone).status_code == 202


# ── who has an account ──


def test_a_phone_with_an_account_and_one_without_are_answered_alike(server: Server) -> None:
    known = (server.citizen().tokens or {})["user"]["phone"]
    answers = [codes(server, phone) for phone in (known, new_phone())]
    assert {answer.status_code for answer in answers} == {202}
    assert len({frozenset(answer.json()) for answer in answers}) == 1
    wrong = [
        server.anonymous().post("/auth/tokens", {"grant": "sms", "phone": phone, "code": "x"})
        for phone in (known, new_phone())
    ]
    # The first has a code under way, the other never asked for one; neither says whether there is an account.
    assert {answer.status_code for answer in wrong} == {401}


def work(stored: str | None) -> float:
    begun = time.process_time()
    assert not is_password(stored, "wrong")
    return time.process_time() - begun


def test_an_unknown_name_costs_the_same_work_as_a_wrong_password() -> None:
    """The work that is done is compared, not how long an answer takes: that has a busy machine in it."""
    stored = hash_password("right")
    is_password(None, "the first time, nobody's hash is made")
    known, unknown = (min(work(each) for _ in range(5)) for each in (stored, None))
    assert known / 3 < unknown < known * 3
    assert unknown > 0.005, "the costly check was made"
