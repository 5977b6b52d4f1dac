"""What else there is to read about the same thing: public things whose titles share rare words with one's own.

The index knows what is public now and nothing else, so what is withdrawn is never among them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso_or_none
from backend.search import index
from backend.search.actions import facet, numbers_between
from backend.search.models import SearchDoc
from backend.search.words import TITLE, All, Either, tokens_of

# Services are found from the article's own cards, and other people's requests are not what one reads on with.
KINDS = ("article", "live", "special", "notice")
MOST = 6
# Long titles are rare; beyond this their last words are not looked for.
_MAX_TOKENS = 60
# One pair of characters is in many titles by chance; two, or a word of three characters, are not.
_AT_LEAST = 2
_Ids = Collection[tuple[str, str]]


def related(session: Session, kind: str, thing_id: str, *, without: _Ids = (), limit: int = MOST) -> list[Any]:
    """Return as cards what is nearest to a thing, the nearest first, and of equals the newest.

    `without` are things as (kind, id) that are not wanted. A thing that is not in the index has nothing near it.
    """
    own = session.scalars(sa.select(SearchDoc).where(SearchDoc.kind == kind, SearchDoc.thing_id == thing_id)).first()
    asked = _words(own.title_line) if own is not None else []
    if own is None or not asked:
        return []
    question = All((Either(tuple(TITLE + word for word in asked)), Either(tuple(facet("kind", of) for of in KINDS))))
    numbers = [each for each in index.newest(session, question, *numbers_between(None, None)) if each != own.doc_no]
    shared = _shared(session, numbers, asked)
    unwanted = {(kind, thing_id), *without}
    rows = (row for row in _rows(session, _nearest(shared)) if (row.kind, row.thing_id) not in unwanted)
    return [present_card(row) for _, row in zip(range(limit), rows, strict=False)]


def present(session: Session, kind: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """Write the cards of these things in this order; one that is not public any more is left out."""
    query = sa.select(SearchDoc).where(SearchDoc.kind == kind, SearchDoc.thing_id.in_(ids))
    rows = {row.thing_id: row for row in session.scalars(query)}
    return [present_card(rows[thing_id]) for thing_id in ids if thing_id in rows]


def present_card(row: SearchDoc) -> dict[str, Any]:
    """Write a thing in as few words as lead to it."""
    return {
        "kind": row.kind,
        "id": row.thing_id,
        "title": row.title,
        "section": row.section,
        "office": row.office,
        "published_at": iso_or_none(row.published_at),
    }


def _words(line: str) -> list[str]:
    """Return what a title is compared by: words, and pairs of characters; a single character says too little."""
    return sorted(token for token in tokens_of(line) if len(token) > 1)[:_MAX_TOKENS]


def _shared(session: Session, numbers: Sequence[int], asked: Sequence[str]) -> dict[int, set[str]]:
    query = sa.select(SearchDoc.doc_no, SearchDoc.title_line).where(SearchDoc.doc_no.in_(numbers))
    wanted = set(asked)
    return {number: tokens_of(line) & wanted for number, line in session.execute(query).tuples()} if numbers else {}


def _nearest(shared: dict[int, set[str]]) -> list[int]:
    """Order by the rarity of what is shared, as rare as it is among those that share anything."""
    held = Counter(word for words in shared.values() for word in words)
    weight = {word: math.log(1 + len(shared) / count) for word, count in held.items()}
    near = {number: sum(weight[word] for word in words) for number, words in shared.items() if len(words) >= _AT_LEAST}
    return sorted(near, key=lambda number: (-round(near[number], 9), -number))


def _rows(session: Session, numbers: Sequence[int]) -> list[SearchDoc]:
    # Some of them may not be wanted; a few more than are shown will do.
    some = numbers[: MOST * 10]
    rows = {row.doc_no: row for row in session.scalars(sa.select(SearchDoc).where(SearchDoc.doc_no.in_(some)))}
    return [rows[number] for number in some if number in rows]
