"""The TCP server under the fakes: a thread a connection, and connections that can be cut.

The threads are green where the process has been patched.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any


class CuttableServer(ThreadingTCPServer):
    """Serves until `stop`. `connections` is how many were opened, `open` those that are, which it would cut."""

    daemon_threads = True
    allow_reuse_address = True
    # With the usual backlog of five, a hundred calls at once lose their first packet and come a second late.
    request_queue_size = 1024

    def __init__(self, host: str, port: int, handler: type[BaseRequestHandler]) -> None:
        self.stopping = threading.Event()
        self.connections = 0
        self.open: set[socket.socket] = set()
        super().__init__((host, port), handler)
        self.server_port = int(self.server_address[1])
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Refuse new connections and cut the open ones, as a vendor that went down would. Twice is no error."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        self.shutdown()
        self._thread.join()
        self.server_close()
        for connection in list(self.open):
            cut(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `stop` can cut it."""
        self.connections += 1
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self.open.discard(request)
        super().shutdown_request(request)


def cut(connection: socket.socket) -> None:
    """Drop the line in both directions; whoever reads from it wakes up."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
