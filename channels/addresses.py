"""Asking servers whose address somebody else chose, and none inside the house (server-side request forgery).

Such an address may lead anywhere. It is asked for by the numbers its name resolves to, and those must be of the open
network; the connection goes to the number that was looked at, so that a second look-up cannot lead elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import urllib3


class PrivateAddress(ValueError):
    """A name that leads into a house, or an address that is none of the web."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be asked: its number, and what its server has to be told."""

    scheme: str
    host: str
    port: int
    number: str
    path: str
    host_header: str

    def pool(self, timeout_s: float) -> urllib3.HTTPConnectionPool:
        """Open a pool to the number; certificates are those of the name."""
        timeout = urllib3.Timeout(total=timeout_s)
        if self.scheme == "https":
            return urllib3.HTTPSConnectionPool(
                self.number, self.port, timeout=timeout, server_hostname=self.host, assert_hostname=self.host
            )
        return urllib3.HTTPConnectionPool(self.number, self.port, timeout=timeout)


def resolve(href: str, *, allow_private: bool) -> Target:
    """Find out where an address leads; tests may ask servers on this machine.

    Raises:
        PrivateAddress: it is not of the open web.
        OSError: its name is not known.
        ValueError: it cannot be read.
    """
    parts = urlsplit(href)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise PrivateAddress(parts.scheme)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return Target(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port,
        number=_number(parts.hostname, port, allow_private=allow_private),
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
        host_header=parts.netloc.rpartition("@")[2],
    )


def _number(host: str, port: int, *, allow_private: bool) -> str:
    for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        number = str(found[4][0])
        address = ipaddress.ip_address(number)
        if allow_private or (address.is_global and not address.is_multicast):
            return number
    raise PrivateAddress("private")
