"""Breaking news to everybody: from the signature over HTTP to the last phone."""

from __future__ import annotations

from typing import Any

from bench import postgres
from bench.context import Bench
from bench.loader import Phases
from bench.ours import Server, edge_lacking
from bench.peer_servers import list_peers
from bench.report import Section, Table, number, ratio, share

KEY = "broadcast"
INTRO = (
    "The trigger is the duty editor's signature over HTTP. From there: transaction, commit, log, pump, one frame, "
    "all phones. The peers get a POST and emit its body; nothing is stored. One broadcast at a time, the next one "
    "a tenth of a second after everybody has the one before. CPU a delivery is all that the server did meanwhile, "
    "divided by deliveries; ours includes the transaction, the jobs and, in one process, the push worker. Stock "
    "Flask-SocketIO writes Chinese as escapes, which makes its frames larger."
)
_COLUMNS = (
    "server",
    "phones",
    "broadcasts",
    "CPU µs a delivery",
    "less idling",
    "last phone ms, p50",
    "p99",
    "frame bytes",
    "lost",
)


def measure(bench: Bench) -> Section:
    """Measure broadcasts of all servers."""
    section = Section(KEY, "Broadcast", INTRO)
    many, few = (10, 5) if bench.quick else (100, 30)
    table = section.table("From the signature to the last phone", *_COLUMNS)
    own = _measure_ours(bench, section, table, many, few)
    peers = _measure_peers(bench, section, table, many, int(own["frame_bytes"]))
    _compare(section, bench.phones, own, peers)
    return section


def sizes(bench: Bench) -> tuple[int, ...]:
    """Return the numbers of phones to measure with."""
    return (200, bench.phones, bench.most_phones) if bench.quick else (1000, bench.phones, bench.most_phones)


def run_ours(bench: Bench, server: Server, clients: int, posts: int, *more: str) -> Phases:
    """Connect phones to a running server of ours, and sign."""
    bench.say(f"{server.title}: {clients:,} phones, {posts} broadcasts")
    options: list[Any] = ["--obey", "--clients", clients, "--tokens", server.tokens(clients)]
    options += ["--posts", server.signatures(posts), *more]
    return bench.loader.run(*server.options(), *options, limit_s=600)


def _measure_ours(bench: Bench, section: Section, table: Table, many: int, few: int) -> dict[str, Any]:
    with bench.serving() as server:
        for clients in sizes(bench):
            run = run_ours(bench, server, clients, many if clients == bench.phones else few)["run"]
            _add(table, server.title, run)
            if clients == bench.phones:
                own = run
    for workers, edge in ((1, False), (2, False), (2, True)):
        if lacking := postgres.lacking() or (edge_lacking() if edge else None):
            section.notes.append(f"Ours, {workers} web{' behind nginx' if edge else ''}: skipped, {lacking}.")
            continue
        with bench.serving(workers, postgresql=True, edge=edge) as server:
            _add(table, server.title, run_ours(bench, server, bench.phones, few)["run"])
    return own


def _measure_peers(
    bench: Bench, section: Section, table: Table, many: int, payload_bytes: int
) -> dict[str, dict[str, Any]]:
    found = {}
    for peer in list_peers():
        if peer.lacking:
            section.notes.append(f"{peer.title}: skipped, {peer.lacking}.")
            continue
        slow = peer.key in {"eventlet", "gevent"}
        run = bench.run_peer(peer, bench.phones, many // 5 if slow else many, payload_bytes)["run"]
        _add(table, peer.title, run)
        found[peer.key] = run
    return found


def _add(table: Table, title: str, run: dict[str, Any]) -> None:
    last = run["last_ms"]
    table.add(
        title,
        f"{run['clients']:,}",
        run["posts"],
        number(run["cpu_us_a_delivery"]),
        number(run["net_cpu_us_a_delivery"]),
        share(last, "p50"),
        share(last, "p99"),
        number(run["frame_bytes"], 5),
        run["expected"] - run["seen"],
    )


def _compare(section: Section, phones: int, own: dict[str, Any], peers: dict[str, dict[str, Any]]) -> None:
    title = f"Ours (one process) as a multiple of each peer, {phones:,} phones"
    table = section.table(title, "peer", "CPU a delivery", "last phone, p50", "p99")
    for peer in list_peers():
        if run := peers.get(peer.key):
            table.add(
                peer.title,
                ratio(_cpu(own), _cpu(run)),
                ratio(own["last_ms"]["p50"], run["last_ms"]["p50"]),
                ratio(_last(own), _last(run)),
            )
    cpu = f"broadcast, server CPU a delivery, {phones:,} phones"
    _judge(section, cpu, (1.5, "the C loop"), _cpu(own), _cpu(peers.get("floor")))
    _judge(section, cpu, (0.5, "Node socket.io"), _cpu(own), _cpu(peers.get("node")))
    last = f"signature → last of {phones:,} phones, p99"
    _judge(section, last, (2.0, "Node's bare emit"), _last(own), _last(peers.get("node")))


def _cpu(run: dict[str, Any] | None) -> float:
    return float(run["cpu_us_a_delivery"]) if run else 0.0


def _last(run: dict[str, Any] | None) -> float:
    return float(run["last_ms"]["p99"]) if run else 0.0


def _judge(section: Section, what: str, bound: tuple[float, str], mine: float, theirs: float) -> None:
    times, name = bound
    met = mine <= times * theirs if theirs else None
    section.judge(what, f"≤ {times:g} × {name}", ratio(mine, theirs), met=met)
