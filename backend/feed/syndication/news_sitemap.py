"""The sitemap of news: what was published within two days, for the machines that search."""

from __future__ import annotations

from datetime import timedelta

from backend.feed.syndication.items import Feed
from backend.feed.syndication.words import one_line
from backend.feed.syndication.xml import add, document, rfc3339, root

PATH = "/news-sitemap.xml"
MIME = "application/xml"
WINDOW = timedelta(hours=48)
MAX_ITEMS = 1000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def write(feed: Feed) -> bytes:
    """Write the document."""
    top = root(_SITEMAP, "urlset", {None: _SITEMAP, "news": _NEWS})
    for item in feed.items[:MAX_ITEMS]:
        url = add(top, _SITEMAP, "url")
        add(url, _SITEMAP, "loc", item.url)
        news = add(url, _NEWS, "news")
        publication = add(news, _NEWS, "publication")
        add(publication, _NEWS, "name", feed.outlet.name)
        add(publication, _NEWS, "language", feed.outlet.language.lower())
        add(news, _NEWS, "publication_date", rfc3339(item.published))
        add(news, _NEWS, "title", one_line(item.headline))
    return document(top)
