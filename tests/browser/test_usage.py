"""The samples that the app sends of its use."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.browser.people import Newsroom, some_headline
from tests.support import tables
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request

OpenPage = Callable[..., "Page"]
QUEUE = "(localStorage.getItem('ronghui.usage.queue') ?? '')"


def sent(page: Page, kind: str) -> Any:
    """Wait until the page has noted a sample of a kind, let it send, and return the sample."""
    wait_until(lambda: page.evaluate(f"{QUEUE}.includes('{kind}')"))
    with page.expect_request(lambda request: is_report(request) and kind in (request.post_data or "")) as request:
        page.evaluate("dispatchEvent(new Event('online'))")
    assert "authorization" not in request.value.headers
    (sample,) = [each for each in request.value.post_data_json["samples"] if each["kind"] == kind]
    return sample


def is_report(request: Request) -> bool:
    return request.url.endswith("/api/v1/usage") and request.method == "POST"


def reports(page: Page) -> list[Request]:
    """Gather the reports that a page sends from now on."""
    found: list[Request] = []
    page.on("request", lambda request: found.append(request) if is_report(request) else None)
    return found


def stored(server: Server, kind: str) -> int:
    return int(tables.run(server, "SELECT count(*) FROM usage_sample WHERE kind = :kind", kind=kind)[0][0])


def test_what_is_read_is_reported(server: Server, open_page: OpenPage) -> None:
    page = open_page("/")
    page.wait_for_selector("#live[data-state=live]")
    before = stored(server, "read")
    page.locator(".cards .card a").first.click()
    page.wait_for_selector(".reader h1")
    # A glance is no read: the page itself looks at the clock.
    page.wait_for_timeout(3_200)
    page.eval_on_selector("#screens", "el => el.scrollTo(0, el.scrollHeight)")
    page.evaluate("history.back()")
    sample = sent(page, "read")
    assert sample["seconds"] >= 3
    assert sample["complete"] is True
    wait_until(lambda: stored(server, "read") == before + 1)


def test_a_glance_is_no_read_and_a_push_is_noted(open_page: OpenPage) -> None:
    page = open_page("/")
    page.wait_for_selector("#live[data-state=live]")
    link = page.locator(".cards .card a").first.get_attribute("href")
    page.evaluate(f"location.hash = '{link}?from=push'")
    page.wait_for_selector(".reader h1")
    page.evaluate("history.back()")
    page.wait_for_selector(".inside", state="detached")
    assert sent(page, "push_opened")["article"] == str(link).removeprefix("#/news/")
    assert '"read"' not in page.evaluate(QUEUE)


def test_news_that_arrives_is_timed_by_the_servers_clock(server: Server, open_page: OpenPage) -> None:
    page = open_page("/")
    page.wait_for_selector("#live[data-state=live]")
    wait_until(lambda: page.evaluate(f"{QUEUE} === '[]'"))
    newsroom = Newsroom(server)

    def has_arrived() -> bool:
        # What may have been there before the page was live is not timed, so the first may be left out.
        newsroom.break_news(some_headline("到了"))
        until = time.monotonic() + 3
        while time.monotonic() < until:
            if page.evaluate(f"{QUEUE}.includes('arrived')"):
                return True
            page.wait_for_timeout(50)
        return False

    wait_until(has_arrived, 30)
    assert 0 <= sent(page, "arrived")["ms"] < 10_000


def test_who_turns_it_off_is_forgotten(server: Server, open_page: OpenPage) -> None:
    page = open_page("/")
    page.wait_for_selector("#live[data-state=live]")
    known = "SELECT count(*) FROM usage_phone"
    wait_until(lambda: page.evaluate(f"{QUEUE} === '[]'"))
    before = tables.run(server, known)[0][0]
    page.goto("/#/me/about")
    switch = page.get_by_role("switch", name="使用统计")
    assert switch.get_attribute("aria-checked") == "true"
    switch.click()
    wait_until(lambda: tables.run(server, known)[0][0] == before - 1)
    assert page.evaluate("Object.keys(localStorage).filter(key => /usage.(id|queue)/.test(key))") == []
    found = reports(page)
    page.reload()
    page.wait_for_selector("#live[data-state=live]")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.goto("/#/me/about")
    assert page.get_by_role("switch", name="使用统计").get_attribute("aria-checked") == "false"
    assert found == []


def test_a_browser_that_asks_not_to_be_tracked_sends_nothing(context: BrowserContext, open_page: OpenPage) -> None:
    context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page = open_page("/")
    found = reports(page)
    page.wait_for_selector("#live[data-state=live]")
    page.goto("/#/me/about")
    assert page.get_by_role("switch", name="使用统计").is_disabled()
    page.evaluate("dispatchEvent(new Event('online'))")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('usage'))") == []
    assert found == []
