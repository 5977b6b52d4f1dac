"""Asking: the engine brings what may match, the newest first and a bounded number; the rules decide and order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from backend.clock import SHANGHAI, iso_or_none
from backend.folding import fold
from backend.search import index, rules
from backend.search.actions import facet, milliseconds, numbers_between
from backend.search.models import SearchDoc
from backend.search.words import TITLE, All, Asked, Either, Term, asked_for, line_of, terms_of

SUGGESTIONS = 10
_SPOKEN_AT_MOST = 3000
_AT_ONCE = 500
# The words of a text are not needed for a suggestion, and there may be many.
_NAMES = defer(SearchDoc.text, raiseload=True), defer(SearchDoc.text_line, raiseload=True)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which part of what is public: empty means all. The days are Shanghai's, both included."""

    kinds: tuple[str, ...] = ()
    section: str | None = None
    office: str | None = None
    town: str | None = None
    first_day: date | None = None
    last_day: date | None = None

    def asked(self) -> list[Asked]:
        """Write the filters for an engine."""
        asked: list[Asked] = [Either(tuple(facet("kind", kind) for kind in self.kinds))] if self.kinds else []
        for name in ("section", "office", "town"):
            value = getattr(self, name)
            if value is not None:
                asked.append(facet(name, value))
        return asked

    def numbers(self) -> tuple[int, int]:
        """Return the documents of the period."""
        after = None if self.last_day is None else _begin(self.last_day + timedelta(days=1))
        return numbers_between(None if self.first_day is None else _begin(self.first_day), after)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)


@dataclass(frozen=True, slots=True)
class _Hit:
    key: rules.Key
    doc_no: int


def search(session: Session, question: str, filters: Filters, *, cursor: str | None, limit: int) -> dict[str, Any]:
    """Return `{items, next, found, more_exist}` for one page of what matches, the best first.

    `found` counts what was looked at and matches; with `more_exist` there are older ones that were not looked at. A
    question without any letter, digit or character finds nothing.

    Raises:
        AppError: 422 `bad_cursor` for a cursor that no page gave out.
    """
    after = None if cursor is None else rules.read_key(cursor)
    terms = terms_of(question)
    hits, more_exist = _hits(session, terms, filters) if terms else ([], False)
    rest = [hit for hit in hits if after is None or hit.key > after]
    page = rest[:limit]
    return {
        "items": _written(session, terms, page),
        "next": rules.write_key(page[-1].key) if len(rest) > limit else None,
        "found": len(hits),
        "more_exist": more_exist,
    }


def _hits(session: Session, terms: Sequence[Term], filters: Filters) -> tuple[list[_Hit], bool]:
    """Rank what may match: the newest that have it all in the title, and the newest that have it at all."""
    first, last = filters.numbers()
    fetched = [
        index.newest(session, All((asked_for(terms, prefix), *filters.asked())), first, last) for prefix in (TITLE, "")
    ]
    numbers = list(dict.fromkeys(number for some in fetched for number in some))
    hits = [
        _Hit(key, number) for number, lines in _lines(session, numbers) if (key := rules.rank(terms, lines)) is not None
    ]
    return sorted(hits, key=lambda hit: hit.key), len(fetched[1]) == index.MOST


def _lines(session: Session, numbers: Sequence[int]) -> list[tuple[int, rules.Lines]]:
    columns = (SearchDoc.kind, SearchDoc.thing_id, SearchDoc.title_line, SearchDoc.text_line, SearchDoc.spelt)
    found: list[tuple[int, rules.Lines]] = []
    for start in range(0, len(numbers), _AT_ONCE):
        query = sa.select(SearchDoc.doc_no, SearchDoc.published_at, *columns)
        for row in session.execute(query.where(SearchDoc.doc_no.in_(numbers[start : start + _AT_ONCE]))):
            moment = 0 if row.published_at is None else milliseconds(row.published_at)
            found.append((row.doc_no, rules.Lines(*row[2:], moment)))
    return found


def _written(session: Session, terms: Sequence[Term], page: Sequence[_Hit]) -> list[dict[str, Any]]:
    query = sa.select(SearchDoc).where(SearchDoc.doc_no.in_([hit.doc_no for hit in page]))
    rows = {row.doc_no: row for row in session.scalars(query)}
    return [_item(terms, rows[hit.doc_no]) for hit in page]


def _item(terms: Sequence[Term], row: SearchDoc) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "id": row.thing_id,
        "ver": row.ver,
        "title": row.title,
        "title_marks": rules.written(rules.marks_of(terms, row.title, spelt=bool(row.spelt))),
        "snippet": rules.snippet_of(terms, row.text),
        "section": row.section,
        "office": row.office,
        "towns": row.towns,
        "published_at": iso_or_none(row.published_at),
    }


# ── suggestions ──


def suggest(session: Session, typed: str) -> list[dict[str, Any]]:
    """Return a few titles for what has been typed so far: services by name or pinyin, and what begins with it first."""
    words = line_of(typed).rstrip()
    if not words:
        return []
    term = Term(tuple(words.split()), exact=True)
    numbers = index.newest(session, asked_for([term], TITLE), *numbers_between(None, None))
    query = sa.select(SearchDoc).options(*_NAMES).where(SearchDoc.doc_no.in_(numbers))
    rows = {row.doc_no: row for row in session.scalars(query) if term.phrase_in(row.title_line)}
    rows |= {row.doc_no: row for row in _spoken(session, fold(typed).strip())}
    ordered = sorted(rows.values(), key=lambda row: _suggestion_key(row, words))[:SUGGESTIONS]
    return [_suggestion(row, term) for row in ordered]


def _spoken(session: Session, typed: str) -> list[SearchDoc]:
    """Return what has a name whose spelling begins so, or that begins so itself."""
    if not (typed.isascii() and typed.isalpha() and len(typed) >= 2):
        return []
    query = sa.select(SearchDoc).options(*_NAMES).where(SearchDoc.spelt != "").order_by(SearchDoc.doc_no.desc())
    query = query.limit(_SPOKEN_AT_MOST)
    return [row for row in session.scalars(query) if f" {typed}" in row.spelt]


def _suggestion_key(row: SearchDoc, words: str) -> tuple[bool, bool, int, str, str]:
    begins = row.title_line.startswith(words)
    return not begins, row.published_at is not None, -row.doc_no if row.published_at else 0, row.kind, row.thing_id


def _suggestion(row: SearchDoc, term: Term) -> dict[str, Any]:
    marks = rules.written(rules.marks_of([term], row.title))
    return {"kind": row.kind, "id": row.thing_id, "title": row.title, "title_marks": marks}
