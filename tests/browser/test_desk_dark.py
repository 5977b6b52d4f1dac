"""The desks at night: what axe-core finds of weight in the dark look, the contrast of small words among it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import axe
from tests.browser.desk import weighty
from tests.support.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Each with something open, so that buttons and tags of all kinds stand there.
PLACES = {
    "duty": ["/kitchen", "/publishing/queue", "/publishing/channels/weibo", "/stories"],
    "office": ["/notices", "/notices/new", "/catalogue/items/new", "/works"],
    "dispatcher": ["/requests", "/requests/statistics"],
    "monitor": ["/monitoring", "/moderation"],
}


@axe.needs_axe
@pytest.mark.parametrize("who", PLACES)
def test_nothing_serious_is_found_in_the_dark(browser: Browser, server: Server, who: str) -> None:
    assert weighty(browser, server, who, PLACES[who], "h1", dark=True) == {}
