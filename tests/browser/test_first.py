"""The first view: headlines before the app's script, in the places where the app has them, and none taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.browser.people import Newsroom, sign_in, some_citizen, some_headline
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Route

OpenPage = Callable[..., "Page"]
SCRIPT = "**/assets/first-*.js"
KEPT = "caches.match('/first').then((kept) => (kept ? kept.text() : ''))"
# A few pixels are what a time in other words may cost.
NEAR_PX = 3
PLACES = """() => [...document.querySelectorAll(
    '.warning strong, .chip, .strip strong, .on-air strong, .card :is(h2, h3), .card img, .shelf a, .tabs a'
)].map((one) => {
    const { left, top, width, height } = one.getBoundingClientRect();
    return { name: one.textContent.trim() || one.getAttribute('src'), box: [left, top, width, height] };
}).filter(({ box: [, top] }) => top < innerHeight)"""
# The app starts after a frame, so this is what stands before it.
AT_FIRST = f"""addEventListener('DOMContentLoaded', () => requestAnimationFrame(() => {{
    window.atFirst = {{
        text: document.querySelector('#first')?.innerText ?? '',
        isApp: document.querySelector('#phone') !== null,
        ids: [...document.querySelectorAll('#first [id]')].length,
        waiting: [...document.querySelectorAll('#first button')].every(({{ disabled }}) => disabled),
        places: ({PLACES})(),
    }};
}}))"""


@pytest.fixture
def newsroom(server: Server) -> Newsroom:
    return Newsroom(server)


@pytest.fixture
def held(context: BrowserContext) -> list[Route]:
    """Hold the app's script back until it is let go."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    context.route(SCRIPT, hold)
    return held


def let_go(page: Page, held: list[Route]) -> None:
    # What the page asks for, it asks for before it has shown anything.
    wait_until(lambda: page.evaluate("1") and held)
    for route in held:
        route.continue_()


def same_places(before: list[Any], after: list[Any]) -> bool:
    assert [each["name"] for each in before] == [each["name"] for each in after]
    pairs = zip((each["box"] for each in before), (each["box"] for each in after), strict=True)
    return all(abs(a - b) <= NEAR_PX for one, other in pairs for a, b in zip(one, other, strict=True))


def keep(page: Page) -> str:
    """Wait until the next start shows what this page shows, and return what is kept."""
    page.wait_for_selector("#live[data-state=live]")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    return str(wait_until(lambda: page.evaluate(KEPT)))


def test_headlines_stand_before_the_script_and_lead_on(
    server: Server, open_page: OpenPage, held: list[Route], newsroom: Newsroom
) -> None:
    headline = some_headline("先看到标题")
    story = newsroom.break_news(headline)
    page = open_page("about:blank")
    page.goto("/", wait_until="commit")
    row = page.locator("#first .strip a").filter(has_text=headline)
    row.wait_for()
    assert row.get_attribute("href") == f"#/news/{story}"
    shown = page.locator("#first .card a").evaluate_all("all => all.map((one) => one.hash)")
    listed = server.anonymous().does("GET", "/feed", params={"limit": 20})["items"]
    assert len(shown) > 3
    assert set(shown) <= {f"#/news/{card['id']}" for card in listed}
    assert page.locator("#first button:enabled").count() == 0
    assert page.locator("#phone").count() == 0
    row.click()
    let_go(page, held)
    page.get_by_role("heading", name=headline).wait_for()
    assert page.locator("#first").count() == 0


def test_the_app_takes_over_without_a_move(open_page: OpenPage, held: list[Route]) -> None:
    page = open_page("about:blank")
    page.goto("/", wait_until="commit")
    page.locator("#first .card").nth(3).wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('#first img[loading=eager]')].every((one) => one.complete)"
    )
    page.locator("#first .screens").evaluate("one => one.scrollTo(0, 90)")
    before = page.evaluate(PLACES)
    let_go(page, held)
    page.locator("#phone .card").nth(3).wait_for()
    assert page.locator("#first").count() == 0
    wait_until(lambda: same_places(before, page.evaluate(PLACES)))
    assert page.locator("#screens").evaluate("one => one.scrollTop") == 90


def test_it_is_not_shown_where_something_else_is_asked_for(open_page: OpenPage, held: list[Route]) -> None:
    page = open_page("about:blank")
    page.goto("/#/services", wait_until="commit")
    page.locator("#first").wait_for(state="hidden")
    page.wait_for_selector("html[data-first=hidden]")
    # Large letters were chosen here, of which the house knows nothing.
    page.evaluate("localStorage.setItem('ronghui.size', '2')")
    page.goto("about:blank")
    page.goto("/", wait_until="commit")
    page.wait_for_selector("html[data-first=hidden]")
    assert not page.locator("#first").is_visible()
    let_go(page, held[-1:])
    page.wait_for_selector("#phone .card")
    assert page.locator("#first").count() == 0
    assert page.locator("html[data-first]").count() == 0


def test_who_comes_back_sees_the_front_page_before_the_script(
    context: BrowserContext, open_page: OpenPage, newsroom: Newsroom
) -> None:
    page = open_page("/")
    headline = some_headline("再打开就有")
    newsroom.break_news(headline)
    page.get_by_text(headline).first.wait_for()
    keep(page)
    wait_until(lambda: headline in page.evaluate(KEPT))
    context.set_offline(True)
    again = context.new_page()
    again.add_init_script(AT_FIRST)
    again.goto("/")
    again.wait_for_selector("#phone .card")
    first = again.evaluate("window.atFirst")
    assert headline in first["text"]
    assert first["isApp"] is False
    assert first["ids"] == 0
    assert first["waiting"] is True
    wait_until(lambda: same_places(first["places"], again.evaluate(PLACES)))


def test_what_is_withdrawn_is_neither_kept_nor_drawn(
    server: Server, context: BrowserContext, open_page: OpenPage, newsroom: Newsroom
) -> None:
    page = open_page("/")
    headline = some_headline("撤回后不留")
    story = newsroom.break_news(headline)
    page.get_by_text(headline).first.wait_for()
    keep(page)
    wait_until(lambda: headline in page.evaluate(KEPT))
    assert headline in requests.get(server.url, timeout=30).text
    # While something else is on the screen, too.
    page.click("#tab-services")
    page.wait_for_selector("#screens[data-screen=services]")
    newsroom.withdraw(story)
    wait_until(lambda: headline not in page.evaluate(KEPT))
    assert headline not in requests.get(server.url, timeout=30).text
    page.click("#tab-news")
    assert headline not in keep(page)
    again = context.new_page()
    again.add_init_script(AT_FIRST)
    again.goto("/")
    again.wait_for_selector("#phone .card")
    first = again.evaluate("window.atFirst")
    assert first["text"]
    assert headline not in first["text"]


def test_who_signs_out_leaves_no_front_page(server: Server, open_page: OpenPage) -> None:
    page = open_page("/")
    number, _ = some_citizen(server)
    sign_in(page, number)
    page.click("#tab-news")
    keep(page)
    page.goto("/#/me")
    page.get_by_role("button", name="退出登录").click()
    page.get_by_label("手机号").wait_for()
    wait_until(lambda: page.evaluate(KEPT) == "")
