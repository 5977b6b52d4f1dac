"""Article bodies: a list of blocks, each with an id of its own, text cleaned of everything but plain structure."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

import nh3
from marshmallow import Schema, ValidationError, fields, validate

from backend.form_errors import MISSING, UNKNOWN_FIELD, fault
from backend.forms import ID_PATTERN, Form, Id, Shape, Size, Text, text_document
from backend.ids import new_id
from backend.media.schemas import MediaSchema

MAX_BLOCKS = 300
MAX_TEXT = 100_000
_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "a", "ul", "ol", "li", "h2", "h3", "blockquote", "sub", "sup"}
MEDIA_TYPES = ("image", "video", "audio")
# 办事卡片: what one needs for a service of the catalogue, always as the catalogue has it now.
SERVICE_CARD = "service_card"


class BlockForm(Form):
    """One block as an editor sends it. Which fields are needed follows from `type`."""

    SHAPES = (
        Shape(("type", "html"), ("id",), fixed={"type": ["text"]}),
        Shape(("type", "text"), ("id",), fixed={"type": ["text"]}),
        Shape(("type", "text"), ("id", "by"), fixed={"type": ["quote"]}),
        Shape(("type", "media"), ("id", "caption", "alt"), fixed={"type": list(MEDIA_TYPES)}),
        Shape(("type", "item"), ("id",), fixed={"type": [SERVICE_CARD]}),
    )

    id = Id()
    type = fields.String(required=True, validate=validate.OneOf(["text", "quote", *MEDIA_TYPES, SERVICE_CARD]))
    html = Text(at_most=MAX_TEXT)
    text = Text(at_most=MAX_TEXT)
    by = Text(at_most=80, at_least=0)
    media = Id()
    caption = Text(at_most=300, at_least=0)
    alt = Text(at_most=300, at_least=0)
    item = Id()


class ServiceCardSchema(Schema):
    """A service of the catalogue on one card: who does it, what to bring, how long it takes, what it costs."""

    id = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    summary = fields.String(required=True)
    office = fields.String(required=True)
    materials = fields.List(fields.String(), required=True)
    promised_days = fields.Integer(required=True)
    time_words = fields.String(required=True)
    fee_words = fields.String(required=True)
    online_url = fields.String(required=True, allow_none=True)
    service = fields.String(required=True, allow_none=True)


class BlockSchema(Schema):
    """One block as readers get it. `html` is clean; `media` is the whole media object, `card` the whole card."""

    id = fields.String(required=True)
    type = fields.String(required=True)
    html = fields.String()
    text = fields.String()
    by = fields.String()
    media = fields.Nested(MediaSchema)
    caption = fields.String()
    alt = fields.String()
    item = fields.String()
    card = fields.Nested(ServiceCardSchema)


class Body(fields.Field[Any]):
    """A body: plain text, which becomes a block a paragraph, or a list of blocks."""

    def __init__(self, **kwargs: Any) -> None:
        blocks = {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_BLOCKS,
            "items": {"$ref": "#/components/schemas/BlockForm"},
        }
        as_text = {"type": "string"} | text_document(at_most=MAX_TEXT)
        super().__init__(metadata={"anyOf": [as_text, blocks]}, **kwargs)
        self._blocks = fields.List(fields.Nested(BlockForm), validate=Size(min=1, max=MAX_BLOCKS))
        self._text = Text(at_most=MAX_TEXT)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return self._text.deserialize(value, attr, data)
        if not isinstance(value, list):
            raise fault("wrong_type", "正文要是一段文字，或一组内容块。")
        parsed = self._blocks.deserialize(value, attr, data)
        problems = {index: why for index, block in enumerate(parsed or []) if (why := _problem(block or {}))}
        if problems:
            raise ValidationError(problems)
        return parsed


def _problem(block: dict[str, Any]) -> dict[str, list[str]] | None:
    """Say what a block lacks, or None."""
    kind = block["type"]
    if kind in MEDIA_TYPES:
        needed, allowed = {"media"}, {"media", "caption", "alt"}
    elif kind == SERVICE_CARD:
        needed, allowed = {"item"}, {"item"}
    elif kind == "quote":
        needed, allowed = {"text"}, {"text", "by"}
    else:
        needed, allowed = set(), {"html", "text"}
    given = block.keys() - {"type", "id"}
    if kind == "text" and len(given & allowed) != 1:
        return {"html": [MISSING]}
    if lacking := needed - given:
        return {name: [MISSING] for name in lacking}
    if extra := given - allowed:
        return {name: [UNKNOWN_FIELD] for name in extra}
    return None


def parse(value: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Turn what an editor sent into stored blocks: cleaned, each with an id that is unique in the body.

    Ids that came along are kept, so that the same block stays the same block over versions.
    """
    given = _paragraphs(value) if isinstance(value, str) else value
    seen: set[str] = set()
    return [_stored(block, seen) for block in given]


def _paragraphs(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": part.strip()} for part in re.split(r"\n\s*\n|\n", text) if part.strip()]


def _stored(block: dict[str, Any], seen: set[str]) -> dict[str, Any]:
    block_id = block.get("id")
    if block_id is None or block_id in seen or not re.fullmatch(ID_PATTERN, block_id):
        block_id = new_id()
    seen.add(block_id)
    kind = block["type"]
    if kind == "text":
        return {"id": block_id, "type": "text", "html": _clean(block)}
    if kind == "quote":
        return {"id": block_id, "type": "quote", "text": block["text"], "by": block.get("by", "")}
    if kind == SERVICE_CARD:
        return {"id": block_id, "type": kind, "item": block["item"]}
    return {
        "id": block_id,
        "type": kind,
        "media": block["media"],
        "caption": block.get("caption", ""),
        "alt": block.get("alt", ""),
    }


def _clean(block: dict[str, Any]) -> str:
    raw = block["html"] if "html" in block else f"<p>{html.escape(block['text'], quote=False)}</p>"
    return nh3.clean(
        raw, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https"}, link_rel="noopener nofollow"
    )


def media_ids(body: Iterable[Mapping[str, Any]]) -> list[str]:
    """List the media that a stored body shows."""
    return [block["media"] for block in body if block["type"] in MEDIA_TYPES]


def item_ids(body: Iterable[Mapping[str, Any]]) -> list[str]:
    """List the catalogue items of which a stored body carries the card."""
    return [block["item"] for block in body if block["type"] == SERVICE_CARD]


def render(
    body: Iterable[Mapping[str, Any]],
    media: Mapping[str, dict[str, Any]],
    cards: Mapping[str, dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    """Write a stored body for readers. A block whose media is gone is left out, and one whose service is withdrawn.

    Without `cards` the blocks of services are given as they are stored, for those who write and examine.
    """
    written = (_rendered(block, media, cards) for block in body)
    return [block for block in written if block is not None]


def _rendered(
    block: Mapping[str, Any], media: Mapping[str, dict[str, Any]], cards: Mapping[str, dict[str, Any]] | None
) -> dict[str, Any] | None:
    if block["type"] in MEDIA_TYPES:
        return {**block, "media": media[block["media"]]} if block["media"] in media else None
    if block["type"] == SERVICE_CARD and cards is not None:
        return {**block, "card": cards[block["item"]]} if block["item"] in cards else None
    return dict(block)


def plain_text(body: Iterable[Mapping[str, Any]]) -> str:
    """Return the words of a stored body without marks."""
    parts = [block.get("html") or block.get("text") or block.get("caption") or "" for block in body]
    return html.unescape(re.sub(r"<[^<>]+>", "", "\n".join(parts)))
