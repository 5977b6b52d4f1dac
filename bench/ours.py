"""Our own servers, in the shapes in which they are run, and what the newsroom does on them."""

from __future__ import annotations

import http.client
import json
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.district import ROOT, District, Person
from bench.loader import ENGINE_IO, write_posts, write_tokens
from bench.peer_servers import Target
from bench.processes import Process, children, free_port

HEADLINE = "北新路段积水已达四十厘米，请绕行 bench-{number}-"
TEXT = (
    "区应急管理局七时四十分通报：受短时强降雨影响，北新路与通河路交叉口积水约四十厘米，交警已到场疏导，"
    "途经公交一百一十六路、七百五十二路临时改道。排水部门已调集三台移动泵车，预计九时前退水。"
    "请市民绕行长江西路，非必要不前往，驾车遇积水不要强行通过。如遇险情请拨打一一九或区防汛热线。"
)
_CALL_S = 30


class Refused(RuntimeError):
    """A server of ours did not do what the bench needs."""


def call(port: int, method: str, path: str, authorization: str | None = None, body: Any = None) -> Any:
    """Send one request and return its JSON.

    Raises:
        Refused: the answer is not a 2xx.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_CALL_S)
    headers = {"Content-Type": "application/json"}
    if authorization is not None:
        headers["Authorization"] = authorization
    try:
        connection.request(method, path, None if body is None else json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    if not 200 <= answer.status < 300:
        raise Refused(f"{method} {path}: {answer.status} {text[:300].decode(errors='replace')}")
    return json.loads(text) if text else None


def answers(port: int) -> bool:
    """Tell whether a server of ours is up."""
    try:
        call(port, "GET", "/healthz")
    except (OSError, http.client.HTTPException, Refused):
        return False
    return True


def list_articles(port: int) -> list[str]:
    """List ids of live articles, the newest first."""
    return [str(card["id"]) for card in call(port, "GET", "/api/v1/feed")["items"]]


def edge_lacking() -> str | None:
    """Say why the shipped house, with nginx in front, cannot be run here; None if it can."""
    if not (ROOT / "deploy" / "up.py").exists():
        return "`deploy/up.py` is not there"
    return None if shutil.which("nginx") else "nginx is not installed"


class Server:
    """One of our servers on a district of its own.

    `workers` 0 is the embedded start, else that many of gunicorn's; `edge` puts the shipped nginx in front of them.
    """

    def __init__(self, district: District, folder: Path, workers: int = 0, *, edge: bool = False, **env: str) -> None:
        self.district, self.folder, self.workers, self.edge = district, folder, workers, edge
        self.port = free_port()
        # Where the load program finds the pids, also after a restart.
        self.pids_file = folder / "pids"
        folder.mkdir(parents=True, exist_ok=True)
        command: list[str | Path] = [sys.executable, "wsgi.py"]
        if edge:
            command = [sys.executable, "-m", "deploy.up"]
        elif workers:
            command = [sys.executable, "-m", "gunicorn", "-c", "deploy/gunicorn.py", "wsgi:app"]
        settings = {
            "PORT": str(self.port),
            "LOG_LEVEL": "WARNING",
            "ASYNC_MODE": "eventlet",
            "PYTHONUNBUFFERED": "1",
            "WEB_WORKERS": str(workers or 1),
            # Two processes on one port: the kernel deals the phones out, rather than the one that wakes first.
            "WEB_REUSE_PORT": "1" if workers > 1 else "0",
            # Thousands of phones come from few addresses here.
            **({"WEB_PORT": str(free_port()), "EDGE_PER_ADDRESS": "65535"} if edge else {}),
        }
        self.process = Process(command, folder / "server.log", cwd=ROOT, env={**settings, **district.env, **env})

    @property
    def title(self) -> str:
        """How it is called in tables."""
        database = "PostgreSQL" if self.district.scratch else "SQLite"
        if not self.workers:
            return f"ours, one process, {database}"
        front = ", behind the shipped nginx" if self.edge else ""
        return f"ours, gunicorn {self.workers} web, {database}{front}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process.start()
        # Before it answers: the load program looks for the pids as soon as a phone is let in.
        self._write_pids()
        self.process.wait_for(lambda: answers(self.port), "our server")
        if self.edge:
            # nginx is started last.
            self._write_pids()

    def _write_pids(self) -> None:
        if self.workers:
            self.process.wait_for(lambda: len(self._serving()) >= self.workers, "gunicorn's workers")
        self.pids_file.write_text(",".join(str(pid) for pid in self._serving()))

    def _serving(self) -> list[int]:
        """List the processes that serve: gunicorn's workers, nginx's as well, but no masters."""
        if not self.workers:
            return [self.process.pid]
        masters = children(self.process.pid) if self.edge else [self.process.pid]
        return [worker for master in masters for worker in children(master)]

    def stop(self) -> None:
        """End it. The shipped house is asked to, since its parts are process groups of their own."""
        if self.edge:
            self.process.stop()
        self.process.kill()

    def restart_hard(self) -> None:
        """Kill it with signal 9, and start it again on the same data and port."""
        self.process.kill()
        self.start()

    @property
    def target(self) -> Target:
        """What the load program needs to know; the pids are those of now."""
        pids = [int(pid) for pid in self.pids_file.read_text().split(",")]
        return Target(self.port, pids, "sync", ENGINE_IO)

    def options(self) -> list[str]:
        """Return the load program's options for it."""
        epoch, _ = self.district.head()
        return [*self.target.options(), "--pids-file", str(self.pids_file), "--epoch", epoch]

    def tokens(self, count: int) -> Path:
        """Write the tokens of the first citizens, with cursors at the head."""
        citizens: list[Person] = self.district.people.citizens[:count]
        _, head = self.district.head()
        lines = [
            (token, {"pub": head, f"user:{citizen.account_id}": head})
            for token, citizen in zip(self.district.tokens(citizens), citizens, strict=True)
        ]
        return write_tokens(self.folder / "tokens", lines)

    def signatures(self, count: int) -> Path:
        """Open breaking stories, and write the posts by which the duty editor will sign them."""
        editor, duty = self.district.bearer("editor"), self.district.bearer("duty")

        def open_one(number: int) -> str:
            form = {
                "headline": HEADLINE.format(number=number),
                "text": TEXT,
                "source": {"name": "区应急管理局", "kind": "official", "verified": True},
                "reason": "突发",
            }
            return str(call(self.port, "POST", "/api/v1/editor/breaking", editor, form)["id"])

        with ThreadPoolExecutor(4) as pool:
            stories = list(pool.map(open_one, range(count)))
        return write_posts(
            self.folder / "posts", [(f"/api/v1/editor/breaking/{story}/sign", duty, {}) for story in stories]
        )


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Run a server until the block ends, whatever happens in it, and remove its data."""
    try:
        server.start()
        yield server
    finally:
        server.stop()
        server.district.drop()
