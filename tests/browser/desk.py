"""People who work at the desks, in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.browser import axe
from tests.browser.conftest import PATIENCE_MS
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

DESK = {"width": 1440, "height": 900}


def enter(page: Page, who: str, place: str = "/") -> None:
    """Sign in at the desks through the form, and go to a place there."""
    page.set_viewport_size(DESK)
    page.goto("/desk")
    page.get_by_label("用户名").fill(who)
    page.get_by_label("密码").fill(f"demo-{who}")
    page.get_by_role("button", name="登录").click()
    page.locator(".desk-frame").wait_for()
    page.locator(".line-state[data-state=live]").wait_for()
    if place != "/":
        page.goto(f"/desk#{place}")


def choose(page: Page, label: str, *options: str) -> None:
    """Take options of a select, which opens over the page."""
    box = page.get_by_label(label, exact=True)
    # What is chosen lies over the field itself, as it does for whoever clicks there.
    box.click(force=True)
    for option in options:
        page.get_by_role("option", name=re.compile(f"^{re.escape(option)}")).locator("visible=true").click()
    if len(options) > 1 or page.get_by_role("option").locator("visible=true").count():
        page.keyboard.press("Escape")
    page.get_by_role("option").locator("visible=true").first.wait_for(state="hidden")


def weighty(
    browser: Browser, server: Server, who: str, places: list[str], ready: str = ".page h1", *, dark: bool = False
) -> dict[str, Any]:
    """Return what axe-core finds of weight on each of these places of the desks, by place."""
    context = browser.new_context(
        viewport=DESK,
        locale="zh-CN",
        base_url=server.url,
        bypass_csp=True,
        reduced_motion="reduce",
        color_scheme="dark" if dark else "light",
    )
    context.set_default_timeout(PATIENCE_MS)
    axe.bring(context)
    page = context.new_page()
    enter(page, who)
    found = {}
    for place in places:
        page.goto(f"/desk#{place}")
        page.locator(ready).first.wait_for()
        found[place] = axe.weighty(page)
    context.close()
    return {place: each for place, each in found.items() if each}
