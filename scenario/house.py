"""A house of the scenario's own, whose clock it may move: a server in a folder that is gone afterwards."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from scenario.stage import NotPossible

ROOT = Path(__file__).parent.parent
_START_S = 240


class House:
    """A running server with the demo district and a clock of its own."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{port}"
        self._clock = folder / "clock"
        self._log = folder / "server.log"
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}},
            "PORT": str(port),
            "DATA_DIR": str(folder),
            "DEMO": "1",
            "TESTING": "1",
            "SECRET_KEY": "a key for one scenario, kept nowhere",
            "CLOCK_FILE": str(self._clock),
            "LOG_LEVEL": "WARNING",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            NotPossible: it ended, or took too long.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "wsgi.py"], cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT
            )
        until = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise NotPossible(f"临时的服务没有起来 (its server did not start)：{self._log.read_text()[-500:]}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def move_clock(self, seconds: float) -> None:
        """Have it be later."""
        before = float(self._clock.read_text()) if self._clock.exists() else 0.0
        beside = self._clock.with_suffix(".new")
        beside.write_text(str(before + seconds))
        beside.rename(self._clock)

    def flask(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the house."""
        whole = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
        return subprocess.run(whole, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()


@contextmanager
def own_house(say: Callable[[str], None]) -> Iterator[House]:
    """Keep a house until the block ends."""
    with tempfile.TemporaryDirectory(prefix="ronghui-") as folder:
        house = House(Path(folder))
        say("另起一个服务，它的钟可以拨 starting a house of its own, whose clock can be moved")
        try:
            house.start()
            yield house
        finally:
            house.stop()
