"""Reading: one article and the feed, from one process, through the shipped nginx, and from nginx as a file."""

from __future__ import annotations

import http.client
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench import postgres
from bench.context import Bench
from bench.ours import edge_lacking, list_articles
from bench.peer_servers import HERE, write_nginx
from bench.processes import Process, accepts, free_port, running
from bench.report import Section, number, ratio

KEY = "reads"
INTRO = (
    "`wrk`, one thread, 64 connections that stay open, nobody signed in. nginx serves the same bytes as a file, "
    "with as many processes as the shipped one has. The edge keeps a public answer for up to a second, so nearly "
    "all of its answers come from there."
)
CONNECTIONS = 64


def measure(bench: Bench) -> Section:
    """Measure both reads on all servers that are there."""
    section = Section(KEY, "Public reads", INTRO)
    if shutil.which("wrk") is None:
        section.notes.append("Skipped: wrk is not installed.")
        return section
    found: dict[str, dict[str, dict[str, Any]]] = {}
    with bench.serving() as server:
        pages = {"feed": "/api/v1/feed", "article": f"/api/v1/articles/{list_articles(server.port)[0]}"}
        found["ours, one process, direct"] = _run_all(bench, "ours, one process", server.port, pages)
        bodies = {name: _read(server.port, path) for name, path in pages.items()}
    edge = "ours, through the shipped nginx"
    if lacking := edge_lacking() or postgres.lacking():
        section.notes.append(f"{edge}: skipped, {lacking}.")
    else:
        with bench.serving(2, postgresql=True, edge=True) as server:
            pages["article"] = f"/api/v1/articles/{list_articles(server.port)[0]}"
            found[edge] = _run_all(bench, edge, server.port, pages)
            bodies = {name: _read(server.port, path) for name, path in pages.items()}
    files = "nginx, the same bytes as a file"
    if shutil.which("nginx") is None:
        section.notes.append("nginx with files: skipped, it is not installed.")
    else:
        with _static(bench, bodies) as port:
            found[files] = _run_all(bench, files, port, {name: f"/{name}" for name in pages})
    _report(section, found, bodies, edge, files)
    return section


def _run_all(bench: Bench, title: str, port: int, pages: dict[str, str]) -> dict[str, dict[str, Any]]:
    seconds = 2 if bench.quick else 10
    bench.say(f"{title}: reads, {len(pages)} times {seconds} s")
    return {name: _wrk(port, path, seconds) for name, path in pages.items()}


def _wrk(port: int, path: str, seconds: int) -> dict[str, Any]:
    url = f"http://127.0.0.1:{port}{path}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", url]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    return {
        "a_second": float(_find(r"Requests/sec:\s+([\d.]+)", said)),
        "p50_ms": _in_ms(_find(r"\n\s+50%\s+(\S+)", said)),
        "p99_ms": _in_ms(_find(r"\n\s+99%\s+(\S+)", said)),
        "refused": int(refused[1]) if refused else 0,
    }


def _find(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise ValueError(f"wrk said nothing like {pattern}: {text}")
    return found[1]


def _in_ms(text: str) -> float:
    value, unit = float(re.sub(r"[a-z]+", "", text)), re.sub(r"[\d.]+", "", text)
    return value * {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}[unit]


def _read(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


@contextmanager
def _static(bench: Bench, bodies: dict[str, bytes]) -> Iterator[int]:
    folder, port = bench.new_folder("static"), free_port()
    root = folder / "root"
    root.mkdir(parents=True)
    for name, body in bodies.items():
        (root / name).write_bytes(body)
    configuration = write_nginx(HERE / "peers" / "static.conf.in", folder, PORT=port, ROOT=root)
    process = Process(["nginx", "-e", "stderr", "-c", configuration], folder / "nginx.log")
    with running(process, lambda: accepts(port), "nginx"):
        yield port


def _report(
    section: Section, found: dict[str, dict[str, dict[str, Any]]], bodies: dict[str, bytes], edge: str, files: str
) -> None:
    table = section.table("Reads", "server", "what", "bytes", "a second", "p50 ms", "p99 ms", "of the file", "refused")
    for title, reads in found.items():
        for name, read in reads.items():
            best = found.get(files, {}).get(name, {}).get("a_second", 0.0)
            table.add(
                title,
                name,
                f"{len(bodies[name]):,}",
                number(read["a_second"]),
                number(read["p50_ms"]),
                number(read["p99_ms"]),
                ratio(read["a_second"], best),
                read["refused"],
            )
    for name in bodies:
        what, asked = f"public read through the shipped nginx: {name}", "≥ 0.7 × nginx serving the same file"
        if edge not in found or files not in found:
            section.judge(what, asked, "–", met=None)
            continue
        mine, theirs = found[edge][name], found[files][name]["a_second"]
        met = mine["a_second"] >= 0.7 * theirs and not mine["refused"]
        section.judge(what, asked, ratio(mine["a_second"], theirs), met=met)
