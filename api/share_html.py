"""A shared thing as a page of plain HTML: what a messenger shows of a link, and the words for whoever opens it there.

There is no script in it, and no style but the sheet's. All words are escaped here, but the blocks of text, which the
house cleaned when they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any

from backend.feed.syndication.words import moment_words, one_line, plain

# A messenger shows two or three lines of it.
_DESCRIPTION = 120
Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page: what stands over it, its blocks, and what it links to as (address, words)."""

    blocks: Sequence[Block] = ()
    heading: str = ""
    meta: str = ""
    note: str = ""
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """A thing as it is shared. `app` is where the app shows it, `cover` a picture of ours or None."""

    label: str
    title: str
    summary: str
    app: str
    at: str | None
    by: str = ""
    cover: Mapping[str, Any] | None = None
    notes: Sequence[str] = ()
    parts: Sequence[Part] = field(default_factory=tuple)


def write_page(shared: Shared, url: str, public_url: str) -> str:
    """Write a thing; `url` is the page's own address, and everything a messenger fetches is under `public_url`."""
    lead = f'<p class="share-lead">{escape(shared.summary)}</p>' if shared.summary else ""
    notes = "".join(f'<p class="share-note">{escape(note)}</p>' for note in shared.notes)
    about = "　".join(escape(part) for part in (shared.by, said_at(shared.at)) if part)
    body = (
        f'<header><p class="share-label">{escape(shared.label)}</p><h1>{escape(shared.title)}</h1>'
        f'<p class="share-meta">{about}</p></header>{_open(shared.app)}{notes}{lead}'
        f"{_cover(shared.cover)}{''.join(map(_part, shared.parts))}{_open(shared.app)}"
    )
    return _shell(shared.title, "".join(_tags(shared, url, public_url)), body)


def write_gone(noun: str, reason: str | None) -> str:
    """Write that a thing was withdrawn, and why; nothing of what it said."""
    why = f"<p>{escape(reason)}</p>" if reason else ""
    return _shell(
        "内容已撤回",
        '<meta name="robots" content="noindex">',
        f'<div class="share-gone"><h1>{escape(noun)}已撤回</h1>{why}<p><a href="/">打开融汇</a></p></div>',
    )


def write_missing() -> str:
    """Write that there is nothing at this address."""
    body = (
        '<div class="share-gone"><h1>没有找到这个内容</h1><p>它可能已被移走。</p><p><a href="/">打开融汇</a></p></div>'
    )
    return _shell("没有找到", '<meta name="robots" content="noindex">', body)


def said_at(at: str | None) -> str:
    """Write a moment as readers here say it."""
    return moment_words(datetime.fromisoformat(at)) if at else ""


def _shell(title: str, tags: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="zh-CN" prefix="og: https://ogp.me/ns#"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · 融汇</title>{tags}"
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        '<link rel="stylesheet" href="/static/base.css"><link rel="stylesheet" href="/static/share.css"></head>'
        f'<body><main class="share">{body}</main>'
        '<footer class="share-foot">融汇 · 宝山区融媒体中心</footer></body></html>\n'
    )


def _tags(shared: Shared, url: str, public_url: str) -> Iterator[str]:
    """Yield what a messenger reads: Open Graph, and the older names by which WeChat finds the same."""
    picture = _picture(shared)
    words = shared.summary or plain(block for part in shared.parts for block in part.blocks)
    description = one_line(words)[:_DESCRIPTION] or shared.label
    graph = {"type": "article", "site_name": "融汇", "title": shared.title, "description": description, "url": url}
    if picture is not None:
        graph["image"] = public_url + _source(picture)
    for name, content in graph.items():
        yield f'<meta property="og:{name}" content="{escape(content)}">'
    yield f'<meta name="description" itemprop="description" content="{escape(description)}">'
    yield f'<meta itemprop="name" content="{escape(shared.title)}">'
    if picture is not None:
        yield f'<meta itemprop="image" content="{escape(graph["image"])}">'
    yield f'<link rel="canonical" href="{escape(url)}">'


def _picture(shared: Shared) -> Mapping[str, Any] | None:
    """Return the cover, or else the first picture that is shown."""
    shown = (block["media"] for part in shared.parts for block in part.blocks if block["type"] == "image")
    return shared.cover if shared.cover and shared.cover["kind"] == "image" else next(shown, None)


def _source(picture: Mapping[str, Any]) -> str:
    """Return the address of a picture in the size of a phone: renditions come widest first."""
    return str(picture["renditions"][0]["url"] if picture["renditions"] else picture["url"])


def _open(app: str) -> str:
    return f'<p class="share-open"><a href="{escape(app)}">在融汇打开</a></p>'


def _cover(cover: Mapping[str, Any] | None) -> str:
    return (
        f'<img class="share-cover" src="{escape(_source(cover))}" alt="">' if cover and cover["kind"] == "image" else ""
    )


def _part(part: Part) -> str:
    heading = f"<h2>{escape(part.heading)}</h2>" if part.heading else ""
    meta = f'<p class="share-meta">{escape(part.meta)}</p>' if part.meta else ""
    note = f'<p class="share-note">{escape(part.note)}</p>' if part.note else ""
    links = "".join(f'<li><a href="{escape(href)}">{escape(words)}</a></li>' for href, words in part.links)
    listed = f'<ul class="share-list">{links}</ul>' if links else ""
    return f'<section class="share-part">{heading}{meta}{note}{"".join(map(_block, part.blocks))}{listed}</section>'


def _block(block: Block) -> str:
    match block["type"]:
        case "text":
            return str(block["html"])
        case "quote":
            by = f"<footer>——{escape(block['by'])}</footer>" if block.get("by") else ""
            return f"<blockquote><p>{escape(block['text'])}</p>{by}</blockquote>"
        case "service_card":
            card = block["card"]
            return f'<p class="share-card"><b>{escape(card["title"])}</b><br>{escape(card["summary"])}</p>'
    return _figure(block["type"], block["media"], block.get("caption") or "", block.get("alt") or "")


def _figure(kind: str, media: Mapping[str, Any], caption: str, alt: str) -> str:
    url = escape(media["url"])
    if kind == "image":
        inside = f'<img src="{escape(_source(media))}" alt="{escape(alt or caption)}">'
    elif kind == "video":
        poster = f' poster="{escape(media["poster"])}"' if media["poster"] else ""
        inside = f'<video src="{url}" controls preload="none"{poster}></video>'
    else:
        inside = f'<audio src="{url}" controls preload="none"></audio>'
    words = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f"<figure>{inside}{words}</figure>"
