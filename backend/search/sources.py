"""Where what can be found comes from.

What travels on the public streams is found as those streams show it: a source says how the public rendering of a kind
becomes a document. So no domain calls search, and search reads nothing that a stranger could not read. Reference data,
which are on no stream, are listed whole. Both are registered by the composition root.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.clock import SHANGHAI
from backend.sync.renderers import Rendered, Renderers
from backend.sync.streams import Audience

_BREAKS = re.compile(r"</?(?:p|br|li|ul|ol|h2|h3|blockquote)\b[^<>]*>")
_TAGS = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Document:
    """A public thing, as it is to be found. `spoken` are names that people also type in pinyin."""

    kind: str
    id: str
    ver: int
    title: str
    text: str
    section: str | None = None
    office: str | None = None
    towns: tuple[str, ...] = ()
    published_at: datetime | None = None
    spoken: bool = False


Reader = Callable[[Rendered], Document]
# Of these ids, or of all of them.
Lister = Callable[[Session, Collection[str] | None], Iterable[Document]]


class Sources:
    """The kinds of things that can be found, each with where it comes from."""

    def __init__(self, renderers: Renderers) -> None:
        self._renderers = renderers
        self._placed: dict[str, Reader] = {}
        self._found_as: dict[str, str] = {}
        self._listed: dict[str, Lister] = {}

    def placed(self, kind: str, read: Reader, *, found_as: str | None = None) -> None:
        """Find what is placed on a public stream under this kind; `found_as` is what search calls it, if otherwise."""
        self._placed[kind] = read
        self._found_as[kind] = found_as or kind

    def found_as(self, kind: str) -> str:
        """Return what search calls things that are placed under this kind."""
        return self._found_as[kind]

    def listed(self, kind: str, read: Lister) -> None:
        """Find what this lists; it is looked through when the house starts."""
        self._listed[kind] = read

    @property
    def placed_kinds(self) -> frozenset[str]:
        """The kinds that are placed."""
        return frozenset(self._placed)

    @property
    def listed_kinds(self) -> frozenset[str]:
        """The kinds that are listed."""
        return frozenset(self._listed)

    def read(self, session: Session, things: Collection[tuple[str, str]]) -> dict[tuple[str, str], Document]:
        """Return the documents of things as a stranger may read them now; one that nobody may read has none."""
        rendered = self._renderers.render(session, Audience.PUBLIC, things)
        return {thing: self._placed[thing[0]](data) for thing, data in rendered.items()}

    def listing(self, session: Session) -> list[Document]:
        """Return all documents that are listed."""
        return [document for read in self._listed.values() for document in read(session, None)]

    def listed_one(self, session: Session, kind: str, thing_id: str) -> Document | None:
        """Return the document of a thing that is listed, as a stranger may read it now."""
        return next(iter(self._listed[kind](session, [thing_id])), None)


def article_document(article: Rendered) -> Document:
    """Make the document of an article."""
    return Document(
        kind="article",
        id=article["id"],
        ver=article["ver"],
        title=article["headline"],
        text="\n".join(part for part in (article["summary"], words_of(article["body"])) if part),
        section=article["section"],
        towns=tuple(article["towns"]),
        published_at=datetime.fromisoformat(article["published_at"]),
    )


def live_document(live: Rendered) -> Document:
    """Make the document of a live blog: what it is about. Its entries come and go too fast to be looked for."""
    return Document(
        kind="live",
        id=live["id"],
        ver=live["ver"],
        title=live["headline"],
        text=live["intro"],
        section=live["section"],
        towns=tuple(live["towns"]),
        published_at=datetime.fromisoformat(live["opened_at"]),
    )


def special_document(special: Rendered) -> Document:
    """Make the document of a special: its title and the words that lead into it."""
    titles = (group["title"] for group in special["groups"])
    return Document(
        kind="special",
        id=special["id"],
        ver=special["ver"],
        title=special["title"],
        text="\n".join(part for part in (special["intro"], *titles) if part),
        published_at=datetime.fromisoformat(special["opened_at"]),
    )


def notice_document(notice: Rendered) -> Document:
    """Make the document of a notice; its numbers are found as well."""
    numbers = [notice[name] for name in ("index_no", "doc_no") if notice[name]]
    return Document(
        kind="notice",
        id=notice["id"],
        ver=notice["ver"],
        title=notice["title"],
        text="\n".join([words_of(notice["body"]), *numbers]),
        office=notice["office"]["id"],
        towns=tuple(notice["towns"]),
        published_at=datetime.fromisoformat(notice["published_at"]),
    )


def service_document(service: Rendered) -> Document:
    """Make the document of a service."""
    return Document(
        kind="service",
        id=service["id"],
        ver=1,
        title=service["name"],
        text="\n".join([service["description"], service["name_en"], service["description_en"]]),
        office=service["office"]["id"],
        spoken=True,
    )


def request_document(twin: Rendered) -> Document:
    """Make the document of a public request."""
    return Document(
        kind="request",
        id=twin["id"],
        ver=twin["ver"],
        title=twin["title"],
        text="\n".join(part for part in (twin["text"], twin["reply"], twin["service"]["name"]) if part),
        office=twin["office"]["id"] if twin["office"] else None,
        towns=(twin["town"],) if twin["town"] else (),
        published_at=datetime.fromisoformat(twin["filed_on"]).replace(tzinfo=SHANGHAI),
    )


def item_document(item: Rendered) -> Document:
    """Make the document of an item of the catalogue."""
    return Document(
        kind="item",
        id=item["id"],
        ver=item["version"],
        title=item["title"],
        text="\n".join([item["summary"], *item["conditions"], *(each["name"] for each in item["materials"])]),
        office=item["office"]["id"],
        published_at=datetime.fromisoformat(item["published_at"]),
        spoken=True,
    )


def words_of(body: Iterable[dict[str, Any]]) -> str:
    """Return the words of a body as readers get it, a line a paragraph."""
    parts = (block.get("html") or block.get("text") or block.get("caption") or "" for block in body)
    plain = html.unescape(_TAGS.sub("", _BREAKS.sub("\n", "\n".join(parts))))
    return "\n".join(line.strip() for line in plain.split("\n") if line.strip())
