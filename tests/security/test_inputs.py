"""What is sent to make the house do something else: fields nobody may set, scripts, headers, paths, logs, bombs."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from html.parser import HTMLParser
from typing import Any

import pytest
import requests
import websocket

from scenario.people import Person
from tests.community import people
from tests.media_files import new_photo
from tests.support.rude import request, send
from tests.support.server import Server

# What the house sets by itself. Where a form has one of them, it is meant, and left out below.
SET_BY_THE_HOUSE = {
    "id": "x",
    "ver": 9,
    "state": "published",
    "kind": "staff",
    "role": "admin",
    "roles": ["admin"],
    "permissions": ["roster.edit"],
    "owner_id": "x",
    "author_id": "x",
    "account_id": "x",
    "person_id": "x",
    "signed_by": "x",
    "approved_by": "x",
    "published_at": "2026-01-01T00:00:00Z",
    "created_at": "2026-01-01T00:00:00Z",
    "demo": True,
    "is_admin": True,
    "__class__": "x",
    "__proto__": {"admin": True},
}
PEOPLE = ("admin", "chief", "office", "dispatcher", "staff", "supervisor", "tv", "layout", "assessor", "monitor")
PEOPLE += ("channels", "leader", "proof")


def referred(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return schema


def test_no_form_takes_a_field_that_it_does_not_name(server: Server) -> None:
    """Mass assignment: every operation with a JSON body is sent what only the house may set."""
    document = server.anonymous().does("GET", "/openapi.json")
    anybody: dict[str, Person] = {name: server.staff(name) for name in PEOPLE}
    anybody |= {"citizen": server.citizen()}
    allowed = {name: set(person.does("GET", "/me")["permissions"]) for name, person in anybody.items()}
    taken, tried = [], 0
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method not in {"post", "put", "patch"}:
                continue
            body = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if body is None:
                continue
            form = referred(document, body["schema"])
            known = set(form.get("properties", {}))
            extra = {name: value for name, value in SET_BY_THE_HOUSE.items() if name not in known}
            who = next((name for name in anybody if operation["x-permission"] in allowed[name]), None)
            assert who is not None, (method, path)
            address = re.sub(r"\{[^}]*\}", "no-such-thing", path.removeprefix("/api/v1"))
            headers = {"Idempotency-Key": uuid.uuid4().hex, "If-Match": "*"}
            answer = anybody[who].call(method.upper(), address, json=extra, headers=headers)
            refused = {error["field"] for error in answer.json().get("errors", []) if error["code"] == "unknown_field"}
            tried += 1
            # A body of very many mistakes is not repeated whole.
            if answer.status_code not in {422, 404} or (answer.status_code == 422 and not refused):
                taken.append((method, path, answer.status_code, answer.text[:200]))
    assert taken == []
    assert tried > 150


def test_nobody_becomes_staff_by_writing_so(server: Server) -> None:
    citizen = server.citizen()
    before = citizen.does("GET", "/me")
    for form in ({"kind": "staff"}, {"roles": ["admin"]}, {"name": "甲", "phone": "+8613800000000"}, {"totp": False}):
        assert citizen.patch("/me", form, before["ver"]).status_code == 422
    assert citizen.does("GET", "/me") == before


# ── scripts ──

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><svg onload=alert(3)>"


class Page(HTMLParser):
    """What of a page a browser would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        data = (given.get("type") or "").endswith("json")
        if tag == "script" and "src" not in given and not data:
            self.runs.append("an inline script")
        self.runs += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.runs += [
            f"{tag} {name}" for name, value in attrs if (value or "").strip().lower().startswith("javascript:")
        ]
        if tag == "style" or "style" in given:
            self.runs.append(f"{tag}: an inline style")


def pages(server: Server) -> list[str]:
    article = people.article(
        server, headline=f"<script>alert(1)</script>{people.word()[-8:]}", summary=SCRIPT, body=SCRIPT
    )
    return ["/", "/?shell=1", "/desk", "/docs", "/operation", "/receipts/check", "/paper", f"/s/article/{article}"]


def test_every_page_forbids_scripts_that_are_not_files_of_ours_and_has_none(server: Server) -> None:
    for path in pages(server):
        answer = requests.get(server.url + path, timeout=30)
        policy = answer.headers["Content-Security-Policy"]
        rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";") if rule.strip()}
        scripts = rules.get("script-src", rules["default-src"])
        assert set(scripts) <= {"'self'", "'none'"}, (path, policy)
        assert "unsafe" not in policy, path
        assert rules["base-uri"] == ["'none'"]
        assert rules["frame-ancestors"] == ["'none'"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert Page(answer.text).runs == [], path
        if path in {"/", "/?shell=1", "/desk"} and answer.ok:
            assert rules["require-trusted-types-for"] == ["'script'"]


@pytest.mark.parametrize("path", ["/", "/docs", "/operation", "/receipts/check", "/desk", "/paper", "/s/article/x"])
def test_nothing_of_an_address_comes_back_in_a_page(server: Server, path: str) -> None:
    mark = uuid.uuid4().hex
    script = SCRIPT.replace("alert", f"alert{mark}")
    for address in (f"{path}?q={script}&lang={script}", f"{path}/{script}"):
        answer = requests.get(server.url + address, headers={"Referer": script, "User-Agent": script}, timeout=30)
        assert answer.status_code < 500
        assert mark not in answer.text, address


def test_a_refusal_is_no_page_whatever_it_repeats(server: Server) -> None:
    for answer in (
        server.anonymous().get(f"/articles/{SCRIPT}"),
        server.anonymous().get("/feed", params={SCRIPT: "1"}),
        server.anonymous().post("/auth/codes", {SCRIPT: SCRIPT}),
        server.anonymous().get("/search", params={"q": SCRIPT}),
    ):
        assert "html" not in answer.headers["Content-Type"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


# ── foreign pages ──


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_no_foreign_page_reads_an_answer_and_no_cookie_speaks_for_anybody(server: Server, origin: str) -> None:
    citizen = server.citizen()
    asked = {"Origin": origin}
    wanted = asked | {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    answers = [
        citizen.get("/me", headers=asked),
        citizen.get("/sync/snapshot?streams=user", headers=asked),
        server.anonymous().post("/auth/codes", {"phone": "x"}, headers=asked),
        citizen.call("OPTIONS", "/me", headers=wanted),
    ]
    for answer in answers:
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_what_a_foreign_form_can_send_is_no_command(server: Server, kind: str) -> None:
    body = json.dumps({"service": "manhole", "title": "甲", "text": "乙"})
    answer = server.citizen().post("/requests", data=body.encode(), headers={"Content-Type": kind})
    assert answer.status_code == 415


# ── headers, paths ──


@pytest.mark.parametrize(
    "name", ["X-Request-Id", "Idempotency-Key", "If-None-Match", "Range", "Accept-Language", "Origin"]
)
def test_no_header_comes_back_as_another(server: Server, name: str) -> None:
    value = "abcdefgh\rSet-Cookie: a=b"
    raw = request(
        "GET", "/api/v1/feed", Content_Type="", Content_Length="", Connection="close", **{name.replace("-", "_"): value}
    )
    answer = send(server.url, raw)
    assert "set-cookie" not in answer.headers
    assert answer.status < 500


def test_the_name_of_a_file_is_words_and_no_header(server: Server) -> None:
    citizen = server.citizen()
    for name in (
        "a\r\nSet-Cookie: a=b.jpg",
        '"; filename=x.html',
        "../../../etc/passwd",
        "甲\u202egpj.exe",
        "a\x00.jpg",
    ):
        answer = citizen.post("/media", files={"file": (name, new_photo(), "image/jpeg")})
        assert answer.status_code < 500, answer.text
        if answer.ok:
            read = citizen.get(f"/media/{answer.json()['id']}")
            assert "Set-Cookie" not in read.headers
            assert read.headers["Content-Type"] == "image/jpeg"
            assert "sandbox" in read.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../wsgi.py", "/static/%2e%2e/wsgi.py", "/static/..%2fwsgi.py", "/static/%252e%252e/wsgi.py"),
        *("/static/app/assets/../../../wsgi.py", "/static/app/assets/..%2f..%2f..%2fwsgi.py", "/static//etc/passwd"),
        *(
            "/static/..\\wsgi.py",
            "/static/app/assets/%00",
            "/s/article/..%2f..",
            "/api/v1/media/..%2f..%2fetc%2fpasswd",
        ),
    ],
)
def test_no_path_leads_out_of_its_folder(server: Server, path: str) -> None:
    answer = send(server.url, request("GET", path, Content_Type="", Content_Length="", Connection="close"))
    assert answer.status in {400, 404, 308}, answer
    assert b"create_app" not in answer.body
    assert b"root:" not in answer.body


@pytest.mark.parametrize("host", ["elsewhere.example", "elsewhere.example:80@127.0.0.1", '127.0.0.1"><script>'])
def test_the_host_that_is_asked_for_is_in_no_link(server: Server, host: str) -> None:
    article = people.article(server)
    for path in (f"/s/article/{article}", "/rss.xml", "/atom.xml", "/"):
        answer = send(
            server.url, request("GET", path, Content_Type="", Content_Length="", Connection="close", Host=host)
        )
        assert b"elsewhere.example" not in answer.body, path
        assert b"elsewhere" not in "".join(answer.headers.values()).encode()


# ── bombs ──


def test_a_body_that_unpacks_itself_is_not_unpacked(server: Server) -> None:
    bomb = gzip.compress(b'{"phone": "' + b"1" * 50_000_000 + b'"}')
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = server.anonymous().post("/auth/codes", data=bomb, headers=headers)
    assert answer.status_code in {400, 415}


def test_a_socket_takes_no_compressed_frames(server: Server) -> None:
    """A frame of one kilobyte could unpack to a gigabyte."""
    address = server.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    wanted = ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]
    line = websocket.create_connection(address, timeout=20, header=wanted)
    assert line.getstatus() == 101
    assert "sec-websocket-extensions" not in {name.lower() for name in line.getheaders()}
    line.close()


# ── the log ──


def test_nobody_writes_a_line_of_the_log_nor_finds_a_secret_in_it(server: Server) -> None:
    before = server.log.stat().st_size
    forged = f'"}}\n{{"event": "session.opened", "actor": "forged-{uuid.uuid4().hex}"}}\n\x1b[2J\u2028'
    marks = {name: uuid.uuid4().hex for name in ("password", "word", "comment")}
    citizen = server.citizen()
    server.anonymous().post(
        "/auth/tokens", {"grant": "password", "username": forged[:40], "password": marks["password"]}
    )
    server.anonymous().post("/auth/tokens", {"grant": "password", "username": "layout", "password": marks["password"]})
    server.anonymous().get("/search", params={"q": forged + marks["word"]})
    server.anonymous().get("/articles/" + requests.utils.quote(forged, safe=""))
    citizen.post("/requests", {"service": "manhole", "title": marks["comment"], "text": forged + marks["comment"]})
    agent = {"User-Agent": forged.encode("ascii", "ignore").replace(b"\n", b" "), "X-Request-Id": "forged\tline"}
    server.anonymous().get("/feed", headers=agent)
    refresh = (citizen.tokens or {})["refresh_token"]
    renewed = server.anonymous().does("POST", "/auth/tokens", {"grant": "refresh", "refresh_token": refresh})
    with server.log.open(encoding="utf-8", errors="replace") as log:
        log.seek(before)
        written = log.read()
    for line in written.splitlines():
        if line.startswith("{"):
            assert json.loads(line)["event"] != "session.opened", line
    assert "\x1b" not in written
    secrets = [*marks.values(), refresh, renewed["access_token"], (citizen.tokens or {})["user"]["phone"][3:]]
    assert [secret for secret in secrets if secret in written] == []


# ── databases ──

QUERIES = [
    "' OR '1'='1",
    "'; DROP TABLE account; --",
    '" OR ""="',
    "\\'; SELECT pg_sleep(5); --",
    "%' UNION SELECT 1 --",
]


@pytest.mark.parametrize("text", QUERIES)
def test_words_that_are_sql_are_words(server: Server, text: str) -> None:
    dispatcher, citizen = server.staff("dispatcher"), server.citizen()
    case = citizen.does("POST", "/requests", {"service": "manhole", "title": text[:30], "text": text})
    assert citizen.does("GET", f"/requests/{case['id']}")["text"] == text
    assert server.anonymous().does("GET", "/search", params={"q": f"{text} {uuid.uuid4().hex}"})["items"] == []
    for path, name in (
        ("/desk/requests", "state"),
        ("/desk/requests", "office"),
        ("/notices", "office"),
        ("/feed", "town"),
    ):
        answer = dispatcher.get(path, params={name: text})
        assert answer.status_code in {200, 404, 422}, (path, answer.text)
        assert not answer.ok or answer.json()["items"] == []
    wrong = {"grant": "password", "username": text[:40], "password": text}
    assert server.anonymous().post("/auth/tokens", wrong).status_code in {401, 422}
