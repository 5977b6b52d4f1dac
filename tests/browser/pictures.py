"""Take the pictures of docs/app.md anew: `python -m tests.browser.pictures URL`, of a demo server that was just begun.

Five phones stand side by side in each: as it is, in 长辈版, and in the dark.
"""

from __future__ import annotations

import io
import shutil
import sys
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS, PATIENCE_MS, PHONE
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


def side_by_side(phones: list[Image.Image]) -> Image.Image:
    width, height = phones[0].size
    sheet = Image.new("RGB", (len(phones) * (width + GAP) - GAP, height), GREY)
    for number, phone in enumerate(phones):
        sheet.paste(phone, (number * (width + GAP), 0))
    return sheet.resize((WIDTH, sheet.height * WIDTH // sheet.width), Image.Resampling.LANCZOS)


def main(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, kept in LOOKS.items():
            side_by_side(taken(browser, url, kept)).save(FOLDER / f"{name}.jpg", quality=85, optimize=True)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
