"""What a citizen does in the app beside reading: say, vote, come along, keep, set, take along, leave."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.people import sign_in, some_citizen
from tests.community.people import article, proven, word
from tests.community.test_gatherings import announced
from tests.community.test_polls import opened
from tests.newsroom.kitchen import must
from tests.privacy.test_consents import born_years_ago
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

OpenPage = Callable[..., "Page"]


class Reader:
    """A citizen in front of the app, and the same one as the server knows them."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        number, self.person = some_citizen(server)
        sign_in(page, number)

    def go(self, place: str) -> None:
        self.page.goto(f"/#{place}")


@pytest.fixture
def reader(browser_page: Page, server: Server) -> Reader:
    return Reader(browser_page, server)


def test_a_comment_is_read_by_a_moderator_first_and_can_be_taken_back(reader: Reader, server: Server) -> None:
    proven(reader.person)
    told, words = article(server), word()
    page = reader.page
    reader.go(f"/news/{told}")
    page.get_by_role("textbox", name="写评论").fill(words)
    page.get_by_role("button", name="发表").click()
    own = page.locator(".comment").filter(has_text=words)
    own.get_by_text("审核中，只有您看得到").wait_for()
    (comment,) = reader.person.does("GET", "/me/comments")["items"]
    assert server.anonymous().does("GET", f"/articles/{told}/comments")["items"] == []
    server.staff("monitor").does("POST", f"/desk/comments/{comment['id']}/show")
    own.get_by_text("审核中，只有您看得到").wait_for(state="detached")
    own.get_by_role("button", name="赞").click()
    wait_until(lambda: reader.person.does("GET", f"/likes?kind=comment&ids={comment['id']}")["items"][0]["likes"] == 1)
    page.on("dialog", lambda dialog: dialog.accept())
    own.get_by_role("button", name="删除").click()
    page.get_by_text(words).first.wait_for(state="detached")
    wait_until(lambda: server.anonymous().does("GET", f"/articles/{told}/comments")["items"] == [])


def test_who_has_not_proven_who_they_are_is_led_there(reader: Reader, server: Server) -> None:
    page = reader.page
    reader.go(f"/news/{article(server)}")
    page.get_by_role("textbox", name="写评论").fill(word())
    page.get_by_role("button", name="发表").click()
    page.get_by_role("link", name="去认证").click()
    page.get_by_role("heading", name="实名认证", level=1).wait_for()


def test_a_tip_has_a_receipt_and_its_way_is_seen(reader: Reader, server: Server) -> None:
    page, words = reader.page, f"河边的栏杆松了，{word()}"
    reader.go("/community/tips/new")
    page.get_by_label("发生了什么").fill(words)
    page.get_by_role("button", name="发给编辑部").click()
    page.locator(".receipt .code").wait_for()
    (tip,) = reader.person.does("GET", "/tips")["items"]
    assert page.locator(".receipt .code").inner_text() == tip["code"]
    must(server.staff("reporter"), f"/kitchen/tips/{tip['id']}/ask", {"text": "是哪一段河边？"})
    page.get_by_text("是哪一段河边？").wait_for()


def test_a_vote_is_cast_once_and_changed(reader: Reader, server: Server) -> None:
    poll = opened(server)
    page = reader.page
    reader.go(f"/community/polls/{poll['id']}")
    page.get_by_label("公园").check()
    page.get_by_role("button", name="投票").click()
    page.get_by_text("您选的").wait_for()
    page.get_by_role("button", name="改一改").click()
    page.get_by_label("广场").check()
    page.get_by_role("button", name="投票").click()
    chosen = page.locator(".results .mine")
    chosen.filter(has_text="广场").wait_for()
    counts = reader.person.does("GET", f"/polls/{poll['id']}/counts")
    assert counts["voters"] == 1


def test_a_place_is_taken_and_given_back(reader: Reader, server: Server) -> None:
    walk = announced(server)
    page = reader.page
    reader.go(f"/community/gatherings/{walk['id']}")
    page.get_by_label("一共几个人来").select_option("2")
    page.get_by_role("button", name="报名").click()
    page.get_by_text("已报上名").wait_for()
    assert reader.person.does("GET", f"/gatherings/{walk['id']}/places")["free"] == 1
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="取消报名").click()
    page.get_by_role("button", name="报名", exact=True).wait_for()
    wait_until(lambda: reader.person.does("GET", f"/gatherings/{walk['id']}/places")["free"] == 3)


def test_what_is_kept_is_on_all_of_ones_devices(reader: Reader, server: Server) -> None:
    told = article(server)
    page = reader.page
    reader.go(f"/news/{told}")
    page.get_by_role("button", name="收藏").click()
    page.locator(".keep[aria-pressed=true]").wait_for()
    wait_until(lambda: [one["thing"] for one in reader.person.does("GET", "/me/bookmarks")["items"]] == [told])
    reader.go("/news/bookmarks")
    page.locator(f"a[href$='{told}']").wait_for()


def test_an_office_is_followed_and_no_more(reader: Reader) -> None:
    page = reader.page

    def followed() -> list[tuple[str, str]]:
        return [(one["kind"], one["thing"]) for one in reader.person.does("GET", "/me/follows")["items"]]

    reader.go("/me/follows")
    button = page.locator("li").filter(has_text="区水务局").get_by_role("button", name="关注").last
    button.click()
    wait_until(lambda: followed() == [("office", "wateraffairs")])
    page.get_by_role("button", name="已关注").first.click()
    wait_until(lambda: followed() == [])


def test_what_rings_is_set_here_and_holds_everywhere(reader: Reader) -> None:
    page = reader.page
    reader.go("/me/preferences")
    page.get_by_role("switch", name="公告").click()
    page.get_by_role("switch", name="公告", checked=False).wait_for()
    wait_until(lambda: reader.person.does("GET", "/me/preferences")["notices"] is False)
    # Elsewhere it is turned on again, and seen here without a reload.
    ver = reader.person.does("GET", "/me/preferences")["ver"]
    reader.person.patch("/me/preferences", {"notices": True}, ver)
    page.get_by_role("switch", name="公告", checked=True).wait_for()


def test_a_refused_request_says_why_and_is_mended(reader: Reader) -> None:
    """The service was closed between the writing and the sending."""
    page, title = reader.page, f"路灯不亮 {uuid.uuid4().hex[:6]}"
    page.route("**/api/v1/sync/mutations", _for_a_service_that_is_gone, times=1)
    reader.go("/services/new/streetlight")
    page.get_by_label("标题").fill(title)
    page.get_by_label("具体情况").fill("门口的灯不亮。")
    page.get_by_role("button", name="提交", exact=True).click()
    page.get_by_text("没有被接受").first.wait_for()
    assert reader.person.does("GET", "/requests")["items"] == []
    page.get_by_role("link", name="修改后再提交").click()
    assert page.get_by_label("标题").input_value() == title
    page.locator("#request-service").select_option("streetlight")
    page.get_by_role("button", name="提交", exact=True).click()
    page.wait_for_selector(".timeline")
    assert [one["title"] for one in reader.person.does("GET", "/requests")["items"]] == [title]
    assert page.get_by_text("没有被接受").count() == 0


def _for_a_service_that_is_gone(route: Route) -> None:
    body: dict[str, Any] = route.request.post_data_json
    for mutation in body["mutations"]:
        mutation["args"]["service"] = "nosuchservice"
    route.continue_(post_data=json.dumps(body))


def test_everything_held_about_somebody_is_taken_along(reader: Reader, tmp_path: Path) -> None:
    page, title = reader.page, f"井盖 {uuid.uuid4().hex[:6]}"
    reader.person.does("POST", "/requests", {"service": "manhole", "title": title, "text": "松动了。"})
    reader.go("/me/data")
    with page.expect_download() as download:
        page.get_by_role("button", name="下载").click()
    file = tmp_path / "all.json"
    download.value.save_as(file)
    assert title in file.read_text(encoding="utf-8")


def test_an_account_is_closed_only_by_who_means_it(reader: Reader, server: Server) -> None:
    page = reader.page
    reader.go("/me/data")
    page.get_by_label("请输入“注销”确认").fill("不")
    page.get_by_role("button", name="永久注销").click()
    page.get_by_text("请原样输入“注销”").wait_for()
    page.get_by_label("请输入“注销”确认").fill("注销")
    page.get_by_role("button", name="永久注销").click()
    page.get_by_label("手机号").wait_for()
    wait_until(lambda: reader.person.get("/me").status_code == 401)


def test_what_one_agrees_to_can_be_read_is_written_down_and_taken_back(reader: Reader) -> None:
    page = reader.page
    reader.go("/me/privacy")
    panel = page.locator("form.panel").filter(has=page.get_by_role("heading", name="隐私政策"))
    panel.get_by_text("读一读全文").click()
    panel.get_by_text("手机号和身份证号加密保存").wait_for()
    # A new version is asked for, and then it no longer is.
    panel.get_by_role("button", name="同意", exact=True).click()
    panel.get_by_role("button", name="撤回").wait_for()
    (kept,) = [one for one in reader.person.does("GET", "/me/consents")["items"] if one["purpose"] == "notice"]
    assert kept["withdrawn_at"] is None
    panel.get_by_role("button", name="撤回").click()
    panel.get_by_role("button", name="同意", exact=True).wait_for()
    assert all(one["withdrawn_at"] for one in reader.person.does("GET", "/me/consents")["items"])


def test_another_device_is_signed_out_from_here(reader: Reader) -> None:
    assert reader.person.get("/me").ok
    reader.go("/me/devices")
    # The one that the test signed in, beside this phone's.
    reader.page.get_by_role("listitem").get_by_role("button").click()
    wait_until(lambda: reader.person.get("/me").status_code == 401)
    reader.page.get_by_text("就是这台手机").wait_for()
    reader.page.get_by_role("listitem").get_by_role("button").wait_for(state="detached")


def test_a_child_is_led_to_its_guardian_who_agrees_and_takes_it_back(
    reader: Reader, server: Server, open_page: OpenPage
) -> None:
    page, guardian = reader.page, f"138{uuid.uuid4().int % 10**8:08}"
    reader.go("/me/identity")
    page.get_by_label("姓名").fill("小明")
    page.get_by_label("身份证号码").fill(born_years_ago(server, 12))
    page.get_by_role("button", name="提交核验").click()
    page.get_by_role("link", name="请监护人同意").click()
    panel = page.locator("form.panel").filter(has=page.get_by_role("heading", name="监护人同意"))
    assert panel.get_by_role("button", name="监护人已同意").count() == 0, "first somebody is asked"
    panel.get_by_label("监护人姓名").fill("王大明")
    panel.get_by_label("监护人手机号").fill(guardian)
    panel.get_by_role("button", name="发验证码给监护人").click()
    code = "".join(letter for letter in panel.locator(".told").inner_text() if letter.isdigit())
    panel.get_by_label("监护人告诉您的验证码").fill(f"{(int(code) + 1) % 10**6:06d}")
    panel.get_by_role("button", name="监护人已同意").click()
    panel.get_by_text("验证码不对，请核对后再填。").wait_for()
    panel.get_by_label("监护人告诉您的验证码").fill(code)
    panel.get_by_role("button", name="监护人已同意").click()
    panel.get_by_text(f"王大明，手机号 •••• {guardian[-4:]}").wait_for()
    reader.go("/me/identity")
    page.get_by_label("姓名").fill("小明")
    page.get_by_label("身份证号码").fill(born_years_ago(server, 12))
    page.get_by_role("button", name="提交核验").click()
    page.get_by_text("已认证").wait_for()
    # The guardian needs nothing of the child's for taking it back.
    reader.go("/me/devices")
    page.get_by_role("button", name="在这台手机上退出").click()
    server.move_clock(61)
    sign_in(page, guardian)
    reader.go("/me/privacy")
    page.get_by_role("heading", name="我替孩子同意的").wait_for()
    page.get_by_role("button", name="撤回对").click()
    page.get_by_role("heading", name="我替孩子同意的").wait_for(state="detached")
    held = reader.person.does("GET", "/me/consents")["items"]
    assert [one["withdrawn_at"] is None for one in held if one["purpose"] == "guardian"] == [False]


def test_the_phone_is_asked_where_it_is_only_by_who_agreed(reader: Reader, server: Server) -> None:
    page = reader.page
    page.context.grant_permissions(["geolocation"], origin=server.url)
    page.context.set_geolocation({"latitude": 31.4, "longitude": 121.49})
    counted = """() => {
        const ask = navigator.geolocation.getCurrentPosition.bind(navigator.geolocation);
        window.asked = 0;
        navigator.geolocation.getCurrentPosition = (...given) => { window.asked += 1; ask(...given); };
    }"""
    reader.go("/services/new/manhole")
    page.evaluate(counted)
    page.get_by_role("button", name="用我的位置").click()
    question = page.get_by_role("group", name="让手机告诉我们您在哪里吗？")
    question.get_by_role("button", name="不用，自己选").click()
    question.wait_for(state="detached")
    assert page.evaluate("window.asked") == 0
    page.get_by_role("button", name="用我的位置").click()
    question.get_by_role("button", name="同意并定位").click()
    page.get_by_role("button", name="去掉").wait_for()
    assert page.evaluate("window.asked") == 1
    (given,) = [one for one in reader.person.does("GET", "/me/consents")["items"] if one["purpose"] == "location"]
    assert given["withdrawn_at"] is None
    # Who has agreed is asked no more, until they take it back, be it elsewhere.
    page.get_by_role("button", name="用我的位置").click()
    wait_until(lambda: page.evaluate("window.asked") == 2)
    reader.person.does("DELETE", "/me/consents/location")
    page.get_by_role("button", name="用我的位置").click()
    question.wait_for()
    assert page.evaluate("window.asked") == 2
