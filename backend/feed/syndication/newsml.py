"""NewsML-G2 2.34, conformance power: one article a newsItem, a list of them a newsMessage.

A withdrawn article is a newsItem of the same guid with a higher version, `stat:canceled`, without any content.
"""

from __future__ import annotations

from lxml import etree

from backend.feed.syndication.items import Feed, Item, Outlet, Tombstone
from backend.feed.syndication.words import correction_line, one_line, withdrawal_line
from backend.feed.syndication.xhtml import add_body
from backend.feed.syndication.xml import add, document, rfc3339, root

PATH = "/newsml.xml"
MIME = "application/vnd.iptc.g2.newsmessage+xml"
ITEM_MIME = "application/vnd.iptc.g2.newsitem+xml"
G2 = "http://iptc.org/std/nar/2006-10-01/"
_CATALOG = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_41.xml"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def write(feed: Feed) -> bytes:
    """Write the document."""
    message = root(G2, "newsMessage", {None: G2})
    header = add(message, G2, "header")
    add(header, G2, "sent", rfc3339(feed.updated))
    add(header, G2, "sender", feed.outlet.of)
    add(header, G2, "transmitId", f"{feed.address(PATH)}#{rfc3339(feed.updated)}")
    add(header, G2, "channel", feed.title)
    items = add(message, G2, "itemSet")
    items.extend([_usable(item, feed.outlet) for item in feed.items])
    items.extend([_canceled(gone, feed.outlet) for gone in feed.tombstones])
    if not len(items):
        # The standard wants at least one item, so a feed of nothing holds a package of nothing.
        items.append(_nothing(feed))
    return document(message)


def write_item(item: Item | Tombstone, outlet: Outlet) -> bytes:
    """Write one article, or that it was withdrawn."""
    return document(_usable(item, outlet) if isinstance(item, Item) else _canceled(item, outlet))


def _open(kind: str, guid: str, version: int, outlet: Outlet) -> etree._Element:
    attributes = {"standard": "NewsML-G2", "standardversion": "2.34", "conformance": "power"}
    made = root(G2, kind, {None: G2}, guid=guid, version=version, **attributes)
    made.set(_LANG, outlet.language)
    add(made, G2, "catalogRef", href=_CATALOG)
    return made


def _usable(item: Item, outlet: Outlet) -> etree._Element:
    made = _open("newsItem", item.urn, item.version, outlet)
    rights = add(made, G2, "rightsInfo")
    add(add(rights, G2, "copyrightHolder", uri=f"{outlet.public_url}/"), G2, "name", outlet.of)
    meta = _meta(made, outlet, updated=rfc3339(item.updated), first=rfc3339(item.published), status="stat:usable")
    add(meta, G2, "title", one_line(item.headline))
    for correction in reversed(item.corrections):
        add(meta, G2, "edNote", correction_line(correction))
    if item.corrections:
        add(meta, G2, "signal", qcode="sig:correction")
    add(meta, G2, "altRep", item.url, contenttype="text/html")
    _add_content_meta(made, item, outlet)
    inline = add(add(made, G2, "contentSet"), G2, "inlineXML", contenttype="application/xhtml+xml")
    add_body(inline, outlet.language, one_line(item.headline), item.html)
    return made


def _canceled(gone: Tombstone, outlet: Outlet) -> etree._Element:
    made = _open("newsItem", gone.urn, gone.version, outlet)
    moments = {"updated": rfc3339(gone.withdrawn), "first": rfc3339(gone.published)}
    meta = _meta(made, outlet, status="stat:canceled", **moments)
    add(meta, G2, "edNote", withdrawal_line(gone.reason))
    return made


def _nothing(feed: Feed) -> etree._Element:
    made = _open("packageItem", feed.address(PATH), 1, feed.outlet)
    moment = rfc3339(feed.updated)
    _meta(made, feed.outlet, updated=moment, first=moment, status="stat:usable", nature="ninat:composite")
    return made


def _meta(
    item: etree._Element, outlet: Outlet, *, updated: str, first: str, status: str, nature: str = "ninat:text"
) -> etree._Element:
    meta = add(item, G2, "itemMeta")
    add(meta, G2, "itemClass", qcode=nature)
    add(add(meta, G2, "provider", uri=f"{outlet.public_url}/"), G2, "name", outlet.of)
    add(meta, G2, "versionCreated", updated)
    add(meta, G2, "firstCreated", first)
    add(meta, G2, "pubStatus", qcode=status)
    return meta


def _add_content_meta(made: etree._Element, item: Item, outlet: Outlet) -> None:
    meta = add(made, G2, "contentMeta")
    if item.cover:
        add(meta, G2, "icon", href=item.cover.url, contenttype=item.cover.mime)
    add(meta, G2, "urgency", str(item.urgency))
    add(meta, G2, "contentCreated", rfc3339(item.published))
    add(meta, G2, "contentModified", rfc3339(item.updated))
    for source in item.sources:
        add(add(meta, G2, "infoSource"), G2, "name", one_line(source.name))
    add(meta, G2, "language", tag=outlet.language)
    subjects = [("cpnat:abstract", "section", item.section), *(("cpnat:geoArea", "town", town) for town in item.towns)]
    for nature, kind, each in subjects:
        add(
            add(meta, G2, "subject", type=nature, uri=f"urn:ronghui:{kind}:{each.id}"),
            G2,
            "name",
            one_line(each.name),
        )
    add(meta, G2, "headline", one_line(item.headline))
    if item.byline:
        add(meta, G2, "by", one_line(item.byline))
    if item.summary:
        add(meta, G2, "description", one_line(item.summary), role="drol:summary")
