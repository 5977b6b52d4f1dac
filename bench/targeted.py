"""Rows for one person each: about a thousand different `user:` streams a second."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

from bench import postgres
from bench.context import Bench
from bench.district import ROOT
from bench.ours import Server
from bench.report import Section, number, share

KEY = "targeted"
INTRO = (
    "A second process (`bench/writer.py`) puts an inbox entry on the streams of a thousand citizens a second, in "
    "units of work of fifty, as a worker that tells people of their cases would. PostgreSQL's NOTIFY wakes the "
    "web processes. Latency is from before the unit of work begins to when the phone has read the frame."
)
ROWS_A_SECOND = 1000


def measure(bench: Bench) -> Section:
    """Measure targeted rows through one web process and through two."""
    section = Section(KEY, "Rows for one person each", INTRO)
    if lacking := postgres.lacking():
        section.notes.append(f"Skipped: {lacking}.")
        return section
    seconds = 5 if bench.quick else 20
    columns = ("server", "phones", "rows/s", "delivered", "of", "p50 ms", "p99 ms", "max ms", "web CPU µs a row")
    table = section.table("Inbox entries", *columns)
    for workers in (1, 2):
        with bench.serving(workers, postgresql=True) as server:
            bench.say(f"{server.title}: {bench.phones:,} phones, {ROWS_A_SECOND} rows a second")
            run, written = _run(bench, server, seconds)
            delivery = run["delivery_ms"]
            table.add(
                server.title,
                f"{run['clients']:,}",
                number(written / seconds),
                f"{run['seen']:,}",
                f"{written:,}",
                share(delivery, "p50"),
                share(delivery, "p99"),
                share(delivery, "max"),
                number(run["cpu_us_a_delivery"]),
            )
    return section


def _run(bench: Bench, server: Server, seconds: int) -> tuple[dict[str, Any], int]:
    """Write while the phones listen; return what they saw, and how many rows there were."""
    command = [sys.executable, "-m", "bench.writer", server.district.url, str(bench.phones), str(ROWS_A_SECOND)]
    writers: list[subprocess.Popen[str]] = []

    def write() -> None:
        env = {**os.environ, **server.district.env}
        args = [*command, str(seconds)]
        writers.append(subprocess.Popen(args, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True))

    options: list[Any] = ["--clients", bench.phones, "--tokens", server.tokens(bench.phones), "--obey"]
    try:
        # The phones listen a little longer than the writer writes, which takes a second to start.
        options += ["--duration", seconds + 4]
        phases = bench.loader.run(*server.options(), *options, on_ready=write)
        said, _ = writers[0].communicate(timeout=60)
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()
    return phases["run"], int(said)
