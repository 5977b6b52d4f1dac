"""The bells of a browser, from the button to the screen, in a real Chromium.

Chromium's own push service is not within reach of a test, so two steps of the way are played: the browser's `subscribe`
gives a subscription of the fake push service, and what that took from the server, and opened with the browser's keys,
is handed to the worker by the developer tools' `ServiceWorker.deliverPushMessage`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from fakes import web_push
from tests.browser.people import Newsroom, sign_in, some_headline
from tests.support.pushes import settle
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, CDPSession, Page

OpenPage = Callable[..., "Page"]
SWITCH = "在这台手机上提醒"
SUBSCRIBED = "async () => (await (await navigator.serviceWorker.ready).pushManager.getSubscription()) !== null"
# What Chromium does with its push service, done with ours. The key is kept, as a subscription outlives its page.
SUBSCRIBE = """given => {
    const made = () => ({
        endpoint: given.endpoint,
        toJSON: () => ({ ...given, expirationTime: null }),
        unsubscribe: async () => { sessionStorage.removeItem('key'); return true; },
    });
    PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
        if (!userVisibleOnly) throw new TypeError('userVisibleOnly');
        sessionStorage.setItem('key', applicationServerKey);
        return made();
    };
    PushManager.prototype.getSubscription = async () => (sessionStorage.getItem('key') ? made() : null);
}"""
SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({ title, body, tag, data, silent }) => ({ title, body, tag, data, silent }))"""
LISTEN = """window.heard = [];
navigator.serviceWorker.addEventListener('message', ({ data }) => window.heard.push(data));"""
# Only a touch that a person made may bring a window to the front, so what comes of that is not asked.
TOUCH = """async () => {
    const [notification] = await self.registration.getNotifications();
    const lasting = [];
    self.dispatchEvent(Object.assign(new Event('notificationclick'), {
        notification, waitUntil: promise => lasting.push(promise),
    }));
    await Promise.allSettled(lasting);
}"""


@pytest.fixture(scope="module")
def push_service() -> Iterator[web_push.FakeWebPush]:
    served = web_push.serve()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server], push_service: web_push.FakeWebPush) -> Server:
    """A server of this file's own, which knows the fake push service, by day."""
    made = make_server(WEB_PUSH_HOSTS=push_service.host)
    made.move_clock_to(10)
    return made


@pytest.fixture
def newsroom(server: Server) -> Newsroom:
    return Newsroom(server)


class Browser:
    """A page whose reader has turned the bells on, and its worker."""

    def __init__(self, page: Page, server: Server, push_service: web_push.FakeWebPush, endpoint: str) -> None:
        self.page, self._server, self._push_service, self._endpoint = page, server, push_service, endpoint
        self._delivered = 0
        self._tools: CDPSession = page.context.new_cdp_session(page)
        self._registrations: list[dict[str, Any]] = []
        self._tools.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self._registrations.extend(event["registrations"]),
        )
        self._tools.send("ServiceWorker.enable")

    def turn_on(self) -> None:
        self.page.goto("/#/me")
        self.page.get_by_role("link", name="提醒设置").click()
        self.page.get_by_role("switch", name=SWITCH).click()
        self.page.get_by_role("switch", name=SWITCH, checked=True).wait_for()

    def installation(self) -> str:
        return str(self.page.evaluate("localStorage.getItem('ronghui.installation')"))

    def sent(self) -> list[dict[str, Any]]:
        """What the server sent to this browser, opened."""
        settle(self._server)
        return [taken for taken in self._push_service.messages() if taken["endpoint"] == self._endpoint]

    def receive(self) -> list[dict[str, Any]]:
        """Hand what came since to the worker; return what was said in it."""
        fresh = [message["payload"] for message in self.sent()[self._delivered :]]
        self._delivered += len(fresh)
        for payload in fresh:
            self.deliver(json.dumps(payload, ensure_ascii=False))
        return fresh

    def deliver(self, data: str) -> None:
        """Hand something to the worker, as the browser does with what its push service sends."""
        # The tools' events come in while the page is asked something.
        wait_until(lambda: self.page.evaluate("true") and self._registrations)
        registration = self._registrations[-1]["registrationId"]
        push = {"origin": self._server.url, "registrationId": registration, "data": data}
        before = len(self.heard())
        self._tools.send("ServiceWorker.deliverPushMessage", push)
        wait_until(lambda: len(self.heard()) > before)

    def heard(self) -> list[dict[str, Any]]:
        """What the worker has told the page."""
        found: list[dict[str, Any]] = self.page.evaluate("window.heard")
        return found

    def touch(self) -> None:
        """Touch what is shown. A browser alone can make that event, so the worker is given one like it."""
        (worker,) = self.page.context.service_workers
        worker.evaluate(TOUCH)

    def shown(self) -> list[dict[str, Any]]:
        """What stands on the screen now."""
        found: list[dict[str, Any]] = self.page.evaluate(SHOWN)
        return found


@pytest.fixture
def bells(
    context: BrowserContext, open_page: OpenPage, server: Server, push_service: web_push.FakeWebPush
) -> Iterator[Browser]:
    context.grant_permissions(["notifications"], origin=server.url)
    subscription = push_service.subscribe(server.anonymous().does("GET", "/push/web-key")["key"])
    context.add_init_script(LISTEN)
    context.add_init_script(f"({SUBSCRIBE})({json.dumps(subscription)})")
    page = open_page("/")
    page.wait_for_selector("#live[data-state=live]")
    browser = Browser(page, server, push_service, subscription["endpoint"])
    browser.turn_on()
    yield browser
    server.anonymous().does("DELETE", f"/devices/{browser.installation()}")


def test_a_story_is_shown_and_taken_away_again(bells: Browser, newsroom: Newsroom) -> None:
    headline = some_headline("桥面积水")
    story = newsroom.break_news(headline)
    (said,) = bells.receive()
    wait_until(bells.shown)
    (shown,) = bells.shown()
    assert shown["title"] == said["title"] == f"快讯｜{headline.removeprefix('快讯：')}"
    assert shown["body"] == said["body"]
    assert (shown["tag"], shown["data"]["id"], shown["silent"]) == (f"article:{story}", story, False)
    assert bells.heard() == [{"type": "bell", "kind": "article", "id": story, "seq": said["data"]["seq"]}]

    newsroom.correct(story, "路口改道（已更正）", "路名有误")
    bells.receive()
    wait_until(lambda: [one["title"] for one in bells.shown()] == ["更正｜路口改道（已更正）"])

    newsroom.withdraw(story)
    (gone,) = bells.receive()
    assert (gone.get("title"), gone["data"]["gone"]) == (None, "1")
    wait_until(lambda: bells.shown() == [])
    assert [message["id"] for message in bells.heard()] == [story] * 3


def test_a_touch_leads_to_the_thing_and_is_counted(bells: Browser, server: Server, newsroom: Newsroom) -> None:
    headline = some_headline("道路开通")
    story = newsroom.break_news(headline)
    assert len(bells.receive()) == 1
    wait_until(bells.shown)
    assert bells.page.evaluate("location.hash") == "#/me/preferences"
    bells.touch()
    bells.page.get_by_role("heading", name=headline, level=1).wait_for()
    assert bells.shown() == []
    report = f"/pushes/article/{story}"
    wait_until(lambda: server.staff("editor").does("GET", report)["opened"] == 1)


@pytest.mark.parametrize(
    ("opened", "led"),
    [
        ("#/bell/article/a1", "#/news/a1?from=push"),
        ("#/bell/notice/n1", "#/notices/n1"),
        ("#/bell/request/r1", "#/services/requests/r1"),
        ("#/bell/digest/20270802T040000", "#/me"),
        ("#/bell/anything/%2F", "#/me"),
        ("#/bell", "#/me"),
    ],
)
def test_a_page_that_the_worker_opens_goes_on_to_where_the_thing_is(open_page: OpenPage, opened: str, led: str) -> None:
    page = open_page(f"/{opened}")
    wait_until(lambda: page.evaluate("location.hash") == led)


def test_ones_own_matters_are_shown_to_whoever_is_signed_in_as_discreetly_as_they_want(
    bells: Browser, server: Server
) -> None:
    phone = "+8613800009101"
    sign_in(bells.page, phone.removeprefix("+86"))
    citizen = server.citizen(phone)
    form = {"service": "manhole", "title": "井盖", "text": "秘密的话"}
    case = citizen.does("POST", "/requests", form)["id"]
    server.staff("dispatcher").does("POST", f"/desk/requests/{case}/assign", {"office": "wateraffairs"})
    said = bells.receive()
    assert {(one["title"], one["data"]["id"]) for one in said} == {("您的诉求有新进展", case)}
    wait_until(lambda: [one["title"] for one in bells.shown()] == ["您的诉求有新进展"])

    ver = citizen.does("GET", "/me/preferences")["ver"]
    citizen.patch("/me/preferences", {"push_words": "silent"}, ver)
    server.staff("staff").does("POST", f"/desk/requests/{case}/take")
    bells.receive()
    wait_until(lambda: [(one["title"], one["silent"]) for one in bells.shown()] == [("融汇", True)])

    bells.page.get_by_role("button", name="退出登录").click()
    bells.page.get_by_label("手机号").wait_for()
    before = len(bells.sent())
    server.staff("staff").does("POST", f"/desk/requests/{case}/reply", {"text": "修好了"})
    assert len(bells.sent()) == before


def test_what_cannot_be_read_shows_that_there_is_something(bells: Browser) -> None:
    bells.deliver("no JSON")
    wait_until(lambda: [one["title"] for one in bells.shown()] == ["融汇"])


def test_turned_off_a_browser_is_forgotten(bells: Browser, server: Server, newsroom: Newsroom) -> None:
    device = f"/devices/{bells.installation()}"
    assert server.anonymous().does("GET", device)["can_ring"] is True
    bells.page.get_by_role("switch", name=SWITCH).click()
    bells.page.get_by_role("switch", name=SWITCH, checked=False).wait_for()
    assert server.anonymous().get(device).status_code == 404
    newsroom.break_news(some_headline("没人听见"))
    assert bells.sent() == []


def test_a_browser_that_the_server_has_forgotten_is_told_of_again(bells: Browser, server: Server) -> None:
    device = f"/devices/{bells.installation()}"
    server.anonymous().does("DELETE", device)
    bells.page.reload()
    bells.page.wait_for_selector("#live[data-state=live]")
    wait_until(lambda: server.anonymous().get(device).ok)
    assert server.anonymous().does("GET", device)["can_ring"] is True


def test_a_reader_who_says_no_is_told_where_to_change_it(open_page: OpenPage) -> None:
    page = open_page("/#/me/preferences")
    page.get_by_role("switch", name=SWITCH).click()
    page.get_by_text("浏览器没有允许通知").wait_for()
    assert page.get_by_role("switch", name=SWITCH, checked=False).is_visible()
    assert page.evaluate(SUBSCRIBED) is False


def test_a_browser_whose_push_service_is_out_of_reach_says_so(context: BrowserContext, server: Server) -> None:
    context.grant_permissions(["notifications"], origin=server.url)
    # Not by `open_page`: Chromium itself logs that it has no push service in such a window.
    page = context.new_page()
    page.goto("/#/me/preferences")
    page.get_by_role("switch", name=SWITCH).click()
    page.get_by_text("这个浏览器收不到提醒").wait_for()
    assert page.get_by_role("switch", name=SWITCH, checked=False).is_enabled()
