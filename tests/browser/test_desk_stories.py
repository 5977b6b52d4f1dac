"""The editor's day: a story is written, checked and handed in, and nothing that was typed is lost on the way."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.browser import axe
from tests.browser.conftest import PHONE
from tests.browser.desk import enter, weighty
from tests.browser.people import some_headline
from tests.media_files import photo
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

OpenPage = Callable[..., "Page"]
SOURCE = {"name": "区水务局", "kind": "official", "verified": True}


def begun(server: Server, **more: Any) -> dict[str, Any]:
    """Have an editor begin a story of two paragraphs and a quotation."""
    body = [
        {"type": "text", "html": "<p>第一段讲步道。</p>"},
        {"type": "quote", "text": "走起来真舒服。", "by": "市民李阿姨"},
        {"type": "text", "html": "<p>最后一段讲路灯。</p>"},
    ]
    form = {"headline": f"步道再添三公里{uuid.uuid4().hex[:6]}", "section": "yaowen", "body": body, "sources": [SOURCE]}
    return dict(server.staff("editor").does("POST", "/editor/stories", form | more))


def held(server: Server, story: str) -> dict[str, Any]:
    return dict(server.staff("editor").does("GET", f"/editor/stories/{story}"))


def words(story: dict[str, Any]) -> str:
    return "".join(block.get("html") or block.get("text") or "" for block in story["body"])


def open_story(page: Page, story: str) -> None:
    """Open a story of one's own: its lease is taken by itself."""
    enter(page, "editor", f"/stories/{story}")
    page.locator(".saving[data-saving=saved]").wait_for()


def write_at_end(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="正文").locator("p").last.click()
    page.keyboard.press("End")
    page.keyboard.type(text)


def test_a_story_is_written_checked_and_handed_in(open_page: OpenPage, server: Server) -> None:
    story = begun(server, sources=[])
    page = open_page("/desk")
    enter(page, "editor", "/stories")
    page.get_by_role("row").filter(has_text=story["headline"]).click()
    page.locator(".saving[data-saving=saved]").wait_for()
    write_at_end(page, "大家再接再励。")
    wait_until(lambda: "再接再励" in words(held(server, story["id"])))
    now = held(server, story["id"])
    assert [block["id"] for block in now["body"]] == [block["id"] for block in story["body"]]
    assert now["body"][:2] == story["body"][:2]

    page.keyboard.press("Control+Enter")
    page.locator(".story-body .aid", has_text="再接再励").wait_for()
    page.get_by_role("button", name="改成“再接再厉”").click()
    wait_until(lambda: "再接再厉" in words(held(server, story["id"])))

    page.get_by_role("button", name="送审").click()
    dialog = page.get_by_role("dialog", name="送审")
    dialog.get_by_role("button", name="送审").click()
    dialog.get_by_role("alert").filter(has_text="消息来源").wait_for()
    dialog.get_by_role("button", name="不办了").click()
    dialog.wait_for(state="hidden")
    page.get_by_role("tab", name="资料").click()
    page.get_by_role("button", name="加一个来源").click()
    page.get_by_label("第 1 个来源", exact=True).fill("区水务局")
    page.get_by_text("已核实").click()
    page.get_by_role("button", name="送审").click()
    dialog.get_by_role("button", name="送审").click()
    dialog.wait_for(state="hidden")
    wait_until(lambda: held(server, story["id"])["state"] == "in_exam")


def test_what_is_sought_in_the_wrong_place_is_said_to_be_elsewhere(open_page: OpenPage, server: Server) -> None:
    """Whoever looks for a story that is live among those in hand is not told that there is none."""
    headline = server.staff("editor").does("GET", "/editor/stories?state=live&limit=1")["items"][0]["headline"]
    page = open_page("/desk")
    enter(page, "editor", "/stories")
    page.get_by_label("查找稿件").fill(headline)
    page.get_by_role("status").filter(has_text="这里没有，别处有").wait_for()
    page.get_by_role("button", name="都列出来").click()
    page.get_by_role("row").filter(has_text=headline).wait_for()


def test_a_cover_is_taken_away_and_stays_away(open_page: OpenPage, server: Server) -> None:
    picture = server.staff("editor").does("POST", "/media", files={"file": ("a.jpg", photo(), "image/jpeg")})["id"]
    shown = {"type": "image", "media": picture, "caption": "步道", "alt": "新修的步道"}
    story = begun(server, body=[shown, {"type": "text", "html": "<p>步道通了。</p>"}])
    assert story["cover"]["id"] == picture
    page = open_page("/desk")
    open_story(page, story["id"])
    page.get_by_role("button", name="不要题图").click()
    wait_until(lambda: held(server, story["id"])["cover"] is None)
    write_at_end(page, "欢迎来走。")
    wait_until(lambda: "欢迎来走" in words(held(server, story["id"])))
    assert held(server, story["id"])["cover"] is None


def test_what_could_not_be_saved_is_found_again(open_page: OpenPage, server: Server) -> None:
    story = begun(server)
    page = open_page("/desk")
    open_story(page, story["id"])
    path = f"**/api/v1/editor/stories/{story['id']}"

    def cut(route: Route) -> None:
        if route.request.method == "PATCH":
            route.abort()
        else:
            route.continue_()

    page.route(path, cut)
    write_at_end(page, "这一句是断网时写的。")
    page.get_by_role("alert").filter(has_text="留在这台设备上").wait_for()
    page.close()
    assert "断网" not in words(held(server, story["id"]))

    again = open_page(f"/desk#/stories/{story['id']}")
    again.get_by_text("没存上的文字").wait_for()
    again.get_by_role("textbox", name="正文").filter(has_text="这一句是断网时写的。").wait_for()
    wait_until(lambda: "断网" in words(held(server, story["id"])))


def test_who_saves_second_sees_both_texts_and_loses_none(open_page: OpenPage, server: Server) -> None:
    story = begun(server)
    page = open_page("/desk")
    open_story(page, story["id"])
    theirs = [{"id": story["body"][0]["id"], "type": "text", "html": "<p>另一台电脑上写的。</p>"}]
    overtaken: list[int] = []

    def overtake(route: Route) -> None:
        if route.request.method == "PATCH" and not overtaken:
            answer = server.staff("editor").patch(f"/editor/stories/{story['id']}", {"body": theirs}, ver=story["ver"])
            overtaken.append(answer.status_code)
        route.continue_()

    page.route(f"**/api/v1/editor/stories/{story['id']}", overtake)
    write_at_end(page, "这里写的。")
    conflict = page.get_by_role("alertdialog")
    conflict.get_by_text("另一台电脑上写的").wait_for()
    assert overtaken == [200]
    drafts = server.staff("editor").does("GET", f"/editor/stories/{story['id']}/versions")["items"]
    assert [draft["why"] for draft in drafts if draft["branch"]] == ["stale"]
    conflict.get_by_role("button", name="用我的文字接着写").click()
    conflict.wait_for(state="detached")
    wait_until(lambda: "这里写的。" in words(held(server, story["id"])))
    assert "走起来真舒服" in words(held(server, story["id"]))


def test_who_comes_second_reads_and_a_chief_takes_over_with_a_reason(open_page: OpenPage, server: Server) -> None:
    story = begun(server)
    path = f"/editor/stories/{story['id']}/lock"
    server.staff("editor").does("POST", path, {"draft": {"summary": "还没存上的摘要"}})
    page = open_page("/desk")
    enter(page, "chief", f"/stories/{story['id']}")
    page.get_by_role("status").filter(has_text="正在编辑").wait_for()
    assert page.get_by_role("button", name="开始编辑").count() == 0
    page.get_by_role("button", name="接管").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由").fill("马上要刊发")
    dialog.get_by_role("button", name="接管").click()
    dialog.wait_for(state="hidden")
    page.locator(".saving").wait_for()
    drafts = server.staff("editor").does("GET", f"/editor/stories/{story['id']}/versions")["items"]
    assert [draft["why"] for draft in drafts if draft["branch"]] == ["take_over"]


def test_breaking_news_is_opened_on_a_phone_and_signed_by_a_chief(
    open_page: OpenPage, browser: Browser, server: Server
) -> None:
    headline = some_headline("匝道临时封闭")
    phone = open_page("/desk")
    enter(phone, "reporter", "/stories/breaking")
    phone.set_viewport_size(PHONE)
    phone.get_by_label("标题").fill(headline)
    phone.get_by_label("发生了什么").fill("匝道因设备检修临时封闭，请绕行。")
    phone.get_by_label("官方来源").fill("区交警支队")
    phone.get_by_role("button", name="送值班总编签发").click()
    phone.get_by_text("要由另一位值班总编签发").last.wait_for()

    context = browser.new_context(viewport=PHONE, locale="zh-CN", base_url=server.url)
    page = context.new_page()
    enter(page, "duty", "/stories/breaking")
    page.set_viewport_size(PHONE)
    page.get_by_role("article").filter(has_text=headline).get_by_role("button", name="签发").click()
    phone.get_by_role("article").filter(has_text=headline).wait_for(state="detached")
    stories = server.staff("editor").does("GET", "/editor/stories?state=live&limit=50")["items"]
    assert any(story["headline"] == headline for story in stories)
    context.close()


def test_a_package_shows_what_each_channel_gets(open_page: OpenPage, server: Server) -> None:
    story = begun(server)
    page = open_page("/desk")
    enter(page, "editor", f"/stories/{story['id']}/package")
    page.get_by_role("button", name="生成产品包").click()
    page.get_by_role("group", name="微博预览").filter(has_text=story["headline"]).wait_for()
    page.get_by_role("region", name="微信稿").get_by_role("button", name="修改").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("标题").fill("这个标题写得比微信的三十二个字还要长一些，所以这里一定会说它太长了，要改短一点")
    dialog.get_by_role("button", name="保存").click()
    dialog.get_by_text("最多 32 字").wait_for()
    dialog.get_by_label("标题").fill("江边新添的三公里")
    dialog.get_by_role("button", name="保存").click()
    dialog.wait_for(state="hidden")
    page.get_by_role("region", name="微信稿").get_by_text("有改写").wait_for()


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    story = begun(server)["id"]
    key = {"Idempotency-Key": uuid.uuid4().hex}
    server.staff("editor").does("POST", "/kitchen/packages", {"story": story}, headers=key)
    places = ["/stories", "/stories/breaking", f"/stories/{story}", f"/stories/{story}/package"]
    assert weighty(browser, server, "editor", places) == {}
