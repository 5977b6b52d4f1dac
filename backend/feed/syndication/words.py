"""The words of an article for strangers: plain text and HTML, with what must be said first."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from backend.clock import SHANGHAI
from backend.feed.syndication.items import Attachment, Correction

UNCONFIRMED = "快讯：内容仍在核实，以后续更新为准。"
# What XML 1.0 has no way to write, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NEW_LINE = re.compile(r"\r\n?")
_BREAKS = re.compile(r"<(?:br\s*/?|/(?:p|li|h2|h3|blockquote|ul|ol))>", re.IGNORECASE)
_TAG = re.compile(r"""<(?:"[^"]*"|[^"<>])*>""")
_CORRECTION = re.compile(r"更正（\d{4}年\d{1,2}月\d{1,2}日 \d{2}:\d{2}）：.*")


def clean(text: str) -> str:
    """Leave out what no XML document may hold; line ends become line feeds, as every XML reader makes them."""
    return _FORBIDDEN.sub("", _NEW_LINE.sub("\n", text))


def one_line(text: str) -> str:
    """Write a text on one line."""
    return " ".join(clean(text).split())


def moment_words(moment: datetime) -> str:
    """Write a moment as readers here say it."""
    local = moment.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def correction_line(correction: Correction) -> str:
    """Say what was corrected, and when."""
    return f"更正（{moment_words(correction.at)}）：{one_line(correction.note)}"


def withdrawal_line(reason: str) -> str:
    """Say that an article was withdrawn, and why, to those who took it over."""
    why = one_line(reason).rstrip("。")
    return f"撤稿：{why}。请停止使用并删除本稿。" if why else "撤稿：请停止使用并删除本稿。"


def first_lines(corrections: Sequence[Correction], *, confirmed: bool) -> list[str]:
    """List what is said before anything else: the last correction first, and that facts are open still."""
    lines = [correction_line(correction) for correction in reversed(corrections)]
    return lines if confirmed else [UNCONFIRMED, *lines]


def without_first_lines(text: str) -> str:
    """Return a plain text as its author wrote it."""
    lines = text.split("\n")
    while lines and (lines[0] == UNCONFIRMED or _CORRECTION.fullmatch(lines[0])):
        lines.pop(0)
    return "\n".join(lines)


def plain(body: Iterable[Mapping[str, Any]]) -> str:
    """Write a body as plain text, a paragraph a line."""
    lines = [line for block in body for line in _lines(block)]
    return "\n".join(line for line in map(one_line, lines) if line)


def _lines(block: Mapping[str, Any]) -> list[str]:
    match block["type"]:
        case "text":
            return html.unescape(_TAG.sub("", _BREAKS.sub("\n", block["html"]))).split("\n")
        case "quote":
            return [*block["text"].split("\n"), f"——{block['by']}" if block.get("by") else ""]
    return [block.get("caption") or ""]


def as_html(lines: Sequence[str], body: Iterable[Mapping[str, Any]], media: Mapping[str, Attachment]) -> str:
    """Write a body as HTML, after the lines that are said first. A block whose file is gone is left out."""
    first = "".join(f"<p><strong>{_escaped(line)}</strong></p>" for line in lines)
    return first + "".join(_block(block, media) for block in body)


def _block(block: Mapping[str, Any], media: Mapping[str, Attachment]) -> str:
    match block["type"]:
        case "text":
            # The house cleaned it when it was written: plain structure, and links with an address of the web.
            return clean(block["html"])
        case "quote":
            by = f"<p>——{_escaped(block['by'])}</p>" if block.get("by") else ""
            return f"<blockquote><p>{_escaped(block['text'])}</p>{by}</blockquote>"
        case "service_card":
            # A feed is kept by others, and what a service needs must be as it is now: that is read in the app.
            return ""
    shown = media.get(block["media"])
    return "" if shown is None else _figure(shown, block.get("caption") or "", block.get("alt") or "")


def _figure(shown: Attachment, caption: str, alt: str) -> str:
    size = "".join(f' {name}="{value}"' for name, value in (("width", shown.width), ("height", shown.height)) if value)
    url = _escaped(shown.url)
    if shown.kind == "image":
        inside = f'<img src="{url}" alt="{_escaped(alt or caption)}"{size}>'
    elif shown.kind == "video":
        poster = f' poster="{_escaped(shown.poster)}"' if shown.poster else ""
        inside = f'<video src="{url}" controls=""{poster}{size}></video>'
    else:
        inside = f'<audio src="{url}" controls=""></audio>'
    words = f"<figcaption>{_escaped(caption)}</figcaption>" if caption else ""
    return f"<figure>{inside}{words}</figure>"


def _escaped(text: str) -> str:
    return html.escape(clean(text))
