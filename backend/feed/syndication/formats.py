"""The formats in which the feed is offered: where each lies, and what it needs to be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from backend.feed.syndication import atom, json_feed, news_sitemap, newsml, ninjs, rss
from backend.feed.syndication.items import TOMBSTONES_KEPT, Feed, Item, Outlet, Tombstone

NEWEST = 50


@dataclass(frozen=True, slots=True)
class Format:
    """A format of the whole feed.

    `newest` is how many articles it holds at most, `window` how old they may be, `tombstones` how long it tells of
    withdrawn ones. What goes by age is looked at anew every `step`: in between, nothing changes without a reason.
    """

    path: str
    mime: str
    write: Callable[[Feed], bytes]
    newest: int = NEWEST
    window: timedelta | None = None
    tombstones: timedelta | None = None
    step: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ItemFormat:
    """A format of one article, or of the word that it was withdrawn."""

    mime: str
    write: Callable[[Item | Tombstone, Outlet], bytes]


_DAY = timedelta(days=1)
RSS = Format(rss.PATH, rss.MIME, rss.write)
ATOM = Format(atom.PATH, atom.MIME, atom.write, tombstones=TOMBSTONES_KEPT, step=_DAY)
JSON_FEED = Format(json_feed.PATH, json_feed.MIME, json_feed.write)
NINJS = Format(ninjs.PATH, ninjs.MIME, ninjs.write, tombstones=TOMBSTONES_KEPT, step=_DAY)
NEWSML = Format(newsml.PATH, newsml.MIME, newsml.write, tombstones=TOMBSTONES_KEPT, step=_DAY)
SITEMAP = Format(
    news_sitemap.PATH,
    news_sitemap.MIME,
    news_sitemap.write,
    newest=news_sitemap.MAX_ITEMS,
    window=news_sitemap.WINDOW,
    step=timedelta(minutes=10),
)
# Those that WebSub hubs are told about.
TOPICS = (RSS, ATOM, JSON_FEED)
NINJS_ITEM = ItemFormat(ninjs.MIME, ninjs.write_item)
NEWSML_ITEM = ItemFormat(newsml.ITEM_MIME, newsml.write_item)
