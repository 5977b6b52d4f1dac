"""A real Chromium for the tests of the pages.

`server` comes from tests/conftest.py. The browser is Debian's, driven by playwright, whose own download is not used.
A page that logs an error, throws, or breaks its own Content-Security-Policy fails the test that opened it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.server import ROOT, Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

PHONE = {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 30_000
APP = ROOT / "web/static/app/index.html"
WITHOUT_APP = {"test_docs", "test_operation", "test_receipts"}
OpenPage = Callable[..., "Page"]


# One browser a module, not a session: while it runs, playwright keeps an event loop in this thread.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("chromium is not installed; CHROMIUM may name one")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _app_is_built(request: pytest.FixtureRequest) -> None:
    """Without Node there is no app; what is tested beside it is tested all the same."""
    if request.module.__name__.rpartition(".")[2] not in WITHOUT_APP and not APP.exists():
        pytest.skip("SKIPPED: the app is not built (make web)")


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=server.url)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def open_page(context: BrowserContext) -> Iterator[OpenPage]:
    """Open a path of the server; extra pages of one test are extra phones."""
    problems: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # Chromium itself logs every 4xx and every lost line; what a refusal does to the page is what tests look at.
        is_network = message.text.startswith(("Failed to load resource", "WebSocket connection"))
        if message.type == "error" and not is_network:
            problems.append(message.text)

    def open_page(path: str = "/") -> Page:
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(path)
        return page

    yield open_page
    assert problems == []


@pytest.fixture
def browser_page(open_page: OpenPage) -> Page:
    """The page at `/`, connected."""
    page = open_page("/")
    page.wait_for_selector("#live[data-state=live]")
    return page
