"""考核: a period from its first day to its seal, and somebody's own points with an appeal that another decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from backend.clock import local_day
from tests.browser import axe
from tests.browser.desk import enter, weighty
from tests.newsroom.kitchen import must
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

OpenPage = Callable[..., "Page"]
BASE = "/kitchen/assessment"


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """A house of the module's own: it is killed, its clock is moved, and its past days are in one period."""
    return make_server()


def days(server: Server) -> tuple[str, str]:
    """All days of the demo that are over."""
    today = local_day(server.now())
    return str(today - timedelta(days=60)), str(today - timedelta(days=1))


def the_period(server: Server) -> dict[str, Any]:
    return dict(server.staff("assessor").does("GET", f"{BASE}/periods")["items"][0])


def period_with(server: Server, state: str) -> str:
    """Wait until the period has come so far; return its id."""
    wait_until(lambda: the_period(server)["state"] == state, 20)
    return str(the_period(server)["id"])


def the_dialog(page: Page) -> Locator:
    # What is opened to pick a day calls itself a dialog, too.
    return page.get_by_role("dialog").and_(page.locator(".el-overlay-dialog"))


def answer(page: Page, button: str) -> Locator:
    """Send the dialog that is open."""
    dialog = the_dialog(page)
    dialog.get_by_role("button", name=button, exact=True).click()
    return dialog


def test_the_assessor_opens_a_period_and_has_it_computed(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "assessor", "/assessment/periods")
    first, last = days(server)
    page.get_by_role("button", name="开始一个周期").click()
    dialog = the_dialog(page)
    dialog.get_by_label("名称").fill("上一期")
    dialog.get_by_label("第一天").fill(last)
    dialog.get_by_label("第一天").press("Tab")
    dialog.get_by_label("最后一天").fill(first)
    dialog.get_by_label("最后一天").press("Tab")
    answer(page, "开始")
    dialog.get_by_text("最后一天不能早于第一天").wait_for()
    dialog.get_by_label("第一天").fill(first)
    dialog.get_by_label("第一天").press("Tab")
    dialog.get_by_label("最后一天").fill(last)
    dialog.get_by_label("最后一天").press("Tab")
    answer(page, "开始").wait_for(state="hidden")
    page.locator(".detail h2", has_text="上一期").wait_for()
    page.keyboard.press("c")
    answer(page, "开始计算").wait_for(state="hidden")
    page.get_by_role("button", name="重新计算").wait_for()
    page.get_by_role("link", name="看全员").click()
    page.get_by_role("region", name="全员总分").get_by_role("link", name="姚知秋").click()
    page.locator(".row-list .row").first.click()
    page.locator(".detail .why li").first.wait_for()


def test_a_row_is_appealed_against_and_the_leader_decides(open_page: OpenPage, server: Server) -> None:
    period = period_with(server, "computed")
    editor = open_page("/desk")
    enter(editor, "editor", "/assessment")
    editor.get_by_text("这个周期还没有公示").wait_for()
    must(server.staff("assessor"), f"{BASE}/periods/{period}/publish")
    editor.get_by_role("grid", name="账目明细").get_by_role("row").filter(has_text="稿件").first.click()
    editor.locator(".detail .why li", has_text="基本分").wait_for()
    editor.get_by_role("button", name="申诉这一行").wait_for()
    editor.keyboard.press("a")
    answer(editor, "提交申诉").get_by_text("请填写哪里不对").wait_for()
    # What is typed stays while the house is down, and is sent once it is back.
    the_dialog(editor).get_by_label("哪里不对").fill("这篇是深度报道")
    server.kill()
    answer(editor, "提交申诉").get_by_role("alert").first.wait_for()
    server.start()
    editor.locator(".line-state[data-state=live]").wait_for()
    answer(editor, "提交申诉").wait_for(state="hidden")
    editor.get_by_text("有申诉").first.wait_for()
    path = f"{BASE}/periods/{period}/appeals"
    assert len(server.staff("leader").does("GET", path)["items"]) == 1


def test_what_the_leader_decides_is_there_for_who_appealed(open_page: OpenPage, server: Server) -> None:
    period = period_with(server, "published")
    page = open_page("/desk")
    enter(page, "leader", f"/assessment/appeals?period={period}")
    # Another appeal comes in while the leader looks.
    must(server.staff("chief"), f"{BASE}/periods/{period}/appeals", {"text": "有一次审稿没有算进来"})
    page.get_by_role("row").filter(has_text="有一次审稿没有算进来").wait_for()
    page.get_by_role("row").filter(has_text="这篇是深度报道").click()
    page.locator(".detail").get_by_text("原来的一行").wait_for()
    page.get_by_role("button", name="支持", exact=True).click()
    dialog = the_dialog(page)
    dialog.get_by_label("调整多少分").fill("一分半")
    dialog.get_by_label("理由").fill("按深度报道补差额")
    answer(page, "支持申诉").locator(".el-form-item__error").wait_for()
    dialog.get_by_label("调整多少分").fill("1.5")
    answer(page, "支持申诉").wait_for(state="hidden")
    page.locator(".detail h3", has_text="+1.500 分").wait_for()
    page.get_by_role("row").filter(has_text="有一次审稿没有算进来").click()
    page.get_by_role("button", name="驳回", exact=True).click()
    dialog.get_by_label("理由").fill("那一次在周期之外")
    answer(page, "驳回申诉").wait_for(state="hidden")
    page.locator(".detail .said", has_text="那一次在周期之外").wait_for()
    rows = server.staff("editor").does("GET", f"{BASE}/periods/{period}/rows?rule=adjustment")["items"]
    assert [row["amount"] for row in rows] == ["1.500"]


def test_who_had_it_computed_is_told_why_another_decides(open_page: OpenPage, server: Server) -> None:
    period = period_with(server, "published")
    made = must(server.staff("head"), f"{BASE}/periods/{period}/appeals", {"text": "校对的篇数不对"})
    page = open_page("/desk")
    enter(page, "assessor", f"/assessment/appeals/{made['id']}?period={period}")
    page.get_by_text("这个周期是您计算的").wait_for()
    assert page.get_by_role("button", name="支持", exact=True).is_disabled()
    page.goto(f"/desk#/assessment/periods/{period}")
    page.get_by_text("期满才能封账").wait_for()
    assert page.get_by_role("button", name="封账").is_disabled()
    must(server.staff("leader"), f"{BASE}/appeals/{made['id']}/dismiss", {"reason": "逐篇核对过，没有少"})


def test_a_number_of_the_rules_that_cannot_be_is_said_beside_it(open_page: OpenPage, server: Server) -> None:
    draft = must(server.staff("assessor"), f"{BASE}/rule-sets", {"note": "短视频提分"})
    page = open_page("/desk")
    enter(page, "assessor", f"/assessment/rules/{draft['id']}")
    page.get_by_role("button", name="修改", exact=True).click()
    page.get_by_label("短视频", exact=True).fill("很多")
    page.get_by_role("button", name="保存", exact=True).click()
    page.locator("dd .late").wait_for()
    page.get_by_label("短视频", exact=True).fill("12")
    page.keyboard.press("Control+s")
    page.get_by_role("button", name="试算", exact=True).wait_for()
    saved = server.staff("assessor").does("GET", f"{BASE}/rule-sets/{draft['id']}")
    assert saved["values"]["base"]["short_video"] == "12"


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    assert weighty(browser, server, "editor", ["/assessment", "/assessment/rules"]) == {}
    shelves = [f"/assessment/{one}" for one in ("people", "desks", "appeals", "periods", "rules")]
    assert weighty(browser, server, "leader", shelves) == {}


def test_a_period_whose_days_are_over_is_sealed(open_page: OpenPage, server: Server) -> None:
    period = period_with(server, "published")
    server.move_clock(timedelta(days=3, minutes=1).total_seconds())
    period_with(server, "appeals")
    page = open_page("/desk")
    enter(page, "assessor", f"/assessment/periods/{period}")
    page.get_by_role("button", name="封账").click()
    answer(page, "封账").wait_for(state="hidden")
    page.locator(".detail").get_by_text("汤静").last.wait_for()
    wait_until(lambda: the_period(server)["state"] == "sealed")
