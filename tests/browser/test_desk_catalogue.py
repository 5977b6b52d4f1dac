"""办事指南: an office writes where it serves people and what it does for them, by two people each time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import axe
from tests.browser.conftest import PATIENCE_MS
from tests.browser.desk import choose, enter, weighty
from tests.support.server import Server
from tests.test_catalogue import item_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]


@pytest.fixture
def second(browser: Browser, server: Server) -> Iterator[Page]:
    """The colleague's screen."""
    context = browser.new_context(locale="zh-CN", base_url=server.url)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def written(server: Server, **fields: Any) -> dict[str, Any]:
    """An item that is public."""
    form = {
        "title": f"排水许可{uuid.uuid4().hex[:6]}",
        "summary": "带图纸来。",
        "category": "environment",
        "statutory_days": 10,
        "promised_days": 5,
        "conditions": ["已经接管"],
    }
    item = server.staff("office").does("POST", "/office/catalogue", form | fields)
    return dict(server.staff("office2").does("POST", f"/office/catalogue/{item['id']}/publish"))


def test_a_window_and_an_item_go_out_by_two_people(open_page: OpenPage, server: Server, second: Page) -> None:
    word = uuid.uuid4().hex[:6]
    page = open_page("/desk")
    enter(page, "office", "/catalogue/windows")
    page.get_by_role("button", name="新写窗口").click()
    page.get_by_label("名称", exact=True).fill(f"水务窗口{word}")
    page.get_by_label("地址", exact=True).fill("友谊路 1 号二楼 3 号窗口")
    page.get_by_role("button", name="加时段").click()
    page.get_by_label("时段 1 几点关").fill("08:00")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("先开后关").wait_for()
    page.get_by_label("时段 1 几点关").fill("11:30")
    page.keyboard.press("Control+s")
    page.get_by_text("等本单位另一位同事审核公开").wait_for()
    assert page.get_by_role("button", name="审核并公开").count() == 0
    window = page.url.rpartition("/")[2]

    enter(second, "office2", f"/catalogue/windows/{window}")
    second.get_by_text("工作日 09:00–11:30").wait_for()
    second.get_by_role("button", name="审核并公开").click()
    second.locator(".detail").get_by_text("已公开").wait_for()

    page.goto("/desk#/catalogue/items/new")
    page.get_by_label("名称", exact=True).fill(f"接水申请{word}")
    page.get_by_label("一句话说清楚").fill("带身份证和房产证明。")
    choose(page, "类别", "住房与公用")
    page.get_by_role("button", name="加材料").click()
    page.get_by_label("材料 1 的名称").fill("身份证")
    page.get_by_role("combobox", name="材料 1 要什么").click(force=True)
    page.get_by_role("option", name="原件及复印件").click()
    choose(page, "在哪里办", f"水务窗口{word}")
    page.get_by_label("承诺时限").fill("9")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("承诺时限不能长于法定时限").wait_for()
    page.get_by_label("承诺时限").fill("3")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_text("等本单位另一位同事审核公开").wait_for()
    item = page.url.rpartition("/")[2]

    second.goto(f"/desk#/catalogue/items/{item}")
    second.locator(".detail").get_by_text("身份证（原件及复印件，1 份）").wait_for()
    second.keyboard.press("p")
    second.get_by_text("看公开的页面").wait_for()
    told = server.anonymous().does("GET", f"/catalogue/{item}")
    assert (told["promised_days"], told["version"], [one["id"] for one in told["windows"]]) == (3, 1, [window])
    assert told["materials"][0]["words"] == "身份证（原件及复印件，1份）"


def test_two_clerks_see_each_others_work_as_it_is_done(open_page: OpenPage, server: Server) -> None:
    item = written(server)
    path, other = f"/office/catalogue/{item['id']}", server.staff("office2")
    page = open_page("/desk")
    enter(page, "office", f"/catalogue/items/{item['id']}")
    row = page.get_by_role("row").filter(has_text=item["title"])
    detail = page.locator(".detail")
    detail.get_by_text("带图纸来。").wait_for()
    assert other.patch(path, {"summary": "带图纸和身份证来。"}, item["ver"]).ok
    row.get_by_text("等您看").wait_for()
    detail.locator("ins", has_text="带图纸和身份证来。").wait_for()
    other.does("POST", f"{path}/discard")
    row.get_by_text("等您看").wait_for(state="detached")
    detail.locator("ins").wait_for(state="detached")
    second = other.does("POST", "/office/catalogue", item_form(title=f"迁改管线{uuid.uuid4().hex[:6]}"))
    page.get_by_role("row").filter(has_text=second["title"]).get_by_text("等您看").wait_for()
    other.does("POST", f"{path}/withdraw", {"reason": "并入另一个事项"})
    detail.get_by_text("撤下的理由（公开）：并入另一个事项").wait_for()


def test_a_change_is_seen_before_it_is_let_out(open_page: OpenPage, server: Server) -> None:
    item = written(server)
    path = f"/office/catalogue/{item['id']}"
    change = {"promised_days": 2, "conditions": ["已经接管", "图纸齐全"]}
    assert server.staff("office").patch(path, change, item["ver"]).ok
    page = open_page("/desk")
    enter(page, "office2", f"/catalogue/items/{item['id']}")
    waiting = page.get_by_role("region", name="等待审核的修改")
    waiting.locator("del", has_text="承诺 5 个工作日").wait_for()
    waiting.locator("ins", has_text="承诺 2 个工作日").wait_for()
    assert waiting.locator("ins").all_inner_texts() == ["承诺 2 个工作日，法定 10 个工作日", "图纸齐全"]
    page.get_by_role("button", name="审核并公开").click()
    waiting.wait_for(state="detached")
    assert server.anonymous().does("GET", f"/catalogue/{item['id']}")["promised_days"] == 2
    page.get_by_role("button", name="撤下").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由（公开）").fill("并入另一个事项")
    dialog.get_by_role("button", name="撤下").click()
    page.get_by_text("撤下的理由（公开）：并入另一个事项").wait_for()


def test_what_was_typed_outlives_a_colleagues_change(open_page: OpenPage, server: Server) -> None:
    item = written(server)
    path = f"/office/catalogue/{item['id']}"
    page = open_page("/desk")
    enter(page, "office2", f"/catalogue/items/{item['id']}/edit")
    summary = page.get_by_label("一句话说清楚")
    summary.fill("带图纸和身份证来。")
    assert server.staff("office").patch(path, {"phone": "56780000"}, item["ver"]).ok
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("alert").filter(has_text="刚刚也改了，正等待审核").wait_for()
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("alert").filter(has_text="请先审核或放弃它").wait_for()
    server.staff("office2").does("POST", f"{path}/publish")
    page.get_by_role("button", name="保存", exact=True).click()
    page.get_by_role("button", name="以我写的为准").click()
    page.get_by_text("等本单位另一位同事审核公开").wait_for()
    assert server.staff("office").does("GET", path)["draft"]["summary"] == "带图纸和身份证来。"


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    item = written(server, steps=[{"title": "递交", "text": "到窗口。"}], fees=[{"name": "工本", "amount": "10 元"}])
    places = ["items", f"items/{item['id']}", f"items/{item['id']}/edit", "windows", "windows/new"]
    assert weighty(browser, server, "office", [f"/catalogue/{place}" for place in places]) == {}
