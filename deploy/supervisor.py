"""Keeping a few programs running: what ends by itself is started again, and a stop takes them in order."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
PROVEN_S = 60.0  # A program that has run for so long is started again without a long pause.
_LOOK_S = 0.05
# Of prctl(2); Python has no names for them.
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36
Say = Callable[[str], None]


@dataclass
class Part:
    """One program, with the processes it starts.

    `stop_with` is the signal for a graceful stop, after which it has `grace_s` seconds before it is killed. `leftover`
    is a file that it leaves behind when it is killed, and would not start beside.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    stop_with: int = signal.SIGTERM
    grace_s: float = 10.0
    leftover: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _started_at: float = field(default=0.0, init=False)
    _again_at: float = field(default=0.0, init=False)
    _failures: int = field(default=0, init=False)
    _kill_at: float = field(default=float("inf"), init=False)

    def start(self) -> None:
        """Start it, in a group of its own, so that Ctrl-C reaches only us and the order of a stop is ours."""
        if self.leftover is not None:
            self.leftover.unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603  # our own commands
            self.command,
            cwd=self.folder,
            env=dict(self.env),
            process_group=0,
            preexec_fn=_end_with_us,  # noqa: PLW1509  # we have no threads
        )
        self._started_at = time.monotonic()

    def has_ended(self) -> bool:
        """Whether the program is not running. What it started itself may run on."""
        return self._process is None or self._process.poll() is not None

    def tend(self, say: Say) -> None:
        """Start it again if it has ended, once its pause is over and nothing of it is left."""
        if self._process is None or (code := self._process.poll()) is None:
            return
        now = time.monotonic()
        if self._again_at == 0.0:
            self._note_end(code, now, say)
        if now >= self._again_at and self.is_gone():
            self._again_at = 0.0
            self.start()

    def _note_end(self, code: int, now: float, say: Say) -> None:
        self._failures = 1 if now - self._started_at > PROVEN_S else self._failures + 1
        pause = min(FIRST_PAUSE_S * 2 ** (self._failures - 1), LONGEST_PAUSE_S)
        self._again_at = now + pause
        # Its children may hold the port on: nginx's go on serving without their master, and with old settings.
        self.ask_to_stop(signal.SIGTERM)
        again = f"{pause:g} 秒后重启 started again in {pause:g} s"
        say(f"{self.name} 意外结束 ended unexpectedly ({_how_it_ended(code)})；{again}")

    def ask_to_stop(self, number: int | None = None) -> None:
        """Signal the program, or what is left of it without its head; kill it when its grace is over."""
        if self._process is None:
            return
        self._kill_at = time.monotonic() + self.grace_s
        with suppress(ProcessLookupError):
            if self._process.poll() is None:
                self._process.send_signal(number or self.stop_with)
            else:
                os.killpg(self._process.pid, number or self.stop_with)

    def is_gone(self) -> bool:
        """Whether the program and all it started have ended. What outstays the grace of a stop is killed."""
        if self._process is None:
            return True
        if self._process.poll() is None or _any_left(self._process.pid):
            if time.monotonic() > self._kill_at:
                self.kill()
            return False
        return True

    def kill(self) -> None:
        """Kill the program and all it started."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


class Supervisor:
    """Runs parts until it is told to stop."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._parts: list[Part] = []
        self._asked = 0
        # Whatever a part leaves behind when it dies becomes our child, so that we know when it is gone.
        _prctl(_SET_CHILD_SUBREAPER, 1)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        # A handler runs in the middle of anything, so it only leaves a note.
        self._asked += 1

    @property
    def asked_to_stop(self) -> bool:
        """Whether a signal to stop has come."""
        return self._asked > 0

    def start(self, part: Part, answers: Callable[[], bool], within_s: float) -> None:
        """Start a part and wait until it answers, or until we are to stop.

        Raises:
            SystemExit: when it ends instead, or does not answer in time. Its own words are on the terminal by then.
        """
        part.start()
        self._parts.append(part)
        deadline = time.monotonic() + within_s
        while not self.asked_to_stop and not answers():
            if part.has_ended() or time.monotonic() > deadline:
                raise SystemExit(f"{part.name} 没有启动起来 (did not start)")
            time.sleep(_LOOK_S)

    def watch(self) -> None:
        """Start again what ends, until we are to stop."""
        while not self.asked_to_stop:
            for part in self._parts:
                part.tend(self._say)
            time.sleep(_LOOK_S)

    def stop(self, *waves: Sequence[Part]) -> None:
        """Stop wave after wave; a second signal to stop kills at once."""
        asked = self._asked
        for wave in waves:
            for part in wave:
                part.ask_to_stop()
            left = list(wave)
            while left := [part for part in left if not part.is_gone()]:
                if self._asked > asked:
                    for part in left:
                        part.kill()
                time.sleep(_LOOK_S)


def _how_it_ended(code: int) -> str:
    return f"{signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def _any_left(group: int) -> bool:
    """Collect those of a process group that have ended and become ours; tell whether any is left."""
    with suppress(ChildProcessError):
        while True:
            pid, _ = os.waitpid(-group, os.WNOHANG)
            if pid == 0:
                return True
    return False


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _end_with_us() -> None:
    """Let the kernel tell a part to stop when we are killed outright: it would hold the ports without a master."""
    _prctl(_SET_PDEATHSIG, signal.SIGTERM)
