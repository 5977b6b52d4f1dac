"""The engine's index: FTS5 on SQLite, a `tsvector` under GIN on PostgreSQL. Only this file tells them apart.

Both are given the tokens of `words` as they are, and only ever asked which documents have which tokens, the newest
first: no engine's stemming, phrases or ranking, in which they differ, comes into it. (A `tsvector` keeps 256 places of
a word and none after the 16,383rd, so that its phrases miss what FTS5 finds in a long text: docs/adr/0017-search.md.)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.search.words import All, Asked

MOST = 400
_AT_ONCE = 300


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def put(session: Session, doc_no: int, tokens: Collection[str]) -> None:
    """Index a document that is not in the index."""
    if _is_sqlite(session):
        query = "INSERT INTO search_index (rowid, words) VALUES (:doc_no, :words)"
        session.execute(sa.text(query), {"doc_no": doc_no, "words": " ".join(sorted(tokens))})
    else:
        query = "INSERT INTO search_index (doc_no, words) VALUES (:doc_no, array_to_tsvector(:words))"
        session.execute(sa.text(query), {"doc_no": doc_no, "words": sorted(tokens)})


def remove(session: Session, doc_nos: Sequence[int]) -> None:
    """Take documents out of the index."""
    by_rowid = sa.text("DELETE FROM search_index WHERE rowid = :doc_no")
    by_number = sa.text("DELETE FROM search_index WHERE doc_no = :doc_no")
    query = by_rowid if _is_sqlite(session) else by_number
    for doc_no in doc_nos:
        session.execute(query, {"doc_no": doc_no})


def clear(session: Session) -> None:
    """Empty the index."""
    session.execute(sa.text("DELETE FROM search_index"))


def held(session: Session, doc_nos: Sequence[int]) -> dict[int, frozenset[str]]:
    """Return the tokens that are indexed for documents."""
    as_text = sa.text("SELECT rowid, words FROM search_index WHERE rowid IN :doc_nos")
    as_array = sa.text("SELECT doc_no, tsvector_to_array(words) FROM search_index WHERE doc_no IN :doc_nos")
    query = as_text if _is_sqlite(session) else as_array
    found: dict[int, frozenset[str]] = {}
    for start in range(0, len(doc_nos), _AT_ONCE):
        some = {"doc_nos": list(doc_nos[start : start + _AT_ONCE])}
        for number, tokens in session.execute(query.bindparams(sa.bindparam("doc_nos", expanding=True)), some):
            found[number] = frozenset(tokens.split() if isinstance(tokens, str) else tokens)
    return found


def count(session: Session) -> int:
    """Return how many documents are indexed."""
    return session.scalar(sa.text("SELECT count(*) FROM search_index")) or 0


def newest(session: Session, asked: Asked, first: int, last: int) -> list[int]:
    """Return the numbers of the newest documents that have what is asked for, from one number to another."""
    if _is_sqlite(session):
        query = (
            "SELECT rowid FROM search_index WHERE search_index MATCH :asked AND rowid BETWEEN :first AND :last "
            "ORDER BY rowid DESC LIMIT :most"
        )
        question = _question(asked, '"', " AND ", " OR ")
    else:
        # The planner thinks that a look at every row is cheap, and each is a long array that lies elsewhere; and it
        # would go through all documents backwards in the hope of meeting enough that match.
        session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        query = (
            "WITH found AS MATERIALIZED (SELECT doc_no FROM search_index WHERE words @@ CAST(:asked AS tsquery)) "
            "SELECT doc_no FROM found WHERE doc_no BETWEEN :first AND :last ORDER BY doc_no DESC LIMIT :most"
        )
        question = _question(asked, "'", " & ", " | ")
    given = {"asked": question, "first": first, "last": last, "most": MOST}
    return list(session.scalars(sa.text(query), given))


def _question(asked: Asked, quote: str, all_of: str, any_of: str) -> str:
    """Write a question in an engine's language. Tokens hold no quotes, so there is nothing to escape."""
    if isinstance(asked, str):
        return f"{quote}{asked}{quote}"
    joined = all_of if isinstance(asked, All) else any_of
    return f"({joined.join(_question(each, quote, all_of, any_of) for each in asked.of)})"
