"""What bad input gets over HTTP: a refusal with a code, and with the field where one is to blame; never a 500."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest
import requests

from scenario.people import Person
from tests.support import rude
from tests.support.server import SECRET, Server

STORY = {"headline": "标题", "body": "正文", "section": "minsheng"}
MB = 1024 * 1024
FORM = "multipart/form-data; boundary=x"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def citizen(server: Server) -> Person:
    return server.citizen()


def refused(answer: requests.Response | rude.Raw, status: int, code: str, *fields: tuple[str, str]) -> dict[str, Any]:
    """Check that this is the one form of refusal, and return it."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert headers.get("content-type") == "application/problem+json", answer
    body: dict[str, Any] = answer.json()
    got = getattr(answer, "status_code", None) or getattr(answer, "status", None)
    assert (got, body["status"], body["code"]) == (status, status, code), body
    if fields:
        assert [(error["field"], error["code"]) for error in body["errors"]] == list(fields), body
    return body


def post_raw(server: Server, person: Person, path: str, body: bytes, **headers: str) -> rude.Raw:
    headers = {"Authorization": f"Bearer {person.token}", "Connection": "close"} | headers
    return rude.send(server.url, rude.request("POST", f"/api/v1{path}", body, **headers))


# ── fields ──


@pytest.mark.parametrize(
    ("form", "field", "code"),
    [
        (STORY | {"colour": "red"}, "colour", "unknown_field"),
        (STORY | {"sources": [{"name": "某局", "colour": 1}]}, "sources.0.colour", "unknown_field"),
        (STORY | {"headline": "长" * 61}, "headline", "too_long"),
        (STORY | {"headline": ""}, "headline", "too_short"),
        (STORY | {"headline": " \n\t　"}, "headline", "blank"),
        (STORY | {"headline": None}, "headline", "null"),
        (STORY | {"headline": 7}, "headline", "wrong_type"),
        (STORY | {"headline": ["标题"]}, "headline", "wrong_type"),
        (STORY | {"headline": "标\x00题"}, "headline", "unclean"),
        (STORY | {"headline": "标\ud800题"}, "headline", "unclean"),
        (STORY | {"headline": "标\ufffe题"}, "headline", "unclean"),
        (STORY | {"body": "字" * 100_001}, "body", "too_long"),
        (STORY | {"body": []}, "body", "too_short"),
        (STORY | {"body": {"type": "text"}}, "body", "wrong_type"),
        (STORY | {"body": [{"type": "text", "text": "好", "html": "好"}]}, "body.0.html", "missing"),
        (STORY | {"body": [{"type": "image"}]}, "body.0.media", "missing"),
        (STORY | {"body": [{"type": "video", "media": "x", "text": "好"}]}, "body.0.text", "unknown_field"),
        (STORY | {"body": [{"type": "song"}]}, "body.0.type", "not_a_choice"),
        (STORY | {"body": [None]}, "body.0", "null"),
        (STORY | {"body": [7]}, "body.0", "wrong_type"),
        (STORY | {"priority": 6}, "priority", "out_of_range"),
        (STORY | {"priority": 10**400}, "priority", "out_of_range"),
        (STORY | {"priority": 1.5}, "priority", "wrong_type"),
        (STORY | {"priority": "1"}, "priority", "wrong_type"),
        (STORY | {"priority": True}, "priority", "wrong_type"),
        (STORY | {"class": "gossip"}, "class", "not_a_choice"),
        (STORY | {"section": "minsheng\n"}, "section", "invalid"),
        (STORY | {"section": "../../etc"}, "section", "invalid"),
        (STORY | {"section": "nowhere"}, "section", "unknown"),
        (STORY | {"towns": "gucun"}, "towns", "wrong_type"),
        (STORY | {"towns": ["gucun"] * 21}, "towns", "too_long"),
        (STORY | {"translations": []}, "translations", "wrong_type"),
        (STORY | {"cover": "no-such-file"}, "body", "unknown"),
        ([STORY], "", "wrong_type"),
        ("STORY", "", "wrong_type"),
        (None, "", "wrong_type"),
        (7, "", "wrong_type"),
    ],
)
def test_each_bad_field_is_named(server: Server, form: Any, field: str, code: str) -> None:
    answer = server.staff("editor").post("/editor/stories", data=json.dumps(form), headers=JSON)
    body = refused(answer, 422, "validation", (field, code))
    assert any("\u4e00" <= letter <= "\u9fff" for letter in body["errors"][0]["message"])


def test_a_thousand_unknown_fields_are_not_all_repeated(server: Server) -> None:
    answer = server.staff("editor").post("/editor/stories", {f"字段{number}" * 30: 1 for number in range(1000)})
    body = refused(answer, 422, "validation")
    assert len(body["errors"]) == 50
    assert all(len(error["field"]) <= 64 for error in body["errors"])


def test_a_name_that_cannot_be_written_is_refused_all_the_same(server: Server) -> None:
    answer = server.staff("editor").post("/editor/stories", data='{"\\ud800": 1}', headers=JSON)
    refused(answer, 422, "validation")


@pytest.mark.parametrize("lat", [91, -90.5, 1e300, 10**400, "31", None, True, [31]])
def test_a_place_off_the_globe_is_refused(citizen: Person, lat: Any) -> None:
    form = {"service": "streetlight", "title": "灯不亮", "text": "三盏", "lat": lat, "lon": 121.4}
    assert "lat" in {error["field"] for error in refused(citizen.post("/requests", form), 422, "validation")["errors"]}


def test_half_a_place_is_refused(citizen: Person) -> None:
    form = {"service": "streetlight", "title": "灯不亮", "text": "三盏", "lat": 31.3}
    refused(citizen.post("/requests", form), 422, "validation", ("lon", "missing"))


@pytest.mark.parametrize(
    "moment",
    [
        "",
        "tomorrow",
        "2026-02-30T00:00:00Z",
        "2026-08-02",
        "2026-08-02T09:30:00",
        "2026-W32-7T09:30:00Z",
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "2026-08-02T09:30:00Z\n",
        "2026-08-02T24:30:00Z",
        "20260802T093000Z",
        1785634200,
    ],
)
def test_a_moment_that_is_none_is_refused(server: Server, moment: Any) -> None:
    story = server.staff("editor").does("POST", "/editor/stories", STORY)
    answer = server.staff("chief").post(f"/editor/stories/{story['id']}/publish", {"publish_at": moment})
    refused(answer, 422, "validation", ("publish_at", "invalid"))


# ── bodies ──


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "bad_json"),
        (b"{", 400, "bad_json"),
        (b'{"headline": "a"} {}', 400, "bad_json"),
        (b"headline=a", 400, "bad_json"),
        (b'{"headline": "a", "headline": "b"}', 400, "bad_json"),
        (b'{"priority": NaN}', 400, "bad_json"),
        (b'{"priority": -Infinity}', 400, "bad_json"),
        (b'{"priority": 1e999}', 400, "bad_json"),
        (b'{"priority": ' + b"9" * 5000 + b"}", 400, "bad_json"),
        (b"[" * 100_000, 400, "bad_json"),
        (b"[" * 100_000 + b"]" * 100_000, 400, "bad_json"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "bad_json"),
        (b"[" * 17 + b"]" * 17, 400, "bad_json"),
        (b'{"headline": "\xff\xfe"}', 400, "bad_encoding"),
        ('{"headline": "标题"}'.encode("gb18030"), 400, "bad_encoding"),
        ('{"headline": "标题"}'.encode("utf-16"), 400, "bad_encoding"),
        (b'\xef\xbb\xbf{"headline": "a"}', 400, "bad_json"),
        (b"\x00" * 100, 400, "bad_json"),
        (b'{"headline": "' + b"a" * MB + b'"}', 413, "too_large"),
    ],
    ids=lambda value: repr(value)[:24] if isinstance(value, bytes) else None,
)
def test_a_body_that_is_no_json_of_ours_is_refused(server: Server, body: bytes, status: int, code: str) -> None:
    refused(server.staff("editor").post("/editor/stories", data=body, headers=JSON), status, code)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx", "a/b" * 100, "中文"]
)
def test_another_content_type_is_refused(server: Server, content_type: str) -> None:
    body = json.dumps(STORY).encode()
    content_type = content_type.encode().decode("latin-1")
    answer = post_raw(server, server.staff("editor"), "/editor/stories", body, Content_Type=content_type)
    refused(answer, 415, "unsupported_media_type")


def test_a_command_without_fields_takes_nothing_or_an_empty_object(server: Server) -> None:
    person = server.citizen()
    refused(person.call("DELETE", "/auth/tokens", json={"all": True}), 422, "validation", ("all", "unknown_field"))
    refused(person.call("DELETE", "/auth/tokens", data=b"{", headers=JSON), 400, "bad_json")
    refused(person.call("DELETE", "/auth/tokens", data=b"x" * (MB + 1), headers=JSON), 413, "too_large")
    assert person.call("DELETE", "/auth/tokens", json={}).status_code == 204


def test_a_body_shorter_than_it_says_is_refused(server: Server) -> None:
    body = json.dumps(STORY).encode()
    answer = rude.send(
        server.url,
        rude.request(
            "POST",
            "/api/v1/editor/stories",
            body,
            Content_Length=str(len(body) + 50),
            Authorization=f"Bearer {server.staff('editor').token}",
        ),
        close_sending=True,
    )
    refused(answer, 400, "body_truncated")


@pytest.mark.parametrize(
    "chunks",
    [
        b'5\r\n{"a":\r\n',
        b"fffff\r\n{",
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"-5\r\n{}\r\n0\r\n\r\n",
        b"5",
        b"",
    ],
)
def test_a_chunked_body_that_breaks_off_is_refused(server: Server, chunks: bytes) -> None:
    head = rude.request(
        "POST",
        "/api/v1/editor/stories",
        Content_Length="",
        Transfer_Encoding="chunked",
        Connection="close",
        Authorization=f"Bearer {server.staff('editor').token}",
    )
    answer = rude.send(server.url, head + chunks, close_sending=True)
    assert answer.status in {0, 400}, answer
    if answer.status and answer.headers.get("content-type") == "application/problem+json":
        assert answer.json()["code"] in {"body_truncated", "bad_json"}


def test_a_whole_chunked_body_is_read(server: Server) -> None:
    body = json.dumps(STORY).encode()
    head = rude.request(
        "POST",
        "/api/v1/editor/stories",
        Content_Length="",
        Transfer_Encoding="chunked",
        Connection="close",
        Authorization=f"Bearer {server.staff('editor').token}",
    )
    answer = rude.send(server.url, head, b"%x\r\n" % len(body), body, b"\r\n0\r\n\r\n")
    assert answer.status == 201


def test_a_chunked_body_beyond_the_bound_is_refused(server: Server) -> None:
    head = rude.request(
        "POST",
        "/api/v1/editor/stories",
        Content_Length="",
        Transfer_Encoding="chunked",
        Connection="close",
        Authorization=f"Bearer {server.staff('editor').token}",
    )
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    refused(rude.send(server.url, head, *[chunk] * 20, b"0\r\n\r\n"), 413, "too_large")


# ── uploads ──


def test_an_upload_beyond_the_bound_is_refused_before_it_is_sent(server: Server, citizen: Person) -> None:
    head = rude.request(
        "POST",
        "/api/v1/media",
        Content_Length=str(3 * 1024**3),
        Content_Type=FORM,
        Authorization=f"Bearer {citizen.token}",
    )
    refused(rude.send(server.url, head), 413, "too_large", ("file", "too_large"))


@pytest.mark.parametrize(
    ("files", "status", "field"),
    [
        ({"file": ("a.jpg", b"no picture at all")}, 415, "file"),
        ({"file": ("a.jpg", b"")}, 422, "file"),
        ({"picture": ("a.jpg", b"x")}, 422, "picture"),
        ({"file\x00": ("a.jpg", b"x")}, 422, None),
    ],
)
def test_an_upload_that_is_no_file_of_ours_is_refused(
    citizen: Person, files: dict[str, Any], status: int, field: str | None
) -> None:
    answer = citizen.post("/media", files=files)
    body = refused(answer, status, answer.json()["code"])
    assert field is None or [error["field"] for error in body["errors"]] == [field]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", FORM),
        (b"--x\r\n", FORM),
        (b"--x--\r\n", FORM),
        (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
            FORM,
        ),
        (
            b'--x\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nabc\r\n--x--\r\n',
            FORM,
        ),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n", FORM),
        (b"abc", "multipart/form-data"),
        (b"abc", "multipart/form-data; boundary="),
        (b"abc", "multipart/form-data; boundary=" + "x" * 200),
        (b"{}", "application/json"),
    ],
)
def test_a_multipart_body_that_is_none_is_refused(
    server: Server, citizen: Person, body: bytes, content_type: str
) -> None:
    answer = post_raw(server, citizen, "/media", body, Content_Type=content_type)
    assert answer.status in {400, 415, 422}, answer
    refused(answer, answer.status, answer.json()["code"])


# ── addresses and queries ──


@pytest.mark.parametrize(
    ("query", "status", "code", "fields"),
    [
        ("colour=red", 422, "validation", [("colour", "unknown_field")]),
        ("limit=0", 422, "validation", [("limit", "out_of_range")]),
        ("limit=101", 422, "validation", [("limit", "out_of_range")]),
        ("limit=ten", 422, "validation", [("limit", "wrong_type")]),
        ("limit=1e2", 422, "validation", [("limit", "wrong_type")]),
        ("limit=" + "9" * 400, 422, "validation", [("limit", "wrong_type")]),
        ("limit=", 422, "validation", [("limit", "wrong_type")]),
        ("limit=1&limit=2", 400, "bad_request", [("limit", "repeated")]),
        ("section=a%00b", 400, "bad_encoding", []),
        ("section=%ff", 400, "bad_encoding", []),
        ("section=%ed%a0%80", 400, "bad_encoding", []),
        ("section=%0a", 422, "validation", [("section", "invalid")]),
        ("section=" + "a" * 65, 422, "validation", [("section", "invalid")]),
        ("cursor=", 422, "validation", [("cursor", "invalid")]),
        ("cursor=" + "a" * 251, 422, "validation", [("cursor", "invalid")]),
    ],
)
def test_each_bad_parameter_is_named(
    server: Server, query: str, status: int, code: str, fields: list[tuple[str, str]]
) -> None:
    answer = rude.send(server.url, rude.request("GET", f"/api/v1/feed?{query}", Content_Type="", Connection="close"))
    refused(answer, status, code, *fields)


@pytest.mark.parametrize("path", ["/sections", "/articles/nothing", "/services"])
def test_an_operation_without_parameters_takes_none(server: Server, path: str) -> None:
    refused(server.anonymous().get(f"{path}?colour=red"), 422, "validation", ("colour", "unknown_field"))


def mark(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "a",
        "!!!",
        mark(b"\xff\xfe"),
        mark(b"[" * 150),
        mark({}),
        mark([]),
        mark([1, 2]),
        mark(["2026-01-01T00:00:00+00:00", 7]),
        mark(["2026-01-01T00:00:00+00:00", None]),
        mark(["2026-01-01T00:00:00+00:00", "a\x00b"]),
        mark(["2026-01-01T00:00:00+00:00", "\ud800"]),
        mark(["2026-01-01T00:00:00", "a"]),
        mark(["99999-01-01T00:00:00+00:00", "a"]),
        mark(["0001-01-01T00:00:00+23:59", "a"]),
        mark(["9999-12-31T23:59:59-23:59", "a"]),
        mark([10**100, "a"]),
        mark(["2026-01-01T00:00:00+00:00", "a", "b"]),
    ],
)
@pytest.mark.parametrize("path", ["/feed", "/notices"])
def test_a_cursor_that_nobody_gave_out_is_refused(server: Server, path: str, cursor: str) -> None:
    body = refused(server.anonymous().get(path, params={"cursor": cursor}), 422, _code_for(cursor))
    assert [error["field"] for error in body["errors"]] == ["cursor"]


def _code_for(cursor: str) -> str:
    return "bad_cursor" if cursor.replace("-", "a").replace("_", "a").isalnum() else "validation"


@pytest.mark.parametrize(
    "page",
    [
        [],
        {},
        ["EPOCH", 1, ["pub"], ["pub", "article"]],
        ["EPOCH", 10**100, ["pub"], ["pub", "article", "a"]],
        ["EPOCH", -1, ["pub"], ["pub", "article", "a"]],
        ["EPOCH", True, ["pub"], ["pub", "article", "a"]],
        ["EPOCH", 1, ["user:somebody"], ["user:somebody", "article", "a"]],
        ["EPOCH", 1, ["pub"], ["pub", "a\x00", "a"]],
        ["EPOCH", 1, ["pub"], ["pub", "\ud800", "a"]],
        ["EPOCH", 1, ["pub"], "abc"],
        [1, 1, ["pub"], ["pub", "article", "a"]],
    ],
)
def test_a_snapshot_page_that_nobody_gave_out_is_refused(server: Server, page: Any) -> None:
    epoch = server.anonymous().does("GET", "/sync/snapshot", params={"streams": "pub"})["epoch"]
    page = [epoch if part == "EPOCH" else part for part in page] if isinstance(page, list) else page
    answer = server.anonymous().get("/sync/snapshot", params={"streams": "pub", "cursor": mark(page)})
    assert answer.status_code in {200, 410, 422}, answer.text
    if answer.status_code != 200:
        refused(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize(
    "streams", ["", "pub,", "nowhere", "town:", "user:" + "a" * 65, "pub\n", ",".join(["pub"] * 21)]
)
@pytest.mark.parametrize("path", ["/sync/snapshot", "/sync/changes?since=0"])
def test_a_stream_that_cannot_be_is_refused(server: Server, path: str, streams: str) -> None:
    refused(server.anonymous().get(path, params={"streams": streams}), 422, "validation", ("streams", "invalid"))


@pytest.mark.parametrize("since", ["-1", "1.5", "x", str(2**53 + 1), "9" * 400])
def test_a_seq_that_cannot_be_is_refused(server: Server, since: str) -> None:
    body = refused(
        server.anonymous().get("/sync/changes", params={"since": since, "streams": "pub"}), 422, "validation"
    )
    assert [error["field"] for error in body["errors"]] == ["since"]


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/articles/",
        "/articles/a%00b",
        "/articles/%ff%fe",
        "/articles/a%0a",
        "/articles/" + "a" * 65,
        "/articles/..%2f..%2fetc%2fpasswd",
        "/articles/%E6%96%B0%E9%97%BB",
        "/articles/a b".replace(" ", "%20"),
    ],
)
def test_an_address_that_is_none_is_a_404(server: Server, path: str) -> None:
    answer = rude.send(server.url, rude.request("GET", f"/api/v1{path}", Content_Type="", Connection="close"))
    refused(answer, 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/feed", {"GET", "HEAD", "OPTIONS"}),
        ("POST", "/me", {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}),
        ("PUT", "/editor/stories", {"GET", "HEAD", "OPTIONS", "POST"}),
        ("GET", "/auth/codes", {"POST", "OPTIONS"}),
        ("TRACE", "/feed", {"GET", "HEAD", "OPTIONS"}),
        ("BREW", "/feed", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_a_method_that_is_not_supported_is_a_405(server: Server, method: str, path: str, allowed: set[str]) -> None:
    answer = server.anonymous().call(method, path)
    refused(answer, 405, "method_not_allowed")
    assert {name.strip() for name in answer.headers["Allow"].split(",")} == allowed


# ── headers ──


@pytest.mark.parametrize(
    "version", ["", "x", '"x"', 'W/"1"', '"1", "2"', '"' + "9" * 40 + '"', "-1", '"1', "1.0", "\xff"]
)
def test_a_version_that_is_none_of_ours_is_refused(server: Server, version: str) -> None:
    path = f"/editor/stories/{server.staff('editor').does('POST', '/editor/stories', STORY)['id']}"
    headers = {"If-Match": version.encode("latin-1")}
    answer = server.staff("editor").call("PATCH", path, json={"summary": "改"}, headers=headers)
    refused(answer, 400, "bad_header", ("If-Match", "invalid"))


@pytest.mark.parametrize("key", ["", "a b", "k" * 129, "钥匙", "\xff"])
def test_a_bad_idempotency_key_is_refused(server: Server, key: str) -> None:
    headers = {"Idempotency-Key": key.encode()}
    answer = server.staff("editor").post("/editor/stories", STORY, headers=headers)
    refused(answer, 400, "bad_header", ("Idempotency-Key", "invalid"))


def test_a_key_that_was_used_for_something_else_is_refused(server: Server) -> None:
    headers = {"Idempotency-Key": "used-for-two-things"}
    assert server.staff("editor").post("/editor/stories", STORY, headers=headers).status_code == 201
    other = server.staff("editor").post("/editor/stories", STORY | {"headline": "另一篇"}, headers=headers)
    refused(other, 409, "idempotency_conflict")


def forged(claims: dict[str, Any], secret: str = SECRET, algorithm: str | None = "HS256") -> str:
    return jwt.encode(claims, secret if algorithm != "none" else None, algorithm=algorithm)


BAD_TOKENS = [
    "",
    "x",
    "a.b.c",
    "a" * 7000,
    f"{mark({'alg': 'HS256'})}.{mark([1])}.x",
    f"{mark({'alg': 'HS256', 'kid': '../../etc/passwd'})}.{mark({})}.x",
    f"{mark(b'[' * 3000)}.e30.x",
    "\xff\xfe",
]


@pytest.mark.parametrize("token", BAD_TOKENS, ids=range(len(BAD_TOKENS)))
@pytest.mark.parametrize("path", ["/me", "/feed"])
def test_a_token_that_is_none_is_refused_even_where_strangers_may_enter(server: Server, path: str, token: str) -> None:
    headers = {"Authorization": b"Bearer " + token.encode("latin-1")}
    answer = server.anonymous().get(path, headers=headers)
    refused(answer, 401, "bad_credentials")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer ", "token", "", "Bearer a b", ", ,", "\x85"])
def test_credentials_of_another_kind_are_refused(server: Server, header: str) -> None:
    answer = server.anonymous().get("/me", headers={"Authorization": header.encode("latin-1")})
    refused(answer, 401, "bad_credentials")


def test_a_forged_expired_or_unsigned_token_opens_nothing(server: Server) -> None:
    person = server.citizen()
    claims = jwt.decode(person.token or "", options={"verify_signature": False})
    tokens = {
        "signed with another key": forged(claims, "another key, of a sufficient length too"),
        "not signed": forged(claims, algorithm="none"),
        "of another account": forged(claims | {"sub": "nobody"}, "another key, of a sufficient length too"),
        "changed after signing": _with_claims(person.token or "", claims | {"sub": "nobody"}),
        "another algorithm": jwt.encode(claims, "k" * 64, algorithm="HS512"),
    }
    for what, token in tokens.items():
        answer = server.anonymous().get("/me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_credentials"), what
    # With the right key, as if it had leaked: what is missing or of the wrong type is still no 500.
    for name in claims:
        for value in (None, 7, [], {}, "x" * 3000, "\x00", -1, 1e300):
            token = _signed_as(server, claims | {name: value})
            answer = server.anonymous().get("/me", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code in {200, 401}, (name, value, answer.text)
        token = _signed_as(server, {key: kept for key, kept in claims.items() if key != name})
        assert server.anonymous().get("/me", headers={"Authorization": f"Bearer {token}"}).status_code in {200, 401}


def _signed_as(server: Server, claims: dict[str, Any]) -> str:
    header = {"alg": "HS256", "typ": "JWT"}
    signed = f"{mark(header)}.{mark(claims)}"
    signer = jwt.get_algorithm_by_name("HS256")
    key = signer.prepare_key(server.env["SECRET_KEY"])
    return f"{signed}.{base64.urlsafe_b64encode(signer.sign(signed.encode(), key)).decode().rstrip('=')}"


def _with_claims(token: str, claims: dict[str, Any]) -> str:
    header, _, signature = token.split(".")
    return f"{header}.{mark(claims)}.{signature}"


def test_an_expired_token_says_so(make_server: Any) -> None:
    server = make_server()
    person = server.citizen()
    server.move_clock(16 * 60)
    refused(person.get("/me"), 401, "token_expired")


@pytest.mark.parametrize(
    "lines",
    [
        b"GET /api/v1/feed HTTP/1.1\r\nHost: a\r\n" + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        b"GET /api/v1/feed?q=" + b"y" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /api/v1/feed HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
        b"GET /api/v1/feed HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"POST /api/v1/auth/codes HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: x\r\n\r\n{}",
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /api/v1/feed HTTP/9.9\r\nHost: a\r\n\r\n",
        b"GET \xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /api/v1/feed HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
    ids=range(11),
)
def test_a_request_that_is_hardly_http_does_no_harm(server: Server, lines: bytes) -> None:
    """Below the application the server answers in its own words, or not at all; it lives on."""
    answer = rude.send(server.url, lines, close_sending=True)
    assert answer.status < 500 or answer.status == 505, answer
    assert server.anonymous().get("/feed").status_code == 200
