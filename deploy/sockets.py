"""What the worker does to plain sockets and their limits."""

from __future__ import annotations

import resource
import socket
from contextlib import suppress
from typing import Any


class SocketHandle:
    """What engineio looks for as `eventlet.input`: the way to the raw socket for the websocket handshake."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock

    def get_socket(self) -> Any:
        """Return the client's socket."""
        return self._sock


def end_reading(client: Any) -> None:
    """Let the reader see the end: a request that has already arrived is still read and answered, a later one is not."""
    _shut(client, socket.SHUT_RD)


def cut(client: Any) -> None:
    """End the connection in both directions; whoever serves it sees the end as if the client had gone."""
    _shut(client, socket.SHUT_RDWR)


def _shut(client: Any, how: int) -> None:
    with suppress(OSError):  # The other side may be gone already.
        client.shutdown(how)


def allow_open_files(wanted: int) -> int:
    """Raise the soft limit of open files, usually 1,024, as far as wanted and allowed; returns what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return limit
