"""axe-core over the main screens: light, 长辈版 and dark. Nothing of weight may be found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import axe
from tests.browser.conftest import PATIENCE_MS, PHONE
from tests.browser.people import sign_in
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = axe.needs_axe
SCREENS = [
    *("/news", "/news/search?q=宝山", "/news/paper", "/notices", "/notices/alerts", "/notices/works"),
    *("/services", "/services/catalogue", "/services/cases", "/services/new/streetlight", "/services/mine"),
    *("/community", "/community/tips/new", "/me", "/me/inbox", "/me/preferences", "/me/look", "/me/follows"),
    *("/me/places", "/me/relatives", "/me/identity", "/me/devices", "/me/data", "/me/about"),
]
LOOKS = {"light": {}, "elder": {"ronghui.elder": "1"}, "dark": {"ronghui.theme": "dark"}}


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_serious_is_found_on_any_screen(browser: Browser, server: Server, look: str) -> None:
    context: BrowserContext = browser.new_context(
        viewport=PHONE, locale="zh-CN", base_url=server.url, bypass_csp=True, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    axe.bring(context)
    for name, value in LOOKS[look].items():
        context.add_init_script(f"localStorage.setItem({name!r}, {value!r})")
    page = context.new_page()
    page.goto("/")
    page.wait_for_selector("#live[data-state=live]")
    article = page.locator(".cards a[href^='#/news/']").first.get_attribute("href")
    bad = {place: found for place in ("/me", "/services/mine") if (found := _at(page, place))}
    sign_in(page, f"1380000{9300 + list(LOOKS).index(look)}")
    bad |= {place: found for place in [*SCREENS, str(article)[1:]] if (found := _at(page, place))}
    context.close()
    assert bad == {}


def _at(page: Page, place: str) -> Any:
    page.goto(f"/#{place}")
    page.wait_for_selector("#screens h1, #screens h2", state="attached")
    page.wait_for_function("() => !document.querySelector('#screens .busy')")
    return axe.weighty(page)
