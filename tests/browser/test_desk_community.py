"""What editors and offices make beside stories: polls, gatherings, specials. Each is let out by a second person."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from backend.clock import SHANGHAI, iso
from tests.browser import axe
from tests.browser.conftest import PHONE
from tests.browser.desk import choose, enter, weighty
from tests.browser.people import Newsroom, some_headline
from tests.support.server import Server, wait_until
from tests.support.tables import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]
Thing = dict[str, Any]


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """One of our own, since it is stopped in the middle."""
    return make_server(TICK_S="1")


def at(server: Server, **later: float) -> str:
    return iso(server.now() + timedelta(**later))


def typed(server: Server, **later: float) -> str:
    """A time as it is typed at a desk, in Shanghai."""
    return (server.now() + timedelta(**later)).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def fill_time(page: Page, label: str, words: str) -> None:
    box = page.get_by_label(label, exact=True)
    box.fill(words)
    box.press("Enter")


def test_a_poll_is_written_by_one_let_out_by_another_and_counted_at_its_end(
    open_page: OpenPage, server: Server
) -> None:
    question = f"滨江步道的灯几点关好{uuid.uuid4().hex[:6]}"
    page = open_page("/desk")
    enter(page, "editor", "/community")
    page.get_by_role("button", name="起草投票").click()
    page.get_by_label("问题").fill(question)
    page.get_by_label("选项 1", exact=True).fill("晚上十点")
    page.keyboard.press("Control+s")
    page.get_by_text("至少要有两个选项").wait_for()
    page.get_by_label("选项 1", exact=True).press("Enter")
    page.keyboard.type("晚上十一点")
    fill_time(page, "截止时间", typed(server, hours=2))
    # The house is away at this moment: what was written stays, and is saved when it is back.
    server.stop()
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("alert").filter(has_text="网络不通").wait_for()
    server.start()
    page.locator(".line-state[data-state=live]").wait_for()
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("heading", name=question).wait_for()
    page.get_by_text("要由另一位同事发布").wait_for()
    assert page.get_by_role("button", name="发布").is_disabled()

    poll = page.url.rpartition("/")[2]
    made = server.staff("editor2").does("POST", f"/editor/polls/{poll}/publish")
    page.get_by_label("这次投票").get_by_text("进行中").wait_for()
    page.get_by_text("票数到截止之后才看得到").wait_for()
    page.get_by_label("这次投票").get_by_text("0 人投了票").wait_for()
    citizen = server.citizen()
    assert citizen.put(f"/polls/{poll}/vote", {"options": [made["options"][1]["id"]]}).ok
    page.reload()
    page.get_by_label("这次投票").get_by_text("1 人投了票（截至").wait_for()
    assert page.get_by_text("1 票，").count() == 0
    server.move_clock(3 * 3600)
    wait_until(lambda: server.staff("editor").does("GET", f"/editor/polls/{poll}")["state"] == "closed")
    page.get_by_label("这次投票").get_by_text("1 人投了票").wait_for()
    page.get_by_text("1 票，100%").wait_for()


def test_an_office_makes_a_gathering_and_sees_who_comes_and_who_waits(open_page: OpenPage, server: Server) -> None:
    title = f"水厂开放日{uuid.uuid4().hex[:6]}"
    page = open_page("/desk")
    enter(page, "office", "/community")
    page.get_by_role("button", name="起草活动").wait_for()
    assert page.get_by_role("link", name="投票", exact=True).count() == 0
    page.get_by_role("button", name="起草活动").click()
    page.get_by_label("名称").fill(title)
    page.get_by_label("做什么，要带什么").fill("看一杯水从江里到家里。请带身份证。")
    page.get_by_label("地点").fill("月浦水厂东门")
    choose(page, "街镇", "月浦镇")
    page.get_by_label("名额（人）").fill("2")
    fill_time(page, "开始时间", typed(server, days=3, hours=2))
    fill_time(page, "结束时间", typed(server, days=3))
    fill_time(page, "报名截止", typed(server, days=2))
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_text("结束时间要晚于开始时间").wait_for()
    fill_time(page, "结束时间", typed(server, days=3, hours=4))
    page.get_by_role("button", name="保存草稿").click()
    page.get_by_role("heading", name=title).wait_for()
    gathering = page.url.rpartition("/")[2]
    assert page.get_by_role("button", name="发布").is_disabled()
    server.staff("office2").does("POST", f"/desk/gatherings/{gathering}/publish")
    page.get_by_text("还没有人报名").wait_for()

    for people, note in ((2, "带一个孩子"), (1, "候补也行")):
        assert server.citizen().put(f"/gatherings/{gathering}/sign-up", {"people": people, "note": note}).ok
    # The list moves by itself, and whoever had it open has read the names: that is noted as ever.
    page.get_by_role("table", name="来的").filter(has_text="带一个孩子").wait_for()
    page.get_by_role("table", name="候补").filter(has_text="候补也行").wait_for()
    page.get_by_text("来 2 人，1 人候补").wait_for()
    clerk = server.staff("office").id
    looks = "SELECT count(DISTINCT thing_id) FROM person_look WHERE kind = 'sign_up' AND actor_id = :clerk"
    assert run(server, looks, clerk=clerk) == [(2,)]
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    page.get_by_role("button", name="取消活动").click()
    dialog = page.get_by_role("dialog", name="取消活动")
    dialog.get_by_label("理由").fill("当天停水检修")
    dialog.get_by_role("button", name="取消活动").click()
    page.get_by_text("取消理由：当天停水检修").wait_for()


def test_a_special_is_put_in_order_by_keyboard_and_no_colleague_is_overwritten_unseen(
    open_page: OpenPage, server: Server
) -> None:
    title = f"江边的变化{uuid.uuid4().hex[:6]}"
    newsroom = Newsroom(server)
    first, second = (some_headline(words) for words in ("步道开通", "灯亮起来"))
    articles = [newsroom.break_news(headline) for headline in (first, second)]
    page = open_page("/desk")
    enter(page, "editor", "/specials")
    page.get_by_role("button", name="筹备专题").click()
    page.get_by_label("标题", exact=True).fill(title)
    for headline in (first, second):
        page.get_by_label("给第 1 组找稿件").last.fill(headline)
        page.locator(".article-search button").filter(has_text=headline).click()
    page.locator("[data-article]").nth(1).focus()
    page.keyboard.press("Alt+ArrowUp")
    page.get_by_role("button", name="加一组").click()
    page.get_by_label("第 2 组的名称").fill("一年以前")
    page.locator("[data-article]").nth(1).focus()
    page.keyboard.press("Alt+ArrowDown")
    page.get_by_role("status").filter(has_text="现在是“一年以前”的第 1 篇").wait_for()
    page.keyboard.press("Control+s")
    page.get_by_role("heading", name=title).first.wait_for()
    special = page.url.rpartition("/")[2]
    held = server.staff("editor").does("GET", f"/editor/specials/{special}")
    assert [group["articles"] for group in held["groups"]] == [[articles[1]], [articles[0]]]
    assert page.get_by_role("button", name="发布").is_disabled()

    page.get_by_role("button", name="修改").click()
    page.get_by_label("导语").fill("编辑在页面上写的导语。")
    change = server.staff("editor").patch(f"/editor/specials/{special}", {"intro": "在别处写的"}, held["ver"])
    assert change.ok
    page.get_by_role("button", name="保存").click()
    page.get_by_role("alert").filter(has_text="同事刚刚改过").wait_for()
    page.get_by_role("button", name="以我写的为准").click()
    page.get_by_text("编辑在页面上写的导语").wait_for()
    server.staff("editor2").does("POST", f"/editor/specials/{special}/open")
    page.get_by_label("这个专题").get_by_text("已发布").wait_for()
    # An article that is withdrawn is not in it any more, here as with readers.
    newsroom.withdraw(articles[0])
    page.get_by_label("这个专题").get_by_text("1 篇").wait_for()
    page.get_by_role("button", name="撤下").click()
    dialog = page.get_by_role("dialog", name="撤下专题")
    dialog.get_by_label("理由").fill("合并到新的专题")
    dialog.get_by_role("button", name="撤下").click()
    page.get_by_text("撤下理由（公开）：合并到新的专题").wait_for()
    wait_until(lambda: server.anonymous().get(f"/specials/{special}").status_code == 410)


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    editor = server.staff("editor")
    form = {"question": "夜间图书室开到几点", "options": ["九点", "十点"], "closes_at": at(server, days=1)}
    poll = editor.does("POST", "/editor/polls", form)["id"]
    (gathering, *_) = editor.does("GET", "/desk/gatherings")["items"]
    (special, *_) = editor.does("GET", "/editor/specials?state=open")["items"]
    places = [
        *("/community/polls/new", f"/community/polls/{poll}", "/community/gatherings/new"),
        *(f"/community/gatherings/{gathering['id']}", "/specials/new", f"/specials/{special['id']}"),
    ]
    assert weighty(browser, server, "editor", places) == {}
