"""The API page at /docs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

METHODS = {"get", "post", "put", "patch", "delete"}


def _operations(server: Server) -> list[tuple[str, str]]:
    paths = server.anonymous().does("GET", "/openapi.json")["paths"]
    return [(method.upper(), path) for path, item in paths.items() for method in item if method in METHODS]


def test_every_operation_is_shown_and_opens(server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page("/docs")
    page.wait_for_selector(".operation")
    wanted = _operations(server)
    shown = page.eval_on_selector_all(
        ".operation > summary",
        "all => all.map(one => [one.querySelector('.method').textContent, one.querySelector('.path').textContent])",
    )
    assert sorted((method, path) for method, path in shown) == sorted(
        (method, path.removeprefix("/api/v1") or path) for method, path in wanted
    )
    page.eval_on_selector_all(".operation", "all => all.forEach(one => { one.open = true; })")
    # Nobody opens hundreds at once, so it may take a while.
    page.wait_for_selector(".operation:last-child .inside", timeout=60_000)
    assert page.locator(".operation .inside").count() == len(wanted)


def test_the_search_narrows_the_list(open_page: Callable[..., Page]) -> None:
    page = open_page("/docs")
    page.wait_for_selector(".operation")
    page.fill("#search", "sync snapshot")
    assert page.locator(".operation .path").all_inner_texts() == ["/sync/snapshot"]
    page.fill("#search", "没有这样的接口")
    assert page.locator("#count").inner_text() == "没有符合条件的接口。"


def test_it_fits_a_phone_and_speaks_english(open_page: Callable[..., Page]) -> None:
    page = open_page("/docs")
    page.wait_for_selector(".operation")
    page.eval_on_selector_all(".operation", "all => all.forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.click("#lang")
    assert page.locator("main h1").inner_text() == "API reference"
