"""Starting servers on loopback, waiting for them, and ending them whatever happens."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

START_S = 90.0
STOP_S = 15.0
_PAUSE_S = 0.02


class NotReady(RuntimeError):
    """Something that was started does not work; the text says what it wrote last."""


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], timeout: float, what: str) -> None:
    """Wait until a condition holds.

    Raises:
        NotReady: it did not within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise NotReady(f"{what}: not within {timeout:.0f} s")
        time.sleep(_PAUSE_S)


def accepts(port: int) -> bool:
    """Tell whether somebody listens on a port of loopback."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children(pid: int) -> list[int]:
    """List the direct children of a process."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


class Process:
    """A server in a process of its own, with its output in a file."""

    def __init__(
        self, command: Sequence[str | Path], log: Path, *, cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> None:
        self.command, self.log, self.cwd = [str(word) for word in command], log, cwd
        self.env = {**os.environ, **(env or {})}
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process's id.

        Raises:
            NotReady: it has not been started.
        """
        if self._running is None:
            raise NotReady(f"{self.command[0]} has not been started")
        return self._running.pid

    def start(self) -> None:
        """Start it in a process group of its own, so that its children end with it."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.command, cwd=self.cwd, env=self.env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def wait_for(self, condition: Callable[[], bool], what: str, timeout: float = START_S) -> None:
        """Wait for a condition while the process lives.

        Raises:
            NotReady: it ended, or time ran out.
        """
        wait_until(lambda: self._has_ended() or condition(), timeout, f"{what}\n{self._last_words()}")
        if self._has_ended():
            raise NotReady(f"{what} ended at its start\n{self._last_words()}")

    def _has_ended(self) -> bool:
        return self._running is None or self._running.poll() is not None

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""

    def kill(self) -> None:
        """Kill it with signal 9, and its children too."""
        self._signal(signal.SIGKILL)
        if self._running is not None:
            self._running.wait(timeout=STOP_S)

    def stop(self) -> None:
        """Ask it to stop; kill it where it does not."""
        if self._running is None or self._running.poll() is not None:
            return
        self._running.terminate()
        try:
            self._running.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
        # What its children left behind goes too.
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self._running is None:
            return
        try:
            os.killpg(self._running.pid, number)
        except ProcessLookupError:
            return


@contextmanager
def running(process: Process, ready: Callable[[], bool], what: str) -> Iterator[Process]:
    """Run a process, from when it is ready until the block ends."""
    process.start()
    try:
        process.wait_for(ready, what)
        yield process
    finally:
        process.kill()
