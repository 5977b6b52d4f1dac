"""The desks by keyboard alone: where one stands after what one stood on is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser.desk import enter
from tests.browser.test_desk_moderation import commented, state
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

OpenPage = Callable[..., "Page"]
AT = "() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.tagName"


def test_after_a_button_that_is_gone_the_keys_work_on_in_the_list(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "monitor", "/moderation")
    page.get_by_role("grid", name="待审评论").wait_for()
    (first, words), (second, more) = commented(server), commented(server)
    page.get_by_role("row").filter(has_text=more).wait_for()
    page.goto(f"/desk#/moderation/{first}")
    page.locator(".detail .said", has_text=words).wait_for()
    page.get_by_role("button", name="展示", exact=True).focus()
    page.keyboard.press("Enter")
    wait_until(lambda: state(server, first) == "shown")
    page.get_by_role("row").filter(has_text=words).wait_for(state="detached")
    # Wherever the list goes on, whoever tabs to the button of its next thing does not begin at the head of the page.
    wait_until(lambda: page.evaluate(AT) != "BODY")

    page.goto(f"/desk#/moderation/{second}")
    page.locator(".detail .said", has_text=more).wait_for()
    page.get_by_role("button", name="不予展示", exact=True).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="不予展示")
    dialog.get_by_role("combobox", name="理由").press("ArrowDown")
    page.get_by_role("option").locator("visible=true").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="不予展示").focus()
    page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    wait_until(lambda: state(server, second) == "refused")
    wait_until(lambda: page.evaluate(AT) != "BODY")
    assert page.evaluate("() => document.querySelector('main').contains(document.activeElement)")


def test_a_dialog_that_is_left_gives_the_focus_back(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "duty", "/publishing/channels/weibo")
    button = page.get_by_role("button", name="停发", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    # The key was the dialog's: the channel behind it stays open.
    assert page.url.endswith("/publishing/channels/weibo")
    wait_until(lambda: button.evaluate("it => it === document.activeElement"))
