"""The command desk's day: the board moves by itself, orders have their reasons, and the duty is handed over."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import axe
from tests.browser.desk import enter, weighty
from tests.newsroom.kitchen import must, word
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """A house of its own: who is on duty, and what the board counts, is one thing for the whole house."""
    return make_server()


def board(server: Server) -> dict[str, Any]:
    found: dict[str, Any] = server.staff("chief").does("GET", "/kitchen/board")
    return found


def channels(server: Server) -> dict[str, str]:
    return {one["id"]: one["state"] for one in server.staff("chief").does("GET", "/kitchen/channels")["items"]}


def lead(server: Server) -> str:
    title = word()
    form = {"title": title, "text": "水管爆裂", "source": "hotline", "place": "友谊路"}
    must(server.staff("editor"), "/kitchen/leads", form)
    return title


def direct(server: Server, text: str) -> None:
    form = {"from": "总编室", "text": text, "desks": ["command"]}
    must(server.staff("chief"), "/kitchen/directives", form)


def test_the_board_moves_by_itself_and_says_what_is_behind_its_numbers(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "chief", "/kitchen")
    planning = page.get_by_role("region", name="策划")
    planning.wait_for()
    title = lead(server)
    count = board(server)["sections"]["planning"]["things"]["leads"]["open"]["count"]
    planning.get_by_role("button", name=f"线索在办 {count}", exact=True).click()
    drawer = page.get_by_role("dialog", name="线索")
    drawer.get_by_text(title).wait_for()
    page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")

    # The same board a moment ago, and now again.
    page.keyboard.press("[")
    page.get_by_text("正在回看，不能下命令").wait_for()
    wanted = page.get_by_role("slider").input_value()
    page.locator(f"[data-seq='{wanted}']").wait_for()
    assert page.get_by_role("button", name="全网撤稿").count() == 0
    page.keyboard.press("l")
    page.get_by_role("button", name="全网撤稿").wait_for()


def test_orders_are_given_with_their_reasons(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "chief", "/kitchen")
    page.get_by_role("region", name="策划").wait_for()
    text = word()
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="下达指令")
    dialog.get_by_label("来自").fill("总编室")
    dialog.get_by_label("要求").fill(text)
    desks = dialog.get_by_role("combobox", name="下达给")
    desks.fill("指挥调度")
    page.get_by_role("option", name="指挥调度").click()
    desks.press("Tab")
    dialog.get_by_role("button", name="下达", exact=True).click()
    order = page.get_by_role("region", name="指令").get_by_role("listitem").filter(has_text=text)
    order.get_by_text("未签收").wait_for()
    order.get_by_role("button", name="签收").click()
    page.get_by_role("dialog", name="签收指令").get_by_role("button", name="签收").click()
    order.get_by_role("button", name="办结").wait_for()

    page.get_by_role("button", name="停发订阅源").click()
    dialog = page.get_by_role("dialog", name="停发")
    dialog.get_by_role("button", name="停发", exact=True).click()
    dialog.get_by_text("请填写理由。").wait_for()
    dialog.get_by_label("理由").fill("对方接口在换证书")
    dialog.get_by_role("button", name="停发", exact=True).click()
    page.get_by_role("button", name="恢复订阅源").wait_for()
    assert channels(server)["syndication"] == "halted"


def test_the_duty_passes_on_when_the_whole_list_has_been_looked_through(open_page: OpenPage, server: Server) -> None:
    direct(server, word())
    must(server.staff("duty"), "/kitchen/duty/take", {})
    chief = server.staff("chief").id
    must(server.staff("duty"), "/kitchen/duty/handovers", {"to": chief, "note": "水务局十点开会"})
    page = open_page("/desk")
    enter(page, "chief", "/kitchen/duty")
    page.get_by_text("水务局十点开会").wait_for()
    # What came after the offer has to be looked at, too.
    late = word()
    direct(server, late)
    item = page.get_by_role("listitem").filter(has_text=late).filter(has_text="交班后新增")
    item.wait_for()
    page.get_by_role("button", name="接班").click()
    page.get_by_role("alert").filter(has_text="交接清单还有没有确认的事项").wait_for()
    assert server.staff("chief").does("GET", "/kitchen/duty")["handover"]["state"] == "offered"
    item.get_by_role("checkbox").press(" ")
    for each in page.get_by_role("button", name="这一组都看过了").all():
        each.click()
    page.get_by_text("清单已经逐项确认").wait_for()
    page.get_by_role("button", name="接班").click()
    page.get_by_role("button", name="交班", exact=True).wait_for()
    wait_until(lambda: server.staff("duty").does("GET", "/kitchen/duty")["turn"]["holder"]["id"] == chief)


def test_a_reporter_sees_the_board_and_gives_no_orders(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "reporter", "/kitchen")
    page.get_by_role("region", name="渠道").get_by_role("listitem").first.wait_for()
    for order in ("下达指令", "召集会商", "停发", "全网撤稿"):
        assert page.get_by_role("button", name=order).count() == 0


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    places = ["/kitchen", "/kitchen/duty", "/kitchen/wall"]
    assert weighty(browser, server, "chief", places, ready=".k-panels, .both") == {}
