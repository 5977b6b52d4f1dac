"""Writing: how many small changes a second, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

from bench.context import Bench
from bench.loader import write_requests
from bench.mixed import write_answers
from bench.ours import Server
from bench.report import Section, number, share

KEY = "mutations"
INTRO = (
    "Sixteen citizens at a time, each sending the next change once the last is answered, over connections that "
    "stay open. Each change is a transaction of its own with its event in the hash chain, its row in the log, and "
    "a durable commit. `PATCH /me` changes one's name; `POST /sync/mutations` does so through the outbox, whose "
    "answer is kept."
)
CONCURRENT = 16


def measure(bench: Bench) -> Section:
    """Measure both ways of writing on three servers."""
    section = Section(KEY, "Writes", INTRO)
    columns = ("server", "what", "a second", "p50 ms", "p99 ms", "server CPU µs each", "answers")
    table = section.table(f"{CONCURRENT} at a time", *columns)
    seconds = 3 if bench.quick else 10
    for workers in (0, 1, 2):
        with bench.serving(workers, postgresql=workers > 0) as server:
            for what, requests in (("PATCH /me", _patches), ("POST /sync/mutations", _outboxes)):
                bench.say(f"{server.title}: {what}, {seconds} s")
                # More lines than any server gets through: a repeated outbox would be answered from memory.
                path = write_requests(server.folder / "requests", requests(server, 2000 * seconds))
                options: list[Any] = ["--requests", path, "--senders", CONCURRENT, "--duration", seconds]
                run = bench.loader.run(*server.options(), *options)["run"]
                found = run["requests"]["write"]
                latency = found["outside_ms"]
                table.add(
                    server.title,
                    what,
                    number(found["a_second"]),
                    share(latency, "p50"),
                    share(latency, "p99"),
                    number(run["server_cpu_s"] * 1e6 / max(latency["count"], 1)),
                    write_answers(found),
                )
    return section


def _bearers(server: Server) -> list[str]:
    return [f"Bearer {token}" for token in server.district.tokens(server.district.people.citizens[:500])]


def _patches(server: Server, count: int) -> list[tuple[str, str, str, str | None, Any]]:
    bearers = _bearers(server)
    return [
        ("write", "PATCH", "/api/v1/me", bearers[each % len(bearers)], {"name": f"改名{each}"}) for each in range(count)
    ]


def _outboxes(server: Server, count: int) -> list[tuple[str, str, str, str | None, Any]]:
    bearers = _bearers(server)
    forms = (
        {"client_id": f"bench-{each:08}", "mutations": [{"mid": 1, "name": "me.edit", "args": {"name": f"改名{each}"}}]}
        for each in range(count)
    )
    return [
        ("write", "POST", "/api/v1/sync/mutations", bearers[each % len(bearers)], form)
        for each, form in enumerate(forms)
    ]
