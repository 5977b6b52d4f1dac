"""The moderator's day: comments come by themselves, and most are decided by one key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser import axe
from tests.browser.desk import enter, weighty
from tests.community.people import article, commentator, decide, word
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

OpenPage = Callable[..., "Page"]


def commented(server: Server) -> tuple[str, str]:
    """Have a citizen comment; return the comment's id and its words."""
    words = word()
    form = {"article": article(server), "text": words}
    return str(commentator(server).does("POST", "/comments", form)["id"]), words


def state(server: Server, comment: str) -> str:
    return str(server.staff("monitor").does("GET", f"/desk/comments/{comment}")["state"])


def test_comments_come_by_themselves_and_are_shown_or_refused(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "monitor", "/moderation")
    page.get_by_role("grid", name="待审评论").wait_for()
    good, words = commented(server)
    page.get_by_role("row").filter(has_text=words).click()
    page.locator(".detail .said", has_text=words).wait_for()
    page.get_by_role("grid").press("a")
    page.get_by_role("row").filter(has_text=words).wait_for(state="detached")
    wait_until(lambda: state(server, good) == "shown")

    bad, words = commented(server)
    page.get_by_role("row").filter(has_text=words).click()
    page.locator(".detail .said", has_text=words).wait_for()
    page.get_by_role("grid").press("x")
    dialog = page.get_by_role("dialog", name="不予展示")
    dialog.get_by_role("button", name="不予展示").click()
    dialog.get_by_text("请填写理由。").wait_for()
    dialog.get_by_role("combobox", name="理由").click()
    page.get_by_role("option", name="广告或引流").click()
    dialog.get_by_role("button", name="不予展示").click()
    dialog.wait_for(state="hidden")
    wait_until(lambda: state(server, bad) == "refused")


def test_who_decides_a_moment_too_late_is_told(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "monitor", "/moderation")
    comment, words = commented(server)
    page.get_by_role("row").filter(has_text=words).click()
    page.locator(".detail .said", has_text=words).wait_for()

    def overtaken(route: Route) -> None:
        decide(server, {"id": comment}, "refuse", "chief", reason="advert")
        route.continue_()

    page.route(f"**/api/v1/desk/comments/{comment}/show", overtaken)
    page.get_by_role("button", name="展示", exact=True).click()
    page.get_by_role("alert").filter(has_text="有人刚刚改过").wait_for()
    assert state(server, comment) == "refused"


def test_a_reporter_finds_no_door_here(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "reporter", "/moderation")
    page.get_by_role("heading", name="这里不归您目前的岗位").wait_for()
    assert page.get_by_role("link", name="评论审核").count() == 0


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    commented(server)
    assert weighty(browser, server, "monitor", ["/", "/moderation"]) == {}
