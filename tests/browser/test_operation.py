"""The page of figures at /operation, and the samples that the first page sends of its use."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.people import Newsroom, some_headline
from tests.support import tables
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page, Request

OpenPage = Callable[..., "Page"]
FIGURES = 14
DESK = {"width": 1280, "height": 900}


def signed_in(open_page: OpenPage, who: str = "chief") -> Page:
    page = open_page("/operation")
    page.get_by_label("用户名").fill(who)
    page.get_by_label("密码").fill(f"demo-{who}")
    page.get_by_role("button", name="登录").click()
    # They are drawn one after the other.
    wait_until(lambda: page.locator(".figure:has(.chart > *)").count() == FIGURES)
    return page


def test_every_figure_has_a_chart_and_its_table_behind_it(open_page: OpenPage) -> None:
    page = signed_in(open_page)
    assert page.locator(".figure").count() == FIGURES
    for figure in page.locator(".figure").all():
        assert figure.locator(".chart svg, .chart .none").count() == 1
        figure.locator("summary").click()
        # The table is drawn when it is opened.
        figure.locator("table thead th").first.wait_for()
        assert figure.locator("table thead th").count() > 1
    charts = page.locator(".figure .chart svg")
    assert charts.count() > 8
    assert all(page.eval_on_selector_all(".chart svg", "all => all.map(one => one.getAttribute('aria-label'))"))
    assert "演示数据" in page.locator("#demo").inner_text()


def test_a_hidden_cell_says_why(open_page: OpenPage) -> None:
    page = signed_in(open_page)
    page.locator("#arrival_by_hour summary").click()
    hidden = page.locator("#arrival_by_hour td.hidden-cell")
    hidden.first.wait_for()
    assert hidden.count() > 0
    assert hidden.first.inner_text() == "不足 5 人，不显示"
    assert "不足 5 人" in page.locator("#arrival_by_hour .note").inner_text()


def test_the_numbers_are_those_of_the_answer(server: Server, open_page: OpenPage) -> None:
    page = signed_in(open_page)
    page.get_by_role("button", name="30 天").click()
    found = server.staff("chief").does("GET", "/kitchen/operation")
    figure = next(each for each in found["figures"] if each["id"] == "reads_by_section")
    wait_until(lambda: page.locator("#state").inner_text().startswith(found["from"]))
    page.locator("#reads_by_section summary").click()
    page.locator("#reads_by_section tbody tr").first.wait_for()
    shown = page.locator("#reads_by_section tbody tr").all_inner_texts()
    for text, line in zip(shown, figure["rows"], strict=True):
        assert text.split("\t")[0].strip() == line["label"]
        assert f"{line['values'][0]['value']:,}" in text


def test_a_table_comes_as_a_file(open_page: OpenPage) -> None:
    page = signed_in(open_page)
    page.locator("#active_days summary").click()
    with page.expect_download() as download:
        page.locator("#active_days").get_by_role("button", name="下载 CSV").click()
    assert download.value.suggested_filename.startswith("active_days_")
    assert download.value.path().read_bytes().startswith("\ufeff日期,手机".encode())


def test_who_may_not_read_them_is_told_so(open_page: OpenPage) -> None:
    page = open_page("/operation")
    page.get_by_label("用户名").fill("reporter")
    page.get_by_label("密码").fill("demo-reporter")
    page.get_by_role("button", name="登录").click()
    page.wait_for_selector("#state.bad")
    assert "没有这项权限" in page.locator("#state").inner_text()
    page.get_by_role("button", name="退出").click()
    page.get_by_label("用户名").wait_for()
    assert page.locator(".figure").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits(context: BrowserContext, open_page: OpenPage, width: int) -> None:
    page = signed_in(open_page)
    page.set_viewport_size({"width": width, "height": 900})
    for figure in page.locator(".figure").all():
        figure.locator("summary").click()
    wait_until(lambda: page.evaluate("document.documentElement.scrollWidth") == width)


# ── samples ──


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
    page.locator("#screens a[href^='#/news/']").first.click()
    page.wait_for_selector(".reader h1")
    # A glance is no read: the page itself looks at the clock.
    page.wait_for_timeout(3_200)
    page.eval_on_selector(".scroll.inside", "el => el.scrollTo(0, el.scrollHeight)")
    page.evaluate("history.back()")
    sample = sent(page, "read")
    assert sample["seconds"] >= 3
    assert sample["complete"] is True
    wait_until(lambda: stored(server, "read") == before + 1)


def test_a_glance_is_no_read_and_a_push_is_noted(open_page: OpenPage) -> None:
    page = open_page("/")
    page.wait_for_selector("#live[data-state=live]")
    link = page.locator("#screens a[href^='#/news/']").first.get_attribute("href")
    page.evaluate(f"location.hash = '{link}?from=push'")
    page.wait_for_selector(".reader h1")
    page.evaluate("history.back()")
    page.wait_for_selector(".scroll.inside", state="detached")
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
    page.click("#tab-me")
    switch = page.locator("#usage")
    assert switch.get_attribute("aria-checked") == "true"
    switch.click()
    wait_until(lambda: tables.run(server, known)[0][0] == before - 1)
    assert page.evaluate("Object.keys(localStorage).filter(key => /usage.(id|queue)/.test(key))") == []
    found = reports(page)
    page.reload()
    page.wait_for_selector("#live[data-state=live]")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.click("#tab-me")
    assert page.locator("#usage").get_attribute("aria-checked") == "false"
    assert found == []


def test_a_browser_that_asks_not_to_be_tracked_sends_nothing(context: BrowserContext, open_page: OpenPage) -> None:
    context.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page = open_page("/")
    found = reports(page)
    page.wait_for_selector("#live[data-state=live]")
    page.click("#tab-me")
    assert page.locator("#usage").is_disabled()
    page.evaluate("dispatchEvent(new Event('online'))")
    assert page.evaluate("Object.keys(localStorage).filter(key => key.includes('usage'))") == []
    assert found == []
