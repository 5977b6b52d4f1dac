"""Share pages: readable without the app, safe whatever a headline says, and empty once the thing is withdrawn."""

from __future__ import annotations

from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
import requests

from tests.live.desk import on_entry, on_live, opened, say, word, words_of
from tests.live.test_specials import article, draft, withdraw
from tests.live.test_specials import opened as opened_special
from tests.media_files import new_photo
from tests.support.server import Server

HOSTILE = "'\"><script>a()</script><img onerror=a()>&\u202e"


class Page(HTMLParser):
    """What a messenger and a reader get of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def graph(self, name: str) -> str | None:
        return next((a["content"] for tag, a in self.tags if tag == "meta" and a.get("property") == f"og:{name}"), None)

    def links(self) -> list[str | None]:
        return [attrs["href"] for tag, attrs in self.tags if tag == "a"]


def fetch(server: Server, kind: str, thing: dict[str, Any], query: str = "") -> requests.Response:
    return requests.get(f"{server.url}/s/{kind}/{thing['id']}{query}", timeout=30)


def read(server: Server, kind: str, thing: dict[str, Any]) -> Page:
    # WeChat adds to the address.
    answer = fetch(server, kind, thing, "?from=singlemessage&isappinstalled=0")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    page = Page(answer.text)
    assert not [tag for tag, attrs in page.tags if tag in {"script", "iframe", "form"} or "style" in attrs]
    assert not [attrs for _, attrs in page.tags if any(name.startswith("on") for name in attrs)]
    return page


def notice(server: Server, **fields: Any) -> dict[str, Any]:
    form = {"title": word(), "body": word(), "category": "other"} | fields
    made = server.staff("office").does("POST", "/office/notices", form)
    done: dict[str, Any] = server.staff("office2").does("POST", f"/office/notices/{made['id']}/publish")
    return done


def test_an_article_is_read_in_a_messenger_with_its_picture_and_a_way_into_the_app(server: Server) -> None:
    editor = server.staff("editor")
    picture = editor.does("POST", "/media", files={"file": ("p.jpg", new_photo(), "image/jpeg")})["id"]
    body = [{"type": "text", "html": "<p>一<b>二</b></p>"}, {"type": "image", "media": picture, "caption": "图说"}]
    story = article(server, body=body, cover=picture)
    page = read(server, "article", story)
    assert page.graph("title") == story["headline"]
    assert page.graph("description") == story["summary"]
    assert page.graph("url") == f"{server.url}/s/article/{story['id']}"
    image = page.graph("image") or ""
    assert image.startswith(server.url)
    assert requests.get(image, timeout=30).headers["Content-Type"].startswith("image/")
    assert f"/#/news/{story['id']}" in page.links()
    assert all(words in page.words for words in (story["headline"], story["summary"], "一二", "图说", "在融汇打开"))
    again = requests.get(
        f"{server.url}/s/article/{story['id']}",
        headers={"If-None-Match": fetch(server, "article", story).headers["ETag"]},
        timeout=30,
    )
    assert again.status_code == 304


def test_a_live_blog_a_notice_and_a_special_are_read_too(server: Server) -> None:
    live = opened(server)
    entry = say(server, live)
    on_entry(server, "reporter", entry, "correct", body=word(), note="人数有误")
    right = words_of(on_entry(server, "editor", entry, "show"))
    page = read(server, "live", live)
    assert (page.graph("title"), page.graph("description")) == (live["headline"], live["intro"])
    assert right in page.words
    assert "人数有误" in page.words
    assert words_of(entry) not in page.words
    told = notice(server)
    page = read(server, "notice", told)
    assert told["title"] in page.words
    assert told["index_no"] in page.words
    assert page.graph("description") in words_of(told)
    story = article(server)
    special = opened_special(server, story["id"])
    page = read(server, "special", special)
    assert f"/s/article/{story['id']}" in page.links()
    assert story["headline"] in page.words
    withdraw(server, story)
    assert story["headline"] not in read(server, "special", special).words


@pytest.mark.parametrize("kind", ["article", "notice", "live", "special"])
def test_a_hostile_headline_stays_words(server: Server, kind: str) -> None:
    headline = f"{HOSTILE}{word()[-8:]}"
    made = {
        "article": lambda: article(server, headline=headline, summary=HOSTILE),
        "notice": lambda: notice(server, title=headline),
        "live": lambda: opened(server, headline=headline, intro=HOSTILE),
        "special": lambda: server.staff("head").does(
            "POST", f"/editor/specials/{draft(server, title=headline, intro=HOSTILE)['id']}/open"
        ),
    }[kind]()
    if kind == "live":
        say(server, made, byline=HOSTILE)
    page = read(server, kind, made)
    assert page.graph("title") == headline
    assert headline in page.words


@pytest.mark.parametrize("kind", ["article", "notice", "live", "special"])
def test_of_a_withdrawn_thing_the_reason_is_left_and_no_word(server: Server, kind: str) -> None:
    reason = f"失实<b>{word()}"
    if kind == "article":
        made = article(server)
        server.staff("duty").does("POST", f"/editor/stories/{made['id']}/withdraw", {"reason": reason})
        words = [made["headline"], made["summary"]]
    elif kind == "notice":
        made = notice(server)
        server.staff("office").does("POST", f"/office/notices/{made['id']}/withdraw", {"reason": reason})
        words = [made["title"]]
    elif kind == "live":
        made = opened(server)
        words = [made["headline"], made["intro"], words_of(say(server, made))]
        on_live(server, "editor", made, "withdraw", reason=reason)
    else:
        made = opened_special(server)
        words = [made["title"], made["intro"]]
        server.staff("editor").does("POST", f"/editor/specials/{made['id']}/withdraw", {"reason": reason})
    gone = fetch(server, kind, made)
    assert (gone.status_code, gone.headers["Cache-Control"]) == (410, "no-store")
    assert [each for each in words if each in gone.text] == []
    assert reason in unescape(gone.text)
    assert "<b>" not in gone.text
    assert "og:title" not in gone.text


def test_what_is_not_there_is_said_on_a_page(server: Server) -> None:
    unshown = draft(server)
    for path in ("article/no-such", "story/x", f"special/{unshown['id']}", "live/no-such", "notice/no-such"):
        answer = requests.get(f"{server.url}/s/{path}", timeout=30)
        assert answer.status_code == 404, path
        assert answer.headers["Content-Type"].startswith("text/html")
        assert unshown["title"] not in answer.text
