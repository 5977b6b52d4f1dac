"""What is rendered once a version: never an older one, never a withdrawn one, and not without bound."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import requests

from backend.renderings import Renderings
from scenario.examine import correct
from tests.support import tables
from tests.support.server import Server


def body(ver: int, text: str = "正文") -> dict[str, Any]:
    return {"id": "a", "ver": ver, "text": text}


def test_a_version_is_rendered_once() -> None:
    kept, rendered = Renderings(), []

    def render() -> dict[str, Any]:
        rendered.append(1)
        return body(3)

    first, again = (kept.get(("article", "a", 3), render) for _ in range(2))
    assert first is again
    assert (first.ver, json.loads(first.json), len(rendered)) == (3, body(3), 1)


def test_another_version_and_another_kind_are_rendered_anew() -> None:
    kept = Renderings()
    keys = [("article", "a", 1), ("article", "a", 2), ("notice", "a", 1)]
    given = [kept.get(key, lambda key=key: body(key[2], key[0])) for key in keys]
    assert [json.loads(one.json) for one in given] == [body(ver, kind) for kind, _, ver in keys]


def test_what_was_not_asked_for_longest_makes_room() -> None:
    size = len(Renderings().get(("a",), lambda: body(1)).json)
    kept, rendered = Renderings(max_bytes=3 * size), []

    def read(name: str) -> None:
        kept.get((name,), lambda: rendered.append(name) or body(1))

    for name in ("a", "b", "c", "a", "d", "a", "c", "d", "b"):
        read(name)
    assert rendered == ["a", "b", "c", "d", "b"]
    kept.get(("large",), lambda: body(1, "x" * 10 * size))
    read("a")
    assert rendered[-1] == "a", "what is larger than all room leaves none, and is not kept either"


def test_a_failed_rendering_leaves_nothing_behind() -> None:
    kept = Renderings()
    with pytest.raises(KeyError):
        kept.get(("a",), lambda: {}["gone"])
    assert kept.get(("a",), lambda: body(1)).ver == 1


def test_a_corrected_article_is_read_at_once_and_a_withdrawn_one_never_again(server: Server) -> None:
    editor, chief = server.staff("editor"), server.staff("chief")
    word, better = uuid.uuid4().hex, uuid.uuid4().hex
    form = {"headline": word, "text": word, "source": {"name": "值班室", "verified": True}, "reason": "试"}
    story = chief.does("POST", f"/editor/breaking/{editor.does('POST', '/editor/breaking', form)['id']}/sign")
    url = f"{server.url}/api/v1/articles/{story['id']}"
    reads = [requests.get(url, timeout=10) for _ in range(3)]
    assert {(read.status_code, read.headers["ETag"], word in read.text) for read in reads} == {(200, '"1"', True)}
    correction = {"headline": better, "note": "标题有误"}
    correct(server.staff, story["id"], correction)
    corrected = requests.get(url, timeout=10)
    assert (corrected.headers["ETag"], corrected.json()["headline"]) == ('"2"', better)
    chief.does("POST", f"/editor/stories/{story['id']}/withdraw", {"reason": "事实有误"})
    assert {requests.get(url, timeout=10).status_code for _ in range(3)} == {410}


def test_a_notice_carries_the_name_its_office_has_now(server: Server) -> None:
    notice = server.anonymous().does("GET", "/notices")["items"][0]
    path, office = f"/notices/{notice['id']}", notice["office"]
    rename = "UPDATE office SET name = :name WHERE id = :id"
    assert server.anonymous().does("GET", path)["office"] == office
    try:
        tables.run(server, rename, id=office["id"], name="改名后的单位")
        assert server.anonymous().does("GET", path)["office"]["name"] == "改名后的单位"
    finally:
        tables.run(server, rename, id=office["id"], name=office["name"])
    assert server.anonymous().does("GET", path)["office"] == office
