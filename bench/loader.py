"""Running the load program (`load.c`) and reading what it found."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

ENGINE_IO = "/socket.io/?EIO=4&transport=websocket"
# A phase that stands still ends by itself; this is for a load program that hangs altogether.
_SPARE_S = 60.0
Phases = dict[str, dict[str, Any]]


class LoadFailed(RuntimeError):
    """The load program could not do its work; the text is what it said."""


class Loader:
    """The built load program. `say` gets its progress, one line at a time."""

    def __init__(self, program: Path, say: Callable[[str], None]) -> None:
        self._program, self._say = program, say

    def run(
        self,
        *options: str | float | Path,
        limit_s: float = 300,
        on_ready: Callable[[], None] | None = None,
        on_waiting: Callable[[], None] | None = None,
    ) -> Phases:
        """Run it to its end and return what each phase found.

        `on_ready` is called once everybody is connected, `on_waiting` once a storm may begin.

        Raises:
            LoadFailed: it ended badly, or nobody could connect.
        """
        command = [str(self._program), "--limit", str(limit_s), *(str(option) for option in options)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        watchdog = threading.Timer(limit_s + _SPARE_S, process.kill)
        watchdog.start()
        progress: list[str] = []
        listening = threading.Thread(target=self._listen, args=(process, progress), daemon=True)
        listening.start()
        try:
            return self._read(process, progress, {"connect": on_ready, "waiting": on_waiting})
        finally:
            watchdog.cancel()
            process.kill()
            process.wait()

    def _listen(self, process: subprocess.Popen[str], progress: list[str]) -> None:
        for line in process.stderr or ():
            progress.append(line.rpartition("\r")[2].strip())
            self._say(progress[-1])

    def _read(
        self, process: subprocess.Popen[str], progress: list[str], hooks: dict[str, Callable[[], None] | None]
    ) -> Phases:
        phases: Phases = {}
        for line in process.stdout or ():
            found = json.loads(line)
            phases[found["phase"]] = found
            if hook := hooks.get(found["phase"]):
                hook()
        if process.wait() != 0:
            raise LoadFailed(f"{' '.join(process.args[:2] if isinstance(process.args, list) else [])}: {progress[-3:]}")
        return phases


def write_posts(path: Path, posts: Iterable[tuple[str, str | None, Any]]) -> Path:
    """Write the file of posts: path, authorisation and body of each."""
    path.write_text("".join(f"{to}\t{who or '-'}\t{_body(body)}\n" for to, who, body in posts))
    return path


def write_requests(path: Path, requests: Iterable[tuple[str, str, str, str | None, Any]]) -> Path:
    """Write the file of requests: label, method, path, authorisation and body of each."""
    lines = (f"{label}\t{method}\t{to}\t{who or '-'}\t{_body(body)}\n" for label, method, to, who, body in requests)
    path.write_text("".join(lines))
    return path


def _body(body: Any) -> str:
    # JSON escapes tabs and line ends, so a body always is one field of one line.
    return "-" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def write_tokens(path: Path, tokens: Sequence[tuple[str, dict[str, int]]]) -> Path:
    """Write the file of tokens, each with the cursors its phone comes with."""
    path.write_text("".join(f"{token}\t{json.dumps(cursors, separators=(',', ':'))}\n" for token, cursors in tokens))
    return path
