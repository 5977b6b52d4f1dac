"""The whole house behind nginx, as `python -m deploy.up` runs it, with its data taken from a `Server`."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import requests
from prometheus_client.mmap_dict import MmapedDict

from scenario.people import Person
from tests.support.server import ROOT, Server, free_port, wait_until


class House:
    """nginx, two web processes and a worker on the data of a server that is not started itself."""

    def __init__(self, data: Server, **env: str) -> None:
        self.data = data
        self.port, self.web_port = free_port(), free_port()
        self.url, self.web_url = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.web_port}"
        self.env = data.env | {"PORT": str(self.port), "WEB_PORT": str(self.web_port), "DATABASE_POOL": "2"} | env
        self.log = data.data_dir / "up.log"
        self.cache = data.data_dir / "edge/cache"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> House:
        """Start, and wait until all of it runs."""
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deploy.up"], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        wait_until(self._runs, 90)
        return self

    def _runs(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(self.words())
        return f"融汇 Ronghui  {self.url}" in self.words() and len(self.web_processes()) == 2

    def words(self) -> str:
        """Return what it has printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        """End it, if it still runs; the kernel then tells its parts to stop."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # ── its processes ──

    def part(self, words: str) -> int:
        """Return the process of the part whose command line has these words, 0 while there is none."""
        assert self.process is not None
        return next((pid for pid in children(self.process.pid) if words in command_of(pid)), 0)

    def web_processes(self) -> set[int]:
        """Return the processes that answer requests."""
        master = self.part("gunicorn")
        return children(master) if master else set()

    # ── its people ──

    def anonymous(self) -> Person:
        """Return somebody who is not signed in."""
        return Person(self.url)

    def staff(self, username: str) -> Person:
        """Sign a member of staff in."""
        form = {"grant": "password", "username": username, "password": f"demo-{username}"}
        return Person(self.url, Person(self.url).does("POST", "/auth/tokens", form))

    def answers_of(self, endpoint: str) -> dict[int, float]:
        """Return how many requests each web process has answered at an endpoint."""
        return {pid: self._answers(pid, endpoint) for pid in self.web_processes()}

    def _answers(self, pid: int, endpoint: str) -> float:
        # What a process counts it keeps in a file of its own, from which `/metrics` of any of them adds up.
        kept = self.data.data_dir / f"metrics/histogram_{pid}.db"
        if not kept.exists():
            return 0
        found = ((json.loads(key)[1:3], value) for key, value, _, _ in MmapedDict.read_all_values_from_file(str(kept)))
        return sum(
            value
            for (name, labels), value in found
            if name == "http_request_seconds_bucket" and labels["endpoint"] == endpoint
        )

    def both_serve(self) -> None:
        """Wait until each of two web processes answers: one that has just begun is there before it can."""

        def asked_both() -> bool:
            # Each question is a connection of its own, which either of them may take.
            requests.get(f"{self.web_url}/healthz", timeout=10)
            found = self.answers_of("operations.alive")
            return len(found) == 2 and all(found.values())

        wait_until(asked_both, 90)


def children(pid: int) -> set[int]:
    """Return the processes that a process has started and that still run."""
    with suppress(FileNotFoundError):
        return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}
    return set()


def command_of(pid: int) -> str:
    """Return a process's command line."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def runs(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    return False
