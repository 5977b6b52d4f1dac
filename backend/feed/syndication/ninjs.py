"""ninjs 2.1, the IPTC's news in JSON: one article an object, a list of them a composite that holds them.

A withdrawn article is an object of the same name with a higher version, `canceled`, without any of its text.
"""

from __future__ import annotations

from typing import Any

from backend.feed.syndication.items import Attachment, Feed, Item, Named, Outlet, Tombstone
from backend.feed.syndication.words import correction_line, one_line, withdrawal_line
from backend.feed.syndication.xml import rfc3339
from backend.renderings import to_json

PATH = "/ninjs.json"
MIME = "application/json"
_STANDARD = {
    "name": "ninjs",
    "version": "2.1",
    "schema": "http://www.iptc.org/std/ninjs/ninjs-schema_2.1.json",
}
_TYPES = {"image": "picture", "video": "video", "audio": "audio"}


def write(feed: Feed) -> bytes:
    """Write the document."""
    made = [named(describe(item, feed.outlet), item.headline) for item in feed.items]
    gone = [named(describe_gone(each, feed.outlet), "撤稿") for each in feed.tombstones]
    top = {
        "uri": feed.address(PATH),
        "standard": _STANDARD,
        "type": "composite",
        "representationtype": "full",
        "pubstatus": "usable",
        "versioncreated": rfc3339(feed.updated),
        "language": feed.outlet.language,
        "title": feed.title,
        "associations": made + gone,
    }
    return to_json(top).encode()


def named(described: dict[str, Any], name: str) -> dict[str, Any]:
    """Return an object as it stands in another one, where each has a name."""
    return {"name": one_line(name)} | described


def write_item(item: Item | Tombstone, outlet: Outlet) -> bytes:
    """Write one article, or that it was withdrawn."""
    return to_json(describe_any(item, outlet)).encode()


def describe_any(item: Item | Tombstone, outlet: Outlet) -> dict[str, Any]:
    """Describe an article, or that it was withdrawn."""
    return describe(item, outlet) if isinstance(item, Item) else describe_gone(item, outlet)


def describe(item: Item, outlet: Outlet) -> dict[str, Any]:
    """Describe an article."""
    made: dict[str, Any] = {
        "uri": item.urn,
        "standard": _STANDARD,
        "type": "text",
        "representationtype": "full",
        "pubstatus": "usable",
        "version": str(item.version),
        "firstcreated": rfc3339(item.published),
        "versioncreated": rfc3339(item.updated),
        "urgency": item.urgency,
        "language": outlet.language,
        "title": one_line(item.headline),
        "headlines": [{"role": "main", "value": one_line(item.headline)}],
        "bodies": [
            {"role": "main", "contenttype": "text/html", "value": item.html},
            {"role": "main", "contenttype": "text/plain", "value": item.text, "charcount": len(item.text)},
        ],
        "subjects": [_subject("section", item.section)],
        "genres": [{"literal": item.class_}],
        "copyrightholder": outlet.of,
        "renditions": [{"name": "web", "href": item.url, "contenttype": "text/html"}],
    }
    if item.summary:
        made["descriptions"] = [{"role": "summary", "contenttype": "text/plain", "value": item.summary}]
    if item.byline:
        made["by"] = one_line(item.byline)
    if item.towns:
        made["places"] = [_subject("town", town) for town in item.towns]
    if item.sources:
        made["infosources"] = [{"name": each.name, "literal": each.id} for each in item.sources]
    if item.corrections:
        made["ednote"] = "\n".join(correction_line(each) for each in reversed(item.corrections))
    if item.attachments:
        made["associations"] = [_association(shown) for shown in item.attachments]
    return made


def describe_gone(gone: Tombstone, outlet: Outlet) -> dict[str, Any]:
    """Say that an article was withdrawn."""
    return {
        "uri": gone.urn,
        "standard": _STANDARD,
        "type": "text",
        "pubstatus": "canceled",
        "version": str(gone.version),
        "firstcreated": rfc3339(gone.published),
        "versioncreated": rfc3339(gone.withdrawn),
        "language": outlet.language,
        "ednote": withdrawal_line(gone.reason),
    }


def _subject(kind: str, named: Named) -> dict[str, Any]:
    return {"name": named.name, "uri": f"urn:ronghui:{kind}:{named.id}"}


def _association(shown: Attachment) -> dict[str, Any]:
    rendition = {
        "name": "original",
        "href": shown.url,
        "contenttype": shown.mime,
        "width": shown.width,
        "height": shown.height,
        "sizeinbytes": shown.bytes,
        "duration": shown.duration_s,
    }
    renditions = [{key: value for key, value in rendition.items() if value not in {None, ""}}]
    if shown.poster:
        renditions.append({"name": "poster", "href": shown.poster, "contenttype": "image/jpeg"})
    made: dict[str, Any] = {
        "name": shown.words or shown.id,
        "uri": f"urn:ronghui:media:{shown.id}",
        "type": _TYPES[shown.kind],
        "renditions": renditions,
    }
    if shown.words:
        made["descriptions"] = [{"role": "caption", "contenttype": "text/plain", "value": shown.words}]
    return made
