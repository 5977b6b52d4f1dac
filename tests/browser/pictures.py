"""Take the pictures of docs/app.md and docs/desks anew: `python -m tests.browser.pictures URL`, of a demo just begun.

Of the app five phones stand side by side: as it is, in 长辈版, and in the dark. Of each desk, its screen and a phone.
"""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, PATIENCE_MS, PHONE
from tests.browser.desk import DESK, enter
from tests.browser.people import sign_in
from tests.support.server import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FOLDER = ROOT / "docs/img"
CITIZEN = "13900009100"
GAP, GREY, WIDTH = 10, "#868686", 1568
ARTICLE = ".cards a[href^='#/news/']:not([href*='live'])"
LOOKS: dict[str, dict[str, str]] = {
    "app": {},
    "app-elder": {"ronghui.elder": "1"},
    "app-dark": {"ronghui.theme": "dark"},
}
# Who sits at which desk, by the name of its guide.
AT_DESKS = {
    "kitchen": "duty",
    "planning": "head",
    "reporter": "reporter",
    "stories": "editor",
    "lives": "editor",
    "specials": "editor",
    "community": "editor",
    "examination": "proof",
    "publishing": "duty",
    "paper": "layout",
    "assessment": "editor",
    "monitoring": "monitor",
    "moderation": "monitor",
    "requests": "dispatcher",
    "notices": "office",
    "alerts": "office",
    "works": "office",
    "catalogue": "office",
    "roster": "admin",
    "audit": "leader",
}
# Where a picture is not of a desk's first page; on the phone, too, its first thing is open there.
PLACES = {"paper": "publishing/papers"}


def taken(browser: Browser, url: str, kept: dict[str, str]) -> list[Image.Image]:
    """Photograph the main views as somebody who is signed in has them."""
    context = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    for name, value in kept.items():
        context.add_init_script(f"localStorage.setItem({name!r}, {value!r})")
    page = context.new_page()
    page.goto("/")
    page.wait_for_selector("#live[data-state=live]")
    article = str(page.locator(ARTICLE).first.get_attribute("href"))
    sign_in(page, CITIZEN)
    # What lies under the pointer looks other than the rest.
    page.mouse.move(0, 0)
    page.locator(".toast").first.wait_for(state="detached")
    found = [photographed(page, f"/{place}") for place in ("#/news", article, "#/notices", "#/services", "#/community")]
    context.close()
    return found


def photographed(page: Page, place: str) -> Image.Image:
    """Photograph one view once all of it is there that is on the screen."""
    page.goto(place)
    page.wait_for_selector("#screens h1, #screens h2", state="attached")
    page.wait_for_function("() => !document.querySelector('#screens .busy')")
    page.wait_for_function(
        """() => document.fonts.status === "loaded" && [...document.images]
            .filter((one) => one.getBoundingClientRect().top < innerHeight).every((one) => one.complete)"""
    )
    return Image.open(io.BytesIO(page.screenshot()))


def at_desk(browser: Browser, url: str, desk: str) -> Image.Image:
    """Photograph a desk with its first thing open, on a screen and on a phone."""
    context = browser.new_context(locale="zh-CN", base_url=url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    place = PLACES.get(desk, desk)
    enter(page, AT_DESKS[desk], f"/{place}")
    page.locator("h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    rows = page.locator(".row-list .row")
    if desk in PLACES:
        rows.first.wait_for()
    if rows.count() and page.locator(".detail").count():
        rows.first.click()
        page.wait_for_load_state("networkidle")
    page.wait_for_function("() => !/正在读取|正在画/.test(document.body.innerText)")
    if desk in PLACES:
        place = page.url.rpartition("#/")[2]
        page.locator(".drawing image").first.wait_for()
    page.mouse.move(0, 0)
    screen = Image.open(io.BytesIO(page.screenshot()))
    page.set_viewport_size({"width": PHONE["width"], "height": DESK["height"]})
    page.goto(f"/desk#/{place}")
    page.locator("h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    phone = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return side_by_side([screen, phone])


def side_by_side(phones: list[Image.Image]) -> Image.Image:
    whole = sum(one.width + GAP for one in phones) - GAP
    sheet = Image.new("RGB", (whole, phones[0].height), GREY)
    left = 0
    for phone in phones:
        sheet.paste(phone, (left, 0))
        left += phone.width + GAP
    return sheet.resize((WIDTH, sheet.height * WIDTH // sheet.width), Image.Resampling.LANCZOS)


def main(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, kept in LOOKS.items():
            side_by_side(taken(browser, url, kept)).save(FOLDER / f"{name}.jpg", quality=85, optimize=True)
        for desk in AT_DESKS:
            at_desk(browser, url, desk).save(FOLDER / "desks" / f"{desk}.jpg", quality=80, optimize=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
