"""Logs and metrics tell nothing of anybody: no number, text, name or credential, at any level."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from backend.logs import without_details
from fakes import real_name, sms_gateway
from fakes.real_name import FakeRealName
from fakes.sms_gateway import FakeSmsGateway
from scenario.people import Person
from tests.community.people import article, unique
from tests.support.server import ROOT, Server, wait_until
from tests.support.tables import run

SAMPLE = ROOT / "scenario" / "samples" / "breaking.json"


@pytest.fixture(scope="module")
def gateway() -> Iterator[FakeSmsGateway]:
    made = sms_gateway.serve()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def checker() -> Iterator[FakeRealName]:
    made = real_name.serve()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server], gateway: FakeSmsGateway, checker: FakeRealName) -> Server:
    return make_server(
        LOG_LEVEL="DEBUG",
        SMS_URL=gateway.sms_url,
        SMS_TOKEN=sms_gateway.TOKEN,
        REALNAME_URL=checker.check_url,
        REALNAME_TOKEN=real_name.TOKEN,
    )


class Secrets(dict[str, str]):
    """What must not be told, by what it is."""

    def word(self, what: str) -> str:
        """Make a text that occurs nowhere else, and remember it."""
        self[what] = f"私{secrets.token_hex(6)}"
        return self[what]


def said(house: Server) -> str:
    """Return all that the house has told whoever runs it."""
    log = house.log.read_text(encoding="utf-8", errors="replace")
    assert '"http.answered"' in log
    # The page of numbers, and the list of jobs that an operator looks at.
    return log + requests.get(f"{house.url}/metrics", timeout=10).text + house.flask("jobs", "--limit", "500").stdout


def test_a_day_of_the_house_leaves_nothing_of_anybody_in_its_logs(
    house: Server, gateway: FakeSmsGateway, checker: FakeRealName
) -> None:
    known = Secrets()
    citizen = _sign_in(house, gateway, known)
    _speak(house, citizen, checker, known)
    _refusals(house, citizen, known)
    _breaking(house)
    _break(house, citizen, known)
    told = said(house)
    leaks = [(what, line) for what, value in known.items() for line in told.splitlines() if value in line]
    assert leaks == []


def _sign_in(house: Server, gateway: FakeSmsGateway, known: Secrets) -> Person:
    known["national number"] = f"137{secrets.randbelow(10**8):08}"
    phone = f"+86{known['national number']}"
    someone = house.anonymous()
    code = someone.does("POST", "/auth/codes", {"phone": phone})["demo_code"]
    # Six digits alone may stand in any number of microseconds; with its words they are the message.
    known["message"] = wait_until(lambda: gateway.texts_to(phone))[0]
    assert code in known["message"]
    someone.post("/auth/tokens", {"grant": "sms", "phone": phone, "code": "000000"})
    tokens = someone.does("POST", "/auth/tokens", {"grant": "sms", "phone": phone, "code": code})
    known |= {"access token": tokens["access_token"], "refresh token": tokens["refresh_token"]}
    tokens = someone.does("POST", "/auth/tokens", {"grant": "refresh", "refresh_token": tokens["refresh_token"]})
    known |= {"next access token": tokens["access_token"], "next refresh token": tokens["refresh_token"]}
    return Person(house.url, tokens)


def _speak(house: Server, citizen: Person, checker: FakeRealName, known: Secrets) -> None:
    renamed = citizen.patch("/me", {"name": known.word("name")}, citizen.does("GET", "/me")["ver"])
    assert renamed.ok
    known["push token"] = secrets.token_urlsafe(40)
    device = {"platform": "android", "push_token": known["push token"], "locale": "zh-CN"}
    citizen.does("PUT", "/devices/talker", device)
    known |= {"real name": "欧阳" + chr(0x4E00 + secrets.randbelow(5000)) * 3, "identity number": unique()}
    checker.know(known["identity number"], known["real name"])
    form = {"name": known["real name"], "id_number": known["identity number"]}
    citizen.does("PUT", "/me/identity", form)
    wait_until(lambda: citizen.does("GET", "/me/identity")["state"] == "verified")
    known["contact"] = f"139{secrets.randbelow(10**8):08}"
    service = citizen.does("GET", "/services")["items"][0]["id"]
    case = citizen.does(
        "POST",
        "/requests",
        {"service": service, "title": known.word("title"), "text": known.word("case"), "contact": known["contact"]}
        | {"address": known.word("address")},
        headers={"Idempotency-Key": secrets.token_hex(8)},
    )
    citizen.does("POST", f"/requests/{case['id']}/messages", {"text": known.word("message of a case")})
    house.staff("dispatcher").does("GET", f"/desk/requests/{case['id']}")
    citizen.does("POST", "/tips", {"text": known.word("tip"), "contact_ok": True})
    citizen.does("POST", "/comments", {"article": article(house), "text": known.word("comment")})
    place = {"name": known.word("place"), "lat": 31.4, "lon": 121.48}
    citizen.does("POST", "/me/places", place)
    phone = house.phone(citizen)
    phone.go_online()
    phone.catch_up()
    outbox = {"mid": 1, "name": "tip.file", "args": {"text": known.word("tip from an outbox")}}
    applied = citizen.does("POST", "/sync/mutations", {"client_id": "talker", "mutations": [outbox]})
    assert "applied" in str(applied)
    phone.go_offline()


def _refusals(house: Server, citizen: Person, known: Secrets) -> None:
    wrong = known["national number"] + "999"
    known["token of nobody"] = stolen = secrets.token_urlsafe(40)
    refused: list[requests.Response] = [
        citizen.post("/auth/codes", {"phone": wrong}),
        citizen.post("/tips", {"text": known.word("text of a refused tip"), "nothing": 1}),
        citizen.post("/requests", {"service": known.word("unknown service"), "title": "一", "text": "二"}),
        citizen.get(f"/requests/{known.word('unknown id')}"),
        citizen.get("/search", params={"query": known.word("question")}),
        citizen.put("/me/identity", {"name": known["real name"], "id_number": known["identity number"][:-1] + "0"}),
        requests.post(f"{house.url}/api/v1/tips", data=known.word("no JSON").encode(), timeout=10),
        requests.get(f"{house.url}/api/v1/me", headers={"Authorization": f"Bearer {stolen}"}, timeout=10),
        house.anonymous().post(
            "/auth/tokens", {"grant": "password", "username": "nobody", "password": known.word("password")}
        ),
    ]
    assert all(400 <= each.status_code < 500 for each in refused), [each.status_code for each in refused]


def _breaking(house: Server) -> None:
    story = json.loads(SAMPLE.read_text(encoding="utf-8"))
    opened = house.staff("editor").does("POST", "/editor/breaking", story)
    house.staff("duty").does("POST", f"/editor/breaking/{opened['id']}/sign")


def _break(house: Server, citizen: Person, known: Secrets) -> None:
    """Have a write fail in the database, where the words of the statement are at hand."""
    run(house, "ALTER TABLE tip RENAME TO tip_away")
    try:
        failed = citizen.post("/tips", {"text": known.word("text in a failed statement")})
        assert failed.status_code >= 500
    finally:
        run(house, "ALTER TABLE tip_away RENAME TO tip")


def test_what_a_database_says_of_values_is_left_out_of_a_stack() -> None:
    detail = "DETAIL:  Key (phone)=(+8613712345678) already exists."
    stack = f"Traceback …\nUniqueViolation: duplicate key\n{detail}\n[SQL: INSERT]"
    told: Any = without_details(None, "error", {"event": "x", "exception": stack})
    assert "13712345678" not in str(told)
    assert "duplicate key" in told["exception"]
    assert "[SQL: INSERT]" in told["exception"]
