"""A rendition written as WeChat takes it, and the words of it that a reader gets."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import nh3

from backend.newsroom.editing.packages.limits import without_outside_links
from backend.newsroom.editing.packages.text import shortened
from backend.publishing.channel import NOTICE, Order, Problem

TITLE, DIGEST, AUTHOR = 32, 120, 16
# Marks and attributes count as well as words.
CONTENT_CHARS, CONTENT_BYTES = 20_000, 1 << 20
# WeChat names no number. Each of them is uploaded while a worker holds the publication.
PICTURES = 50
# WeChat takes this much of the body for a digest where there is none; so do we, to know what will be shown.
_OWN_DIGEST = 54
_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "a", "ul", "ol", "li", "h2", "h3", "blockquote", "sub", "sup"}
_BREAKS = {"p", "br", "ul", "ol", "li", "h2", "h3", "blockquote", "section", "div"}
_INVISIBLE = re.compile("[\u200b-\u200d\u2060\ufeff]")
# As long as the addresses that WeChat gives pictures, for counting.
_STAND_IN = "https://mmbiz.qpic.cn/" + "x" * 180
_BYLINE_GAPS = re.compile(r"[\s、，,;；/]+")
_FILMS = {"video": ("视频", "观看"), "audio": ("音频", "收听")}


@dataclass(frozen=True, slots=True)
class Article:
    """What a draft is made of, beside its cover and its link."""

    title: str
    author: str
    digest: str
    content: str

    @property
    def text(self) -> str:
        """The words that a reader gets, to be compared."""
        return text_of(self.title, self.digest, self.content)


def compose(order: Order, picture_url: Callable[[str], str]) -> Article:
    """Write what is to be posted; `picture_url` gives the address of an uploaded picture by its media id."""
    if order.action == NOTICE:
        title, digest = _notice_title(order.story.headline), ""
        content = _paragraphs((order.note or "").splitlines())
    else:
        title, digest = order.fields["title"], order.fields["digest"]
        content = _content(order.fields["body"], picture_url)
    return Article(title, _author(order.story.byline), digest or _words(content)[:_OWN_DIGEST] or title, content)


def pictures_of(order: Order) -> list[str]:
    """List the media ids of the body's pictures, each once."""
    if order.action == NOTICE:
        return []
    return list(dict.fromkeys(block["media"] for block in order.fields["body"] if block["type"] == "image"))


def text_of(title: str, digest: str, content: str) -> str:
    """Return what a reader gets in words, blanks as one each, without marks; the same for what is sent and shown."""
    return "\n".join([_plain(html.unescape(title)), _plain(html.unescape(digest)), _words(content)])


def problems(fields: Mapping[str, Any]) -> list[Problem]:
    """Say what WeChat would refuse."""
    content = _content(fields["body"], lambda _: _STAND_IN)
    pictures = sum(block["type"] == "image" for block in fields["body"])
    wrong = [
        (not fields["title"].strip(), "title", "missing", "标题是空的，请写上标题。"),
        (len(fields["title"]) > TITLE, "title", "too_long", f"标题超过 {TITLE} 个字，请改短。"),
        (len(fields["digest"]) > DIGEST, "digest", "too_long", f"摘要超过 {DIGEST} 个字，请改短。"),
        (not fields["cover"], "cover", "missing", "没有封面，微信文章必须有封面。"),
        (not _words(content) and not pictures, "body", "missing", "正文是空的，请写上正文。"),
        (
            len(content) >= CONTENT_CHARS or len(content.encode()) >= CONTENT_BYTES,
            "body",
            "too_long",
            f"正文连同格式超过 {CONTENT_CHARS} 个字符，微信不收，请删短或分成两篇。",
        ),
        (pictures > PICTURES, "body", "too_many_pictures", f"图片超过 {PICTURES} 张，请删去一些。"),
    ]
    return [Problem(field, code, words) for is_wrong, field, code, words in wrong if is_wrong]


def _content(body: Iterable[Mapping[str, Any]], picture_url: Callable[[str], str]) -> str:
    return "".join(_written(block, picture_url) for block in body)


def _written(block: Mapping[str, Any], picture_url: Callable[[str], str]) -> str:
    kind = block["type"]
    if kind == "text":
        # Links to WeChat's own articles are the only ones it keeps.
        return nh3.clean(without_outside_links(block["html"]), tags=_TAGS, attributes={"a": {"href"}}, link_rel=None)
    if kind == "quote":
        by = [f"—— {block['by']}"] if block.get("by") else []
        return f"<blockquote>{_paragraphs([*block['text'].splitlines(), *by])}</blockquote>"
    if kind == "service_card":
        # What is printed elsewhere cannot follow the catalogue; the article's "read more" has the card as it is now.
        return ""
    caption = block.get("caption", "")
    if kind == "image":
        source, alt = html.escape(picture_url(block["media"])), html.escape(block.get("alt", ""))
        return f'<p><img src="{source}" alt="{alt}"></p>' + _paragraphs([caption])
    # A film would have to be published on WeChat by itself, before the article. The story's page, which is the
    # article's "read more", has it.
    name, verb = _FILMS[kind]
    about = f"：{caption}" if caption else ""
    return _paragraphs([f"［{name}{about}］请点文末“阅读原文”{verb}。"])


def _paragraphs(lines: Sequence[str]) -> str:
    return "".join(f"<p>{html.escape(line.strip(), quote=False)}</p>" for line in lines if line.strip())


def _notice_title(headline: str) -> str:
    room = TITLE - len("更正：")
    short = shortened(headline, lambda text: len(text) <= room)
    return "更正：" + (short or f"{headline[: room - 1]}…")


def _author(byline: str) -> str:
    """Return as many of the names as WeChat's field holds."""
    author = byline.strip()
    while len(author) > AUTHOR:
        gaps = list(_BYLINE_GAPS.finditer(author))
        if not gaps:
            return ""
        author = author[: gaps[-1].start()]
    return author


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def _words(content: str) -> str:
    parser = _Words()
    parser.feed(content)
    parser.close()
    return _plain("".join(parser.parts))


def _plain(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).split())
