"""A worker in a process of its own, beside a server of the tests."""

from __future__ import annotations

import subprocess
import sys

from tests.support.server import ROOT, Server


class ExtraWorker:
    """`flask work` beside the server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; it works as soon as it is up."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "work"]
        with self._server.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=self._server.env, stdout=log, stderr=log)

    def kill(self) -> None:
        """kill -9, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
