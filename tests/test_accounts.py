"""Signing in, staying signed in, and what one may do with one's own account."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pyotp
import pytest
import requests

from fakes.sms_gateway import FakeSmsGateway, serve
from scenario.people import Person
from tests.support import tables
from tests.support.server import Server, wait_until

MakeServer = Callable[..., Server]


@pytest.fixture(scope="module")
def moved(make_server: MakeServer) -> Server:
    """A server of this file's own, whose clock is moved on, never back."""
    return make_server()


def ask(server: Server, phone: str) -> str:
    return str(server.anonymous().does("POST", "/auth/codes", {"phone": phone})["demo_code"])


def new_phone() -> str:
    return f"+86138{uuid.uuid4().int % 10**8:08d}"


def enter(server: Server, phone: str, code: str) -> requests.Response:
    return server.anonymous().post("/auth/tokens", {"grant": "sms", "phone": phone, "code": code})


def password(server: Server, username: str, password: str, **more: str) -> requests.Response:
    form = {"grant": "password", "username": username, "password": password} | more
    return server.anonymous().post("/auth/tokens", form)


def refresh(server: Server, token: str) -> requests.Response:
    return server.anonymous().post("/auth/tokens", {"grant": "refresh", "refresh_token": token})


def me(server: Server, access_token: str) -> requests.Response:
    return server.anonymous().get("/me", headers={"Authorization": f"Bearer {access_token}"})


def assert_refused(answer: requests.Response, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"], answer.headers["Content-Type"]) == (
        status,
        code,
        "application/problem+json",
    ), body
    return body


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def staff(server: Server, **grant: str) -> tuple[str, str]:
    """Make a member of staff without demo powers; return name and password."""
    username, word = f"s{uuid.uuid4().hex[:10]}", uuid.uuid4().hex
    server.flask("create-admin", username, "新来的", "--password", word)
    return username, word


# ── codes ──


def test_a_first_code_makes_the_account_and_the_next_one_finds_it(server: Server) -> None:
    phone = new_phone()
    first = enter(server, phone, ask(server, phone))
    assert first.status_code == 200
    body = first.json()
    assert (body["expires_in"], body["user"]["kind"], body["user"]["phone"]) == (900, "citizen", phone)
    assert body["user"]["roles"] == []
    again = enter(server, phone.removeprefix("+86"), ask(server, phone))
    assert again.json()["user"]["id"] == body["user"]["id"]


def test_no_table_holds_a_code_in_clear(server: Server) -> None:
    phone = new_phone()
    code = ask(server, phone)
    sent = tables.run(server, "SELECT * FROM login_code ORDER BY sent_at DESC")
    jobs = tables.run(server, "SELECT args FROM job WHERE kind = 'sms.code'")
    assert code not in {str(value) for row in [*sent, *jobs] for value in row}
    assert phone not in str(jobs)
    # The number itself is forgotten as soon as the message has gone.
    wait_until(lambda: phone not in tables.in_clear(server, tables.run(server, "SELECT phone FROM login_code")))
    assert enter(server, phone, code).status_code == 200


def test_a_code_lives_five_minutes(moved: Server) -> None:
    phone, late = new_phone(), new_phone()
    code, late_code = ask(moved, phone), ask(moved, late)
    moved.move_clock(4 * 60 + 45)
    assert enter(moved, phone, code).status_code == 200
    moved.move_clock(20)
    assert_refused(enter(moved, late, late_code), 401, "code_expired")


def test_a_code_works_once(server: Server) -> None:
    phone = new_phone()
    code = ask(server, phone)
    assert enter(server, phone, code).status_code == 200
    assert_refused(enter(server, phone, code), 401, "code_expired")


def test_a_code_entered_twice_at_once_opens_one_session(server: Server) -> None:
    phone = new_phone()
    code = ask(server, phone)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: enter(server, phone, code).status_code, range(8)))
    assert sorted(answers) == [200] + [401] * 7


def test_a_newer_code_replaces_the_older_one(server: Server) -> None:
    phone = new_phone()
    old, new = ask(server, phone), ask(server, phone)
    if old != new:
        assert_refused(enter(server, phone, old), 401, "bad_credentials")
    assert enter(server, phone, new).status_code == 200


def test_five_wrong_tries_spoil_a_code(server: Server) -> None:
    phone = new_phone()
    code = ask(server, phone)
    for _ in range(5):
        assert_refused(enter(server, phone, wrong(code)), 401, "bad_credentials")
    assert_refused(enter(server, phone, code), 401, "code_expired")
    other = new_phone()
    code = ask(server, other)
    for _ in range(4):
        enter(server, other, wrong(code))
    assert enter(server, other, code).status_code == 200


def test_a_phone_gets_five_codes_in_ten_minutes(moved: Server) -> None:
    phone = new_phone()
    for _ in range(5):
        ask(moved, phone)
    answer = moved.anonymous().post("/auth/codes", {"phone": phone})
    body = assert_refused(answer, 429, "rate_limited")
    assert 0 < int(answer.headers["Retry-After"]) <= 601
    assert body["retry_after_s"] == int(answer.headers["Retry-After"])
    moved.move_clock(int(answer.headers["Retry-After"]))
    ask(moved, phone)


def test_an_address_gets_so_many_codes_whatever_the_phones(make_server: MakeServer) -> None:
    server = make_server(SMS_PER_ADDRESS="3", PROXIES="1")

    def from_address(address: str) -> requests.Response:
        return server.anonymous().post("/auth/codes", {"phone": new_phone()}, headers={"X-Forwarded-For": address})

    assert [from_address("203.0.113.7").status_code for _ in range(3)] == [202] * 3
    assert_refused(from_address("203.0.113.7"), 429, "rate_limited")
    # What a client writes itself stands before what the edge adds, and is not believed.
    assert_refused(from_address("198.51.100.1, 203.0.113.7"), 429, "rate_limited")
    assert from_address("203.0.113.8").status_code == 202
    # One client has a whole network of IPv6 addresses.
    assert [from_address(f"2001:db8:1:2::{number}").status_code for number in range(1, 5)] == [202] * 3 + [429]


@pytest.mark.parametrize("phone", ["12345", "+8621600000", "021-56780000", "１３８", "+8613800000000000"])
def test_what_is_no_mobile_number_is_refused_by_field(server: Server, phone: str) -> None:
    body = assert_refused(server.anonymous().post("/auth/codes", {"phone": phone}), 422, "validation")
    assert body["errors"][0]["field"] == "phone"


def test_each_grant_takes_its_own_fields(server: Server) -> None:
    body = assert_refused(server.anonymous().post("/auth/tokens", {"grant": "sms", "phone": "1"}), 422, "validation")
    assert [error["field"] for error in body["errors"]] == ["code"]
    mixed = {"grant": "refresh", "refresh_token": "x", "phone": "1"}
    body = assert_refused(server.anonymous().post("/auth/tokens", mixed), 422, "validation")
    assert [error["field"] for error in body["errors"]] == ["phone"]


# ── staff ──


def test_staff_sign_in_and_see_their_roles(server: Server) -> None:
    user = password(server, "office", "demo-office").json()["user"]
    assert (user["kind"], user["username"], user["phone"]) == ("staff", "office", None)
    assert [(role["role"], role["office"]) for role in user["roles"]] == [("office_clerk", "wateraffairs")]
    assert user["streams"][:2] == ["pub", f"user:{user['id']}"]
    assert any("wateraffairs" in stream for stream in user["streams"][2:])
    assert {"notice.write", "notice.approve"} <= set(user["permissions"])
    assert not {"story.sign", "roster.edit", "request.handle"} & set(user["permissions"])


def test_an_unknown_name_and_a_wrong_password_look_alike(server: Server) -> None:
    unknown = assert_refused(password(server, f"nobody-{uuid.uuid4().hex[:8]}", "x"), 401, "bad_credentials")
    known = assert_refused(password(server, "layout", "wrong"), 401, "bad_credentials")
    assert unknown == known


def test_ten_wrong_passwords_lock_a_name_for_ten_minutes(moved: Server) -> None:
    username, word = staff(moved)
    for _ in range(10):
        assert_refused(password(moved, username, "wrong"), 401, "bad_credentials")
    answer = password(moved, username, word)
    assert_refused(answer, 429, "rate_limited")
    assert int(answer.headers["Retry-After"]) <= 601
    unknown = f"nobody-{uuid.uuid4().hex[:8]}"
    assert [password(moved, unknown, "x").status_code for _ in range(11)] == [401] * 10 + [429]
    moved.move_clock(int(answer.headers["Retry-After"]))
    assert password(moved, username, word).status_code == 200


def test_a_second_factor_is_set_up_asked_for_and_used_once(server: Server) -> None:
    username, word = staff(server)
    person = Person(server.url, password(server, username, word).json())
    started = person.does("POST", "/me/totp")
    assert started["uri"].startswith("otpauth://totp/")
    generator = pyotp.TOTP(started["secret"])
    assert password(server, username, word).status_code == 200, "not yet confirmed, so not yet asked for"
    bad = person.post("/me/totp/confirm", {"code": wrong(generator.now())})
    assert assert_refused(bad, 422, "validation")["errors"][0]["field"] == "code"
    # The code of the step before is good until this step ends, which must not be before the server has read it.
    wait_until(lambda: time.time() % 30 < 20)
    confirming = generator.at(datetime.now(UTC) - timedelta(seconds=30))
    assert person.does("POST", "/me/totp/confirm", {"code": confirming})["totp"] is True
    assert_refused(password(server, username, word), 401, "totp_required")
    assert_refused(password(server, username, "wrong", totp=generator.now()), 401, "bad_credentials")
    assert_refused(password(server, username, word, totp=confirming), 401, "bad_credentials")
    code = generator.now()
    assert password(server, username, word, totp=code).status_code == 200
    assert_refused(password(server, username, word, totp=code), 401, "bad_credentials")


def test_a_citizen_has_no_second_factor(server: Server) -> None:
    assert_refused(server.citizen().post("/me/totp"), 409, "guard_failed")


# ── tokens ──


def test_an_access_token_lives_fifteen_minutes(moved: Server) -> None:
    citizen = moved.citizen()
    moved.move_clock(14 * 60)
    assert citizen.get("/me").status_code == 200
    moved.move_clock(61)
    answer = citizen.get("/me")
    assert_refused(answer, 401, "token_expired")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert_refused(citizen.get("/feed"), 401, "token_expired")
    assert refresh(moved, citizen.tokens["refresh_token"]).status_code == 200


def test_a_refresh_token_lives_thirty_days(make_server: MakeServer) -> None:
    server = make_server()
    citizen = server.citizen()
    server.move_clock(29 * 86_400)
    renewed = refresh(server, citizen.tokens["refresh_token"])
    assert renewed.status_code == 200
    server.move_clock(30 * 86_400 + 1)
    assert_refused(refresh(server, renewed.json()["refresh_token"]), 401, "bad_credentials")


def test_a_refresh_rotates(server: Server) -> None:
    citizen = server.citizen()
    renewed = refresh(server, citizen.tokens["refresh_token"]).json()
    assert renewed["refresh_token"] != citizen.tokens["refresh_token"]
    assert renewed["user"]["id"] == citizen.id
    assert me(server, renewed["access_token"]).status_code == 200
    assert citizen.get("/me").status_code == 200, "the old access token lives on until it expires"


def test_a_reused_refresh_token_ends_the_family(server: Server) -> None:
    citizen = server.citizen()
    stolen = citizen.tokens["refresh_token"]
    renewed = refresh(server, stolen).json()
    assert_refused(refresh(server, stolen), 401, "token_reused")
    assert_refused(refresh(server, renewed["refresh_token"]), 401, "bad_credentials")
    assert_refused(me(server, renewed["access_token"]), 401, "bad_credentials")
    assert_refused(citizen.get("/me"), 401, "bad_credentials")
    assert server.citizen(citizen.tokens["user"]["phone"]).id == citizen.id, "signing in anew is open"


def test_of_two_refreshes_at_once_one_wins_and_the_family_ends(server: Server) -> None:
    citizen = server.citizen()
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: refresh(server, citizen.tokens["refresh_token"]), range(2)))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    assert_refused(citizen.get("/me"), 401, "bad_credentials")


def test_signing_out_ends_this_sign_in_at_once_and_no_other(server: Server) -> None:
    citizen = server.citizen()
    other = server.citizen(citizen.tokens["user"]["phone"])
    assert citizen.delete("/auth/tokens").status_code == 204
    assert_refused(citizen.get("/me"), 401, "bad_credentials")
    assert_refused(refresh(server, citizen.tokens["refresh_token"]), 401, "bad_credentials")
    assert other.get("/me").status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer ", "Basic eDp5", "Bearer x.y.z", "Bearer \u00e4", "Bearer " + "a" * 3000, "x" * 20],
)
def test_a_broken_authorization_is_a_401_even_where_strangers_may_read(server: Server, header: str) -> None:
    answer = server.anonymous().get("/feed", headers={"Authorization": header.encode("latin-1")})
    assert_refused(answer, 401, "bad_credentials")


def test_a_token_signed_with_another_key_or_none_is_refused(server: Server) -> None:
    citizen = server.citizen()
    claims = jwt.decode(citizen.token, options={"verify_signature": False})
    claims["exp"] += 10_000
    forged = jwt.encode(claims, "another key that is long enough to be taken", "HS256")
    unsigned = jwt.encode(claims, None, "none")
    for token in (forged, unsigned):
        assert_refused(me(server, token), 401, "bad_credentials")


def test_a_disabled_account_is_out_at_once(server: Server) -> None:
    username, word = staff(server)
    tokens = password(server, username, word).json()
    tables.run(server, "UPDATE account SET disabled_at = created_at WHERE username = :name", name=username)
    assert_refused(me(server, tokens["access_token"]), 401, "bad_credentials")
    assert_refused(refresh(server, tokens["refresh_token"]), 401, "bad_credentials")
    assert_refused(password(server, username, word), 401, "bad_credentials")


# ── my account ──


def test_a_change_of_ones_account_needs_the_version_it_changes(server: Server) -> None:
    citizen = server.citizen()
    ver = citizen.does("GET", "/me")["ver"]
    assert_refused(citizen.call("PATCH", "/me", json={"name": "甲"}), 428, "precondition_required")
    changed = citizen.patch("/me", {"name": "甲", "town": "gucun", "locale": "en"}, ver)
    assert (changed.status_code, changed.headers["ETag"]) == (200, f'"{ver + 1}"')
    assert [changed.json()[name] for name in ("name", "town", "locale", "ver")] == ["甲", "gucun", "en", ver + 1]
    body = assert_refused(citizen.patch("/me", {"name": "乙"}, ver), 412, "stale")
    assert body["ver"] == ver + 1
    assert citizen.patch("/me", {"town": None}, ver + 1).json()["town"] is None


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"town": "nowhere"}, "town"),
        ({"name": ""}, "name"),
        ({"name": "\u200b" * 41}, "name"),
        ({"name": "a\u0000"}, "name"),
        ({"locale": "de"}, "locale"),
        ({"phone": "+8613800000000"}, "phone"),
        ({"kind": "staff"}, "kind"),
    ],
)
def test_what_may_not_be_changed_is_named(server: Server, form: dict[str, Any], field: str) -> None:
    citizen = server.citizen()
    body = assert_refused(citizen.patch("/me", form, citizen.does("GET", "/me")["ver"]), 422, "validation")
    assert [error["field"] for error in body["errors"]] == [field]


def test_everything_held_about_a_person_is_theirs_to_take(server: Server) -> None:
    citizen = server.citizen()
    case = citizen.does("POST", "/requests", {"service": "manhole", "title": "井盖", "text": "响"})
    device = f"export-{uuid.uuid4().hex}"
    citizen.does("PUT", f"/devices/{device}", {"platform": "ios", "push_token": f"t-{device}"})
    held = citizen.does("GET", "/me/export")
    assert held["account"]["phone"] == citizen.tokens["user"]["phone"]
    assert case["id"] in json.dumps(held["requests"])
    assert [one["id"] for one in held["devices"]] == [device]
    assert f"t-{device}" not in json.dumps(held), "the vendor's token is no data of the person's"
    assert case["id"] not in json.dumps(server.citizen().does("GET", "/me/export"))


def test_a_closed_account_leaves_no_name_and_frees_the_phone(server: Server) -> None:
    phone = new_phone()
    citizen = server.citizen(phone)
    other_sign_in = server.citizen(phone)
    citizen.patch("/me", {"name": "要走的人"}, 1)
    assert citizen.delete("/me").status_code == 204
    for person in (citizen, other_sign_in):
        assert_refused(person.get("/me"), 401, "bad_credentials")
        assert_refused(refresh(server, person.tokens["refresh_token"]), 401, "bad_credentials")
    ((name, kept, disabled),) = tables.run(
        server, "SELECT name, phone, disabled_at FROM account WHERE id = :id", id=citizen.id
    )
    assert (name, kept, disabled is not None) == ("已注销用户", None, True)
    anew = server.citizen(phone)
    assert anew.id != citizen.id
    assert anew.does("GET", "/requests")["items"] == []


def test_staff_do_not_close_their_own_account(server: Server) -> None:
    assert_refused(server.staff("monitor").delete("/me"), 403, "role_forbidden")


# ── what is written down ──


@pytest.fixture(scope="module")
def sms() -> Iterator[FakeSmsGateway]:
    gateway = serve(token="the gateways password")
    yield gateway
    gateway.stop()


def test_the_code_goes_out_by_sms_and_nothing_secret_into_the_log(make_server: MakeServer, sms: FakeSmsGateway) -> None:
    server = make_server(SMS_URL=sms.sms_url, SMS_TOKEN="the gateways password", LOG_LEVEL="DEBUG")
    sms.rule(kind="refuse", status=503, times=1)
    phone = new_phone()
    code = ask(server, phone)
    # The gateway is down once; the job tries again. It takes nothing without its token.
    text = wait_until(lambda: sms.texts_to(phone))[0]
    assert code in text
    assert sms.met() == {"refuse": 1}
    enter(server, phone, wrong(code))
    citizen = Person(server.url, enter(server, phone, code).json())
    renewed = refresh(server, citizen.tokens["refresh_token"]).json()
    refresh(server, citizen.tokens["refresh_token"])
    password(server, "editor", "a-wrong-password")
    boss = Person(server.url, password(server, "chief", "demo-chief").json())
    totp = boss.does("POST", "/me/totp")["secret"]
    boss.does("PUT", "/devices/log-test", {"platform": "web", "push_token": "push-token-of-log-test"})
    boss.post("/requests", {"text": "wrong role and secret words"})
    log = server.log.read_text()
    assert len(log.splitlines()) > 10
    secrets = [
        phone,
        phone[3:],
        code,
        citizen.token,
        citizen.tokens["refresh_token"],
        renewed["access_token"],
        "a-wrong-password",
        "demo-chief",
        boss.token,
        totp,
        "push-token-of-log-test",
        "the gateways password",
        "secret words",
        server.env["SECRET_KEY"],
    ]
    assert [secret for secret in secrets if str(secret) in log] == []


# ── the roster ──


def test_the_administrator_writes_the_roster(server: Server) -> None:
    username, word = staff(server)
    admin = server.staff("admin")
    person = Person(server.url, password(server, username, word).json())
    assert_refused(person.get("/editor/stories"), 403, "role_forbidden")
    made = admin.post("/roster", {"username": username, "role": "editor", "desk": "editing"})
    assert made.status_code == 201
    line = made.json()
    assert (line["username"], line["role"], line["desk"], line["valid_to"]) == (username, "editor", "editing", None)
    assert admin.does("GET", made.headers["Location"].removeprefix("/api/v1")) == line
    assert person.get("/editor/stories").status_code == 200
    mine = admin.does("GET", f"/roster?username={username}")["items"]
    assert [one["role"] for one in mine] == ["editor", "admin"]
    assert admin.delete(f"/roster/{line['id']}").status_code == 204
    assert_refused(person.get("/editor/stories"), 403, "role_forbidden")
    assert_refused(admin.delete(f"/roster/{line['id']}"), 404, "not_found")
    assert admin.does("GET", f"/roster/{line['id']}")["valid_to"] is not None


def test_a_role_holds_from_its_day_until_its_day(moved: Server) -> None:
    username, word = staff(moved)
    soon = (
        datetime.now(UTC) + timedelta(seconds=float(moved.clock_file.read_text() or 0))
        if (moved.clock_file.exists())
        else datetime.now(UTC)
    )
    times = {
        "valid_from": (soon + timedelta(hours=1)).isoformat(),
        "valid_to": (soon + timedelta(hours=2)).isoformat(),
    }
    moved.staff("admin").does("POST", "/roster", {"username": username, "role": "chief_editor"} | times)

    def may_read() -> bool:
        token = password(moved, username, word).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return moved.anonymous().get("/editor/stories", headers=headers).status_code == 200

    assert not may_read()
    moved.move_clock(3600 + 5)
    assert may_read()
    moved.move_clock(3600)
    assert not may_read()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"username": "nobody-of-that-name"}, "username"),
        ({"role": "emperor"}, "role"),
        ({"desk": "nowhere"}, "desk"),
        ({"role": "office_clerk", "office": "nowhere"}, "office"),
        ({"role": "office_clerk"}, "office"),
        ({"office": "wateraffairs"}, "office"),
        ({"valid_to": "2001-01-01T00:00:00+08:00"}, "valid_to"),
        ({"valid_from": "2001-01-01"}, "valid_from"),
        ({"grade": 1}, "grade"),
    ],
)
def test_a_line_of_the_roster_that_makes_no_sense_is_refused_by_field(
    server: Server, change: dict[str, Any], field: str
) -> None:
    form = {"username": "layout", "role": "layout_editor"} | change
    body = assert_refused(server.staff("admin").post("/roster", form), 422, "validation")
    assert [error["field"] for error in body["errors"]] == [field]


def test_nobody_hands_rights_to_themselves(server: Server) -> None:
    answer = server.staff("admin").post("/roster", {"username": "admin", "role": "chief_editor"})
    assert_refused(answer, 409, "same_person")


def test_who_writes_the_roster_sees_all_staff_and_no_citizen(server: Server) -> None:
    admin = server.staff("admin")
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = admin.does("GET", "/staff", params={"limit": 7} | ({"cursor": cursor} if cursor else {}))
        found += page["items"]
        if (cursor := page["next"]) is None:
            break
    names = [one["username"] for one in found]
    assert len(names) == len(set(names))
    assert {"admin", "chief", "reporter", "office"} <= set(names)
    assert all(one["username"] for one in found)
    desks = {one["id"]: one["name"] for one in admin.does("GET", "/staff/desks")["items"]}
    assert "editing" in desks
    assert_refused(server.staff("chief").get("/staff"), 403, "role_forbidden")


def test_the_roster_pages_without_gap_or_double(server: Server) -> None:
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = server.staff("admin").does(
            "GET", "/roster", params={"limit": 5} | ({"cursor": cursor} if cursor else {})
        )
        seen += [line["id"] for line in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) >= 23
