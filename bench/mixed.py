"""An ordinary bad day: broadcasts, citizens who file requests, and readers, all at once."""

from __future__ import annotations

from typing import Any

from bench.context import Bench
from bench.loader import write_requests
from bench.ours import Server, list_articles
from bench.report import Section, Table, number, share

KEY = "mixed"
INTRO = (
    "A broadcast every two seconds to all phones, and meanwhile forty requests a second: citizens file service "
    "requests, everybody reads the feed, an article and `/healthz`. Each request counts from when it was due, so "
    "that waiting for the one before is waiting. A pass is the time from a signature to its last phone."
)
_WORDS = "小区门口的路灯连着三个晚上不亮，老人晚上出门看不清台阶，请尽快派人来修。"


def measure(bench: Bench) -> Section:
    """Measure the mixture on one process, and on gunicorn with PostgreSQL."""
    section = Section(KEY, "All at once", INTRO)
    broadcasts = section.table("Broadcasts", "server", "phones", "last phone ms, p50", "p99", "lost", "answers")
    requests = section.table(
        "Requests", "server", "what", "a second", "outside passes ms, p50", "p99", "inside, p50", "p99", "answers"
    )
    for workers in (0, 2):
        with bench.serving(workers, postgresql=workers > 0) as server:
            run = _run(bench, server)
            _add(broadcasts, requests, server.title, run)
    return section


def _run(bench: Bench, server: Server) -> dict[str, Any]:
    count = 4 if bench.quick else 20
    bench.say(f"{server.title}: {bench.phones:,} phones, {count} broadcasts, forty requests a second")
    options: list[Any] = ["--clients", bench.phones, "--tokens", server.tokens(bench.phones), "--obey"]
    options += ["--posts", server.signatures(count), "--every", 2000]
    requests = write_requests(server.folder / "requests", _requests(server, 40 * 2 * count))
    options += ["--requests", requests, "--senders", 8, "--request-every", 200]
    return bench.loader.run(*server.options(), *options)["run"]


def _requests(server: Server, count: int) -> list[tuple[str, str, str, str | None, Any]]:
    """Return as many requests, of four kinds in turn."""
    article = list_articles(server.port)[0]
    citizens = server.district.people.citizens
    tokens = server.district.tokens(citizens[: min(count // 4 + 1, len(citizens))])
    requests: list[tuple[str, str, str, str | None, Any]] = []
    for number_ in range(count // 4):
        form = {"service": "streetlight", "title": f"路灯不亮 {number_}", "text": _WORDS}
        requests += [
            ("file a request", "POST", "/api/v1/requests", f"Bearer {tokens[number_ % len(tokens)]}", form),
            ("feed", "GET", "/api/v1/feed", None, None),
            ("article", "GET", f"/api/v1/articles/{article}", None, None),
            ("healthz", "GET", "/healthz", None, None),
        ]
    return requests


def _add(broadcasts: Table, requests: Table, title: str, run: dict[str, Any]) -> None:
    last = run["last_ms"]
    lost = run["expected"] - run["seen"]
    broadcasts.add(title, f"{run['clients']:,}", share(last, "p50"), share(last, "p99"), lost, write_answers(run))
    for label, found in sorted(run["requests"].items()):
        outside, inside = found["outside_ms"], found["inside_ms"]
        requests.add(
            title,
            label,
            number(found["a_second"]),
            share(outside, "p50"),
            share(outside, "p99"),
            share(inside, "p50"),
            share(inside, "p99"),
            write_answers(found),
        )


def write_answers(found: dict[str, Any]) -> str:
    """Write HTTP statuses and how often each came; 0 is no answer."""
    return ", ".join(f"{count}×{status}" for status, count in sorted(found["answers"].items()))
