"""Uploads in pieces, over HTTP from the running server: cut, killed, doubled, and never finished."""

from __future__ import annotations

import fcntl
import hashlib
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.errors import AppError
from backend.media.rules import MB, PIECE, PIECE_TYPE, UPLOADS_AT_ONCE
from backend.media.store import MediaStore
from scenario.people import Person
from tests import media_files as files
from tests.support.server import Server, wait_until
from tests.sync.database import rows

DAY_S = 24 * 3600
Answer = requests.Response


def document(size: int) -> bytes:
    """A file that nobody has sent before and that is kept as it is, byte for byte."""
    return (b"%PDF-1.7\n" + os.urandom(size))[:size]


def announce(person: Person, data: bytes, key: str | None = None, **more: Any) -> Answer:
    form = {"name": "泵站.pdf", "size": len(data), "purpose": "material"} | more
    return person.post("/uploads", form, headers={"Idempotency-Key": key or uuid.uuid4().hex})


def announced(person: Person, data: bytes, **more: Any) -> str:
    answer = announce(person, data, **more)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/v1/uploads/{answer.json()['id']}"
    return str(answer.json()["id"])


def send(person: Person, upload: str, offset: int | str | None, piece: Any, kind: str = PIECE_TYPE) -> Answer:
    headers = {"Content-Type": kind} | ({} if offset is None else {"Upload-Offset": str(offset)})
    return person.call("PATCH", f"/uploads/{upload}", data=piece, headers=headers)


def stands(person: Person, upload: str) -> int:
    """Ask how far it is, and hold the three ways of saying so against each other."""
    head, told = person.call("HEAD", f"/uploads/{upload}"), person.get(f"/uploads/{upload}")
    assert head.headers["Upload-Offset"] == told.headers["Upload-Offset"] == str(told.json()["offset"])
    assert head.headers["Upload-Length"] == str(told.json()["size"])
    assert head.headers["Cache-Control"] == "no-store"
    return int(told.json()["offset"])


def finish(person: Person, upload: str) -> Answer:
    return person.post(f"/uploads/{upload}/finish")


def sent(person: Person, data: bytes, **more: Any) -> Answer:
    """Upload a file in two pieces."""
    upload = announced(person, data, **more)
    half = len(data) // 2
    for at, piece in ((0, data[:half]), (half, data[half:])):
        answer = send(person, upload, at, piece)
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(at + len(piece))), answer.text
    return finish(person, upload)


def refused(answer: Answer, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    return problem


def lies(server: Server, upload: str) -> Path:
    return server.data_dir / "media" / "uploads" / upload


@pytest.fixture(scope="module")
def reporter(server: Server) -> Person:
    return server.hire("试传记者", "reporter", desk="reporters")


# ── what comes of it ──


@pytest.mark.parametrize("mime", sorted(files.SAMPLES))
def test_what_comes_in_pieces_is_the_same_as_what_comes_at_once(reporter: Person, mime: str) -> None:
    data = files.SAMPLES[mime]
    at_once = reporter.post("/media", files={"file": ("x", data)}).json()
    answer = sent(reporter, data)
    media = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"/api/v1/media/{media['id']}")
    settled = {"work", "progress", "duration_s", "loudness", "poster", "hls"}
    assert {name: media[name] for name in media if name not in {"id", "url", "renditions", *settled}} == {
        name: at_once[name] for name in at_once if name not in {"id", "url", "renditions", *settled}
    }
    assert media.keys() == at_once.keys()
    assert [one["width"] for one in media["renditions"]] == [one["width"] for one in at_once["renditions"]]
    assert (media["work"] == "none") == (at_once["work"] == "none")


def test_a_finished_upload_says_what_became_of_it_and_is_finished_once(server: Server, reporter: Person) -> None:
    data = document(5000)
    upload = announced(reporter, data)
    assert send(reporter, upload, 0, data).status_code == 204
    media = finish(reporter, upload)
    again = finish(reporter, upload)
    assert (media.status_code, again.status_code) == (201, 200)
    assert again.json() == media.json()
    assert again.headers["Location"] == media.headers["Location"]
    shown = reporter.does("GET", f"/uploads/{upload}")
    assert (shown["media"], shown["offset"], shown["piece"]) == (media.json()["id"], len(data), PIECE)
    assert rows(server, "SELECT count(*) FROM media WHERE sha256 = :sha", sha=media.json()["sha256"]) == [(1,)]
    refused(send(reporter, upload, len(data), b"x"), 409, "upload_offset")
    assert reporter.delete(f"/uploads/{upload}").status_code == 204
    assert reporter.get(f"/media/{media.json()['id']}").content == data


def test_a_picture_in_pieces_loses_its_place_too(reporter: Person) -> None:
    media = sent(reporter, files.new_photo()).json()
    assert files.PLACE.encode() not in reporter.get(f"/media/{media['id']}").content


# ── announcing ──


def test_an_announcement_sent_twice_is_one_upload(reporter: Person) -> None:
    data, key = document(100), uuid.uuid4().hex
    first, again = (announce(reporter, data, key) for _ in range(2))
    assert first.json() == again.json()
    refused(announce(reporter, data + b"x", key), 409, "idempotency_conflict")
    refused(reporter.post("/uploads", {"name": "x", "size": 1}), 400, "key_required")
    reporter.delete(f"/uploads/{first.json()['id']}")
    # What was given up is not said to be there.
    refused(announce(reporter, data, key), 409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"size": 0}, "size"),
        ({"size": "many"}, "size"),
        ({"name": ""}, "name"),
        ({"sha256": "ABC"}, "sha256"),
        ({"purpose": "fun"}, "purpose"),
        ({"offset": 5}, "offset"),
    ],
)
def test_a_wrong_announcement_is_refused_by_name(reporter: Person, change: dict[str, Any], field: str) -> None:
    assert refused(announce(reporter, b"x", **change), 422, "validation")["errors"][0]["field"] == field


def test_a_file_larger_than_any_may_be_is_refused_before_it_is_sent(reporter: Person) -> None:
    assert refused(announce(reporter, b"", size=200 * MB + 1), 413, "too_large")["limit"] == 200 * MB


def test_nobody_begins_more_than_a_few(server: Server) -> None:
    citizen = server.citizen()
    begun = [announced(citizen, b"x") for _ in range(UPLOADS_AT_ONCE)]
    assert refused(announce(citizen, b"x"), 409, "guard_failed")["guard"] == "uploads_at_once"
    citizen.delete(f"/uploads/{begun[0]}")
    announced(citizen, b"x")


def test_an_upload_is_nobody_elses(server: Server, reporter: Person) -> None:
    data = document(100)
    upload = announced(reporter, data)
    for other in (server.citizen(), server.staff("editor")):
        for answer in (
            other.get(f"/uploads/{upload}"),
            send(other, upload, 0, data),
            finish(other, upload),
            other.delete(f"/uploads/{upload}"),
        ):
            refused(answer, 404, "not_found")
    refused(send(server.anonymous(), upload, 0, data), 401, "auth_required")
    assert stands(reporter, upload) == 0
    assert reporter.delete(f"/uploads/{upload}").status_code == 204
    refused(reporter.delete(f"/uploads/{upload}"), 404, "not_found")
    refused(send(reporter, upload, 0, data), 404, "not_found")


def test_what_one_has_begun_is_in_ones_own_data_and_goes_with_the_account(server: Server) -> None:
    citizen = server.citizen()
    upload = announced(citizen, b"12", name="水管.pdf")
    assert [one["name"] for one in citizen.does("GET", "/me/export")["uploads"]] == ["水管.pdf"]
    citizen.does("DELETE", "/me")
    assert rows(server, "SELECT count(*) FROM upload WHERE id = :id", id=upload) == [(0,)]


# ── pieces ──


def test_a_piece_that_does_not_fit_is_told_where_to_go_on(reporter: Person) -> None:
    data = document(3000)
    upload = announced(reporter, data)
    assert send(reporter, upload, 0, data[:1000]).status_code == 204
    for wrong in (0, 999, 1001, 10**11):
        answer = send(reporter, upload, wrong, data[1000:])
        assert refused(answer, 409, "upload_offset")["offset"] == 1000
        assert answer.headers["Upload-Offset"] == "1000"
    assert refused(finish(reporter, upload), 409, "upload_offset")["offset"] == 1000
    assert refused(send(reporter, upload, 1000, data[1000:] + b"x"), 413, "too_large")["limit"] == 2000
    assert send(reporter, upload, 1000, b"").status_code == 204
    assert stands(reporter, upload) == 1000
    assert send(reporter, upload, 1000, data[1000:]).status_code == 204
    assert reporter.get(f"/media/{finish(reporter, upload).json()['id']}").content == data


def test_a_piece_is_bounded_and_says_what_it_is(reporter: Person) -> None:
    upload = announced(reporter, b"", size=3 * MB)
    refused(send(reporter, upload, None, b"x"), 400, "bad_header")
    for wrong in ("-1", "1.5", "x", "1" * 13):
        refused(send(reporter, upload, wrong, b"x"), 400, "bad_header")
    refused(send(reporter, upload, 0, b"x", "application/octet-stream"), 415, "unsupported_media_type")
    assert refused(send(reporter, upload, 0, bytes(PIECE + 1)), 413, "too_large")["limit"] == PIECE
    chunked = iter([document(PIECE), b"x"])
    assert refused(send(reporter, upload, 0, chunked), 413, "too_large")["limit"] == PIECE
    assert stands(reporter, upload) == 0
    assert send(reporter, upload, 0, iter([document(PIECE)])).status_code == 204
    reporter.delete(f"/uploads/{upload}")


def test_a_file_is_refused_as_soon_as_its_beginning_tells(reporter: Person) -> None:
    page = announced(reporter, b"", size=100_000)
    for _ in range(2):
        # What has arrived stays refused.
        refused(send(reporter, page, 0, b"<!doctype html>" * 2000), 415, "unsupported_media_type")
    photo = announced(reporter, b"", size=21 * MB)
    answer = send(reporter, photo, 0, files.photo(size=(2000, 1000), quality=100)[:17_000])
    assert refused(answer, 413, "too_large")["limit"] == 20 * MB
    broken = announced(reporter, files.photo()[:4000])
    assert send(reporter, broken, 0, files.photo()[:4000]).status_code == 204
    refused(finish(reporter, broken), 422, "media_unreadable")


def test_bytes_that_are_not_those_announced_are_refused(reporter: Person) -> None:
    data = document(2000)
    said = hashlib.sha256(data).hexdigest()
    problem = refused(sent(reporter, data[:-1] + b"?", sha256=said), 422, "checksum_mismatch")
    assert problem["errors"][0]["field"] == "sha256"
    assert sent(reporter, data, sha256=said).status_code == 201


def test_while_one_writes_another_is_told_to_wait(server: Server, reporter: Person) -> None:
    data = document(2000)
    upload = announced(reporter, data)
    assert send(reporter, upload, 0, data[:500]).status_code == 204
    with lies(server, upload).open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        for answer in (send(reporter, upload, 500, data[500:]), finish(reporter, upload)):
            assert refused(answer, 409, "upload_busy")["offset"] == 500
    assert send(reporter, upload, 500, data[500:]).status_code == 204


def follow(person: Person, upload: str, data: bytes, piece: int) -> Answer:
    """Send a file as a page does: from where the server stands, again and again, whatever happens on the way."""
    offset = 0
    while True:
        try:
            if offset == len(data):
                answer = finish(person, upload)
                if answer.ok:
                    return answer
            else:
                answer = send(person, upload, offset, data[offset : offset + piece])
            if answer.status_code == 409:
                offset = answer.json()["offset"]
                time.sleep(0.01)
            else:
                assert answer.status_code == 204, answer.text
                offset = int(answer.headers["Upload-Offset"])
        except requests.RequestException:
            time.sleep(0.05)
            offset = min(offset, len(data) - 1)


def test_two_pages_that_send_one_upload_make_one_file(server: Server, reporter: Person) -> None:
    data = document(300_000)
    upload = announced(reporter, data)
    answers: list[Answer] = []
    pages = [threading.Thread(target=lambda: answers.append(follow(reporter, upload, data, 7000))) for _ in range(2)]
    for page in pages:
        page.start()
    for page in pages:
        page.join()
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.status_code for answer in answers) == [200, 201]
    assert reporter.get(f"/media/{answers[0].json()['id']}").content == data


# ── cuts ──


def cut(server: Server, person: Person, upload: str, offset: int, piece: bytes, arrives: int) -> None:
    """Send a piece of which only the beginning arrives, and wait until the server has given it up."""
    head = (
        f"PATCH /api/v1/uploads/{upload} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
        f"Authorization: Bearer {person.token}\r\nContent-Type: {PIECE_TYPE}\r\n"
        f"Upload-Offset: {offset}\r\nContent-Length: {len(piece)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(head.encode() + piece[:arrives])
        line.shutdown(socket.SHUT_WR)
        while line.recv(65536):
            pass


STEPS = st.lists(
    st.tuples(st.sampled_from(["sent", "lost", "twice", "cut", "wrong"]), st.integers(1, 9000), st.integers(0, 9000)),
    max_size=8,
)


@settings(max_examples=25)
@given(size=st.integers(40, 30_000), steps=STEPS)
def test_whatever_the_cuts_the_bytes_arrive_once_and_equal(
    server: Server, reporter: Person, size: int, steps: list[tuple[str, int, int]]
) -> None:
    data = document(size)
    upload = announced(reporter, data, sha256=hashlib.sha256(data).hexdigest())
    known = here = 0
    for how, length, other in steps:
        # A page may know less than the server has, never more.
        piece = data[known : known + length]
        if how == "cut":
            # Of a piece that is whole the last byte is what is missing.
            cut(server, reporter, upload, known, piece, min(other, max(len(piece) - 1, 0)))
        elif how == "wrong":
            answer = send(reporter, upload, other, data[other : other + length])
            if other != here:
                assert refused(answer, 409, "upload_offset")["offset"] == here
            else:
                here = known = int(answer.headers["Upload-Offset"])
        else:
            answers = [send(reporter, upload, known, piece) for _ in range(2 if how == "twice" else 1)]
            if known == here:
                assert answers[0].status_code == 204, answers[0].text
                here += len(piece)
            if how != "lost":
                known = int(answers[-1].headers["Upload-Offset"])
        assert stands(reporter, upload) == here <= size
    answer = follow(reporter, upload, data, 8000)
    assert answer.status_code == 201
    assert reporter.get(f"/media/{answer.json()['id']}").content == data


def test_kill_9_at_any_moment_loses_nothing_that_was_acknowledged(make_server: Callable[..., Server]) -> None:
    server = make_server()
    reporter = server.staff("reporter")
    data, dice = document(6 * MB), random.Random(20190802)
    upload = announced(reporter, data, sha256=hashlib.sha256(data).hexdigest())
    answers: list[Answer] = []
    page = threading.Thread(target=lambda: answers.append(follow(reporter, upload, data, 60_000)))
    assert send(reporter, upload, 0, data[:100_000]).status_code == 204
    server.kill()
    server.start()
    assert stands(reporter, upload) == 100_000
    page.start()
    for _ in range(4):
        time.sleep(dice.uniform(0.05, 0.5))
        server.kill()
        server.start()
    page.join(60)
    assert answers, "it never came to an end"
    media = answers[0].json()
    assert reporter.get(f"/media/{media['id']}").content == data
    assert rows(server, "SELECT count(*) FROM media WHERE sha256 = :sha", sha=media["sha256"]) == [(1,)]
    assert finish(reporter, upload).json() == media


class Killed(Exception):
    """In the place of a kill: nothing of what was to come is done."""


@pytest.mark.parametrize("place", ["put", "_put_file", "_keep"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_whoever_dies_while_finishing_leaves_the_bytes_as_they_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, when: str
) -> None:
    store, film = MediaStore(tmp_path), files.film(files.track(b"vide"))
    checksum, whole = hashlib.sha256(film).hexdigest(), getattr(MediaStore, place)

    def dies(self: MediaStore, *args: Any) -> None:
        if when == "after":
            whole(self, *args)
        raise Killed

    with store.partial("one") as partial:
        partial.append(film)
    with monkeypatch.context() as patched, store.partial("one") as partial:
        patched.setattr(MediaStore, place, dies)
        with pytest.raises(Killed):
            store.put_partial(partial, checksum)
    with store.partial("one") as partial:
        stored = store.put_partial(partial, checksum)
        assert stored.sha256 != checksum, "the place is removed from a film, and not from what came in"
        with pytest.raises(AppError):
            store.put_partial(partial, "0" * 64)


# ── what is never finished ──


@pytest.fixture(scope="module")
def aged(make_server: Callable[..., Server]) -> tuple[Server, dict[str, str]]:
    """Give a swept server, with an upload that was left, one that was finished, and one begun a day later."""
    server = make_server()
    reporter, data = server.staff("reporter"), document(4000)
    left, done = announced(reporter, data), announced(reporter, data)
    assert send(reporter, left, 0, data[:2000]).status_code == 204
    assert send(reporter, done, 0, data).status_code == 204
    media = finish(reporter, done).json()["id"]
    server.move_clock(DAY_S - 3600)
    young = announced(server.staff("reporter"), data)
    assert send(server.staff("reporter"), young, 0, data[:2000]).status_code == 204
    lies(server, "of-nobody").write_bytes(b"left by a process that was killed")
    server.move_clock(2 * 3600)
    wait_until(lambda: rows(server, "SELECT id FROM upload") == [(young,)], 60)
    wait_until(lambda: not lies(server, "of-nobody").exists(), 30)
    return server, {"left": left, "done": done, "young": young, "media": media}


def test_what_was_never_finished_is_gone_after_a_day(aged: tuple[Server, dict[str, str]]) -> None:
    server, ids = aged
    reporter = server.staff("reporter")
    refused(reporter.get(f"/uploads/{ids['left']}"), 404, "not_found")
    assert not lies(server, ids["left"]).exists()
    assert stands(reporter, ids["young"]) == 2000


def test_what_was_finished_stays_when_its_upload_is_forgotten(aged: tuple[Server, dict[str, str]]) -> None:
    server, ids = aged
    refused(server.staff("reporter").get(f"/uploads/{ids['done']}"), 404, "not_found")
    assert len(server.staff("reporter").get(f"/media/{ids['media']}").content) == 4000
