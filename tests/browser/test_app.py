"""The citizen's app on several phones: live on two phones, caught up on a third, offline, and left without a trace."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from scenario.people import Person
from tests.browser.conftest import PATIENCE_MS, PHONE
from tests.browser.people import Newsroom, sign_in, some_citizen, some_headline
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

OpenPhone = Callable[[], "BrowserContext"]
LIVE = "[data-state=live]"
# Everything that a browser keeps for the app, as one text.
KEPT = """async () => {
    const read = (store) => new Promise((resolve, reject) => {
        const asked = store.getAll();
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
    });
    const open = (name) => new Promise((resolve, reject) => {
        const asked = indexedDB.open(name);
        asked.onsuccess = () => resolve(asked.result);
        asked.onerror = () => reject(asked.error);
    });
    const found = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
    for (const { name } of await indexedDB.databases()) {
        const database = await open(name);
        for (const store of database.objectStoreNames)
            found.push(JSON.stringify(await read(database.transaction(store).objectStore(store))));
        database.close();
    }
    // The files of the app say nothing of anybody.
    for (const name of (await caches.keys()).filter((each) => !each.includes("precache"))) {
        const cache = await caches.open(name);
        for (const { url } of await cache.keys()) found.push(await (await cache.match(url)).text());
    }
    return found.join("\\n");
}"""


@pytest.fixture
def newsroom(server: Server) -> Newsroom:
    return Newsroom(server)


@pytest.fixture
def new_phone(browser: Browser, server: Server) -> Iterator[OpenPhone]:
    """Each is a phone of its own, with a memory of its own."""
    phones: list[BrowserContext] = []

    def new_phone() -> BrowserContext:
        phone = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=server.url)
        phone.set_default_timeout(PATIENCE_MS)
        phones.append(phone)
        return phone

    yield new_phone
    for phone in phones:
        phone.close()


def open_app(phone: BrowserContext, place: str = "") -> Page:
    page = phone.new_page()
    page.goto(f"/{place}")
    page.wait_for_selector(LIVE)
    return page


def keep_offline(page: Page) -> None:
    """Wait until the app opens without a network."""
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def cases_of(citizen: Person, title: str) -> list[Any]:
    """Return a citizen's requests of this title, as the server has them."""
    return [case for case in citizen.does("GET", "/requests")["items"] if case["title"] == title]


def test_breaking_news_is_on_two_phones_and_on_a_third_when_it_is_back(
    new_phone: OpenPhone, newsroom: Newsroom
) -> None:
    phones = [new_phone() for _ in range(3)]
    pages = [open_app(phone) for phone in phones]
    phones[2].set_offline(True)
    pages[2].wait_for_selector(f"{LIVE}", state="detached")
    headline = some_headline("隧道积水")
    newsroom.break_news(headline)
    for page in pages[:2]:
        page.get_by_text(headline).first.wait_for()
    assert pages[2].get_by_text(headline).count() == 0
    phones[2].set_offline(False)
    pages[2].get_by_text(headline).first.wait_for(timeout=30_000)


def test_a_withdrawal_leaves_the_open_page_and_the_phone(new_phone: OpenPhone, newsroom: Newsroom) -> None:
    page = open_app(new_phone())
    headline = some_headline("误报停电")
    story = newsroom.break_news(headline)
    page.get_by_text(headline).first.wait_for()
    page.goto(f"/#/news/{story}")
    page.get_by_role("heading", name=headline).wait_for()
    wait_until(lambda: headline in page.evaluate(KEPT))
    newsroom.withdraw(story)
    page.get_by_text("该稿件已撤回").wait_for()
    assert headline not in page.inner_text("body")
    wait_until(lambda: headline not in page.evaluate(KEPT))


def test_the_app_opens_and_reads_without_a_network(new_phone: OpenPhone, newsroom: Newsroom) -> None:
    phone = new_phone()
    page = open_app(phone)
    headline = some_headline("断网也能读")
    newsroom.break_news(headline)
    page.get_by_text(headline).first.wait_for()
    wait_until(lambda: headline in page.evaluate(KEPT))
    keep_offline(page)
    phone.set_offline(True)
    again = phone.new_page()
    again.goto("/")
    again.get_by_text(headline).first.click()
    again.get_by_role("heading", name=headline).wait_for()


def test_a_request_filed_without_a_network_arrives_once(new_phone: OpenPhone, server: Server) -> None:
    phone, (number, citizen) = new_phone(), some_citizen(server)
    page = open_app(phone)
    sign_in(page, number)
    keep_offline(page)
    page.goto("/#/services/new/streetlight")
    title = f"电梯里报修路灯 {uuid.uuid4().hex[:6]}"
    page.get_by_label("标题").fill(title)
    phone.set_offline(True)
    page.get_by_label("具体情况").fill("单元门口的路灯不亮，晚上看不清台阶。")
    page.get_by_label("地点").first.fill("友谊路 1 号门口")
    page.get_by_role("button", name="存好，有信号就发").click()
    page.get_by_text("待发送").first.wait_for()
    # As if the phone had been taken out of the lift with an empty battery.
    page.close()
    phone.set_offline(False)
    page = open_app(phone, "#/services/mine")
    page.get_by_text(title).first.wait_for()
    wait_until(lambda: len(cases_of(citizen, title)) == 1)
    page.get_by_text("待发送").first.wait_for(state="detached")
    assert len(cases_of(citizen, title)) == 1


def test_what_waits_is_shown_as_it_was_meant_and_becomes_the_case(new_phone: OpenPhone, server: Server) -> None:
    phone, (number, citizen) = new_phone(), some_citizen(server)
    page = open_app(phone)
    sign_in(page, number)
    keep_offline(page)
    page.goto("/#/services/new/streetlight")
    title = f"等信号的路灯 {uuid.uuid4().hex[:6]}"
    page.get_by_label("标题").fill(title)
    page.get_by_label("具体情况").fill("单元门口的路灯不亮。")
    page.get_by_label("地点").first.fill("友谊路 1 号门口")
    page.get_by_role("radio", name="公开办理过程").check()
    phone.set_offline(True)
    page.get_by_role("button", name="存好，有信号就发").click()
    page.get_by_role("link", name=title).click()
    page.get_by_role("heading", name=title).wait_for()
    waiting = page.inner_text("#screens")
    for words in ("待发送", "有信号时自动发出", "公开办理过程", "友谊路 1 号门口", "单元门口的路灯不亮。"):
        assert words in waiting
    assert "不公开" not in waiting
    phone.set_offline(False)
    page.get_by_text("编号").first.wait_for()
    (case,) = cases_of(citizen, title)
    page.wait_for_url(f"**/services/requests/{case['id']}")
    assert case["privacy"] == "public_twin"


def test_who_signs_out_leaves_nothing_behind(new_phone: OpenPhone, server: Server) -> None:
    page, (number, citizen) = open_app(new_phone()), some_citizen(server)
    sign_in(page, number)
    title = f"只有我能看 {uuid.uuid4().hex[:6]}"
    citizen.does("POST", "/requests", {"service": "streetlight", "title": title, "text": "门口的灯不亮。"})
    wait_until(lambda: title in page.evaluate(KEPT))
    page.goto("/#/me")
    page.get_by_role("button", name="退出登录").click()
    page.get_by_label("手机号").wait_for()
    assert page.locator("#badge").count() == 0
    wait_until(lambda: title not in page.evaluate(KEPT))
    kept = page.evaluate(KEPT)
    assert number not in kept
    assert citizen.id not in kept
    assert "refresh_token" not in kept
