"""An office's day at its desks, and the administrator's: two people, and what the house says to a mistake."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

import pytest

from tests import test_works as works
from tests.browser import axe
from tests.browser.conftest import PATIENCE_MS
from tests.browser.desk import choose, enter
from tests.support.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = axe.needs_axe


@pytest.fixture
def contexts(browser: Browser, server: Server) -> Iterator[list[BrowserContext]]:
    """Screens of colleagues, each signed in for themselves; axe needs a page that lets it in."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


def desk(browser: Browser, contexts: list[BrowserContext], server: Server, who: str, path: str) -> Page:
    """Sign in through the form and open a desk."""
    context = browser.new_context(locale="zh-CN", base_url=server.url, bypass_csp=True, reduced_motion="reduce")
    contexts.append(context)
    context.set_default_timeout(PATIENCE_MS)
    axe.bring(context)
    page = context.new_page()
    enter(page, who, path)
    return page


def test_a_notice_goes_out_by_two_people(browser: Browser, contexts: list[BrowserContext], server: Server) -> None:
    """A number that is taken is refused in words; put right, given back and handed in again, it goes out."""
    clerk, other = server.staff("office"), server.staff("office2")
    taken, title = f"SW-{uuid.uuid4().hex[:8]}", f"关于夜间清淤的通告{uuid.uuid4().hex[:6]}"
    first = clerk.does(
        "POST", "/office/notices", {"title": "先前的通告", "body": "正文", "category": "other", "index_no": taken}
    )
    other.does("POST", f"/office/notices/{first['id']}/publish")

    page = desk(browser, contexts, server, "office", "/notices")
    page.get_by_role("button", name="起草公告").click()
    page.get_by_label("标题", exact=True).fill(title)
    page.get_by_label("索引号").fill(taken)
    choose(page, "信息类别", "重大项目")
    page.get_by_role("textbox", name="正文").fill("每晚 22 时至次日 5 时，请绕行。")
    assert axe.weighty(page) == []
    page.keyboard.press("Control+s")
    page.get_by_role("heading", name=title).wait_for()
    notice_id = page.url.rpartition("/")[2]
    page.keyboard.press("s")
    page.get_by_role("alert").get_by_text("索引号").wait_for()
    page.keyboard.press("e")
    page.get_by_label("索引号").fill("")
    page.get_by_role("button", name="保存").click()
    page.get_by_role("button", name="送审").click()
    page.get_by_text("审核要由本单位另一位同事来办").wait_for()
    assert page.get_by_role("button", name="审核通过").count() == 0
    assert clerk.does("GET", f"/office/notices/{notice_id}")["state"] == "submitted"

    second = desk(browser, contexts, server, "office2", f"/notices/{notice_id}")
    second.get_by_role("button", name="退回").click()
    second.get_by_label("理由").fill("请写明路段")
    second.get_by_role("dialog").get_by_role("button", name="退回").click()
    # The author's page learns it over the line.
    page.get_by_text("退回理由：请写明路段").wait_for()
    page.get_by_role("button", name="送审").click()
    second.get_by_role("button", name="审核通过").click()
    second.get_by_role("button", name="发布", exact=True).wait_for()
    second.keyboard.press("p")
    second.get_by_text("看公开的页面").wait_for()
    assert axe.weighty(second) == []
    said = clerk.does("GET", f"/notices/{notice_id}")
    assert (said["state"], said["title"], said["category"]) == ("published", title, "projects")
    assert "请绕行" in said["body"][0]["html"]


def test_a_notice_is_explained_by_two_people(browser: Browser, contexts: list[BrowserContext], server: Server) -> None:
    clerk, other = server.staff("office"), server.staff("office2")
    form = {"title": f"关于汛期值守的通知{uuid.uuid4().hex[:6]}", "body": "各泵站昼夜有人。", "category": "other"}
    notice = clerk.does("POST", "/office/notices", form)
    other.does("POST", f"/office/notices/{notice['id']}/publish")

    page = desk(browser, contexts, server, "office", f"/notices/{notice['id']}")
    page.get_by_role("button", name="写解读").click()
    dialog = page.get_by_role("dialog", name="写解读")
    dialog.get_by_role("button", name="交给同事审核").click()
    dialog.get_by_text("请填写解读。").wait_for()
    dialog.get_by_label("解读").fill("下大雨时，请打 12345 报积水。")
    dialog.get_by_role("button", name="交给同事审核").click()
    page.get_by_text("您写的解读等本单位另一位同事审核").wait_for()
    assert page.get_by_role("button", name="审核解读并公开").count() == 0
    assert clerk.does("GET", f"/notices/{notice['id']}")["explanation"] is None

    second = desk(browser, contexts, server, "office2", f"/notices/{notice['id']}")
    second.get_by_role("button", name="审核解读并公开").click()
    second.get_by_role("button", name="撤下解读").wait_for()
    assert clerk.does("GET", f"/notices/{notice['id']}")["explanation"]["text"] == "下大雨时，请打 12345 报积水。"
    # The author's page learns it over the line.
    page.get_by_role("button", name="改解读").wait_for()


def test_a_warning_goes_out_by_two_people(browser: Browser, contexts: list[BrowserContext], server: Server) -> None:
    """A warning without a place is refused beside the map; with one, a colleague lets it out, and its end follows."""
    headline = f"暴雨黄色预警：月浦请备好挡水板{uuid.uuid4().hex[:6]}"
    page = desk(browser, contexts, server, "office", "/alerts/new")
    page.get_by_label("事件", exact=True).fill("暴雨")
    choose(page, "紧急程度", "一小时内行动")
    choose(page, "严重程度", "较重")
    choose(page, "把握程度", "很可能")
    page.get_by_label("标题", exact=True).fill(headline)
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("alert").get_by_text("范围").first.wait_for()
    page.locator(".area-map [data-town=yuepu]").click(position={"x": 40, "y": 40})
    assert axe.weighty(page) == []
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("heading", name=headline).wait_for()
    message_id = page.url.rpartition("/")[2]
    page.get_by_text("等本单位另一位同事审核发布").wait_for()

    second = desk(browser, contexts, server, "office2", f"/alerts/{message_id}")
    second.get_by_role("heading", name=headline).wait_for()
    second.keyboard.press("a")
    second.get_by_role("dialog").get_by_role("button", name="发出").click()
    second.get_by_role("button", name="解除").wait_for()
    assert axe.weighty(second) == []
    message = server.staff("office").does("GET", f"/office/alerts/{message_id}")
    assert (message["state"], message["alone"]) == ("issued", False)
    assert message["info"][0]["area"][0]["geocode"] == [{"valueName": "town", "value": "yuepu"}]
    warning = server.staff("office").does("GET", f"/alerts/{message['alert']}")
    assert (warning["state"], warning["towns"]) == ("active", ["yuepu"])


def test_works_move_under_the_eyes_of_a_colleague(
    browser: Browser, contexts: list[BrowserContext], server: Server
) -> None:
    page = desk(browser, contexts, server, "office2", "/works")
    work = works.drafted(server, title=f"管道抢修{uuid.uuid4().hex[:6]}")
    row = page.get_by_role("row").filter(has_text=work["title"])
    row.get_by_text("等您看").wait_for()
    row.click()
    detail = page.get_by_role("region", name="这项施工")
    detail.get_by_role("button", name="审核并发布").click()
    row.get_by_text("等您看").wait_for(state="detached")
    detail.get_by_role("button", name="延长或提前").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由（公开）").fill("阀门要换新的")
    # A colleague is quicker: the refusal says so, and what was typed goes over what is there now.
    works.does(server, "office", work, "extend", ends_at=works.hours(7), reason="还要两小时")
    detail.get_by_text("还要两小时").wait_for()
    dialog.get_by_role("button", name="改结束时间").click()
    dialog.get_by_role("alert").wait_for()
    dialog.get_by_role("button", name="改结束时间").click()
    detail.get_by_text("阀门要换新的").wait_for()
    works.does(server, "office", work, "withdraw", reason="发错了")
    detail.get_by_text("撤回理由（公开）：发错了").wait_for()


def test_a_role_is_given_and_ended(browser: Browser, contexts: list[BrowserContext], server: Server) -> None:
    """A role at an office needs its office; nobody gives one to themselves."""
    page = desk(browser, contexts, server, "admin", "/roster/reporter2")
    page.get_by_role("region", name="这个人的排班").get_by_role("button", name="排班").click()
    dialog = page.get_by_role("dialog")
    choose(page, "岗位", "承办人员")
    dialog.get_by_role("button", name="排班").click()
    dialog.get_by_text("要写明单位").wait_for()
    choose(page, "单位（可不填）", "区水务局")
    dialog.get_by_role("button", name="排班").click()
    page.get_by_role("region", name="这个人的排班").get_by_text("承办人员（区水务局）").wait_for()
    lines = server.staff("admin").does("GET", "/roster?username=reporter2")["items"]
    assert {("service_staff", "wateraffairs")} <= {(line["role"], line["office"]) for line in lines}
    page.get_by_role("button", name="结束承办人员（区水务局）").click()
    # The house of a test may be ahead of this page's clock: then the role has not begun yet for the page.
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^(结束|取消排班)$")).click()
    page.get_by_role("dialog").wait_for(state="hidden")
    assert axe.weighty(page) == []
    lines = server.staff("admin").does("GET", "/roster?username=reporter2")["items"]
    assert all(line["valid_to"] for line in lines if line["role"] == "service_staff")

    page.keyboard.press("n")
    # Who writes the roster is not offered to themselves; the address leads there all the same.
    page.get_by_role("dialog").get_by_label("给谁").click(force=True)
    options = page.get_by_role("option").locator("visible=true")
    options.first.wait_for()
    offered = options.all_inner_texts()
    assert [one for one in offered if "reporter2" in one]
    assert not [one for one in offered if " admin" in one]
    page.goto("/desk#/roster/admin")
    page.get_by_text("自己的岗位要由另一位管理员来排").wait_for()


def test_the_log_is_verified(browser: Browser, contexts: list[BrowserContext], server: Server) -> None:
    page = desk(browser, contexts, server, "chief", "/audit")
    page.get_by_role("button", name="开始校验").click()
    page.get_by_role("heading", name="日志完整").wait_for()
    assert axe.weighty(page) == []
    head = server.staff("chief").does("GET", "/log/verify")["head"]
    assert head > 0
