"""Asking whether a link that a story carries still answers.

The address comes from a text, so it may lead anywhere. It is asked for by the numbers its name resolves to, and those
must be of the open network: a story must not be a way to look around inside the house (server-side request forgery).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

import urllib3

from backend.jobs.worker import JobRun
from backend.newsroom.examination.dead_links import note_answer

TIMEOUT_S = 5.0
MAX_REDIRECTS = 3
# Only what says that the page is gone; a server that is ill today may be well tomorrow.
GONE = {404, 410}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said: alive, dead, or unknown where it did not say. `status` is its HTTP status, if it gave one."""

    state: str
    status: int | None = None


def link_handler(*, allow_private: bool) -> Callable[[JobRun], None]:
    """Make the handler of `link.check`; tests may ask servers on this machine."""

    def check_link(run: JobRun) -> None:
        href = str(run.args["href"])
        answer = ask(href, allow_private=allow_private)
        with run.unit() as unit:
            note_answer(unit, href, answer.state, answer.status)

    return check_link


def ask(href: str, *, allow_private: bool) -> Answer:
    """Ask for a page's head, and where that is not done for its page, following up to three redirections."""
    for _ in range(MAX_REDIRECTS + 1):
        try:
            status, onward = _ask_once(href, allow_private=allow_private)
        except (OSError, ValueError, urllib3.exceptions.HTTPError):
            return Answer("unknown")
        if onward is None:
            return Answer("dead" if status in GONE else "alive" if status < 500 else "unknown", status)
        href = urljoin(href, onward)
    return Answer("unknown")


def _ask_once(href: str, *, allow_private: bool) -> tuple[int, str | None]:
    parts = urlsplit(href)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(parts.scheme)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    address = _address(parts.hostname, port, allow_private=allow_private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with _pool(parts.scheme, address, port, parts.hostname) as pool:
        for method in ("HEAD", "GET"):
            response = pool.request(
                method,
                path,
                headers={"Host": parts.netloc.rpartition("@")[2], "User-Agent": "ronghui-link-check"},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            response.close()
            # Some servers do not know HEAD, and say so in several ways.
            if response.status not in {400, 403, 405, 501, *GONE} or method == "GET":
                break
    moved = 300 <= response.status < 400
    return response.status, response.headers.get("Location") if moved else None


def _address(host: str, port: int, *, allow_private: bool) -> str:
    """Return a number of this name that is of the open network; ValueError if there is none."""
    for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        address = str(found[4][0])
        if allow_private or ipaddress.ip_address(address).is_global:
            return address
    raise ValueError("private")


def _pool(scheme: str, address: str, port: int, host: str) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(total=TIMEOUT_S)
    if scheme == "https":
        return urllib3.HTTPSConnectionPool(address, port, timeout=timeout, server_hostname=host, assert_hostname=host)
    return urllib3.HTTPConnectionPool(address, port, timeout=timeout)
