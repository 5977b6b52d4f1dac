"""ninjs (IPTC, versions 1 to 3): news in JSON, one object, a list, or an object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from backend.newsroom.archive.formats import File, Item, Parsed, Refusal, Unreadable, demand_few
from backend.newsroom.archive.formats.letters import decode

_LISTS = ("items", "_items", "data")
_USABLE = {"", "usable"}
_NOT_JSON = "文件不是完整的 JSON。"
# Best first: what the house keeps is the original.
_SIZES = ("original", "baseimage", "viewimage", "web", "thumbnail")


def parse(data: bytes) -> Parsed:
    """Read a file of one item or many.

    Raises:
        Unreadable: for what is no JSON, or none of this kind.
    """
    found = _objects(_load(decode(data)))
    if not found or not any(_is_item(one) for one in found):
        raise Unreadable("not_this_format", "这不是 ninjs 文件。")
    demand_few(len(found))
    return Parsed("", [_item(number, one) for number, one in enumerate(found, 1)])


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise Unreadable("not_json", _NOT_JSON)
    demand_few(len(lines))
    try:
        return [json.loads(line) for line in lines]
    except (ValueError, RecursionError):
        raise Unreadable("not_json", _NOT_JSON) from None


def _objects(given: Any) -> list[Any]:
    if isinstance(given, dict):
        inside = next((given[name] for name in _LISTS if isinstance(given.get(name), list)), None)
        return [given] if inside is None else inside
    return given if isinstance(given, list) else []


def _is_item(one: Any) -> bool:
    return isinstance(one, dict) and bool({"uri", "guid", "headline", "headlines"} & one.keys())


def _item(number: int, one: Any) -> Item:
    if not isinstance(one, dict):
        return Item(line=number, refusal=Refusal("", "not_an_item", "这一条不是一个 JSON 对象。"))
    html, text = _body(one)
    return Item(
        line=number,
        key=_text(one, "uri") or _text(one, "guid"),
        headline=_text(one, "headline") or _valued(one, "headlines"),
        summary=_text(one, "description_text") or _valued(one, "descriptions"),
        html=html,
        text=text,
        sections=tuple(_text(subject, "name") for subject in _list(one, "subject") + _list(one, "subjects")),
        published=_text(one, "contentcreated") or _text(one, "firstcreated") or _text(one, "versioncreated"),
        byline=_text(one, "byline") or _text(one, "by"),
        language=_text(one, "language"),
        files=tuple(_associated(one)),
        owner=_text(one, "copyrightholder") or _text(one, "copyrightnotice"),
        licence=_text(one, "usageterms"),
        refusal=_refusal(one),
    )


def _refusal(one: dict[str, Any]) -> Refusal | None:
    status, kind = _text(one, "pubstatus"), _text(one, "type") or "text"
    if status not in _USABLE:
        return Refusal("pubstatus", "not_usable", f"供稿方已把这条标为不可用（{status[:20]}），不导入。")
    if kind not in {"text", "composite"}:
        return Refusal("type", "no_text", "这条只有图片或音视频，没有配文字稿件，请作为素材上传。")
    return None


def _body(one: dict[str, Any]) -> tuple[str, str]:
    if _text(one, "body_html") or _text(one, "body_xhtml"):
        return _text(one, "body_html") or _text(one, "body_xhtml"), ""
    if _text(one, "body_text"):
        return "", _text(one, "body_text")
    bodies = _list(one, "bodies")
    html = next((_text(body, "value") for body in bodies if "html" in _text(body, "contenttype")), "")
    return html, "" if html else next((_text(body, "value") for body in bodies), "")


def _associated(one: dict[str, Any]) -> Iterator[File]:
    """Yield the pictures that go with an item. Version 1 has them by name, later ones in a list."""
    given = one.get("associations")
    things = list(given.values()) if isinstance(given, dict) else _list(one, "associations")
    for thing in things:
        name = _largest(thing) if isinstance(thing, dict) else ""
        if name:
            caption = _text(thing, "description_text") or _valued(thing, "descriptions") or _text(thing, "headline")
            yield File(name, caption=caption, alt=_text(thing, "body_text"))


def _largest(thing: dict[str, Any]) -> str:
    given = thing.get("renditions")
    if isinstance(given, dict):
        named = {str(name).lower(): value for name, value in given.items() if isinstance(value, dict)}
    else:
        named = {_text(value, "name").lower(): value for value in _list(thing, "renditions")}
    order = [*(name for name in _SIZES if name in named), *named]
    return next((_text(named[name], "href") for name in order if _text(named[name], "href")), "")


def _text(one: Any, name: str) -> str:
    value = one.get(name) if isinstance(one, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _list(one: Any, name: str) -> list[dict[str, Any]]:
    value = one.get(name) if isinstance(one, dict) else None
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _valued(one: Any, name: str) -> str:
    """Return the first value of a list of `{role, value}`."""
    return next((_text(entry, "value") for entry in _list(one, name) if _text(entry, "value")), "")
