"""What WeChat holds a call to: its JSON, its pictures, the lengths of an article, and what it strips from one."""

from __future__ import annotations

import json
import re
from collections.abc import Container
from html import unescape
from typing import Any

from fakes.http_server import Call
from fakes.steered import form_of, image_type

_TITLE, _AUTHOR, _DIGEST, _CONTENT, _LINK_BYTES = 32, 16, 128, 20_000, 1024
_UPLOAD_BYTES = 1 << 20
_IMAGE = re.compile(r"<img\b[^>]*>")
_SOURCE = re.compile(r'\bsrc="([^"]*)"')
_LINK = re.compile(r"""<a\b[^>]*\bhref="(?!https?://mp\.weixin\.qq\.com/)[^"]*"[^>]*>(.*?)</a>""", re.DOTALL)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_ESCAPE = re.compile(rb"\\u[0-9a-fA-F]{4}")


class Refusal(Exception):
    """The vendor says no."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def json_of(call: Call) -> dict[str, Any]:
    """Return the object that a call holds.

    Raises:
        Refusal: it holds none, or one with escaped characters.
    """
    if _ESCAPE.search(call.body):
        raise Refusal(40033)
    try:
        content = json.loads(call.body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise Refusal(47001)
    return content


def page_of(call: Call) -> slice:
    """Return the part of a list that a call asks for.

    Raises:
        Refusal: it asks for too much at once.
    """
    asked = json_of(call)
    offset, count = asked.get("offset", 0), asked.get("count", 0)
    if not 1 <= count <= 20:
        raise Refusal(40035)
    return slice(offset, offset + count)


def picture_of(call: Call, types: set[str]) -> bytes:
    """Return the picture that a call uploads.

    Raises:
        Refusal: there is none, or it is too big, or of a type that is not taken.
    """
    data = form_of(call)[1].get("media", b"")
    if not data:
        raise Refusal(41005)
    if image_type(data) not in types:
        raise Refusal(40005)
    if len(data) > _UPLOAD_BYTES:
        raise Refusal(40009)
    return data


def article_of(given: dict[str, Any], materials: Container[str], pictures: Container[str]) -> dict[str, Any]:
    """Return an article as it is kept.

    Raises:
        Refusal: a field is missing or too long, or the cover is none of the account's.
    """
    for name, most, code in (("title", _TITLE, 45003), ("author", _AUTHOR, 45110), ("digest", _DIGEST, 45004)):
        if len(given.get(name, "")) > most:
            raise Refusal(code)
    if not given.get("title"):
        raise Refusal(40227)
    if not 0 < len(given.get("content", "")) < _CONTENT:
        raise Refusal(45002)
    if len(given.get("content_source_url", "").encode()) > _LINK_BYTES:
        raise Refusal(45005)
    if given.get("thumb_media_id") not in materials:
        raise Refusal(40007)
    text = re.sub(r"<[^>]+>", "", given["content"])
    kept = {"author": "", "content_source_url": "", "need_open_comment": 0, "only_fans_can_comment": 0} | given
    return kept | {"content": _stripped(given["content"], pictures), "digest": given.get("digest") or text[:54]}


def _stripped(content: str, pictures: Container[str]) -> str:
    """Take away what WeChat takes away: scripts, links that lead out, and pictures that are not its own."""

    def own(image: re.Match[str]) -> str:
        source = _SOURCE.search(image[0])
        return image[0].replace("src=", "data-src=", 1) if source and unescape(source[1]) in pictures else ""

    return _IMAGE.sub(own, _LINK.sub(r"\1", _SCRIPT.sub("", content)))
