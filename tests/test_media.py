"""Uploading a file and getting it back, over HTTP from the running server."""

from __future__ import annotations

import io
import socket
from typing import Any

import pytest
import requests
from PIL import Image

from scenario.examine import publish
from scenario.people import Person
from tests import media_files as files
from tests.support.server import Server

NO_FILM = {"duration_s": None, "loudness": None, "poster": None, "hls": None, "work": "none", "progress": 0}
IMMUTABLE = "public, max-age=31536000, s-maxage=60, immutable"


def upload(person: Person, data: bytes, *, name="file", said="text/html", **headers: str) -> requests.Response:
    return person.post("/media", files={name: ("C:\\evil/../name.html", data, said)}, headers=headers)


def uploaded(person: Person, data: bytes) -> dict[str, Any]:
    answer = upload(person, data)
    assert answer.status_code == 201, answer.text
    return answer.json()


def get(person: Person, media: dict[str, Any], rendition: str | None = None, **headers: str) -> requests.Response:
    query = {"rendition": rendition} if rendition else {}
    return person.get(
        f"/media/{media['id']}", params=query, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def raw(server: Server, person: Person, body: bytes, *headers: str) -> bytes:
    """Send bytes as they are, close the sending side, and return the answer."""
    head = [
        "POST /api/v1/media HTTP/1.1",
        "Host: test",
        "Connection: close",
        f"Authorization: Bearer {person.token}",
        "Content-Type: multipart/form-data; boundary=abc",
        *headers,
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def multipart(server: Server, person: Person, body: bytes) -> requests.Response:
    return person.post("/media", data=body, headers={"Content-Type": "multipart/form-data; boundary=abc"})


def part(name: str, data: bytes, more="") -> bytes:
    return f'--abc\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + data + b"\r\n"


def uploads(server: Server) -> list[str]:
    """List all files but those that are made of films, which go on being made meanwhile."""
    found = [path for path in (server.data_dir / "media").rglob("*") if path.is_file() and path.suffix != ".poster"]
    return sorted(path.name for path in found if "." not in path.parent.name and path.parent.name != "hls")


def refused(answer: requests.Response, status: int, code: str, field: str | None = "file") -> dict[str, Any]:
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    if field is not None:
        assert problem["errors"][0]["field"] == field
    return problem


@pytest.fixture(scope="module")
def citizen(server: Server) -> Person:
    return server.citizen()


@pytest.fixture(scope="module")
def photo(citizen: Person) -> dict[str, Any]:
    return uploaded(citizen, files.photo(size=(1200, 700)))


def test_an_upload_answers_with_what_it_is_and_where(citizen):
    answer = upload(citizen, files.photo(size=(1200, 700), orientation=6))
    media = answer.json()
    url = f"/api/v1/media/{media['id']}"
    assert answer.status_code == 201
    assert answer.headers["Location"] == media["url"] == url
    assert media.keys() == {"id", "kind", "mime", "sha256", "bytes", "width", "height", "url", "renditions", *NO_FILM}
    assert media | NO_FILM == media
    assert (media["kind"], media["mime"]) == ("image", "image/jpeg")
    assert (media["width"], media["height"]) == (700, 1200)
    assert media["renditions"] == [{"name": "w320", "width": 320, "height": 549, "url": f"{url}?rendition=w320"}]


@pytest.mark.parametrize("mime", sorted(files.SAMPLES))
def test_every_type_is_taken_whatever_it_is_said_to_be_and_comes_back_as_it_is(citizen, mime):
    media = uploaded(citizen, files.SAMPLES[mime])
    answer = get(citizen, media)
    assert media["mime"] == answer.headers["Content-Type"] == mime
    assert media["bytes"] == len(answer.content) == int(answer.headers["Content-Length"])
    assert answer.headers["ETag"] == f'"{media["sha256"]}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    how = "attachment" if media["kind"] == "document" else "inline"
    assert answer.headers["Content-Disposition"].startswith(f'{how}; filename="{media["id"]}.')


def test_nobody_learns_where_a_photo_was_taken(citizen, photo):
    for rendition in (None, "w960", "w320"):
        answer = get(citizen, photo, rendition)
        image = Image.open(io.BytesIO(answer.content))
        assert files.PLACE.encode() not in answer.content
        assert not dict(image.getexif())
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert image.width == int((rendition or "w1200")[1:])


def test_a_citizens_file_is_for_its_owner_until_it_belongs_to_something(server, citizen, photo):
    assert get(citizen, photo).headers["Cache-Control"] == "private, no-store"
    for person in (server.citizen(), server.anonymous(), server.staff("dispatcher"), server.staff("editor")):
        answer = get(person, photo)
        refused(answer, 404, "not_found", None)
        assert answer.headers["Cache-Control"] == "no-store"
    unknown = server.anonymous().get("/media/01a20d47-83dc-7f75-8857-227d19ca80c0")
    assert unknown.json() == get(server.anonymous(), photo).json()


def test_a_newsroom_file_is_for_the_newsroom(server):
    media = uploaded(server.staff("reporter"), files.photo(size=(400, 300)))
    assert get(server.staff("chief"), media).headers["Cache-Control"] == "private, no-store"
    for person in (server.citizen(), server.anonymous(), server.staff("office"), server.staff("admin")):
        assert get(person, media).status_code == 404


def test_a_withdrawn_article_takes_its_pictures_along_unless_another_shows_them(server):
    editor, chief = server.staff("editor"), server.staff("chief")
    media = uploaded(editor, files.photo(size=(400, 300)))
    stories = []
    for headline in ("第一篇", "第二篇"):
        form = {
            "headline": headline,
            "body": [{"type": "image", "media": media["id"], "alt": "示意图"}],
            "section": "minsheng",
            "sources": [{"name": "公园管理处", "kind": "official", "verified": True}],
        }
        story = editor.does("POST", "/editor/stories", form)
        publish(server.staff, story["id"])
        stories.append(story["id"])
    chief.does("POST", f"/editor/stories/{stories[0]}/withdraw", {"reason": "图片有误"})
    assert get(server.anonymous(), media).status_code == 200
    chief.does("POST", f"/editor/stories/{stories[1]}/withdraw", {"reason": "图片有误"})
    assert get(server.anonymous(), media).status_code == 404


def test_a_published_file_is_for_everybody_and_for_good(server):
    editor = server.staff("editor")
    media = uploaded(editor, files.photo(size=(1000, 500)))
    body = [{"type": "image", "media": media["id"], "alt": "示意图"}, {"type": "text", "text": "公园周末延长开放。"}]
    story = {
        "headline": "公园加开夜场",
        "summary": "延长到九点",
        "body": body,
        "section": "minsheng",
        "class": "livelihood",
        "sources": [{"name": "公园管理处", "kind": "official", "verified": True}],
    }
    drafted = editor.does("POST", "/editor/stories", story)
    assert get(server.anonymous(), media).status_code == 404
    publish(server.staff, drafted["id"])
    for rendition in (None, "w320"):
        answer = get(server.anonymous(), media, rendition)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == IMMUTABLE
    article = server.anonymous().does("GET", f"/articles/{drafted['id']}")
    assert article["cover"] == media
    assert article["body"][0]["media"] == media


def test_only_ones_own_or_public_files_can_be_used(server, citizen, photo):
    service = server.anonymous().does("GET", "/services")["items"][0]["id"]
    form = {"service": service, "title": "路灯不亮", "text": "巷口的路灯三天没有亮了。", "media": [photo["id"]]}
    problem = refused(server.citizen().post("/requests", form), 422, "validation", "media")
    assert problem["errors"][0]["code"] == "unknown"
    assert citizen.does("POST", "/requests", form)["media"] == [photo]


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("bytes=0-9", (0, 10)),
        ("bytes=100-", (100, None)),
        ("bytes=-7", (-7, None)),
        ("bytes=5-99999999", (5, None)),
    ],
)
def test_one_range_is_honoured(citizen, photo, asked, sent):
    whole, answer = get(citizen, photo).content, get(citizen, photo, Range=asked)
    expected = whole[slice(*sent)]
    start = whole.index(expected)
    assert answer.status_code == 206
    assert answer.content == expected
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(whole)}"
    assert answer.headers["ETag"] == f'"{photo["sha256"]}"'


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=", "bytes=9-3", "nonsense", "bytes=a-b"])
def test_a_range_that_makes_no_sense_is_ignored(citizen, photo, asked):
    answer = get(citizen, photo, Range=asked)
    assert (answer.status_code, len(answer.content)) == (200, photo["bytes"])


def test_a_range_beyond_the_end_is_a_416(citizen, photo):
    answer = get(citizen, photo, Range=f"bytes={photo['bytes']}-")
    refused(answer, 416, "bad_header", "Range")
    assert answer.headers["Content-Range"] == f"bytes */{photo['bytes']}"


def test_what_a_phone_has_is_not_sent_again(citizen, photo):
    for rendition in (None, "w320"):
        tag = get(citizen, photo, rendition).headers["ETag"]
        answer = get(citizen, photo, rendition, If_None_Match=f'"other", {tag}', Range="bytes=0-9")
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
        assert get(citizen, photo, rendition, If_None_Match='"other"').status_code == 200
        assert get(citizen, photo, rendition, If_Range=tag, Range="bytes=0-9").status_code == 206
        assert get(citizen, photo, rendition, If_Range='"other"', Range="bytes=0-9").status_code == 200


def test_a_size_that_was_not_made_is_a_404_and_one_that_never_is_a_422(citizen, photo):
    refused(get(citizen, photo, "w1920"), 404, "not_found", None)
    refused(get(citizen, photo, "w1"), 422, "validation", "rendition")


def test_the_head_of_a_file_tells_its_size(citizen, photo):
    answer = citizen.call("HEAD", f"/media/{photo['id']}")
    assert (answer.status_code, answer.headers["Content-Length"]) == (200, str(photo["bytes"]))


def test_the_same_bytes_make_two_rows_and_one_file(server, citizen):
    data = files.photo(size=(333, 222))
    first, second = uploaded(citizen, data), uploaded(server.citizen(), data)
    assert first["id"] != second["id"]
    assert first["sha256"] == second["sha256"]
    assert len(list((server.data_dir / "media").rglob(first["sha256"]))) == 1


def test_an_upload_sent_twice_with_one_key_is_one_upload(citizen):
    key = {"Idempotency-Key": "upload-once"}
    first, again = (upload(citizen, files.pdf(), **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["Location"] == again.headers["Location"]
    refused(upload(citizen, files.wav(), **key), 409, "idempotency_conflict", None)
    refused(upload(citizen, files.wav(), **{"Idempotency-Key": "x" * 129}), 400, "bad_header", "Idempotency-Key")


def test_a_stranger_uploads_nothing(server):
    refused(upload(server.anonymous(), files.pdf()), 401, "auth_required", None)


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"<!doctype html><script>alert(1)</script>" * 1000, 415, "unsupported_media_type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', 415, "unsupported_media_type"),
        (files.box(b"ftyp", b"heic", bytes(4), b"mif1"), 415, "unsupported_media_type"),
        (files.photo()[:4000], 422, "media_unreadable"),
        (b"GIF89a=1;alert(document.domain)/*" + bytes(100) + b"*/", 422, "media_unreadable"),
        (files.bomb(), 422, "media_unreadable"),
        (files.film(files.track(b"vide"))[:-3], 422, "media_unreadable"),
        (b"", 422, "validation"),
    ],
)
def test_a_bad_file_is_refused_and_named(citizen, data, status, code):
    refused(upload(citizen, data), status, code)


@pytest.mark.parametrize(
    ("data", "limit"), [(files.photo() + bytes(21 << 20), 20), (files.pdf() + bytes(201 << 20), 200)]
)
def test_a_file_that_is_too_large_is_refused_with_the_limit(citizen, data, limit):
    problem = refused(upload(citizen, data), 413, "too_large")
    assert problem["limit"] == limit << 20


def test_exactly_one_part_called_file_is_taken(citizen):
    refused(upload(citizen, files.pdf(), name="datei"), 422, "validation", "datei")
    refused(citizen.post("/media", files=[("file", files.pdf()), ("file", files.pdf())]), 422, "validation")
    refused(citizen.post("/media", files={"file": files.pdf()}, data={"title": "x"}), 422, "validation", "title")
    refused(citizen.post("/media?title=x", files={"file": files.pdf()}), 422, "validation", "title")


def test_a_file_without_a_name_is_a_file_all_the_same(citizen):
    assert citizen.post("/media", files={"file": (None, files.pdf())}).status_code == 201


def test_another_body_than_multipart_is_refused(citizen):
    refused(citizen.post("/media", {"file": "x"}), 415, "unsupported_media_type")
    bare = citizen.post("/media", data=b"x", headers={"Content-Type": "multipart/form-data"})
    refused(bare, 400, "bad_header", "Content-Type")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no part at all",
        b"x" * 1_000_000,
        part("file", files.pdf()),
        part("file", files.pdf(), more="; \xff"),
        part("file", files.pdf()).replace(b'; name="file"', b"") + b"--abc--\r\n",
        b"--abc\r\nX-Other: 1\r\n\r\n%PDF-1.7\r\n--abc--\r\n",
        b"--abc\r\nX-Other: " + b"x" * 400_000,
        part("file", files.pdf()).replace(b'"file"', b'"f\xff"') + b"--abc--\r\n",
    ],
    ids=range(9),
)
def test_a_body_that_is_no_whole_multipart_is_refused(server, citizen, body):
    refused(multipart(server, citizen, body), 400, "body_truncated", None)


def test_an_empty_form_misses_its_file(server, citizen):
    refused(multipart(server, citizen, b"--abc--\r\n"), 422, "validation")


def test_a_body_that_is_cut_off_is_a_400_and_nothing_is_left(server, citizen):
    before = uploads(server)
    begun = part("file", files.photo())[:5000]
    for headers, body in [
        (["Content-Length: 90000"], begun),
        (["Transfer-Encoding: chunked"], b"1388\r\n" + begun + b"\r\n"),
        (["Transfer-Encoding: chunked"], b"ffff\r\n" + begun),
        (["Transfer-Encoding: chunked"], b"zz\r\n" + begun),
    ]:
        assert raw(server, citizen, body, *headers).startswith(b"HTTP/1.1 400 ")
    assert uploads(server) == before


def test_a_chunked_upload_is_taken(server, citizen):
    body = part("file", files.pdf()) + b"--abc--\r\n"
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(body[at : at + 7]), body[at : at + 7]) for at in range(0, len(body), 7))
    assert raw(server, citizen, chunks + b"0\r\n\r\n", "Transfer-Encoding: chunked").startswith(b"HTTP/1.1 201 ")


def test_the_document_says_what_goes_in_and_what_comes_out(server):
    paths = server.anonymous().does("GET", "/openapi.json")["paths"]
    form = paths["/api/v1/media"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert form["schema"]["properties"]["file"]["format"] == "binary"
    assert set(form["encoding"]["file"]["contentType"].split(", ")) == set(files.SAMPLES)
    sent = paths["/api/v1/media/{media_id}"]["get"]
    assert [parameter["name"] for parameter in sent["parameters"]] == ["rendition"]
    for status in ("200", "206"):
        assert set(sent["responses"][status]["content"]) == set(files.SAMPLES)
    assert {"304", "404", "416"} <= sent["responses"].keys()
