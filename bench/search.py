"""Search over a district's years: two-character questions on both engines, and what a publication costs the index."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.search import actions, queries
from backend.search.queries import Filters
from backend.search.sources import Document
from bench import postgres
from bench.context import Bench
from bench.report import Section, Table, number

KEY = "search"
DOCUMENTS, QUICK = 100_000, 2_000
ASKED = 200
_SEED = 20_230_301
_BEGIN = datetime(2016, 1, 1, tzinfo=UTC)
# Characters by how often they are used, as in any language: the first few are everywhere, the last nearly nowhere.
_CHARS = [chr(0x4E00 + place * 5) for place in range(3_000)]
_WEIGHTS = [1 / (place + 3) for place in range(len(_CHARS))]
_KINDS = ("article", "article", "article", "notice")
_TOWNS = ("gucun", "luodian", "youyilu", "wusong")


def measure(bench: Bench) -> Section:
    """Measure on SQLite, and on PostgreSQL where there is one."""
    documents = QUICK if bench.quick else DOCUMENTS
    section = Section(
        KEY,
        "Search",
        f"{documents:,} articles and notices of about 400 characters, drawn by how often characters are used. "
        f"{ASKED} questions of two characters, drawn from the texts themselves (so that common pairs are asked for "
        "often), in one process, a page of twenty with marks and snippets. No peer: the bound is the house's own.",
    )
    table = section.table("Questions, ms", "engine", "what", "p50", "p95", "worst")
    for postgresql in (False, True):
        name = "PostgreSQL" if postgresql else "SQLite"
        if postgresql and (why := postgres.lacking()):
            section.notes.append(why)
            continue
        district = bench.district(postgresql=postgresql, citizens=1)
        database = district.open()
        try:
            bench.say(f"indexing {documents:,} documents on {name}")
            with database.engine.writing() as session:
                each = _fill(session, documents)
                session.commit()
                if postgresql:
                    session.execute(sa.text("ANALYZE search_doc, search_index"))
                    session.commit()
            with database.engine.reading() as session:
                worst = _ask(session, table, name)
            section.judge(
                f"Two characters among {documents:,}, {name}", "p95 ≤ 100 ms", f"{number(worst)} ms", met=worst <= 100
            )
            table.add(name, "indexing one document", number(statistics.median(each)), *_late(each))
        finally:
            database.engine.sa.dispose()
            district.drop()
    return section


def _late(found: list[float]) -> tuple[str, str]:
    return number(sorted(found)[int(len(found) * 0.95)]), number(max(found))


def _text(chance: random.Random, size: int) -> str:
    chars = chance.choices(_CHARS, _WEIGHTS, k=size)
    for place in range(20, size, 25):
        chars[place] = "，"
    return "".join(chars)


def _fill(session: Session, documents: int) -> list[float]:
    """Index documents; return how long each took in ms."""
    chance, took = random.Random(_SEED), []
    for place in range(documents):
        document = Document(
            _KINDS[place % 4],
            f"bench-{place}",
            1,
            _text(chance, 18),
            _text(chance, chance.randrange(200, 600)),
            section="minsheng",
            towns=(_TOWNS[place % 4],),
            published_at=_BEGIN + timedelta(minutes=40 * place),
        )
        begun = time.perf_counter()
        actions.put(session, document)
        took.append((time.perf_counter() - begun) * 1000)
        if place % 500 == 0:
            session.expunge_all()
    return took


def _ask(session: Session, table: Table, name: str) -> float:
    """Ask all questions; return the p95 of those without a filter."""
    chance = random.Random(_SEED + 1)
    asked = ["".join(chance.choices(_CHARS, _WEIGHTS, k=2)) for _ in range(ASKED)]
    ways: dict[str, Callable[[str], object]] = {
        "two characters": lambda words: queries.search(session, words, Filters(), cursor=None, limit=20),
        "… of one town and kind": lambda words: queries.search(
            session, words, Filters(kinds=("notice",), town="wusong"), cursor=None, limit=20
        ),
        "four characters": lambda words: queries.search(session, words * 2, Filters(), cursor=None, limit=20),
        "suggestions": lambda words: queries.suggest(session, words),
    }
    for words in asked[:5]:
        queries.search(session, words, Filters(), cursor=None, limit=20)
    worst = []
    for what, ask in ways.items():
        found = []
        for words in asked:
            begun = time.perf_counter()
            ask(words)
            found.append((time.perf_counter() - begun) * 1000)
        table.add(name, what, number(statistics.median(found)), *_late(found))
        worst.append(sorted(found)[int(len(found) * 0.95)])
    return worst[0]
