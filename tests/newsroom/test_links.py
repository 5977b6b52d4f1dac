"""Links of a story are asked for by a job, and a dead one is pointed at; nothing inside the house is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from channels.links import Answer, ask
from tests.newsroom.kitchen import must, story
from tests.support.server import Server, wait_until


class Pages(BaseHTTPRequestHandler):
    """A site with a page that is there, one that has moved, and one that only knows GET."""

    def do_HEAD(self) -> None:
        self._answer(405 if self.path == "/old-fashioned" else None)

    def do_GET(self) -> None:
        self._answer(None)

    def _answer(self, status: int | None) -> None:
        known = {"/here": 200, "/old-fashioned": 200, "/ill": 503, "/moved": 302, "/round": 302, "/inside": 302}
        self.send_response(status or known.get(self.path, 404))
        onward = {"/moved": "/here", "/round": "/round", "/inside": "file:///etc/passwd"}.get(self.path)
        if onward:
            self.send_header("Location", onward)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/here", Answer("alive", 200)),
        ("/old-fashioned", Answer("alive", 200)),
        ("/moved", Answer("alive", 200)),
        ("/gone", Answer("dead", 404)),
        ("/ill", Answer("unknown", 503)),
        ("/round", Answer("unknown")),
        ("/inside", Answer("unknown")),
    ],
)
def test_a_link_is_alive_dead_or_unknown(site: str, path: str, answer: Answer) -> None:
    assert ask(site + path, allow_private=True) == answer


def test_nothing_inside_the_house_is_asked(site: str) -> None:
    port = site.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "169.254.169.254", "10.0.0.1", "2130706433"):
        assert ask(f"http://{host}:{port}/here", allow_private=False) == Answer("unknown"), host
    assert ask("ftp://127.0.0.1/x", allow_private=True) == Answer("unknown")


def test_a_dead_link_is_a_warning_in_the_next_report(server: Server, site: str) -> None:
    html = f'<p>详见<a href="{site}/gone">旧公告</a>和<a href="{site}/here">新公告</a>。</p>'
    made = story(server, body=[{"id": "b1", "type": "text", "html": html}])
    path = f"/editor/stories/{made['id']}/check"

    def found() -> list[dict[str, Any]]:
        report = must(server.staff("reporter"), path)
        return [finding for finding in report["findings"] if finding["rule"] == "dead_link"]

    (finding,) = wait_until(found)
    assert (finding["level"], finding["text"], finding["block_id"]) == ("warn", "旧公告", "b1")
