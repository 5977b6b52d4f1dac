"""Articles as every format writes them: whole, with absolute addresses, and with nothing that XML forbids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

# How long those who took an article over are told that it was withdrawn.
TOMBSTONES_KEPT = timedelta(days=30)
URN = "urn:ronghui:article:"
# An empty feed has a date too, and always the same one.
BEGINNING = datetime(2019, 8, 2, tzinfo=UTC)


def urn_of(article_id: str) -> str:
    """Name an article for everybody and for good."""
    return URN + article_id


@dataclass(frozen=True, slots=True)
class Outlet:
    """Who publishes, where, and which WebSub hubs are told of it."""

    public_url: str
    hubs: tuple[str, ...] = ()
    name: str = "融汇"
    of: str = "宝山区融媒体中心"
    language: str = "zh-CN"

    def page(self, article_id: str) -> str:
        """Return the address under which a reader opens an article."""
        return f"{self.public_url}/#/news/{quote(article_id, safe='')}"

    def media(self, media_id: str) -> str:
        """Return the address of a file."""
        return f"{self.public_url}/api/v1/media/{quote(media_id, safe='')}"

    def feed(self, path: str, section: str | None = None, town: str | None = None) -> str:
        """Return the address of a feed, or of the part of it that is about a section or a town."""
        filters = {name: value for name, value in (("section", section), ("town", town)) if value}
        return self.public_url + path + (f"?{urlencode(filters)}" if filters else "")


@dataclass(frozen=True, slots=True)
class Correction:
    """A mistake that was admitted."""

    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, film or sound of an article. `kind` is image, video or audio; `words` say what is to be seen.

    `mime` is empty where only the database would know.
    """

    id: str
    kind: str
    url: str
    mime: str
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    poster: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A section, a town or a source by its id and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """One article. `html` and `text` begin with what has to be said first: corrections, and that facts are open."""

    id: str
    version: int
    headline: str
    summary: str
    html: str
    text: str
    byline: str
    section: Named
    towns: tuple[Named, ...]
    sources: tuple[Named, ...]
    class_: str
    breaking: bool
    confirmed: bool
    url: str
    published: datetime
    updated: datetime
    corrections: tuple[Correction, ...] = ()
    cover: Attachment | None = None
    media: tuple[Attachment, ...] = ()

    @property
    def urn(self) -> str:
        """The name of the article for everybody."""
        return urn_of(self.id)

    @property
    def urgency(self) -> int:
        """Urgency as the IPTC counts it: 1 is a flash, 4 is the daily run."""
        return 1 if self.breaking else 4

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """The cover, and then what the body shows, each file once."""
        shown = ((self.cover,) if self.cover else ()) + self.media
        return tuple({each.id: each for each in reversed(shown)}.values())[::-1]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An article that was withdrawn. What it said is gone; that it is gone is passed on."""

    id: str
    version: int
    published: datetime
    withdrawn: datetime
    reason: str

    @property
    def urn(self) -> str:
        """The name of the article for everybody."""
        return urn_of(self.id)


@dataclass(frozen=True, slots=True)
class Feed:
    """What a format writes: live articles, newest first, and those that were withdrawn lately, last one first."""

    outlet: Outlet
    items: Sequence[Item]
    tombstones: Sequence[Tombstone]
    section: Named | None = None
    town: Named | None = None

    @property
    def title(self) -> str:
        """What the feed is called."""
        parts = [self.outlet.name, *(part.name for part in (self.section, self.town) if part)]
        return " · ".join(parts)

    @property
    def description(self) -> str:
        """What it is."""
        return f"{self.outlet.of}发布的新闻"

    @property
    def hubs(self) -> tuple[str, ...]:
        """The hubs that are told when it changes. What is about one town is not announced: nobody pings for it."""
        return () if self.town else self.outlet.hubs

    @property
    def updated(self) -> datetime:
        """When anything in it changed last; the day the house came into being, if there is nothing in it."""
        moments = [item.updated for item in self.items] + [gone.withdrawn for gone in self.tombstones]
        return max(moments, default=BEGINNING)

    def address(self, path: str) -> str:
        """Return its address in the format that lies at `path`."""
        section, town = self.section, self.town
        return self.outlet.feed(path, section.id if section else None, town.id if town else None)
