"""The channel of the feeds: who takes our news over finds them there, and WebSub hubs are told when they change.

Nothing is handed over. The article is in the feeds as soon as readers have it, so a hub that refuses to be told does
not make it less published; it is noted in the receipt, and those who poll see the article all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests

from backend import blocks
from backend.feed.syndication.formats import ATOM, TOPICS
from backend.feed.syndication.items import URN, Outlet, urn_of
from backend.feed.syndication.words import one_line, plain, without_first_lines
from backend.publishing.channel import (
    Capabilities,
    Health,
    Order,
    Outcome,
    Problem,
    Retry,
    Sample,
    Sent,
    Shown,
    Unreachable,
)
from channels.retry_after import read_retry_after

TIMEOUT_S = 10.0
ARTICLE = "article"
# These say that the same call may do later; every other 4xx says that it never will.
_LATER = {408, 425, 429}


class SyndicationChannel:
    """Keeps the hubs of an outlet up to date about its feeds."""

    kind = "syndication"
    capabilities = Capabilities(edit=True, delete=True, read_back=True)

    def __init__(self, outlet: Outlet, timeout_s: float = TIMEOUT_S) -> None:
        self._outlet, self._timeout_s = outlet, timeout_s

    def check(self, kind: str, fields: Mapping[str, Any]) -> Sequence[Problem]:
        """Take articles with a headline and a body."""
        return check_article(kind, fields)

    def send(self, order: Order) -> Outcome:
        """Tell the hubs that there is a new article."""
        return self._ping(order)

    def edit(self, order: Order) -> Outcome:
        """Tell the hubs that an article was corrected."""
        return self._ping(order)

    def delete(self, order: Order) -> Outcome:
        """Tell the hubs that an article was withdrawn."""
        return self._ping(order)

    def progress(self, order: Order) -> Outcome:
        """Answer as `send` did, which has nothing to wait for."""
        return self._sent(order, {})

    def find(self, order: Order) -> Sent | None:
        """Return nothing: telling a hub twice is no harm, so nobody need know whether it was told."""
        return None

    def expected(self, order: Order) -> str:
        """Return headline and body as they must stand in the feeds."""
        return plain_article(order.fields)

    def read_back(self, external_id: str) -> Shown | None:
        """Read the article as partners get it, without the lines on corrections that the house puts before it."""
        article_id = external_id.removeprefix(URN)
        address = self._outlet.public_url + f"/ninjs/{quote(article_id, safe='')}.json"
        try:
            answer = requests.get(address, timeout=self._timeout_s, headers={"Cache-Control": "no-cache"})
            if answer.status_code in {404, 410}:
                return None
            answer.raise_for_status()
            item = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise Unreachable(type(error).__name__) from None
        if item.get("pubstatus") == "canceled":
            return None
        texts = [body["value"] for body in item["bodies"] if body["contenttype"] == "text/plain"]
        text = "\n".join([item["headlines"][0]["value"], *map(without_first_lines, texts)])
        return Shown(text, self._outlet.page(article_id))

    def metrics(self, external_ids: Sequence[str]) -> Sequence[Sample]:
        """Return nothing: who reads a feed, only its reader knows."""
        return []

    def check_health(self) -> Sequence[Health]:
        """Read the feed, and see whether each hub answers."""
        feeds = [self._ask("feed", self._outlet.feed(ATOM.path))]
        return feeds + [self._ask(f"hub {hub}", hub) for hub in self._outlet.hubs]

    def _ask(self, name: str, address: str) -> Health:
        try:
            status = requests.get(address, timeout=self._timeout_s, allow_redirects=False).status_code
        except requests.RequestException as error:
            return Health(name, ok=False, words=f"连不上：{type(error).__name__}")
        # A hub that is only asked for its page may say what it likes, as long as it is there.
        ok = status < 400 if name == "feed" else status < 500
        return Health(name, ok=ok, words=f"HTTP {status}")

    def _topics(self, order: Order) -> list[str]:
        paths = [form.path for form in TOPICS]
        whole = [self._outlet.feed(path) for path in paths]
        return whole + [self._outlet.feed(path, order.story.section) for path in paths]

    def _ping(self, order: Order) -> Outcome:
        refused: dict[str, int] = {}
        for hub in self._outlet.hubs:
            for topic in self._topics(order):
                form = {"hub.mode": "publish", "hub.url": topic}
                try:
                    # Where else a hub would have us call is not for it to say: that could be inside the house.
                    answer = requests.post(hub, data=form, timeout=self._timeout_s, allow_redirects=False)
                except requests.RequestException as error:
                    # Whether it was heard or not: to be told again is no harm.
                    return Retry(type(error).__name__, f"WebSub 中心没有回应：{hub}")
                if answer.status_code >= 500 or answer.status_code in _LATER:
                    until = read_retry_after(answer.headers, order.now)
                    return Retry(f"http_{answer.status_code}", f"WebSub 中心暂时不可用：{hub}", until)
                if not answer.ok or answer.is_redirect:
                    refused[hub] = answer.status_code
        return self._sent(order, refused)

    def _sent(self, order: Order, refused: Mapping[str, int]) -> Sent:
        evidence = {"refused_by": dict(refused)} if refused else {}
        return Sent(urn_of(order.story.id), self._outlet.feed(ATOM.path), evidence=evidence)


def check_article(kind: str, fields: Mapping[str, Any]) -> list[Problem]:
    """Say what a rendition lacks to be an article."""
    if kind != ARTICLE:
        return [Problem("kind", "wrong_kind", "这个渠道只收文章。")]
    names = {"headline": "标题", "body": "正文"}
    return [Problem(field, "missing", f"缺少{words}。") for field, words in names.items() if not fields.get(field)]


def body_of(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the body of a rendition as stored blocks; one that is a text becomes a block a paragraph."""
    body = fields.get("body") or []
    return blocks.parse(body) if isinstance(body, str) else list(body)


def plain_article(fields: Mapping[str, Any]) -> str:
    """Write headline and body of a rendition as plain text."""
    return "\n".join([one_line(fields.get("headline") or ""), plain(body_of(fields))])
