"""The page in bad times: the server goes away, and a token runs out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.people import Newsroom, sign_in, some_headline
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

BACK_WITHIN_MS = 30_000


@pytest.fixture(scope="module")
def own_server(make_server: Callable[..., Server]) -> Server:
    return make_server()


def test_a_restart_costs_nothing_but_a_moment(own_server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(own_server.url)
    page.wait_for_selector("#live[data-state=live]")
    own_server.stop()
    page.wait_for_selector("#live:not([data-state=live])")
    own_server.start()
    headline = some_headline("重启之后")
    Newsroom(own_server).break_news(headline)
    page.locator(".strip li").filter(has_text=headline).wait_for(timeout=BACK_WITHIN_MS)
    page.wait_for_selector("#live[data-state=live]", timeout=BACK_WITHIN_MS)


def test_a_token_that_has_run_out_is_renewed_unnoticed(own_server: Server, open_page: Callable[..., Page]) -> None:
    page = open_page(own_server.url)
    page.wait_for_selector("#live[data-state=live]")
    sign_in(page, "13800009011")
    own_server.move_clock(3600)
    page.click("#tab-me")
    page.get_by_role("button", name="与服务器核对").click()
    page.get_by_text("一致，共").wait_for()
    assert page.locator("[data-screen=me] .profile").is_visible()


def test_a_page_that_is_put_off_comes_back_at_its_own_moment(
    make_server: Callable[..., Server], open_page: Callable[..., Page]
) -> None:
    crowded = make_server(HELLO_RATE="1")
    pages = [open_page(crowded.url) for _ in range(3)]
    for page in pages:
        page.wait_for_selector("#live[data-state=live]", timeout=BACK_WITHIN_MS)
