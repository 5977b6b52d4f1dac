"""A worker in a process of its own, beside a server of the tests."""

from __future__ import annotations

from tests.support import nursery
from tests.support.server import Server


class ExtraWorker:
    """`flask work` beside the server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._process: nursery.Forked | None = None

    def start(self) -> None:
        """Start it; it works as soon as it is up."""
        self._process = nursery.commands().fork(("--app", "wsgi", "work"), self._server.env, self._server.log)

    def kill(self) -> None:
        """kill -9, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
