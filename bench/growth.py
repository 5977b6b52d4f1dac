"""Growth: what a broadcast costs as phones become more, and catching up as the log becomes longer."""

from __future__ import annotations

from functools import partial
from statistics import linear_regression
from typing import Any

import psycopg2

from bench import postgres
from bench.broadcast import run_ours
from bench.context import Bench
from bench.district import District
from bench.loader import write_requests
from bench.mixed import write_answers
from bench.ours import Server
from bench.report import Section, number, share

KEY = "growth"
INTRO = (
    "First the same broadcasts to more and more phones of one process, then `GET /sync/changes` on PostgreSQL, as "
    "the log grows from ten thousand rows to ten million. One row in twenty is on `pub`, the others are on the "
    "streams of 2,000 citizens. A phone that was in a tunnel is 1,000 rows of the whole log behind, so about 50 "
    "on its streams; one that slept is 30,000 behind, about 1,500 on its streams, of which it gets the first 500."
)
# Few enough for the shortest log: each has two rows in it from the start.
_CITIZENS = 2000
_TUNNEL, _SLEPT = 1000, 30_000
# Every so many rows one is public; the others take turns over the citizens. A prime keeps the two out of step.
_PUBLIC_EVERY, _TURNS = 20, 1999
_FILL = """
INSERT INTO sync_row (seq, stream, prev, kind, item_id, ver, op, at)
SELECT seq,
       CASE WHEN is_public THEN 'pub' ELSE 'user:' || citizen.id END,
       CASE WHEN is_public THEN seq - %(every)s
            WHEN (seq - %(turns)s) %% %(every)s = 0 THEN seq - 2 * %(turns)s ELSE seq - %(turns)s END,
       CASE WHEN is_public THEN 'article' ELSE 'me' END,
       CASE WHEN is_public THEN article.id ELSE citizen.id END,
       1, 'put', now() - make_interval(secs => (%(last)s - seq) * 0.05)
FROM (SELECT seq, seq %% %(every)s = 0 AS is_public
      FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS seq) row
JOIN bench_article article ON article.number = seq / %(every)s %% (SELECT count(*) FROM bench_article)
JOIN bench_citizen citizen ON citizen.number = seq %% %(turns)s
"""


def measure(bench: Bench) -> Section:
    """Measure both kinds of growth."""
    section = Section(KEY, "Growth", INTRO)
    _measure_phones(bench, section)
    if lacking := postgres.lacking():
        section.notes.append(f"Catching up: skipped, {lacking}.")
    else:
        _measure_log(bench, section)
    return section


def _measure_phones(bench: Bench, section: Section) -> None:
    sizes = (250, 500, 1000, 2000) if bench.quick else (1000, 2000, 4000, 8000, 15000)
    table = section.table("Broadcasts", "phones", "CPU µs a delivery", "last phone ms, p50", "p99", "ms a 1,000 phones")
    spent_ms = []
    with bench.serving() as server:
        for clients in sizes:
            run = run_ours(bench, server, clients, 5 if bench.quick else 20)["run"]
            spent_ms.append(run["server_cpu_s"] * 1000 / max(run["posts"], 1))
            last = run["last_ms"]
            each = number(last["p50"] * 1000 / clients)
            table.add(f"{clients:,}", number(run["cpu_us_a_delivery"]), share(last, "p50"), share(last, "p99"), each)
    line = linear_regression(sizes, spent_ms)
    section.notes.append(
        f"A straight line through these: a broadcast takes {line.intercept:.1f} ms of CPU whoever listens (the "
        f"transaction, jobs, and idling until the next), and {line.slope * 1000:.1f} µs a phone."
    )


def _measure_log(bench: Bench, section: Section) -> None:
    columns = ("rows", "phone", "p50 ms", "p99 ms", "a second, one reader", "answers")
    table = section.table("Catching up", *columns)
    for rows in (10**4, 10**6) if bench.quick else (10**4, 10**6, 10**7):
        bench.say(f"filling the log with {rows:,} rows")
        # Before the server starts: its pump would look at every row that appears meanwhile.
        with bench.serving(1, postgresql=True, citizens=_CITIZENS, prepare=partial(_fill, rows=rows)) as server:
            _, head = server.district.head()
            for name, behind in (("was in a tunnel", _TUNNEL), ("slept", _SLEPT)):
                # A log that is shorter than the phone's sleep is read from its beginning.
                found = _catch_up(bench, server, max(head - behind, 1))
                latency = found["outside_ms"]
                table.add(
                    f"{rows:,}",
                    name,
                    share(latency, "p50"),
                    share(latency, "p99"),
                    number(found["a_second"]),
                    write_answers(found),
                )


def _fill(district: District, rows: int) -> None:
    """Append rows to the log until it has so many. Streams, items and digests stay as they are."""
    connection = psycopg2.connect(district.url)
    try:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT seq FROM sync_head")
        (head,) = cursor.fetchone() or (0,)
        last = max(head, rows)
        cursor.execute(
            "CREATE TEMP TABLE bench_article AS SELECT item_id AS id, row_number() OVER () - 1 AS number FROM sync_item"
            " WHERE stream = 'pub' AND kind = 'article'"
        )
        cursor.execute(
            "CREATE TEMP TABLE bench_citizen AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS number"
            " FROM account WHERE kind = 'citizen' AND name LIKE '市民%%' ORDER BY id LIMIT %s",
            (_TURNS,),
        )
        # Rows go in faster without the indexes, which are then built in one go.
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'sync_row'")
        indexes = [(name, definition) for name, definition in cursor.fetchall() if " UNIQUE " not in definition]
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        values = {"first": head + 1, "last": last, "every": _PUBLIC_EVERY, "turns": _TURNS}
        cursor.execute(_FILL, values)
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("UPDATE sync_head SET seq = %s", (last,))
        cursor.execute("VACUUM ANALYZE sync_row")
        # Else the database would still be writing all this down while it is measured.
        cursor.execute("CHECKPOINT")
    finally:
        connection.close()


def _catch_up(bench: Bench, server: Server, since: int) -> dict[str, Any]:
    citizens = server.district.people.citizens[: _TURNS - 1]
    path = f"/api/v1/sync/changes?since={since}&streams=pub,user&limit=500"
    tokens = server.district.tokens(citizens)
    requests = write_requests(
        server.folder / "requests", [("changes", "GET", path, f"Bearer {token}", None) for token in tokens]
    )
    options: list[Any] = ["--requests", requests, "--senders", 1, "--duration"]
    # Once to warm the caches.
    bench.loader.run(*server.options(), *options, 2)
    options.append(3 if bench.quick else 15)
    found: dict[str, Any] = bench.loader.run(*server.options(), *options)["run"]["requests"]["changes"]
    return found
