"""Asking whether a link that a story carries still answers.

The address comes from a text, so it may lead anywhere: a story must not be a way to look around inside the house.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import urllib3

from backend.jobs.worker import JobRun
from backend.newsroom.examination.dead_links import note_answer
from channels.addresses import resolve

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
    target = resolve(href, allow_private=allow_private)
    with target.pool(TIMEOUT_S) as pool:
        for method in ("HEAD", "GET"):
            response = pool.request(
                method,
                target.path,
                headers={"Host": target.host_header, "User-Agent": "ronghui-link-check"},
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
