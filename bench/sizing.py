"""What a district, a city and a province need: computed and simulated from the figures in docs/benchmarks.md.

Nothing here is a measurement. `python -m bench.sizing` reads what was measured on two cores, follows a million phones
through breaking news and a restart, and writes docs/sizing.md. Where a figure is measured again, so is this page.
"""

from __future__ import annotations

import heapq
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEASURED, PAGE = ROOT / "docs/benchmarks.md", ROOT / "docs/sizing.md"
TEMPLATE = ROOT / "bench/sizing.md.template"
PHONES = (2_000, 15_000, 60_000, 250_000, 1_000_000)
# Phones one process is given: what ten minutes with slow and flapping phones were measured at (benchmarks, "Soak").
A_PROCESS = 15_000
# A processor is planned to be busy half of the time at most; the other half is for the unforeseen.
PLANNED = 0.5
# A phone that is told to go gets a moment within so many seconds; one that is cut off chooses one.
RETURN_WITHIN_S = 10
SEED = 20190802


@dataclass(frozen=True, slots=True)
class Costs:
    """What one thing costs, in seconds of a processor, and bytes."""

    broadcast: float
    delivery: float
    edge_delivery: float
    arrival: float
    connection_bytes: float
    cached_reads_a_second: float
    commits_a_second: float


def figure(section: str, row: str, column: str) -> float:
    """Return a number of the first table of a section that has such a row.

    Raises:
        LookupError: it is not there (any more).
    """
    text = MEASURED.read_text(encoding="utf-8")
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    names: Sequence[str] = ()
    for line in found[1].splitlines() if found else ():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if column in cells:
            names = cells
        elif names and cells and ", ".join(cells).startswith(row):
            return float(cells[names.index(column)].replace(",", "").partition(" ")[0])
    raise LookupError(f"{section}: {row}: {column}")


def costs() -> Costs:
    """Read what was measured."""
    text = MEASURED.read_text(encoding="utf-8")
    line = re.search(r"a broadcast takes ([\d.]+) ms of CPU whoever listens .*?, and ([\d.]+) µs a phone", text)
    if line is None:
        raise LookupError("the straight line of a broadcast")
    behind = figure("Broadcast", "ours, gunicorn 2 web, PostgreSQL, behind the shipped nginx, 8,000", "less idling")
    alone = figure("Broadcast", "ours, gunicorn 2 web, PostgreSQL, 8,000", "less idling")
    return Costs(
        broadcast=float(line[1]) / 1e3,
        # With PostgreSQL between the processes it is more than the line of one process says.
        delivery=max(float(line[2]), alone) / 1e6,
        edge_delivery=(behind - alone) / 1e6,
        arrival=figure("Reconnect storm", "ours, gunicorn 2 web, PostgreSQL", "CPU µs a return") / 1e6,
        connection_bytes=figure("Connecting", "ours, gunicorn 1 web, PostgreSQL", "memory KB") * 1024,
        cached_reads_a_second=figure("Public reads", "ours, through the shipped nginx, article", "a second"),
        commits_a_second=figure("Writes", "ours, gunicorn 2 web, PostgreSQL, PATCH /me", "a second"),
    )


def broadcast(phones: int, processes: int, cost: Costs, dice: random.Random) -> tuple[float, float]:
    """Follow one row to every phone; return when half and when all of them have it, in seconds."""
    arrivals = []
    for number in range(processes):
        mine = phones // processes + (number < phones % processes)
        # Each process hears of the commit in its own time, and its neighbours on the machine take theirs.
        begun = cost.broadcast + dice.expovariate(1 / 0.010)
        pace = cost.delivery * dice.lognormvariate(0, 0.25)
        arrivals += [begun + pace * (place + 1) for place in range(0, mine, max(1, mine // 500))] + [
            begun + pace * mine
        ]
    arrivals.sort()
    return arrivals[len(arrivals) // 2], arrivals[-1]


def restart(phones: int, processes: int, cost: Costs, dice: random.Random) -> tuple[float, int]:
    """Follow all phones back after a restart; return when the last one is in, in seconds, and how many had to wait.

    Each comes at a moment of its own within the seconds that it was given (`bye.retry_ms`); a process lets in as many
    as it can serve at `PLANNED` of its time, and tells the others when to come again.
    """
    rate = PLANNED / cost.arrival
    # All processes are alike; one of them stands for all.
    mine = ceil(phones / processes)
    waiting = [dice.uniform(0, RETURN_WITHIN_S) for _ in range(mine)]
    heapq.heapify(waiting)
    tokens, filled_at, last_place, put_off, last = rate, 0.0, 0.0, 0, 0.0
    while waiting:
        now = heapq.heappop(waiting)
        tokens, filled_at = min(rate, tokens + (now - filled_at) * rate), now
        if tokens >= 1:
            tokens -= 1
            last = now
            continue
        put_off += 1
        last_place = min(max(last_place, now) + 1 / rate, now + 60)
        heapq.heappush(waiting, last_place + dice.uniform(0, 2))
    return last, put_off * processes


@dataclass(frozen=True, slots=True)
class Size:
    """What so many phones need."""

    phones: int
    processes: int
    edge_cores: int
    memory_gb: float
    half_s: float
    all_s: float
    back_s: float
    put_off: int


def size(phones: int, cost: Costs, dice: random.Random) -> Size:
    """Compute and follow one size."""
    processes = max(1 if phones <= A_PROCESS else 2, ceil(phones / A_PROCESS))
    # A broadcast to everybody within half a second at the edge, as within the processes.
    edge_cores = max(1, ceil(phones * cost.edge_delivery / PLANNED))
    memory = processes * 0.3 + phones * (cost.connection_bytes + 20_000) / 1e9
    runs = [broadcast(phones, processes, cost, dice) for _ in range(20)]
    back, put_off = restart(phones, processes, cost, dice)
    half = sorted(run[0] for run in runs)[len(runs) // 2]
    return Size(phones, processes, edge_cores, memory, half, max(run[1] for run in runs), back, put_off)


def write(sizes: Sequence[Size], cost: Costs) -> str:
    """Write the page."""
    rows = [
        f"| {each.phones:,} | {each.processes} | {each.edge_cores} | {each.memory_gb:.1f} | {each.half_s:.2f} "
        f"| {each.all_s:.2f} | {each.back_s:.0f} | {each.put_off:,} |"
        for each in sizes
    ]
    return TEMPLATE.read_text(encoding="utf-8").format(
        broadcast=cost.broadcast * 1e3,
        delivery=cost.delivery * 1e6,
        edge=cost.edge_delivery * 1e6,
        arrival=cost.arrival * 1e6,
        connection=cost.connection_bytes / 1024,
        reads=cost.cached_reads_a_second,
        commits=cost.commits_a_second,
        within=RETURN_WITHIN_S,
        a_process=f"{A_PROCESS:,}",
        sizes="\n".join(rows),
    )


def main() -> None:
    """Write docs/sizing.md."""
    cost, dice = costs(), random.Random(SEED)  # The same page each time.
    PAGE.write_text(write([size(phones, cost, dice) for phones in PHONES], cost), encoding="utf-8")


if __name__ == "__main__":
    main()
