"""The app in bad times: the server goes away, a token runs out, an answer is hostile, nothing answers at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.people import Newsroom, sign_in, some_headline
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

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
    page.goto("/#/me/about")
    page.get_by_role("button", name="与服务器核对").click()
    page.get_by_text("一致，共").wait_for()
    page.goto("/#/me")
    page.get_by_role("button", name="退出登录").wait_for()


def test_a_page_that_is_put_off_comes_back_at_its_own_moment(
    make_server: Callable[..., Server], open_page: Callable[..., Page]
) -> None:
    crowded = make_server(HELLO_RATE="1")
    pages = [open_page(crowded.url) for _ in range(3)]
    for page in pages:
        page.wait_for_selector("#live[data-state=live]", timeout=BACK_WITHIN_MS)


HOSTILE = """
<p onclick="window.hit = 1">一<script>window.hit = 2</script><style>p { display: none }</style></p>
<img src="x" onerror="window.hit = 3"><iframe src="javascript:window.hit = 4"></iframe>
<a href="javascript:window.hit = 5">二</a><a href="https://example.org/a?b=c">三</a>
<svg><a href="javascript:window.hit = 6">四</a></svg><form action="/"><button>五</button></form>
<custom-tag>六</custom-tag>
"""
FORBIDDEN = ["<script", "javascript:", "<img", "<iframe", "<style", "<svg", "<form", "onclick", "onerror", "custom-tag"]


def test_hostile_html_in_an_answer_becomes_words(context: BrowserContext) -> None:
    """The server cleans what is written; here its answer brings what it likes."""
    # Not by `open_page`: Chromium rightly reports the handlers that the policy forbids, even in a document never shown.
    page = context.new_page()
    page.route("**/api/v1/sync/snapshot*", _with_hostile_words)
    page.goto("/")
    page.locator(".cards a[href^='#/news/']").first.click()
    text = page.locator(".prose").first
    text.wait_for()
    shown = text.inner_html()
    for forbidden in FORBIDDEN:
        assert forbidden not in shown
    for word in ("一", "二", "三", "五", "六"):
        assert word in shown
    assert 'href="https://example.org/a?b=c"' in shown
    assert page.evaluate("window.hit") is None
    page.unroute_all(behavior="ignoreErrors")


def _with_hostile_words(route: Route) -> None:
    answer = route.fetch()
    page = answer.json()
    for item in page["items"]:
        if item["kind"] == "article":
            item["data"]["body"] = [{"id": "hostile", "type": "text", "html": HOSTILE}]
    route.fulfill(response=answer, json=page)


def test_without_any_answer_the_app_stands_and_says_so(open_page: Callable[..., Page]) -> None:
    page = open_page("about:blank")
    page.route("**/api/v1/**", lambda route: route.abort())
    page.route_web_socket("**/socket.io/**", lambda line: line.close())
    page.goto("/")
    page.get_by_text("暂时连不上服务器").first.wait_for()
    for tab in ("notices", "services", "community", "me", "news"):
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#screens[data-screen={tab}]")
        assert page.get_by_text("这一页没能显示出来").count() == 0
