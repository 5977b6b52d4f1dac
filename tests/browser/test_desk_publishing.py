"""The day at 刊播: a story goes out, a channel is stopped and let go, a story is taken back everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scenario import presses
from tests.browser import axe
from tests.browser.desk import enter, weighty
from tests.newsroom import outlets
from tests.newsroom.kitchen import in_exam, must, up_to
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]


def signed(server: Server) -> dict[str, Any]:
    story, exam = in_exam(server)
    up_to(server, exam, "R3")
    return story


def channel(server: Server, name: str) -> dict[str, Any]:
    return server.staff("chief").does("GET", f"/kitchen/channels/{name}")


def test_a_signed_story_goes_out_and_is_taken_back(open_page: OpenPage, server: Server) -> None:
    story = signed(server)
    page = open_page("/desk")
    enter(page, "duty", "/publishing/ready")
    page.get_by_role("row").filter(has_text=story["headline"]).click()
    page.locator(".detail h2", has_text=story["headline"]).wait_for()
    page.get_by_role("button", name="刊发", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="刊发", exact=True).click()
    dialog.wait_for(state="hidden")
    page.get_by_role("grid", name="刊播队列").get_by_role("row").filter(has_text=story["headline"]).first.click()
    page.locator(".detail").get_by_text("回执时间").wait_for()

    case = must(server.staff("duty"), "/kitchen/cases", {"kind": "withdrawal", "story": story["id"]})
    page.goto(f"/desk#/publishing/cases/{case['id']}")
    page.get_by_role("button", name="补写理由").click()
    dialog.get_by_label("为什么撤稿").fill("提供单位核实有误")
    dialog.get_by_role("button", name="补写", exact=True).click()
    dialog.wait_for(state="hidden")
    page.locator(".detail .said", has_text="提供单位核实有误").wait_for()
    told = server.staff("duty").does("GET", f"/kitchen/cases/{case['id']}")
    assert told["reason"] == "提供单位核实有误"


def test_a_channel_is_stopped_with_a_reason_and_let_go(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "duty", "/publishing/channels/weibo")
    page.get_by_role("button", name="停发", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="停发", exact=True).click()
    dialog.get_by_text("请填写理由。").wait_for()
    dialog.get_by_label("理由").fill("平台维护")
    dialog.get_by_role("button", name="停发", exact=True).click()
    page.locator(".detail .said", has_text="平台维护").wait_for()
    assert channel(server, "weibo")["state"] == "halted"
    page.get_by_role("button", name="恢复刊发", exact=True).click()
    dialog.get_by_label("理由").fill("维护结束")
    dialog.get_by_role("button", name="恢复", exact=True).click()
    dialog.wait_for(state="hidden")
    wait_until(lambda: channel(server, "weibo")["state"] == "up")


def test_what_cannot_go_out_is_said_in_the_servers_words(open_page: OpenPage, server: Server) -> None:
    """A channel for which nobody has made a rendition takes nothing."""
    story = signed(server)
    page = open_page("/desk")
    enter(page, "duty", f"/publishing/ready/{story['id']}")
    page.get_by_role("button", name="刊发", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".el-select").click()
    page.get_by_role("option", name="微信公众号").click()
    dialog.get_by_text("各渠道互不影响").click()
    dialog.get_by_role("button", name="刊发", exact=True).click()
    dialog.get_by_role("alert").wait_for()
    assert server.staff("chief").does("GET", f"/editor/stories/{story['id']}")["state"] == "approved"


def test_a_story_is_placed_on_a_page_and_taken_out(open_page: OpenPage, server: Server) -> None:
    story, _ = outlets.cleared(server, "page_slot")
    issue = presses.begin_issue(server.staff, presses.free_day(server.staff))
    page = open_page("/desk")
    enter(page, "layout", f"/publishing/papers/{issue['id']}")
    page.get_by_role("button", name="1 号位排稿").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="排上").click()
    dialog.get_by_text("请填写版面稿。").wait_for()
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name=story["headline"]).click()
    dialog.get_by_role("button", name="排上").click()
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="1 号位移到别处").click()
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name="A01 2 号位").click()
    dialog.get_by_role("button", name="移过去").click()
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="2 号位取下").click()
    dialog.get_by_role("button", name="取下").click()
    page.get_by_role("button", name="2 号位排稿").wait_for()
    told = server.staff("layout").does("GET", f"/kitchen/issues/{issue['id']}")
    assert [slot["rendition"] for slot in told["pages"][0]["slots"]] == [None] * len(told["pages"][0]["slots"])


def test_a_rundown_is_made_and_ordered_by_keyboard(open_page: OpenPage, server: Server) -> None:
    form = {"medium": "tv", "show": "宝山夜话", "airtime": "2061-01-01T18:30:00+08:00", "planned_seconds": 600}
    rundown = must(server.staff("tv"), "/kitchen/rundowns", form)
    page = open_page("/desk")
    enter(page, "tv", f"/publishing/rundowns/{rundown['id']}")
    for kind, slug in (("间隔", "片头"), ("连线", "现场连线")):
        page.get_by_role("button", name=f"加{kind}").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("时长").fill("30")
        dialog.get_by_label("条目名").fill(slug)
        dialog.get_by_role("button", name="编入").click()
        dialog.wait_for(state="hidden")
        page.locator("tr.current").filter(has_text=slug).wait_for()

    def order() -> list[str]:
        items = server.staff("tv").does("GET", f"/kitchen/rundowns/{rundown['id']}")["items"]
        return [item["slug"] for item in items]

    assert order() == ["片头", "现场连线"]
    page.keyboard.press("Alt+ArrowUp")
    page.locator("tbody tr.current:first-child").filter(has_text="现场连线").wait_for()
    assert order() == ["现场连线", "片头"]
    page.keyboard.press("Delete")
    dialog.get_by_role("button", name="取出").click()
    dialog.wait_for(state="hidden")
    assert order() == ["片头"]


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    shelves = [
        f"/publishing/{one}" for one in ("ready", "queue", "channels", "channels/app", "cases", "papers", "rundowns")
    ]
    assert weighty(browser, server, "chief", shelves, ".page h1") == {}
