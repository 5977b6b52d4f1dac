"""The page at `/` with the front page drawn into it, before any script: what stands there, and what does not."""

from __future__ import annotations

import re
import uuid
from html import escape
from pathlib import Path

import flask  # noqa: F401  # Before wsgi, which then leaves this process unpatched.
import pytest
import requests

import wsgi
from backend.config import load_settings
from tests.browser.people import Newsroom
from tests.support.server import ROOT, SECRET, Server

BLOCK = '<div id="first">'
pytestmark = pytest.mark.skipif(
    not (ROOT / "web/static/app/index.html").exists(), reason="SKIPPED: the app is not built (make web)"
)


@pytest.fixture
def newsroom(server: Server) -> Newsroom:
    return Newsroom(server)


def read(server: Server, path: str = "/", **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers=headers, timeout=30)


def linked(page: str) -> list[str]:
    """Return the articles that a page links to, in their order."""
    return re.findall(r'data-id="([^"]+)"><a href="#/news/\1"', page)


def test_the_newest_stand_on_the_page(server: Server, newsroom: Newsroom) -> None:
    story = newsroom.break_news(f"快讯：首屏 {uuid.uuid4().hex[:6]}")
    page = read(server).text
    assert linked(page)[0] == story
    listed = [card["id"] for card in server.anonymous().does("GET", "/feed", params={"limit": 20})["items"]]
    assert set(linked(page)) <= set(listed)
    assert len(set(linked(page))) == len(linked(page)) >= 5
    assert page.count("<main") == 1
    assert re.findall(r'\sid="([^"]+)"', page) == ["first", "app"]
    assert re.findall(r"<button(?![^>]* disabled)", page) == []


def test_what_is_withdrawn_is_gone_from_the_next_page(server: Server, newsroom: Newsroom) -> None:
    headline = f"快讯：首屏撤稿 {uuid.uuid4().hex[:6]}"
    story = newsroom.break_news(headline)
    seen = read(server)
    assert headline in seen.text
    newsroom.withdraw(story)
    again = read(server, **{"If-None-Match": seen.headers["ETag"]})
    assert again.status_code == 200
    assert headline not in again.text
    assert story not in again.text


def test_hostile_words_are_words(server: Server, newsroom: Newsroom) -> None:
    mark = uuid.uuid4().hex[:6]
    headline = f"{mark}\"><script>a()</script><img src=x '>&amp;{{0}}"
    newsroom.break_news(headline)
    page = read(server).text
    assert mark in page
    assert "<script>a()" not in page
    assert "<img src=x" not in page
    # markupsafe writes quotes by their numbers.
    assert escape(headline).replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page


def test_a_page_that_has_not_changed_is_not_sent_again(server: Server) -> None:
    first = read(server)
    assert first.headers["Cache-Control"] == "no-cache"
    assert read(server, **{"If-None-Match": first.headers["ETag"]}).status_code == 304


def test_the_page_that_the_worker_keeps_has_no_news(server: Server) -> None:
    drawn, shell = read(server), read(server, "/?shell")
    assert BLOCK in drawn.text
    assert BLOCK not in shell.text
    assert linked(shell.text) == []
    assert shell.headers["Content-Security-Policy"] == drawn.headers["Content-Security-Policy"]


def test_without_a_database_the_app_comes_all_the_same(tmp_path: Path) -> None:
    """Nothing was ever set up here, so whatever is asked of the database fails."""
    app = wsgi.create_app(load_settings({"DATA_DIR": str(tmp_path), "TESTING": "1", "SECRET_KEY": SECRET}))
    answer = app.test_client().get("/")
    assert answer.status_code == 200
    assert '<div id="app">' in answer.text
    assert BLOCK not in answer.text
