"""A line to a server that can be cut: what is in both directions at that moment is lost, as in a lift."""

from __future__ import annotations

import contextlib
import socket
import threading
from socketserver import BaseRequestHandler
from typing import Any, cast

from fakes.cuttable import CuttableServer, cut

_PIECE = 65536


class BadLine(CuttableServer):
    """Passes everything on to a port of this machine, while it is up."""

    def __init__(self, to_port: int, host: str = "127.0.0.1", port: int = 0) -> None:
        self.to_port = to_port
        # A line that is down takes connections and drops them, as a network without a server behind it does.
        self.is_up = True
        super().__init__(host, port, _Passing)
        self.url = f"http://{host}:{self.server_port}"

    def cut(self) -> None:
        """Cut every connection; new ones may be opened."""
        for connection in list(self.open):
            cut(connection)

    def go_down(self) -> None:
        """Cut every connection, and let nothing through until `go_up`."""
        self.is_up = False
        self.cut()

    def go_up(self) -> None:
        """Let connections through again."""
        self.is_up = True


class _Passing(BaseRequestHandler):
    def handle(self) -> None:
        line = cast("BadLine", self.server)
        if not line.is_up:
            return
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", line.to_port)) as behind:
            back = threading.Thread(target=_pass, args=(behind, self.request), daemon=True)
            back.start()
            _pass(self.request, behind)
            back.join()


def _pass(source: Any, target: Any) -> None:
    """Pass on until either side has ended, and end both."""
    with contextlib.suppress(OSError):
        while piece := source.recv(_PIECE):
            target.sendall(piece)
    for end in (source, target):
        cut(end)
