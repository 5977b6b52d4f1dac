"""The house goes away in the middle of a thing, and comes back: nothing typed is lost, nothing is done twice."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.desk import choose, enter
from tests.browser.test_desk_examination import exam_of, in_exam, now
from tests.browser.test_desk_publishing import channel
from tests.browser.test_desk_requests import OFFICE, done, filed, seen
from tests.community.test_gatherings import announced
from tests.newsroom import outlets
from tests.newsroom.kitchen import must
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, Route

OpenPage = Callable[..., "Page"]


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """One of the module's own, as it is killed again and again."""
    return make_server()


def send_over_a_restart(server: Server, page: Page, button: Locator) -> None:
    """Press a button while nobody is there, and again when the house is back."""
    server.kill()
    button.click()
    page.get_by_text("网络不通").first.wait_for()
    server.start()
    page.locator(".line-state[data-state=live]").wait_for()
    button.click()
    button.wait_for(state="hidden")


def send_and_lose_the_answer(server: Server, page: Page, button: Locator, address: str) -> None:
    """Press a button; the house does what it is told and dies before it answers. Press again when it is back."""

    def lose(route: Route) -> None:
        route.fetch()
        server.kill()
        route.abort()

    page.route(address, lose, times=1)
    button.click()
    page.get_by_text("网络不通").first.wait_for()
    server.start()
    page.locator(".line-state[data-state=live]").wait_for()
    button.click()
    button.wait_for(state="hidden")


def test_a_proofreader_passes_a_step(open_page: OpenPage, server: Server) -> None:
    story, exam = in_exam(server)
    page = open_page("/desk")
    enter(page, "proof", f"/examination/{exam['id']}")
    page.get_by_role("button", name="领取一校").click()
    page.get_by_role("button", name="通过", exact=True).click()
    send_over_a_restart(server, page, page.get_by_role("dialog").get_by_role("button", name="通过", exact=True))
    wait_until(lambda: now(server, story)["P1"] == "passed")
    assert len([one for one in exam_of(server, story)["steps"] if one["state"] == "passed"]) == 1


def test_a_duty_editor_stops_a_channel(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "duty", "/publishing/channels/weibo")
    page.get_by_role("button", name="停发", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("理由").fill("机房断电")
    send_over_a_restart(server, page, dialog.get_by_role("button", name="停发", exact=True))
    page.locator(".detail .said", has_text="机房断电").wait_for()
    assert channel(server, "weibo")["state"] == "halted"


def test_a_dispatcher_sends_a_request_on(open_page: OpenPage, server: Server) -> None:
    case = filed(server.citizen())
    page = open_page("/desk")
    enter(page, "dispatcher", f"/requests/{case['id']}")
    page.locator(".detail h2", has_text=case["title"]).wait_for()
    page.get_by_role("button", name="派单", exact=True).click()
    dialog = page.get_by_role("dialog", name="派单")
    dialog.get_by_text("区水务局").first.wait_for()
    send_over_a_restart(server, page, dialog.get_by_role("button", name="派单", exact=True))
    assert (seen(server, case)["state"], seen(server, case)["office"]["id"]) == ("assigned", OFFICE)


def test_an_office_answers(open_page: OpenPage, server: Server) -> None:
    case = filed(server.citizen())
    done(server, "dispatcher", case, "assign", office=OFFICE)
    done(server, "staff", case, "take")
    page = open_page("/desk")
    enter(page, "staff", f"/requests/{case['id']}")
    page.locator(".detail h2", has_text=case["title"]).wait_for()
    page.get_by_role("grid").press("r")
    dialog = page.get_by_role("dialog", name="答复市民")
    dialog.get_by_label("答复内容").fill("已经加固。")
    send_over_a_restart(server, page, dialog.get_by_role("button", name="答复", exact=True))
    found = seen(server, case)
    assert found["state"] == "replied"
    assert [one["text"] for one in found["timeline"]].count("已经加固。") == 1


def test_a_clerk_drafts_a_notice(open_page: OpenPage, server: Server) -> None:
    title = f"关于断电演练的公告{uuid.uuid4().hex[:6]}"
    page = open_page("/desk")
    enter(page, "office", "/notices/new")
    page.get_by_label("标题", exact=True).fill(title)
    page.get_by_role("textbox", name="正文").click()
    page.keyboard.type("演练期间照明不变。")
    choose(page, "信息类别", "其他信息")
    send_over_a_restart(server, page, page.get_by_role("button", name="保存", exact=True))
    page.get_by_role("heading", name=title).wait_for()
    drafts = server.staff("office").does("GET", "/office/notices?limit=50")["items"]
    assert len([one for one in drafts if one["title"] == title]) == 1


def test_a_channel_operator_sends_once_more(open_page: OpenPage, server: Server) -> None:
    story, _ = outlets.cleared(server, "wechat_article")
    duty = server.staff("duty")
    must(duty, "/kitchen/halt", {"reason": "机房断电", "channels": ["wechat"]})
    (queued,) = must(duty, "/kitchen/publications", {"story": story["id"], "channels": ["wechat"]})["items"]
    must(duty, f"/kitchen/publications/{queued['id']}/cancel", {"reason": "先等一等"})
    page = open_page("/desk")
    enter(page, "channels", f"/publishing/queue/{queued['id']}")
    page.get_by_role("button", name="强制再发一次").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("为什么要再发一次").fill("读者反映没有看到")
    send_and_lose_the_answer(server, page, dialog.get_by_role("button", name="再发一次"), "**/resend")
    page.locator(".detail .facts", has_text="读者反映没有看到").wait_for()
    path = f"/kitchen/publications?story={story['id']}&channel=wechat"
    found = server.staff("duty").does("GET", path)["items"]
    assert {one["id"]: one["force_reason"] for one in found} == {
        queued["id"]: None,
        page.url.rpartition("/")[2]: "读者反映没有看到",
    }


def test_a_supervisor_presses_for_an_answer(open_page: OpenPage, server: Server) -> None:
    case = filed(server.citizen())
    done(server, "dispatcher", case, "assign", office=OFFICE)
    page = open_page("/desk")
    enter(page, "supervisor", f"/requests/{case['id']}")
    page.get_by_role("button", name="督办", exact=True).click()
    dialog = page.get_by_role("dialog", name="督办")
    dialog.get_by_label("督办要求").fill("三天内答复，附现场照片。")
    send_and_lose_the_answer(server, page, dialog.get_by_role("button", name="督办"), "**/supervise")
    found = seen(server, case)
    assert found["supervised"]
    assert [one["text"] for one in found["timeline"]].count("三天内答复，附现场照片。") == 1


def test_a_planner_enters_a_lead_and_proposes_a_topic(open_page: OpenPage, server: Server) -> None:
    word = uuid.uuid4().hex[:6]
    page = open_page("/desk")
    enter(page, "head", "/planning/leads")
    page.get_by_role("button", name="登记线索").click()
    dialog = page.get_by_role("dialog", name="登记线索")
    dialog.get_by_label("标题").fill(f"河岸塌了一角{word}")
    dialog.get_by_label("地点").fill("蕰川路桥下")
    send_over_a_restart(server, page, dialog.get_by_role("button", name="登记"))
    page.get_by_role("heading", name=f"河岸塌了一角{word}").wait_for()

    page.get_by_role("button", name="核实", exact=True).click()
    page.get_by_role("button", name="转为选题").click()
    dialog = page.get_by_role("dialog", name="转为选题")
    button = dialog.get_by_role("button", name="转为选题")
    send_and_lose_the_answer(server, page, button, "**/convert")
    page.wait_for_url("**/planning/topics/*")
    head = server.staff("head")
    leads = [one for one in head.does("GET", "/kitchen/leads?limit=100")["items"] if word in one["title"]]
    topics = [one for one in head.does("GET", "/kitchen/topics?limit=100")["items"] if word in one["title"]]
    assert ([one["state"] for one in leads], len(topics)) == (["converted"], 1)


def test_a_planner_tells_everybody_why_a_topic_is_turned_down_once(open_page: OpenPage, server: Server) -> None:
    form = {"title": f"夜市占道{uuid.uuid4().hex[:6]}", "class": "livelihood"}
    topic = must(server.staff("reporter"), "/kitchen/topics", form)
    must(server.staff("reporter"), f"/kitchen/topics/{topic['id']}/submit")
    page = open_page("/desk")
    enter(page, "head", f"/planning/topics/{topic['id']}")
    page.get_by_role("button", name="退回", exact=True).click()
    dialog = page.get_by_role("dialog", name="退回选题")
    dialog.get_by_label("理由").fill("再找一位摊主")
    send_and_lose_the_answer(server, page, dialog.get_by_role("button", name="退回"), "**/return")
    page.locator(".detail").get_by_text("再找一位摊主").first.wait_for()
    assert server.staff("head").does("GET", f"/kitchen/topics/{topic['id']}")["state"] == "returned"


def test_a_proofreader_whose_answer_was_lost_has_passed_the_step_once(open_page: OpenPage, server: Server) -> None:
    story, exam = in_exam(server)
    page = open_page("/desk")
    enter(page, "proof", f"/examination/{exam['id']}")
    page.get_by_role("button", name="领取一校").click()
    page.get_by_role("button", name="通过", exact=True).click()
    button = page.get_by_role("dialog").get_by_role("button", name="通过", exact=True)
    # How long the text was read is told with it, and goes on being counted: sent again it is what it was.
    send_and_lose_the_answer(server, page, button, "**/pass")
    assert now(server, story)["P1"] == "passed"


def test_what_a_caller_said_is_filed_once(open_page: OpenPage, server: Server) -> None:
    title = f"路灯一闪一闪{uuid.uuid4().hex[:6]}"
    page = open_page("/desk")
    enter(page, "dispatcher", "/requests")
    page.get_by_role("button", name="替来电人登记").click()
    dialog = page.get_by_role("dialog", name="替来电人登记")
    dialog.get_by_label("来电人手机号").fill("13912340007")
    choose(page, "服务事项", "窨井盖")
    dialog.get_by_label("标题").fill(title)
    dialog.get_by_label("具体情况").fill("从昨晚开始。")
    send_and_lose_the_answer(server, page, dialog.get_by_role("button", name="登记"), "**/desk/requests")
    page.locator(".detail h2", has_text=title).wait_for()
    held = server.staff("dispatcher").does("GET", "/desk/requests?limit=100")["items"]
    assert len([one for one in held if one["title"] == title]) == 1


def test_a_gathering_is_called_off_once(open_page: OpenPage, server: Server) -> None:
    made = announced(server)
    page = open_page("/desk")
    enter(page, "office", f"/community/gatherings/{made['id']}")
    page.get_by_role("button", name="取消活动").click()
    dialog = page.get_by_role("dialog", name="取消活动")
    dialog.get_by_label("理由").fill("台风要来")
    send_and_lose_the_answer(server, page, dialog.get_by_role("button", name="取消活动"), "**/cancel")
    page.get_by_text("取消理由：台风要来").wait_for()
