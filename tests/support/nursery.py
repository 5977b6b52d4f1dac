"""A process that has imported the house and does nothing: what a test starts is forked from it.

Importing takes most of a start, and a run of the tests starts hundreds of servers and commands. A fork has imported the
same files in the same order, and begins with the same line. What is tested of a start itself (`make run`, gunicorn, the
worker) runs in processes of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Forked:
    """A forked process, with as much of `subprocess.Popen` as tests ask for."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery, self.pid = nursery, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return its exit code, minus the signal for one that was killed; None while it runs."""
        if self.returncode is None:
            self.returncode = self._nursery.ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end."""
        until = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired("a forked process", timeout or 0)
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send_signal(signal.SIGKILL)


class Nursery:
    """The process to fork from; it lives as long as this one."""

    def __init__(self, *, commands: bool) -> None:
        # As one of Flask's own commands it works with threads, whatever the servers do.
        command = [sys.executable, "-m", "tests.support.nursery", "commands" if commands else "servers"]
        env = os.environ | {"PYTHONUNBUFFERED": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._turn = threading.Lock()
        atexit.register(self._end)

    def fork(self, arguments: Sequence[str], env: Mapping[str, str], out: Path, err: Path | None = None) -> Forked:
        """Start the server (no arguments) or a command; what it says is appended to `out`, or to `out` and `err`."""
        order = {"arguments": list(arguments), "env": dict(env), "out": str(out), "err": str(err or out)}
        return Forked(self, self.ask(order))

    def ask(self, order: dict[str, Any]) -> Any:
        """Send an order, and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def _end(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()
            self._process.wait()


@cache
def servers() -> Nursery:
    """Give the one that servers are forked from."""
    return Nursery(commands=False)


@cache
def commands() -> Nursery:
    """Give the one that commands are forked from."""
    return Nursery(commands=True)


# ── in the process itself ──


def _serve_orders() -> None:
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    # Nothing but answers is to come out where they are expected.
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        order = json.loads(line)
        if "poll" in order:
            answer = _exit_code(order["poll"])
        else:
            answer = os.fork()
            if answer == 0:
                answers.close()
                _become(order)
        answers.write(json.dumps(answer).encode() + b"\n")


def _exit_code(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _become(order: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(order["env"])
    for number, name in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
        handle = os.open(name, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
        os.dup2(handle, number)
        os.close(handle)
    status = 1
    try:
        _run(order["arguments"])
        status = 0
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
        if isinstance(ending.code, str):
            print(ending.code, file=sys.stderr)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        atexit._run_exitfuncs()  # as at the end of any program
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run(arguments: list[str]) -> None:
    import wsgi  # noqa: PLC0415  # imported already; here it only has a name

    if arguments:
        from flask.cli import main  # noqa: PLC0415  # the same

        sys.argv = ["flask", *arguments]
        main()
        return
    from serve import serve  # noqa: PLC0415  # the same

    sys.argv = ["wsgi.py"]
    if wsgi.ASYNC_MODE == "eventlet":
        from eventlet import hubs  # noqa: PLC0415  # only in this mode

        # The one that was made meanwhile waits on the parent's files.
        hubs.use_hub()
    serve(wsgi.app, wsgi.handlers)


if __name__ == "__main__":
    if sys.argv[1] == "commands":
        import flask.cli  # noqa: F401  # so that the house takes this for a command
    import wsgi  # noqa: F401  # this is what takes its time

    _serve_orders()
