"""The disk is full: nothing is half done, reading goes on, and once there is room again so does everything else.

The kernel's bound on the size of files stands for the disk: no process can write beyond it, logs included.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scenario.people import Person
from tests.media_files import photo
from tests.support import tables
from tests.support.server import Server, postgres_url

_NO_BOUND = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@contextmanager
def full(server: Server) -> Iterator[None]:
    """Let the server write no file any longer than a page."""
    assert server.process is not None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, _NO_BOUND)


def upload(person: Person) -> Any:
    return person.post("/media", files={"file": ("hole.jpg", photo(size=(1200, 900)), "image/jpeg")})


def test_nothing_is_half_done_while_the_disk_is_full(make_server: Callable[..., Server]) -> None:
    server = make_server()
    citizen = server.citizen()
    form = {"service": "manhole", "title": "井盖", "text": "路口的井盖不见了"}
    count = "SELECT (SELECT count(*) FROM service_request), (SELECT count(*) FROM media), (SELECT max(seq) FROM event)"
    before = tables.run(server, count)
    with full(server):
        refusals = [upload(citizen)]
        if not postgres_url():
            refusals += [citizen.post("/requests", form, headers={"Idempotency-Key": "while-it-was-full"})]
        for answer in refusals:
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable"), answer.text
            assert answer.headers["Content-Type"] == "application/problem+json"
        assert server.anonymous().get("/feed").ok
    assert tables.run(server, count) == before
    assert upload(citizen).status_code == 201
    filed = citizen.post("/requests", form, headers={"Idempotency-Key": "while-it-was-full"})
    assert filed.status_code == 201
    assert "intact" in server.flask("verify-log").stdout
    assert not [left for left in (server.data_dir / "media/incoming").iterdir() if left.is_file()]


@pytest.mark.skipif(bool(postgres_url()), reason="its own file is SQLite's")
def test_a_house_on_a_full_disk_starts_again_once_there_is_room(make_server: Callable[..., Server]) -> None:
    server = make_server()
    editor = server.staff("editor")
    draft = {"headline": "写到一半", "body": "正文", "section": "minsheng"}
    with full(server):
        assert editor.post("/editor/stories", draft).status_code == 503
    server.kill()
    server.start()
    assert editor.post("/editor/stories", draft).status_code == 201
    assert "intact" in server.flask("verify-log").stdout
