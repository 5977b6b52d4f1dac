"""The storm: the server is killed and started again, and every phone comes back with its cursors."""

from __future__ import annotations

from typing import Any

from bench.context import Bench
from bench.loader import LoadFailed, Phases, write_requests
from bench.ours import Server
from bench.report import Section, Table, number, share

KEY = "storm"
INTRO = (
    "All phones are online and have had a broadcast. Then the server is killed (signal 9) and started again on "
    "the same data and port. Phones that are refused or cut try again after 0.1 to 0.5 s; those that are told "
    "`bye` wait as long as they are told. In the first row all begin at once, in the others within the ten "
    "seconds that the protocol asks for. Seconds count from the first hello that the new process answers to the "
    'last; "down" is how long nobody was answered. `/healthz` is asked ten times a second meanwhile, also while '
    "the server is down, which the phones see as well."
)
_COLUMNS = (
    "server",
    "phones",
    "begin within",
    "down s",
    "seconds",
    "returns/s",
    "CPU µs a return",
    "hello p99 ms",
    "told to wait",
    "cut or refused",
    "healthz p99 ms",
    "lost",
)


def measure(bench: Bench) -> Section:
    """Measure storms on one process, and on gunicorn with PostgreSQL."""
    section = Section(KEY, "Reconnect storm", INTRO)
    table = section.table("After kill -9", *_COLUMNS)
    for workers in (0, 2):
        for spread_s in (0, 10) if workers == 0 else (10,):
            with bench.serving(workers, postgresql=workers > 0) as server:
                _add(table, server, spread_s, _run(bench, server, spread_s))
    return section


def _run(bench: Bench, server: Server, spread_s: int) -> Phases:
    bench.say(f"{server.title}: {bench.phones:,} phones, a broadcast, kill -9, back within {spread_s} s")
    probes = write_requests(server.folder / "requests", [("healthz", "GET", "/healthz", None, None)])
    options: list[Any] = ["--clients", bench.phones, "--tokens", server.tokens(bench.phones), "--obey"]
    options += ["--posts", server.signatures(1), "--requests", probes, "--senders", 2, "--request-every", 200]
    options += ["--storm", "--storm-spread", spread_s * 1000, "--patience", 60]
    phases = bench.loader.run(*server.options(), *options, on_waiting=server.restart_hard)
    if "storm" not in phases:
        raise LoadFailed("the phones were never all cut")
    return phases


def _add(table: Table, server: Server, spread_s: int, phases: Phases) -> None:
    storm = phases["storm"]
    healthz = storm["requests"]["healthz"]
    table.add(
        server.title,
        f"{storm['asked']:,}",
        f"{spread_s} s",
        number(storm["unanswered_s"]),
        number(storm["seconds"]),
        number(storm["per_second"]),
        number(storm["server_cpu_us"]),
        share(storm["ready_ms"], "p99"),
        sum(storm["byes"].values()),
        sum(storm["failures"].values()),
        share(healthz["outside_ms"], "p99"),
        storm["asked"] - storm["ready"],
    )
