"""Keeping the index: with every unit of work that places a thing, whole when it is made anew, and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import canonical
from backend.events.models import Event
from backend.folding import fold
from backend.search import index, pinyin
from backend.search.models import SearchDoc
from backend.search.sources import Document, Sources
from backend.search.words import MAX_TEXT, SOUND, TITLE, line_of, safe, tokens_of
from backend.sync.models import Item
from backend.sync.streams import Audience, audience_of
from backend.unit_of_work import CloseHook, EventHook, UnitOfWork

Thing = tuple[str, str]
Progress = Callable[[int, int], None]
_SHIFT = 20
# After every date of this century and the next: what has no date is met first.
_UNDATED = 2**42
_BATCH = 200


def following(sources: Sources) -> CloseHook:
    """Make the hook that indexes what a unit of work places before the public, and forgets what it takes away."""

    def follow(unit: UnitOfWork) -> None:
        placed = [each for each in unit.placements.values() if each.kind in sources.placed_kinds]
        if not placed:
            return
        public = [(each.kind, each.item_id) for each in placed if _is_public(each.streams)]
        found = sources.read(unit.session, public)
        gone = [
            (sources.found_as(each.kind), each.item_id) for each in placed if (each.kind, each.item_id) not in found
        ]
        forget(unit.session, gone)
        for document in found.values():
            put(unit.session, document)

    return follow


def following_listed(sources: Sources, kind: str) -> EventHook:
    """Make the hook on events of a kind that is listed: what they are about is indexed as it is now, or forgotten."""

    def follow(unit: UnitOfWork, event: Event) -> None:
        document = sources.listed_one(unit.session, kind, event.entity_id)
        if document is None:
            forget(unit.session, [(kind, event.entity_id)])
        else:
            put(unit.session, document)

    return follow


def _is_public(names: Iterable[str]) -> bool:
    return any(audience_of(name) is Audience.PUBLIC for name in names)


def put(session: Session, document: Document) -> None:
    """Index a document in the place of what is indexed of that thing."""
    forget(session, [(document.kind, document.id)])
    row = row_of(document)
    # Two things of one millisecond may draw the same number, once in a million.
    while session.get(SearchDoc, row.doc_no) is not None:
        row.doc_no += 1
    session.add(row)
    session.flush()
    index.put(session, row.doc_no, index_tokens(row))


def forget(session: Session, things: Iterable[Thing]) -> None:
    """Take things out of the index."""
    for kind, thing_id in things:
        rows = session.scalars(sa.select(SearchDoc).where(SearchDoc.kind == kind, SearchDoc.thing_id == thing_id)).all()
        index.remove(session, [row.doc_no for row in rows])
        for row in rows:
            session.delete(row)
        session.flush()


def row_of(document: Document) -> SearchDoc:
    """Make the row of a document."""
    title = document.title[:MAX_TEXT]
    spelt = sorted(pinyin.spellings(fold(title))) if document.spoken else []
    return SearchDoc(
        doc_no=_number(document),
        kind=document.kind,
        thing_id=document.id,
        ver=document.ver,
        title=title,
        text=document.text[:MAX_TEXT],
        title_line=line_of(title),
        text_line=line_of(document.text),
        spelt=f" {' '.join(spelt)} " if spelt else "",
        section=document.section,
        office=document.office,
        towns=sorted(document.towns),
        published_at=document.published_at,
    )


def _number(document: Document) -> int:
    moment = _UNDATED if document.published_at is None else milliseconds(document.published_at)
    drawn = hashlib.sha256(f"{document.kind}\n{document.id}".encode()).digest()
    return (moment << _SHIFT) | (int.from_bytes(drawn[:4], "big") % (1 << _SHIFT))


def milliseconds(moment: datetime) -> int:
    """Return a moment as a whole number that orders as moments do."""
    return max(0, int(moment.timestamp() * 1000))


def numbers_between(first: datetime | None, last: datetime | None) -> tuple[int, int]:
    """Return the range of document numbers of a period; with a bound, what has no date is outside."""
    if first is None and last is None:
        return 0, (2 * _UNDATED << _SHIFT) - 1
    low = 0 if first is None else milliseconds(first) << _SHIFT
    return low, (_UNDATED << _SHIFT if last is None else milliseconds(last) << _SHIFT) - 1


def index_tokens(row: SearchDoc) -> set[str]:
    """Return all that a document is found by: words, words of the title, spellings, and what is filtered by."""
    title = tokens_of(row.title_line)
    tokens = title | tokens_of(row.text_line)
    tokens |= {TITLE + token for token in title}
    tokens |= {SOUND + safe(spelling) for spelling in row.spelt.split()}
    tokens |= {facet(name, value) for name, value in _facets(row)}
    return tokens


def _facets(row: SearchDoc) -> Iterator[tuple[str, str]]:
    yield "kind", row.kind
    if row.section is not None:
        yield "section", row.section
    if row.office is not None:
        yield "office", row.office
    for town in row.towns:
        yield "town", town


def facet(name: str, value: str) -> str:
    """Return the token of a value that results are filtered by."""
    # An id is not cut short as a word is, and is told apart by the case of its letters.
    plain = value.isascii() and value.isalnum() and value.islower()
    return f"{name}:{value if plain else '=' + value.encode().hex()}"


# ── making anew ──


def refresh_listed(session: Session, sources: Sources) -> None:
    """Bring what is listed up to date in the index: reference data change between two starts, and have no events."""
    listed = {(document.kind, document.id): document for document in sources.listing(session)}
    query = sa.select(SearchDoc).where(SearchDoc.kind.in_(sources.listed_kinds))
    present = {(row.kind, row.thing_id): contents(row) for row in session.scalars(query)}
    forget(session, present.keys() - listed.keys())
    for thing, document in listed.items():
        if present.get(thing) != contents(row_of(document)):
            put(session, document)


def ensure(session: Session, sources: Sources, progress: Progress) -> None:
    """Index what there was before there was an index, and bring what is listed up to date."""
    if session.scalar(sa.select(sa.func.count()).select_from(SearchDoc)):
        refresh_listed(session, sources)
    else:
        rebuild(session, sources, progress)


@dataclass(frozen=True)
class Compared:
    """How the index stands to what is public: texts that are equal if it is the same."""

    name: str
    kept: str
    made: str

    @property
    def equal(self) -> bool:
        """Tell whether they are the same."""
        return self.kept == self.made


def rebuild(session: Session, sources: Sources, progress: Progress) -> list[Compared]:
    """Throw the index away and make it from what is public now; return how it compares with what was there.

    It is one transaction: whoever searches meanwhile finds in the old one, and whoever publishes waits.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("LOCK TABLE search_doc IN EXCLUSIVE MODE"))
    before = _digests(session)
    session.execute(sa.delete(SearchDoc))
    index.clear(session)
    session.expire_all()
    for document in _all_documents(session, sources, progress):
        put(session, document)
    return [Compared(name, before[name], made) for name, made in _digests(session).items()]


def check(session: Session, sources: Sources, progress: Progress) -> list[Compared]:
    """Compare the index with what is public now, in one snapshot; change nothing."""
    kept = _digests(session)
    made, tokens = _Digest(), _Digest()
    for document in _all_documents(session, sources, progress):
        row = row_of(document)
        made.add(contents(row))
        tokens.add([row.kind, row.thing_id, sorted(index_tokens(row))])
    return [Compared("documents", kept["documents"], str(made)), Compared("index", kept["index"], str(tokens))]


def _all_documents(session: Session, sources: Sources, progress: Progress) -> Iterator[Document]:
    things = _public_things(session, sources)
    for start in range(0, len(things), _BATCH):
        yield from sources.read(session, things[start : start + _BATCH]).values()
        # What was rendered is not needed any more; what was written stays.
        session.flush()
        session.expunge_all()
        progress(min(start + _BATCH, len(things)), len(things))
    yield from sources.listing(session)


def _public_things(session: Session, sources: Sources) -> list[Thing]:
    query = sa.select(Item.kind, Item.item_id, Item.stream).where(Item.kind.in_(sources.placed_kinds))
    rows = session.execute(query.order_by(Item.kind, Item.item_id)).tuples()
    return list(dict.fromkeys((kind, item_id) for kind, item_id, stream in rows if _is_public([stream])))


def contents(row: SearchDoc) -> list[Any]:
    """Return all that a row says, but for its number."""
    moment = None if row.published_at is None else milliseconds(row.published_at)
    words = [row.title, row.text, row.title_line, row.text_line, row.spelt]
    return [row.kind, row.thing_id, row.ver, *words, row.section, row.office, row.towns, moment]


class _Digest:
    """A hash over things in any order, and how many there are."""

    def __init__(self) -> None:
        self.count, self._sum = 0, 0

    def add(self, thing: Any) -> None:
        self.count += 1
        self._sum = (
            self._sum + int.from_bytes(hashlib.sha256(canonical(thing).encode()).digest()[:16], "big")
        ) % 2**128

    def __str__(self) -> str:
        return f"{self._sum:032x} ({self.count})"


def _digests(session: Session) -> dict[str, str]:
    documents, tokens = _Digest(), _Digest()
    numbers: Sequence[int] = session.scalars(sa.select(SearchDoc.doc_no).order_by(SearchDoc.doc_no)).all()
    for start in range(0, len(numbers), _BATCH):
        some = numbers[start : start + _BATCH]
        held = index.held(session, some)
        for row in session.scalars(sa.select(SearchDoc).where(SearchDoc.doc_no.in_(some))):
            documents.add(contents(row))
            tokens.add([row.kind, row.thing_id, sorted(held.get(row.doc_no, ()))])
            session.expunge(row)
    # Entries that belong to no document would be counted here and nowhere else.
    tokens.count += index.count(session) - len(numbers)
    return {"documents": str(documents), "index": str(tokens)}
