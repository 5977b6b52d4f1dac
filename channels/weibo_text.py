"""A rendition as the text of a post, and the words of it that a reader gets."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from backend.newsroom.editing.packages.limits import visible_length
from backend.newsroom.editing.packages.text import longest_opening
from backend.publishing.channel import NOTICE, Order, Problem

VISIBLE = 140
_URL = re.compile(r"https?://[!-~]+")
_TOPIC = re.compile(r"#[^#\n]+#")
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")
# How a link is counted does not depend on where it leads.
_ANY_LINK = " https://x"
_CUT = "（全文见链接）"


def compose(order: Order) -> str | None:
    """Write the post, its link at the end; None for a correction of which not even one sentence fits."""
    words = _notice(order.note or "") if order.action == NOTICE else _words(order.fields)
    return None if words is None else f"{words} {order.story.link}"


def plain(text: str) -> str:
    """Return what a reader gets in words: without links, which Weibo shortens, and with blanks as one each."""
    return " ".join(_URL.sub(" ", _INVISIBLE.sub("", html.unescape(text))).split())


def short_links(text: str) -> list[str]:
    """List Weibo's own short links in a post."""
    return [link for link in _URL.findall(text) if "//t.cn/" in link]


def problems(fields: Mapping[str, Any]) -> list[Problem]:
    """Say what Weibo would refuse."""
    wrong = [
        (not fields["text"].strip(), "missing", "微博是空的，请写上文字。"),
        (not _fits(_words(fields)), "too_long", f"微博连同话题和链接超过 {VISIBLE} 个字，请删短。"),
        (
            _TOPIC.search(fields["text"]) is not None,
            "topic_in_text",
            "微博接口不收带“#话题#”的文字，请去掉井号，或把话题写到话题栏里。",
        ),
    ]
    return [Problem("text", code, words) for is_wrong, code, words in wrong if is_wrong]


def _words(fields: Mapping[str, Any]) -> str:
    """Return text and topics. A topic goes as a plain word, since the interface takes no `#topic#`.

    Without the marks it is shorter than what the editor counted, which brackets of its own would not be. A word that
    the text has already is not said again.
    """
    topics = [topic for topic in fields["topics"] if topic not in fields["text"]]
    return " ".join([fields["text"].strip(), *topics])


def _notice(note: str) -> str | None:
    """Return the words of a correction, or as many whole sentences as fit: the link leads to all of them."""
    whole = f"更正：{note.strip()}"
    if _fits(whole):
        return whole
    opening = longest_opening([line.strip() for line in whole.splitlines() if line.strip()], lambda t: _fits(t + _CUT))
    return opening + _CUT if opening else None


def _fits(words: str) -> bool:
    return visible_length(words + _ANY_LINK) <= VISIBLE
