"""JSON Feed 1.1. Withdrawn articles are not in it any more."""

from __future__ import annotations

from typing import Any

from backend.feed.syndication.items import Attachment, Feed, Item
from backend.feed.syndication.words import one_line
from backend.feed.syndication.xml import rfc3339
from backend.renderings import to_json

PATH = "/feed.json"
MIME = "application/feed+json"
_VERSION = "https://jsonfeed.org/version/1.1"


def write(feed: Feed) -> bytes:
    """Write the document."""
    home = feed.outlet.public_url
    top: dict[str, Any] = {
        "version": _VERSION,
        "title": feed.title,
        "home_page_url": f"{home}/",
        "feed_url": feed.address(PATH),
        "description": feed.description,
        "language": feed.outlet.language,
        "authors": [{"name": feed.outlet.of, "url": f"{home}/"}],
        "items": [_item(item, feed.outlet.language) for item in feed.items],
    }
    if feed.hubs:
        top["hubs"] = [{"type": "WebSub", "url": hub} for hub in feed.hubs]
    return to_json(top).encode()


def _item(item: Item, language: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": item.urn,
        "url": item.url,
        "title": one_line(item.headline),
        "content_html": item.html,
        "content_text": item.text,
        "date_published": rfc3339(item.published),
        "date_modified": rfc3339(item.updated),
        "language": language,
        "tags": [item.section.name, *(town.name for town in item.towns)],
        # What the format has no word for; its names are free to whoever begins them with an underscore.
        "_ronghui": {
            "version": item.version,
            "section": item.section.id,
            "towns": [town.id for town in item.towns],
            "confirmed": item.confirmed,
            "corrections": [{"at": rfc3339(each.at), "note": each.note} for each in item.corrections],
        },
    }
    if item.summary:
        made["summary"] = item.summary
    if item.byline:
        made["authors"] = [{"name": one_line(item.byline)}]
    image = next((shown.url for shown in item.attachments if shown.kind == "image"), None)
    if image:
        made["image"] = image
    if item.attachments:
        made["attachments"] = [_attachment(shown) for shown in item.attachments]
    return made


def _attachment(shown: Attachment) -> dict[str, Any]:
    made: dict[str, Any] = {"url": shown.url, "mime_type": shown.mime}
    if shown.words:
        made["title"] = shown.words
    if shown.bytes:
        made["size_in_bytes"] = shown.bytes
    if shown.duration_s is not None:
        made["duration_in_seconds"] = shown.duration_s
    return made
