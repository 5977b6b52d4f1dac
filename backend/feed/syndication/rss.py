"""RSS 2.0, with the whole text, authors, media and hubs. Withdrawn articles are not in it any more."""

from __future__ import annotations

from email.utils import format_datetime

from lxml import etree

from backend.feed.syndication.items import Attachment, Feed, Item
from backend.feed.syndication.words import one_line
from backend.feed.syndication.xml import ATOM, add, document, rfc3339, root

PATH = "/rss.xml"
MIME = "application/rss+xml"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
# How many minutes a reader may wait before it asks again.
_TTL = "5"


def write(feed: Feed) -> bytes:
    """Write the document."""
    prefixes = {"atom": ATOM, "content": _CONTENT, "dc": _DC, "media": _MEDIA}
    rss = root(None, "rss", prefixes, version="2.0")
    channel = add(rss, None, "channel")
    add(channel, None, "title", feed.title)
    add(channel, None, "link", f"{feed.outlet.public_url}/")
    add(channel, None, "description", feed.description)
    add(channel, None, "language", feed.outlet.language.lower())
    add(channel, None, "lastBuildDate", format_datetime(feed.updated, usegmt=True))
    add(channel, None, "ttl", _TTL)
    add(channel, ATOM, "link", rel="self", href=feed.address(PATH), type=MIME)
    for hub in feed.hubs:
        add(channel, ATOM, "link", rel="hub", href=hub)
    for item in feed.items:
        _add_item(channel, item)
    return document(rss)


def _add_item(channel: etree._Element, item: Item) -> None:
    made = add(channel, None, "item")
    add(made, None, "title", one_line(item.headline))
    add(made, None, "link", item.url)
    add(made, None, "guid", item.urn, isPermaLink="false")
    add(made, None, "pubDate", format_datetime(item.published, usegmt=True))
    add(made, ATOM, "updated", rfc3339(item.updated))
    if item.byline:
        add(made, _DC, "creator", one_line(item.byline))
    add(made, None, "category", item.section.name, domain="urn:ronghui:section")
    for town in item.towns:
        add(made, None, "category", town.name, domain="urn:ronghui:town")
    if item.summary:
        add(made, None, "description", item.summary)
    add(made, _CONTENT, "encoded", item.html)
    for attachment in item.attachments:
        _add_media(made, attachment)


def _add_media(item: etree._Element, shown: Attachment) -> None:
    made = add(
        item,
        _MEDIA,
        "content",
        url=shown.url,
        type=shown.mime,
        medium=shown.kind,
        fileSize=shown.bytes,
        width=shown.width,
        height=shown.height,
        duration=None if shown.duration_s is None else round(shown.duration_s),
    )
    if shown.words:
        add(made, _MEDIA, "description", shown.words, type="plain")
    if shown.poster:
        add(made, _MEDIA, "thumbnail", url=shown.poster)
