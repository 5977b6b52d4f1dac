"""Phones that come: how many a second, and what each of them costs in memory."""

from __future__ import annotations

from statistics import median
from typing import Any

from bench.context import Bench
from bench.loader import Phases
from bench.peer_servers import Peer, list_peers
from bench.report import Section, number, ratio

KEY = "connects"
INTRO = (
    "A hundred connects are under way at any time. A phone of ours counts once its hello, with token, epoch and "
    "cursors, has been answered; a peer's client once its socket is open and its namespace joined. Memory is "
    "resident memory three seconds after the last one came, less that before the first. Medians of several runs, "
    "each with a fresh server."
)
_REST_S = 3.0


def measure(bench: Bench) -> Section:
    """Measure connects and memory of all servers."""
    section = Section(KEY, "Connecting", INTRO)
    columns = ("server", "clients", "connects/s", "CPU µs", "p99 ms of one", "memory KB", "failed", "sent away")
    table = section.table("Connects", *columns)
    repeats = 1 if bench.quick else 3
    found: dict[str, dict[str, float]] = {}
    titles: dict[str, str] = {}
    for _ in range(repeats):
        # In turns, so that a slow minute of the machine meets all of them.
        for peer in list_peers():
            if not peer.lacking:
                titles[peer.key] = peer.title
                _note(found, peer.key, _run_peer(bench, peer))
        for workers in (0, 1):
            key = f"ours{workers}"
            titles[key], phases = _run_ours(bench, workers)
            _note(found, key, phases)
    for key, title in titles.items():
        figures = {name: median(values) for name, values in _by_name(found[key]).items()}
        table.add(
            title,
            f"{figures['ready']:,.0f}",
            number(figures["per_second"]),
            number(figures["cpu_us"]),
            number(figures["p99_ms"]),
            number(figures["memory_kb"]),
            f"{figures['failed']:.0f}",
            f"{figures['byes']:.0f}",
        )
        found[key] = figures
    _judge(section, found)
    return section


def _run_peer(bench: Bench, peer: Peer) -> Phases:
    return bench.run_peer(peer, bench.phones, rest_s=_REST_S)


def _run_ours(bench: Bench, workers: int) -> tuple[str, Phases]:
    with bench.serving(workers, postgresql=workers > 0) as server:
        bench.say(f"{server.title}: {bench.phones:,} phones")
        options: list[Any] = ["--clients", bench.phones, "--tokens", server.tokens(bench.phones), "--obey"]
        return server.title, bench.loader.run(*server.options(), *options, "--duration", _REST_S)


def _note(found: dict[str, Any], key: str, phases: Phases) -> None:
    connect, rest = phases["connect"], phases["run"]
    found.setdefault(key, []).append(
        {
            "ready": connect["ready"],
            "per_second": connect["per_second"],
            "cpu_us": connect["server_cpu_us"],
            "p99_ms": connect["ready_ms"]["p99"],
            "memory_kb": (rest["rss_kb"] - connect["rss_before_kb"]) / max(connect["ready"], 1),
            "failed": sum(connect["failures"].values()),
            "byes": sum(connect["byes"].values()),
        }
    )


def _by_name(runs: Any) -> dict[str, list[float]]:
    return {name: [run[name] for run in runs] for name in runs[0]}


def _judge(section: Section, found: dict[str, dict[str, float]]) -> None:
    ours, node = found["ours0"], found.get("node")
    connects = ("connects a second, hello with token and cursors", "≥ Node socket.io's bare connects")
    memory = ("memory a connection", "≤ 1.5 × Node socket.io's")
    if node is None:
        section.judge(*connects, "–", met=None)
        section.judge(*memory, "–", met=None)
        return
    rate = ratio(ours["per_second"], node["per_second"])
    section.judge(*connects, rate, met=ours["per_second"] >= node["per_second"])
    section.judge(
        *memory, ratio(ours["memory_kb"], node["memory_kb"]), met=ours["memory_kb"] <= 1.5 * node["memory_kb"]
    )
