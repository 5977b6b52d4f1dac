"""Atom (RFC 4287). A withdrawn article leaves a tombstone (RFC 6721), so that readers take it down."""

from __future__ import annotations

from lxml import etree

from backend.feed.syndication.items import Feed, Item, Tombstone
from backend.feed.syndication.words import one_line, withdrawal_line
from backend.feed.syndication.xml import ATOM, add, document, rfc3339, root

PATH = "/atom.xml"
MIME = "application/atom+xml"
_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"


def write(feed: Feed) -> bytes:
    """Write the document."""
    top = root(ATOM, "feed", {None: ATOM, "at": _TOMBSTONES})
    top.set("{http://www.w3.org/XML/1998/namespace}lang", feed.outlet.language)
    address = feed.address(PATH)
    add(top, ATOM, "id", address)
    add(top, ATOM, "title", feed.title)
    add(top, ATOM, "subtitle", feed.description)
    add(top, ATOM, "updated", rfc3339(feed.updated))
    add(add(top, ATOM, "author"), ATOM, "name", feed.outlet.of)
    add(top, ATOM, "link", rel="self", href=address, type=MIME)
    add(top, ATOM, "link", rel="alternate", href=f"{feed.outlet.public_url}/", type="text/html")
    for hub in feed.hubs:
        add(top, ATOM, "link", rel="hub", href=hub)
    for item in feed.items:
        _add_entry(top, item)
    for gone in feed.tombstones:
        _add_tombstone(top, gone)
    return document(top)


def _add_entry(top: etree._Element, item: Item) -> None:
    entry = add(top, ATOM, "entry")
    add(entry, ATOM, "id", item.urn)
    add(entry, ATOM, "title", one_line(item.headline), type="text")
    add(entry, ATOM, "published", rfc3339(item.published))
    add(entry, ATOM, "updated", rfc3339(item.updated))
    if item.byline:
        add(add(entry, ATOM, "author"), ATOM, "name", one_line(item.byline))
    add(entry, ATOM, "link", rel="alternate", href=item.url, type="text/html")
    for shown in item.attachments:
        add(entry, ATOM, "link", rel="enclosure", href=shown.url, type=shown.mime, length=shown.bytes)
    add(entry, ATOM, "category", term=item.section.id, label=item.section.name, scheme="urn:ronghui:section")
    for town in item.towns:
        add(entry, ATOM, "category", term=town.id, label=town.name, scheme="urn:ronghui:town")
    if item.summary:
        add(entry, ATOM, "summary", item.summary, type="text")
    add(entry, ATOM, "content", item.html, type="html")


def _add_tombstone(top: etree._Element, gone: Tombstone) -> None:
    entry = add(top, _TOMBSTONES, "deleted-entry", ref=gone.urn, when=rfc3339(gone.withdrawn))
    add(entry, _TOMBSTONES, "comment", withdrawal_line(gone.reason))
