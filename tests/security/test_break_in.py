"""Attempts to break in that go round a rule by being many at once, or by what is left lying."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from backend.accounts import sign_in
from backend.clock import SystemClock
from backend.config import load_settings
from backend.db import Engine
from backend.errors import AppError
from backend.sealing import lend
from backend.unit_of_work import Database
from tests.privacy.guarding import agree, ask_guardian, guard, some_phone
from tests.support.server import Server
from tests.support.tables import keys_of, run


def test_codes_asked_for_at_once_are_no_more_than_the_limit(make_server: Callable[..., Server]) -> None:
    """Each costs, and whoever is paid for receiving them asks as quickly as can be."""
    server = make_server(SMS_PER_ADDRESS="30")
    phone = some_phone()
    with ThreadPoolExecutor(24) as pool:
        answers = list(
            pool.map(lambda _: server.anonymous().post("/auth/codes", {"phone": phone}).status_code, range(24))
        )
    assert Counter(answers) == {202: 5, 429: 19}
    with ThreadPoolExecutor(24) as pool:
        ask = lambda _: server.anonymous().post("/auth/codes", {"phone": some_phone()}).status_code  # noqa: E731
        answers = list(pool.map(ask, range(60)))
    assert Counter(answers) == {202: 25, 429: 35}, "thirty from one address, with those before"


def test_wrong_codes_at_once_are_no_more_than_five(make_server: Callable[..., Server]) -> None:
    server = make_server()
    child, phone = server.citizen(), some_phone()
    code = ask_guardian(child, phone)
    guesses = [f"{(int(code) + step) % 10**6:06d}" for step in range(1, 25)]
    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(lambda guess: agree(child, phone, guess).json()["errors"][0]["code"], guesses))
    assert Counter(answers) == {"wrong": 5, "spent": 19}
    assert agree(child, phone, code).status_code == 422


def test_children_at_once_are_no_more_than_a_family(make_server: Callable[..., Server]) -> None:
    server, phone = make_server(), some_phone()
    for _ in range(3):
        guard(server.citizen(), phone)
    server.move_clock(601)
    children = [server.citizen() for _ in range(5)]
    codes = [ask_guardian(child, phone) for child in children]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda child, code: agree(child, phone, code).status_code, children, codes))
    assert Counter(answers) == {200: 2, 409: 3}


def test_passwords_tried_at_once_are_no_more_than_ten(make_server: Callable[..., Server]) -> None:
    """Below HTTP, since checking a password takes so long that requests of one test come one after the other."""
    server = make_server()
    server.stop()
    engine = Engine(load_settings(server.env).database_url, pool=24)
    lend(engine.sa, keys_of(server))
    database, together = Database(engine, SystemClock()), threading.Barrier(24)
    who = sign_in.knock("secret", username="editor", address="192.0.2.1", per_address=60)

    def guess(_: int) -> str:
        together.wait()
        try:
            with database.unit() as unit:
                sign_in.sign_in_by_password(unit, who, username="editor", password_fits=False, totp=None)
        except AppError as refused:
            return str(refused.code)
        return "let in"

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(guess, range(24)))
    engine.sa.dispose()
    assert Counter(answers) == {"bad_credentials": 10, "rate_limited": 14}


def test_nobody_fills_the_messages_of_a_stranger_whose_telephone_they_know(server: Server) -> None:
    phone = some_phone()
    stranger, rude = server.citizen(phone), server.citizen()

    def ask_and_end(_: int) -> int:
        answer = rude.post("/me/trusted", {"label": "儿子", "phone": phone})
        if answer.status_code == 201:
            rude.post(f"/me/trusted/{answer.json()['id']}/end")
        return answer.status_code

    assert Counter(map(ask_and_end, range(12))) == {201: 5, 429: 7}
    # It looks the same whether anybody has the number.
    assert rude.post("/me/trusted", {"label": "儿子", "phone": some_phone()}).status_code == 429
    assert len(stranger.does("GET", "/me/trusted")["items"]) == 5
    other = server.citizen()
    assert other.post("/me/trusted", {"label": "女儿", "phone": phone}).status_code == 201


def test_no_number_can_be_guessed_from_what_a_request_is_known_again_by(server: Server) -> None:
    """Who has a copy of the tables has the title and the text in clear, and needs to try numbers only."""
    citizen, key = server.citizen(), uuid.uuid4().hex
    form = {"service": "manhole", "title": "井盖", "text": "响", "contact": "13812345678"}
    body = json.dumps(form).encode()
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
    first = citizen.call("POST", "/requests", data=body, headers=headers)
    assert first.status_code == 201
    guess = hashlib.sha256(f"POST /api/v1/requests?\n{hashlib.sha256(body).hexdigest()}".encode()).hexdigest()
    ((kept,),) = run(server, "SELECT request_hash FROM idempotency_answer WHERE key = :key", key=key)
    assert kept not in {guess, hashlib.sha256(body).hexdigest()}
    assert citizen.call("POST", "/requests", data=body, headers=headers).json() == first.json(), "it is known again"
