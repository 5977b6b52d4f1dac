"""Tokens that are lost, repeated, stolen and guessed; and sign-ins that are ended from another device."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scenario.people import Person
from tests.support import tables
from tests.support.server import Server, wait_until

AGAIN_S = 60


@pytest.fixture(scope="module")
def moved(make_server: Callable[..., Server]) -> Server:
    """A server of this file's own, whose clock is moved on, never back."""
    return make_server()


def refresh(server: Server, token: str, key: str | None = None) -> requests.Response:
    headers = {"Idempotency-Key": key} if key else {}
    form = {"grant": "refresh", "refresh_token": token}
    return server.anonymous().post("/auth/tokens", form, headers=headers)


def outcome(answer: requests.Response) -> str:
    return "ok" if answer.ok else str(answer.json()["code"])


# ── a refresh whose answer was lost ──


@dataclass
class Link:
    """One token of a family, as the test knows it."""

    text: str
    used_at: float | None = None
    key: str | None = None


class Family:
    """What ought to happen to a family of tokens: a handful of lines beside which the server is held."""

    def __init__(self, first: str) -> None:
        self.links, self.ended = [Link(first)], False

    def expects(self, link: Link, key: str | None, now: float) -> str:
        if self.ended:
            return "bad_credentials"
        if link.used_at is None:
            return "ok"
        following = self.links[self.links.index(link) + 1]
        same = key is not None and key == link.key
        if same and now - link.used_at <= AGAIN_S and following.used_at is None:
            return "ok"
        return "token_reused"

    def heard(self, link: Link, key: str | None, now: float, answer: requests.Response) -> None:
        if not answer.ok:
            self.ended = True
            return
        text = answer.json()["refresh_token"]
        if link.used_at is None:
            link.used_at, link.key = now, key
            self.links.append(Link(text))
        else:
            assert text == self.links[self.links.index(link) + 1].text, "the same answer once more"


# Which token counted from the newest, with which key, and how long after the event before: never near the bound, as
# the machine's own seconds run along.
EVENTS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from([None, "a", "b"]), st.sampled_from([0, 0, 0, 8, 100])),
    min_size=2,
    max_size=5,
)


@settings(max_examples=40)
@given(events=EVENTS)
@example([(0, "a", 0), (1, "a", 8), (0, "b", 0), (1, "b", 8)])
@example([(0, "a", 0), (1, "a", 100)])
@example([(0, "a", 0), (0, "b", 0), (2, "a", 8)])
def test_whatever_the_order_a_token_is_repeated_by_its_own_key_only(
    moved: Server, events: list[tuple[int, str | None, int]]
) -> None:
    citizen = moved.citizen()
    family, now = Family((citizen.tokens or {})["refresh_token"]), 0.0
    for back, key, wait in events:
        if wait:
            moved.move_clock(wait)
            now += wait
        link = family.links[max(0, len(family.links) - 1 - back)]
        wanted = family.expects(link, key, now)
        answer = refresh(moved, link.text, key)
        assert outcome(answer) == wanted, (events, answer.text)
        family.heard(link, key, now, answer)


def test_an_answer_that_was_lost_is_given_again_to_the_same_key(server: Server) -> None:
    citizen, key = server.citizen(), uuid.uuid4().hex
    spent = (citizen.tokens or {})["refresh_token"]
    lost = refresh(server, spent, key).json()
    again = refresh(server, spent, key).json()
    assert again["refresh_token"] == lost["refresh_token"]
    assert refresh(server, again["refresh_token"], uuid.uuid4().hex).ok, "and the family goes on"


@pytest.mark.parametrize("thief", [None, "another key"])
def test_who_has_the_spent_token_without_the_key_ends_the_family(server: Server, thief: str | None) -> None:
    citizen = server.citizen()
    spent = (citizen.tokens or {})["refresh_token"]
    fresh = refresh(server, spent, uuid.uuid4().hex).json()
    assert outcome(refresh(server, spent, thief and uuid.uuid4().hex)) == "token_reused"
    assert outcome(refresh(server, fresh["refresh_token"])) == "bad_credentials"
    assert citizen.get("/me").status_code == 401


def test_two_that_ask_at_once_with_one_key_hear_the_same(server: Server) -> None:
    citizen, key = server.citizen(), uuid.uuid4().hex
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: refresh(server, (citizen.tokens or {})["refresh_token"], key), range(4)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    assert citizen.get("/me").ok


def test_no_table_holds_a_refresh_token_or_its_key(server: Server) -> None:
    citizen, key = server.citizen(), uuid.uuid4().hex
    spent = (citizen.tokens or {})["refresh_token"]
    fresh = refresh(server, spent, key).json()["refresh_token"]
    rows = [tables.run(server, f"SELECT * FROM {name}") for name in ("refresh_token", "idempotency_answer")]
    kept = str(rows)
    for secret in (spent, fresh, key):
        assert secret not in kept


# ── one's other devices ──


def test_a_sign_in_is_ended_from_another_device(server: Server) -> None:
    here = server.citizen()
    lost = server.citizen((here.tokens or {})["user"]["phone"])
    listed = here.does("GET", "/me/sign-ins")["items"]
    assert [one["here"] for one in listed] == [False, True]
    phone = server.phone(lost)
    phone.go_online()
    own = f"user:{lost.id}"
    assert own in phone.say("watch", {"stream": "pub"})["streams"]
    assert here.delete(f"/me/sign-ins/{listed[0]['id']}").status_code == 204
    assert lost.get("/me").status_code == 401
    assert outcome(refresh(server, (lost.tokens or {})["refresh_token"])) == "bad_credentials"
    wait_until(lambda: own not in phone.say("watch", {"stream": "pub"})["streams"])
    phone.go_offline()
    assert here.get("/me").ok
    assert [one["here"] for one in here.does("GET", "/me/sign-ins")["items"]] == [True]
    assert here.delete(f"/me/sign-ins/{listed[0]['id']}").status_code == 404, "it has ended already"


def test_nobody_ends_or_sees_anothers_sign_in(server: Server) -> None:
    citizen, stranger = server.citizen(), server.citizen()
    (mine,) = citizen.does("GET", "/me/sign-ins")["items"]
    answer = stranger.delete(f"/me/sign-ins/{mine['id']}")
    unknown = stranger.delete(f"/me/sign-ins/{uuid.uuid4()}")
    assert answer.status_code == unknown.status_code == 404
    assert answer.json() == unknown.json()
    assert mine["id"] not in stranger.get("/me/sign-ins").text
    assert citizen.get("/me").ok


# ── fixation, forging, guessing ──


def test_each_sign_in_gets_a_session_that_nobody_could_have_set_before(server: Server) -> None:
    """Session fixation: what a client brings along names no session, and the same person gets a new one each time."""
    first = server.citizen()
    phone = (first.tokens or {})["user"]["phone"]
    code = server.anonymous().does("POST", "/auth/codes", {"phone": phone})["demo_code"]
    form = {"grant": "sms", "phone": phone, "code": code}
    headers = {"Cookie": "session=chosen; sid=chosen", "Authorization": f"Bearer {first.token}"}
    second = server.anonymous().post("/auth/tokens", form, headers=headers)
    assert second.ok
    assert "Set-Cookie" not in second.headers
    assert claims(second.json()["access_token"])["sid"] != claims(str(first.token))["sid"]
    fixed = server.anonymous().post("/auth/tokens", form | {"session_id": "chosen"})
    assert fixed.status_code == 422


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@pytest.mark.parametrize("name", ["sub", "sid", "exp", "kind", "aud"])
def test_no_claim_of_a_token_can_be_changed(server: Server, name: str) -> None:
    citizen, other = server.citizen(), server.citizen()
    head, _, signature = str(citizen.token).split(".")
    values = claims(str(other.token)) | {"exp": 2**40, "kind": "staff", "aud": "else"}
    body = encoded(claims(str(citizen.token)) | {name: values[name]})
    unsigned = encoded({"alg": "none", "typ": "JWT"})
    for forged in (f"{head}.{body}.{signature}", f"{unsigned}.{body}."):
        answer = Person(server.url, {"access_token": forged}).get("/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials")


def test_a_token_is_taken_from_its_header_alone(server: Server) -> None:
    """Neither a cookie nor an address carries one, so no foreign page can send it along, and no log keeps it."""
    citizen = server.citizen()
    cookie = {"Cookie": f"access_token={citizen.token}; Authorization=Bearer {citizen.token}"}
    assert server.anonymous().get("/me", headers=cookie).status_code == 401
    assert server.anonymous().get("/me", params={"access_token": citizen.token}).status_code == 401
