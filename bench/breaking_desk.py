"""Breaking news by thumb: from opening the desk on a phone until every phone has rung, as a script of taps."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.chromium import browsing, installed, sign_in_at_desk
from bench.context import Bench
from bench.ours import Server, call
from bench.processes import wait_until
from bench.report import Section, number
from fakes import fcm

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

KEY = "breaking_desk"
INTRO = (
    "A reporter in the street and a duty editor elsewhere, each with a phone (390 × 844, Chromium) on which the desks "
    "are signed in to. The clock starts when the reporter opens the desk. A person looks a second before each tap and "
    "types four Chinese characters a second; the page is never waited for longer than it needs. It stops when the fake "
    "Firebase has been handed the news for every phone and it stands in two open apps. One process on SQLite."
)
_WITHIN_S = 60
_PHONES = 500
_LOOK_S, _A_CHARACTER_S = 1.0, 0.25
_WIDTH, _HEIGHT = 390, 844
_HEADLINE = "逸仙路高架下匝道临时封闭"
_TEXT = "因设备检修，逸仙路高架殷高西路下匝道即时起封闭，预计两小时后恢复，请提前绕行。"
_SOURCE = "区交警支队"
_ALL_DAY = {"quiet": {"on": False, "from": "22:00", "to": "07:00"}}


@dataclass
class Thumb:
    """Somebody's thumb: how often it tapped, and what was written down of the way."""

    page: Page
    taps: int = 0
    letters: int = 0

    def tap(self, what: Locator) -> None:
        """Look, then tap."""
        what.wait_for()
        self.page.wait_for_timeout(_LOOK_S * 1000)
        what.tap()
        self.taps += 1

    def write(self, where: Locator, text: str) -> None:
        """Tap into a field and type."""
        self.tap(where)
        where.press_sequentially(text, delay=_A_CHARACTER_S * 1000)
        self.letters += len(text)


@dataclass
class Way:
    """When each step was done, in seconds from the opening of the desk."""

    begun: float = field(default_factory=time.monotonic)
    steps: list[tuple[str, float]] = field(default_factory=list)

    def mark(self, step: str) -> None:
        """Write down that a step is done."""
        self.steps.append((step, time.monotonic() - self.begun))


def measure(bench: Bench) -> Section:
    """Play it once; a person's seconds do not vary."""
    section = Section(KEY, "Breaking news by thumb", INTRO)
    if (program := installed(section)) is None:
        return section

    vendor = fcm.serve()
    folder = bench.new_folder("breaking-desk")
    folder.mkdir()
    credentials = folder / "fcm.json"
    credentials.write_text(json.dumps(vendor.service_account()))
    server = Server(
        bench.district(postgresql=False, citizens=1),
        folder / "server",
        FCM_CREDENTIALS=str(credentials),
        FCM_ENDPOINT=vendor.url,
    )
    server.start()
    try:
        for number_of in range(_PHONES):
            token = f"thumb-{number_of:06}"
            form = {"platform": "android", "push_token": token, "preferences": _ALL_DAY}
            call(server.port, "PUT", f"/api/v1/devices/bench-thumb-{number_of:06}", None, form)
        with browsing(program) as browser:
            way, taps, letters = _play(browser, server, vendor)
    finally:
        server.stop()
        vendor.stop()
    table = section.table(f"{taps} taps, {letters} characters, {_PHONES} phones", "step", "seconds since the start")
    for step, at in way.steps:
        table.add(step, number(at))
    last = way.steps[-1][1]
    section.judge(
        "from opening the desk to all phones rung", f"under {_WITHIN_S} s", f"{number(last)} s", met=last < _WITHIN_S
    )
    return section


def _play(browser: Browser, server: Server, vendor: fcm.FakeFcm) -> tuple[Way, int, int]:
    base = f"http://127.0.0.1:{server.port}"
    apps = [_phone(browser) for _ in range(2)]
    for app in apps:
        app.goto(f"{base}/")
        app.wait_for_selector("[data-state=live]")
    reporter, duty = (_signed_in(browser, base, who) for who in ("reporter", "duty"))
    duty.page.goto(f"{base}/desk#/stories/breaking")
    duty.page.get_by_role("heading", name="快讯", exact=True).wait_for()
    reporter.page.goto("about:blank")

    way = Way()
    reporter.page.goto(f"{base}/desk")
    reporter.tap(reporter.page.locator("a.urgent"))
    way.mark("the form is open")
    reporter.write(reporter.page.get_by_label("标题"), _HEADLINE)
    reporter.write(reporter.page.get_by_label("发生了什么"), _TEXT)
    reporter.write(reporter.page.get_by_label("官方来源"), _SOURCE)
    way.mark("it is written")
    reporter.tap(reporter.page.get_by_role("button", name="送值班总编签发"))
    waiting = duty.page.get_by_role("article").filter(has_text=_HEADLINE)
    waiting.wait_for()
    way.mark("it stands on the duty editor's phone")
    # She reads before she signs: eight characters a second.
    duty.page.wait_for_timeout(len(_HEADLINE + _TEXT) / 8 * 1000)
    duty.tap(waiting.get_by_role("button", name="签发"))
    way.mark("it is signed")
    for app in apps:
        app.get_by_text(_HEADLINE).first.wait_for()
    way.mark("it stands in two open apps")
    wait_until(lambda: _rung(vendor) >= _PHONES, 120, "all phones to ring")
    way.mark("every phone has rung")
    return way, reporter.taps + duty.taps, reporter.letters


def _rung(vendor: fcm.FakeFcm) -> int:
    """Count the phones that were handed the news, one by one or by a topic they are on."""
    topics = {name: set(members) for name, members in vendor.topics().items()}
    rung: set[str] = set()
    for one in vendor.messages():
        message = one["message"]
        if _HEADLINE not in json.dumps(message, ensure_ascii=False):
            continue
        if "token" in message:
            rung.add(message["token"])
        for name, members in topics.items():
            if message.get("topic") == name or f"'{name}'" in message.get("condition", ""):
                rung |= members
    return len([token for token in rung if token.startswith("thumb-")])


def _phone(browser: Browser) -> Page:
    context = browser.new_context(
        viewport={"width": _WIDTH, "height": _HEIGHT}, locale="zh-CN", has_touch=True, is_mobile=True
    )
    context.set_default_timeout(60_000)
    return context.new_page()


def _signed_in(browser: Browser, base: str, who: str) -> Thumb:
    page = _phone(browser)
    sign_in_at_desk(page, base, who)
    page.locator(".line-state[data-state=live]").wait_for()
    return Thumb(page)
