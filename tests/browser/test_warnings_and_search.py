"""Warnings over the page, and search over everything public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.alerts import office
from tests.browser.conftest import OpenPage
from tests.browser.people import Newsroom, some_headline
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_warning_comes_is_updated_and_goes(server: Server, browser_page: Page) -> None:
    banner = browser_page.locator(".warning")
    name, graver = f"大风蓝色预警{office.word()}", f"大风橙色预警{office.word()}"
    first = office.issue(server, info=[office.info(headline=name, severity="Moderate")])
    banner.filter(has_text=name).wait_for(timeout=15000)
    second = office.update(server, first, info=[office.info(headline=graver, severity="Severe")])
    shown = banner.filter(has_text=graver)
    shown.wait_for(timeout=15000)
    assert banner.filter(has_text=name).count() == 0
    shown.locator("summary").click()
    shown.locator(".from").wait_for()
    office.cancel(server, first, second)
    shown.wait_for(state="detached", timeout=15000)


def test_what_is_published_is_found_marked_and_opened(server: Server, browser_page: Page) -> None:
    headline = some_headline("水杉林栈道重新开放")
    Newsroom(server).break_news(headline)
    browser_page.click("#search")
    box = browser_page.get_by_role("searchbox", name="搜索")
    box.fill("水杉林栈道")
    row = browser_page.locator(".found li").filter(has_text=headline)
    row.wait_for()
    assert row.locator("h2 mark").first.inner_text() == "水杉林栈道"
    row.locator("a").click()
    browser_page.get_by_role("heading", name=headline, level=1).wait_for()
    browser_page.click("#back")
    # What was looked for is still there.
    row.wait_for()
    assert box.input_value() == "水杉林栈道"


def test_nothing_found_is_said(browser_page: Page) -> None:
    browser_page.click("#search")
    browser_page.get_by_role("searchbox", name="搜索").fill("鲸落火星")
    browser_page.get_by_text("没有找到“鲸落火星”").wait_for()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_service_is_found_by_its_initials_and_says_what_to_bring(
    server: Server, open_page: OpenPage, width: int
) -> None:
    item = server.anonymous().does("GET", "/search", params={"q": "ylj", "kind": "item"})["items"][0]
    page = open_page("/#/news/search?q=ylj")
    page.set_viewport_size({"width": width, "height": 844})
    page.locator(".found a").filter(has_text=item["title"]).first.click()
    page.get_by_role("heading", name=item["title"], level=1).wait_for()
    page.get_by_role("heading", name="要带的材料").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
