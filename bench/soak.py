"""The soak: as many phones as there will be, in one process, for ten minutes."""

from __future__ import annotations

from typing import Any

from bench.context import Bench
from bench.loader import write_requests
from bench.mixed import write_answers
from bench.ours import Server, list_articles
from bench.report import Section, Table, number, share

KEY = "soak"
INTRO = (
    "One process on SQLite. A broadcast every five seconds; one phone in a hundred sleeps, that is reads nothing "
    "for more than a minute at a time, and one in a hundred leaves and comes back every few seconds. `/healthz` "
    "and an article are asked for ten times a second each, counted from when they were due."
)
# Growth over the run that is still called flat: what a busy process's heap breathes by.
_FLAT = 1.05


def measure(bench: Bench) -> Section:
    """Run it and judge it."""
    section = Section(KEY, "Soak", INTRO)
    minutes = 1 if bench.quick else 10
    with bench.serving() as server:
        run = _run(bench, server, minutes)
    _report(section, run)
    _judge(section, bench.most_phones, run)
    return section


def _run(bench: Bench, server: Server, minutes: int) -> dict[str, Any]:
    count = minutes * 12
    bench.say(f"{server.title}: {bench.most_phones:,} phones, {count} broadcasts in {minutes} min")
    article = list_articles(server.port)[-1]
    requests = write_requests(
        server.folder / "requests",
        [("healthz", "GET", "/healthz", None, None), ("article", "GET", f"/api/v1/articles/{article}", None, None)],
    )
    options: list[Any] = ["--clients", bench.most_phones, "--tokens", server.tokens(bench.most_phones), "--obey"]
    options += ["--slow", 1, "--flap", 1, "--posts", server.signatures(count), "--every", 5000]
    options += ["--requests", requests, "--senders", 4, "--request-every", 200]
    options += ["--duration", minutes * 60, "--sample", 10]
    return bench.loader.run(*server.options(), *options, limit_s=minutes * 60 + 300)["run"]


def _report(section: Section, run: dict[str, Any]) -> None:
    table = section.table("Phones and memory", "", "")
    early, late = _memory(run)
    last = run["last_ms"]
    for name, value in (
        ("phones online at the end", f"{run['clients']:,}"),
        ("minutes", number(run["seconds"] / 60)),
        ("broadcasts", run["posts"]),
        ("answers to the signatures", write_answers(run)),
        ("deliveries to healthy phones, lost", f"{run['seen']:,}, {run['expected'] - run['seen']}"),
        ("healthy phones cut", run["cut_healthy"]),
        ("slow phones cut", run["cut_slow"]),
        ("told `bye`", ", ".join(f"{count}×{why}" for why, count in run["byes"].items()) or "nobody"),
        ("last phone ms, p50 / p99", f"{number(last['p50'])} / {number(last['p99'])}"),
        ("CPU µs a delivery, everything included", number(run["cpu_us_a_delivery"])),
        ("resident memory after a minute, MB", number(early / 1024, 4)),
        ("resident memory at the end, MB", number(late / 1024, 4)),
    ):
        table.add(name, value)
    _requests(section.table("Requests", "what", "outside passes ms, p50", "p99", "inside, p50", "p99", "answers"), run)


def _requests(table: Table, run: dict[str, Any]) -> None:
    for label, found in sorted(run["requests"].items()):
        outside, inside = found["outside_ms"], found["inside_ms"]
        table.add(
            label,
            share(outside, "p50"),
            share(outside, "p99"),
            share(inside, "p50"),
            share(inside, "p99"),
            write_answers(found),
        )


def _memory(run: dict[str, Any]) -> tuple[int, int]:
    """Return resident memory after the first minute and at the end, in KB."""
    samples: list[int] = run["rss_samples_kb"]
    return samples[min(int(60 / run["sample_s"]), len(samples) - 1)], samples[-1]


def _judge(section: Section, phones: int, run: dict[str, Any]) -> None:
    what = f"{phones:,} phones in one process, {run['seconds'] / 60:.0f} minutes, 1 % slow, 1 % flapping"
    cut = run["cut_healthy"]
    section.judge(what, "no disconnects of healthy ones", str(cut), met=cut == 0)
    early, late = _memory(run)
    section.judge(what, "memory flat (end ÷ first minute)", f"{late / early:.3f}", met=late <= early * _FLAT)
    worst = max(found["outside_ms"]["p99"] for found in run["requests"].values())
    section.judge(what, "HTTP p99 < 100 ms outside the pass", f"{number(worst)} ms", met=worst < 100)
