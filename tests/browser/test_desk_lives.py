"""A live blog's day: a phone on a square, an editor at a desk, and nothing that was written is lost between them."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import axe
from tests.browser.conftest import PHONE
from tests.browser.desk import choose, enter, weighty
from tests.media_files import new_photo
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

OpenPage = Callable[..., "Page"]
Thing = dict[str, Any]


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """One of our own, since it is stopped in the middle."""
    return make_server()


def live(server: Server, **more: Any) -> Thing:
    """Have an editor make a live blog ready."""
    form = {"headline": f"直播：吴淞口的清晨{uuid.uuid4().hex[:6]}", "section": "yaowen"} | more
    return dict(server.staff("editor").does("POST", "/editor/lives", form))


def opened(server: Server) -> Thing:
    return dict(server.staff("editor2").does("POST", f"/editor/lives/{live(server)['id']}/open"))


def written(server: Server, of: Thing, words: str, who: str = "reporter") -> Thing:
    return dict(server.staff(who).does("POST", f"/editor/lives/{of['id']}/entries", {"body": words}))


def shown(server: Server, of: Thing, words: str) -> Thing:
    entry = written(server, of, words)
    return dict(server.staff("editor2").does("POST", f"/editor/entries/{entry['id']}/show", {}))


def entries(server: Server, of: Thing) -> list[Thing]:
    return list(server.staff("editor").does("GET", f"/editor/lives/{of['id']}/entries")["items"])


def waiting(page: Page, words: str) -> Locator:
    return page.locator(".waiting-entry").filter(has_text=words)


def test_what_is_written_without_signal_arrives_once(open_page: OpenPage, server: Server) -> None:
    of = opened(server)
    page = open_page("/desk")
    enter(page, "reporter", f"/lives/{of['id']}")
    page.set_viewport_size(PHONE)
    page.get_by_role("textbox", name="写一条").fill("第一艘船靠上来了。\n码头上有人鼓掌。")
    photo = {"name": "ship.jpg", "mimeType": "image/jpeg", "buffer": new_photo()}
    page.get_by_label("从相册选图片").set_input_files([photo])
    page.locator(".photos li[aria-busy=false]").wait_for()
    page.get_by_label("第 1 张的说明").fill("靠岸的邮轮")
    server.stop()
    page.locator(".line-state:not([data-state=live])").wait_for()
    page.get_by_role("button", name="先存下，连上就送").click()
    page.locator(".unsent").filter(has_text="第一艘船靠上来了").filter(has_text="1 张图片").wait_for()
    page.close()

    server.start()
    again = open_page(f"/desk#/lives/{of['id']}")
    waiting(again, "第一艘船靠上来了").filter(has_text="等编辑播出").wait_for()
    again.locator(".unsent").wait_for(state="detached")
    (entry,) = entries(server, of)
    assert [block["type"] for block in entry["body"]] == ["text", "text", "image"]
    assert entry["body"][2]["caption"] == "靠岸的邮轮"

    again.set_viewport_size(PHONE)
    again.get_by_role("textbox", name="写一条").fill("还没写完的半句")
    again.get_by_role("link", name="直播列表").click()
    again.get_by_role("row").filter(has_text=of["headline"]).click()
    again.get_by_text("找回了您上次没有送出的这一条").wait_for()
    assert again.get_by_role("textbox", name="写一条").input_value() == "还没写完的半句"
    assert again.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_what_the_house_would_not_have_comes_back_with_the_reason(open_page: OpenPage, server: Server) -> None:
    of = opened(server)
    page = open_page("/desk")
    enter(page, "reporter", f"/lives/{of['id']}")
    page.route("**/sync/mutations", lambda route: route.abort())
    page.get_by_role("textbox", name="写一条").fill("这一条来晚了。")
    page.keyboard.press("Control+Enter")
    page.locator(".unsent").filter(has_text="这一条来晚了").wait_for()
    server.staff("editor").does("POST", f"/editor/lives/{of['id']}/close")
    page.get_by_text("直播已经结束，不再加新的").wait_for()
    page.unroute("**/sync/mutations")
    page.locator(".unsent").filter(has_text="没有送成").filter(has_text="已经结束，不能这样操作").wait_for()
    page.get_by_role("button", name="拿回来改").click()
    page.locator(".unsent").wait_for(state="detached")
    assert page.get_by_role("textbox", name="写一条").input_value() == "这一条来晚了。"


def test_an_editor_shows_pins_corrects_and_withdraws(open_page: OpenPage, server: Server) -> None:
    of = opened(server)
    page = open_page("/desk")
    enter(page, "editor", f"/lives/{of['id']}")
    page.locator(".entry-box").wait_for()
    written(server, of, "到港旅客一千人。")
    waiting(page, "到港旅客一千人").wait_for()
    page.locator("#waiting-title").focus()
    page.keyboard.press("s")
    page.locator(".shown-entry[data-no='1']").filter(has_text="到港旅客一千人").wait_for()
    page.get_by_role("region", name="读者手机上的样子").filter(has_text="到港旅客一千人").wait_for()

    page.keyboard.press("w")
    page.keyboard.type("这是编辑自己写的。")
    page.keyboard.press("Control+Enter")
    own = waiting(page, "这是编辑自己写的")
    own.get_by_text("要由另一位同事播出").wait_for()
    assert own.get_by_role("button", name="播出").count() == 0

    page.get_by_role("button", name="置顶第 1 条", exact=True).click()
    page.get_by_role("button", name="取消置顶第 1 条").wait_for()
    page.get_by_role("link", name="更正第 1 条").click()
    page.get_by_role("textbox", name="正文").fill("到港旅客一千二百人。")
    page.keyboard.press("Control+s")
    page.get_by_text("请写明改了什么").wait_for()
    page.get_by_label("更正说明（公开）").fill("人数有误")
    page.keyboard.press("Control+s")
    waiting(page, "更正第 1 条").filter(has_text="一千二百人").wait_for()
    entry = next(one for one in entries(server, of) if one["no"] == 1)
    server.staff("editor2").does("POST", f"/editor/entries/{entry['id']}/show", {})
    first = page.locator(".shown-entry[data-no='1']")
    first.filter(has_text="一千二百人").filter(has_text="更正过").wait_for()

    page.get_by_role("button", name="撤回第 1 条").click()
    dialog = page.get_by_role("dialog", name="撤回这一条")
    dialog.get_by_label("理由").fill("来源收回")
    dialog.get_by_role("button", name="撤回").click()
    first.wait_for(state="detached")


def test_a_live_blog_is_made_by_one_and_opened_by_another(open_page: OpenPage, server: Server) -> None:
    headline = f"直播：大桥合龙{uuid.uuid4().hex[:6]}"
    page = open_page("/desk")
    enter(page, "editor", "/lives")
    page.get_by_role("button", name="筹备直播").click()
    page.get_by_label("标题").fill(headline)
    page.keyboard.press("Control+s")
    page.get_by_text("请选栏目").last.wait_for()
    choose(page, "栏目", "要闻")
    page.get_by_role("button", name="保存").click()
    page.locator(".page-head").get_by_role("heading", name=headline).wait_for()
    page.get_by_text("要由另一位同事开播").wait_for()
    assert page.get_by_role("button", name="开播", exact=True).is_disabled()
    made = next(
        one for one in server.staff("editor").does("GET", "/editor/lives")["items"] if one["headline"] == headline
    )
    server.staff("editor2").does("POST", f"/editor/lives/{made['id']}/open")
    page.get_by_text("直播中").first.wait_for()
    page.get_by_role("button", name="结束直播").click()
    page.get_by_role("dialog", name="结束直播").get_by_role("button", name="结束", exact=True).click()
    wait_until(lambda: server.staff("editor").does("GET", f"/editor/lives/{made['id']}")["state"] == "closed")
    page.get_by_role("button", name="接着直播").wait_for()


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    of = opened(server)
    entry = shown(server, of, "已经播出的一条。")
    written(server, of, "等着播出的一条。")
    places = ["/lives", "/lives/new", f"/lives/{of['id']}", f"/lives/{of['id']}/entries/{entry['id']}/correct"]
    assert weighty(browser, server, "editor", places) == {}
