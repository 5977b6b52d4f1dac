"""The app on one phone: what the newsroom and the offices do is there without a reload, for all eyes and fingers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import PHONE
from tests.browser.people import Newsroom, sign_in, some_headline
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute


@pytest.fixture
def newsroom(server: Server) -> Newsroom:
    return Newsroom(server)


def _row(page: Page, headline: str) -> Any:
    return page.locator(".strip li, .cards li").filter(has_text=headline)


def test_the_feed_is_there_at_once_and_nothing_jumps(server: Server, browser_page: Page) -> None:
    feed = server.anonymous().does("GET", "/feed", params={"limit": 1})["items"]
    _row(browser_page, feed[0]["headline"]).first.wait_for()
    unsized = "all => all.filter(one => !one.getAttribute('width') || !one.getAttribute('height')).length"
    assert browser_page.eval_on_selector_all(".cards img", "all => all.length") > 0
    assert browser_page.eval_on_selector_all(".cards img", unsized) == 0


def test_breaking_news_arrives_by_itself(browser_page: Page, newsroom: Newsroom) -> None:
    headline = some_headline("桥面积水")
    newsroom.break_news(headline)
    row = _row(browser_page, headline)
    row.wait_for(timeout=15000)
    assert "快讯·持续核实" in row.inner_text()
    assert "arrived" in (row.get_attribute("class") or "")


def test_a_correction_reaches_the_reader_and_is_said_openly(browser_page: Page, newsroom: Newsroom) -> None:
    headline = some_headline("路口改道")
    story = newsroom.break_news(headline)
    _row(browser_page, headline).locator("a").click()
    browser_page.get_by_role("heading", name=headline).wait_for()
    newsroom.correct(story, f"{headline}（已更正）", "原标题路名有误，已改正。")
    browser_page.get_by_role("heading", name=f"{headline}（已更正）").wait_for(timeout=15000)
    assert "原标题路名有误，已改正。" in browser_page.locator(".corrections").inner_text()


def test_a_withdrawn_article_goes_even_while_it_is_read(browser_page: Page, newsroom: Newsroom) -> None:
    headline = some_headline("误报")
    story = newsroom.break_news(headline)
    _row(browser_page, headline).locator("a").click()
    browser_page.get_by_role("heading", name=headline).wait_for()
    newsroom.withdraw(story)
    browser_page.get_by_text("该稿件已撤回").wait_for(timeout=15000)
    assert headline not in browser_page.inner_text("body")
    browser_page.get_by_role("link", name="回到新闻").click()
    browser_page.wait_for_selector(".inside", state="detached")
    assert _row(browser_page, headline).count() == 0


def test_an_old_address_of_a_withdrawn_article_says_so(open_page: Callable[..., Page], newsroom: Newsroom) -> None:
    story = newsroom.break_news(some_headline("撤回后再打开"))
    newsroom.withdraw(story)
    page = open_page(f"/#/news/{story}")
    page.wait_for_selector(".reader .state-note:not(:has(.busy))")
    assert "回到新闻" in page.inner_text(".reader")


def test_a_lost_frame_is_found_out_and_fetched(
    context: BrowserContext, open_page: Callable[..., Page], newsroom: Newsroom
) -> None:
    lose = {"next": 0}

    def between(phone: WebSocketRoute) -> None:
        house = phone.connect_to_server()

        def down(message: str | bytes) -> None:
            # Without ticks, only the gap before the following row can give the loss away.
            if '"tick"' in str(message):
                return
            if '"change"' in str(message) and lose["next"]:
                lose["next"] -= 1
            else:
                phone.send(message)

        house.on_message(down)

    context.route_web_socket("**/socket.io/**", between)
    page = open_page("/")
    page.wait_for_selector("#live[data-state=live]")
    lost, seen = some_headline("丢失的一帧"), some_headline("随后的一帧")
    lose["next"] = 1
    newsroom.break_news(lost)
    page.wait_for_timeout(1000)
    assert _row(page, lost).count() == 0
    newsroom.break_news(seen)
    _row(page, seen).wait_for(timeout=15000)
    _row(page, lost).wait_for(timeout=15000)


def test_the_copy_is_proven_equal_to_the_server(browser_page: Page, newsroom: Newsroom) -> None:
    newsroom.break_news(some_headline("核对"))
    browser_page.goto("/#/me/about")
    browser_page.get_by_role("button", name="与服务器核对").click()
    browser_page.get_by_text("一致，共").wait_for()


def test_a_refused_number_is_explained_in_chinese(browser_page: Page) -> None:
    browser_page.click("#tab-me")
    browser_page.get_by_label("手机号").fill("123")
    browser_page.get_by_role("button", name="获取验证码").click()
    said = browser_page.locator(".toast").inner_text()
    assert any("\u4e00" <= letter <= "\u9fff" for letter in said)
    assert browser_page.get_by_label("手机号").get_attribute("aria-invalid") == "true"


def test_a_request_is_filed_and_every_step_is_seen(
    server: Server, browser_page: Page, tmp_path: Any, browser: Browser
) -> None:
    page = browser_page
    sign_in(page, "13800009001")
    photo = tmp_path / "灯.png"
    page.screenshot(path=photo)
    page.click("#tab-services")
    page.locator(".services a[href$=streetlight]").click()
    page.get_by_label("标题").fill("共富路路灯不亮")
    page.get_by_label("具体情况").fill("三盏路灯从上周三起晚上都不亮，老人出门看不清台阶。")
    page.get_by_label("地点").first.fill("共富路 88 弄门口")
    page.set_input_files("input[type=file]", photo)
    page.wait_for_selector(".picked li.ready img")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_selector(".timeline")
    request = page.url.rsplit("/", 1)[1]
    # Nobody gets this photo by its address alone, so the page must have fetched it with the token.
    page.wait_for_selector(".request img[src^='blob:']")
    assert page.locator(".request img").count() == 1

    dispatcher, staff = server.staff("dispatcher"), server.staff("staff2")
    dispatcher.does("POST", f"/desk/requests/{request}/accept")
    page.locator(".timeline .latest").filter(has_text="已受理").wait_for(timeout=15000)
    dispatcher.does("POST", f"/desk/requests/{request}/assign", {"office": "greening"})
    page.locator(".timeline .latest").filter(has_text="已派单").wait_for(timeout=15000)
    staff.does("POST", f"/desk/requests/{request}/take")
    page.locator(".timeline .latest").filter(has_text="办理中").wait_for(timeout=15000)
    staff.does("POST", f"/desk/requests/{request}/reply", {"text": "灯头已更换，今晚恢复照明。"})
    page.locator(".timeline .latest").filter(has_text="灯头已更换，今晚恢复照明。").wait_for(timeout=15000)
    page.wait_for_selector("#badge:not([hidden])")
    page.get_by_text("这个期限是怎么算出来的").click()
    assert page.locator("ol.reasons li").count() > 0
    page.get_by_role("button", name="已经解决").click()
    page.locator(".timeline .latest").filter(has_text="确认解决").wait_for(timeout=15000)
    assert page.get_by_role("button", name="已经解决").count() == 0

    for aspect in ("attitude", "result"):
        page.locator(f"input[name=rating-{aspect}]").nth(4).check(force=True)
    page.get_by_role("button", name="提交评价").click()
    page.wait_for_selector(".rated")

    stranger = browser.new_context(viewport=PHONE, base_url=server.url)
    page = stranger.new_page()
    page.goto(f"/#/services/requests/{request}")
    page.wait_for_selector(".sign-in")
    assert "共富路" not in page.inner_text("body")
    stranger.close()


def test_english_is_one_tap_away(browser_page: Page) -> None:
    browser_page.click("#lang")
    assert browser_page.locator("#tab-news").inner_text() == "News"
    assert browser_page.get_attribute("html", "lang") == "en"
    browser_page.click("#lang")
    assert browser_page.locator("#tab-news").inner_text() == "新闻"


TOO_SMALL_TO_READ = """(least) => [...document.querySelectorAll('body *')]
    .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(one => parseFloat(getComputedStyle(one).fontSize) < least).map(one => one.outerHTML)"""
TOO_SMALL_TO_TOUCH = """(least) => [...document.querySelectorAll('a, button, select, input:not([type=file]), textarea')]
    .filter(one => one.checkVisibility({ visibilityProperty: true }) && !one.closest('.prose'))
    .map(one => [(one.matches('[type=radio], [type=checkbox]') && one.closest('label') || one), one.outerHTML])
    .map(([one, html]) => [one.getBoundingClientRect(), html])
    .filter(([box]) => box.width && (box.width < least || box.height < least)).map(([, html]) => html)"""


PLACES = ["news", "notices", "services", "community", "me"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_old_eyes_and_thick_fingers_can_use_it(browser_page: Page, language: str) -> None:
    if language == "en":
        browser_page.click("#lang")
    for place in PLACES:
        browser_page.click(f"#tab-{place}")
        browser_page.wait_for_selector(f"#screens[data-screen={place}] :is(h1, h2)", state="attached")
        assert browser_page.evaluate(TOO_SMALL_TO_READ, 16) == []
        assert browser_page.evaluate(TOO_SMALL_TO_TOUCH, 44) == []
        assert browser_page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_edition_for_elders_is_larger_and_has_less(browser_page: Page) -> None:
    browser_page.goto("/#/me/look")
    browser_page.get_by_role("switch", name="长辈版").click()
    for place in ("news", "notices", "services", "me"):
        browser_page.click(f"#tab-{place}")
        browser_page.wait_for_selector(f"#screens[data-screen={place}] :is(h1, h2)", state="attached")
        # 18 pt are 24 px.
        assert browser_page.evaluate(TOO_SMALL_TO_READ, 24) == []
        assert browser_page.evaluate(TOO_SMALL_TO_TOUCH, 60) == []
        assert browser_page.evaluate("document.documentElement.scrollWidth") == 390
    assert browser_page.locator("#tab-community").count() == 0


def test_an_article_is_read_and_left_by_keyboard(browser_page: Page) -> None:
    page = browser_page
    first = page.locator(".cards .card a").first
    first.focus()
    headline = first.locator("h2, h3").inner_text()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=headline, level=1).wait_for()
    assert page.evaluate("document.activeElement.tagName") == "H1"
    page.focus("#back")
    page.keyboard.press("Enter")
    page.wait_for_selector(".inside", state="detached")
    assert page.evaluate("document.activeElement.querySelector('h2, h3')?.textContent") == headline
