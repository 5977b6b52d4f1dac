"""A day of the 12345 line: the dispatcher sends a request on, the office answers it, and every number has its cases."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scenario.people import Person
from tests.browser import axe
from tests.browser.conftest import PATIENCE_MS
from tests.browser.desk import choose, enter, weighty
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]
# `staff` works for this office, to which the demo's service for manholes belongs.
OFFICE, OFFICE_NAME = "wateraffairs", "区水务局"


def filed(citizen: Person, **fields: Any) -> dict[str, Any]:
    """Have a citizen file a request whose title no other has."""
    form = {
        "service": "manhole",
        "title": f"窨井盖翘起 {uuid.uuid4().hex[:8]}",
        "text": "人行道上的井盖翘起一角，一踩就响。",
    }
    return dict(citizen.does("POST", "/requests", form | fields))


def done(server: Server, who: str, case: dict[str, Any], command: str, **form: Any) -> dict[str, Any]:
    return dict(server.staff(who).does("POST", f"/desk/requests/{case['id']}/{command}", form))


def seen(server: Server, case: dict[str, Any]) -> dict[str, Any]:
    return dict(server.staff("dispatcher").does("GET", f"/desk/requests/{case['id']}"))


def test_the_dispatcher_follows_the_aid_and_is_told_what_has_changed(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "dispatcher", "/requests")
    page.get_by_role("grid", name="待派").wait_for()
    case = filed(server.citizen())
    page.get_by_label("在这个列表里找").fill(case["title"])
    page.get_by_role("row").filter(has_text=case["title"]).click()
    page.locator(".detail h2", has_text=case["title"]).wait_for()
    aid = page.get_by_role("region", name="派单建议")
    aid.get_by_text(OFFICE_NAME).first.wait_for()
    page.get_by_text("现在在 受理台 手里").wait_for()

    page.get_by_role("grid").press("g")
    dialog = page.get_by_role("dialog", name="派单")
    dialog.get_by_text(OFFICE_NAME).first.wait_for()
    dialog.get_by_label("给承办单位的话").fill("请尽快到场")
    done(server, "supervisor", case, "urgency", urgency="emergency")
    dialog.get_by_role("button", name="派单").click()
    dialog.get_by_role("alert").filter(has_text="有人刚刚改过").wait_for()
    page.locator(".detail .tags", has_text="特急").wait_for()
    dialog.get_by_role("button", name="派单").click()
    dialog.wait_for(state="hidden")
    found = seen(server, case)
    assert (found["state"], found["office"]["id"], found["urgency"]) == ("assigned", OFFICE, "emergency")
    assert found["timeline"][-1]["text"] == "请尽快到场"


def test_the_office_takes_asks_and_answers_by_keys(open_page: OpenPage, server: Server) -> None:
    citizen = server.citizen()
    case = filed(citizen)
    done(server, "dispatcher", case, "assign", office=OFFICE)
    page = open_page("/desk")
    enter(page, "staff", "/requests")
    page.get_by_label("在这个列表里找").fill(case["title"])
    page.get_by_role("row").filter(has_text=case["title"]).click()
    page.get_by_role("button", name="签收").wait_for()
    assert page.get_by_role("button", name="派单").count() == 0
    page.get_by_role("grid").press("t")
    wait_until(lambda: seen(server, case)["state"] == "in_progress")

    page.get_by_role("button", name="请市民补充").wait_for()
    page.get_by_role("grid").press("w")
    dialog = page.get_by_role("dialog", name="请市民补充")
    dialog.get_by_role("button", name="发给市民").click()
    dialog.get_by_text("请填写要问什么。").wait_for()
    dialog.get_by_label("要问什么").fill("是哪一只井盖？")
    dialog.get_by_label("要问什么").press("Control+Enter")
    dialog.wait_for(state="hidden")
    page.get_by_text("现在在 市民 手里").wait_for()

    citizen.does("POST", f"/requests/{case['id']}/messages", {"text": "校门口那只"})
    page.get_by_text("校门口那只").wait_for()
    page.get_by_role("button", name="答复市民").wait_for()
    page.get_by_role("grid").press("r")
    dialog = page.get_by_role("dialog", name="答复市民")
    dialog.get_by_label("答复内容").fill("已经加固，请您看看。")
    dialog.get_by_role("button", name="答复", exact=True).click()
    dialog.wait_for(state="hidden")
    assert (seen(server, case)["state"], seen(server, case)["asks"]) == ("replied", 1)


def test_the_supervisor_decides_extends_and_brings_in_another_office(open_page: OpenPage, server: Server) -> None:
    case = filed(server.citizen())
    for office, who in ((OFFICE, "staff"), ("greening", "staff2")):
        done(server, "dispatcher", case, "assign", office=office)
        done(server, who, case, "return", reason="不是本单位的井盖")
    page = open_page("/desk")
    enter(page, "supervisor", f"/requests/{case['id']}")
    page.locator(".detail h2", has_text=case["title"]).wait_for()

    def give(label: str, confirm: str) -> None:
        dialog = page.get_by_role("dialog", name=label)
        dialog.get_by_role("button", name=confirm, exact=True).click()
        dialog.wait_for(state="hidden")

    page.get_by_role("button", name="裁定承办单位").click()
    choose(page, "承办单位", OFFICE_NAME)
    page.get_by_label("裁定理由").fill("井盖上有水务的字样")
    give("裁定承办单位", "裁定并派单")
    done(server, "staff", case, "take")
    page.get_by_role("button", name="批准延期").click()
    page.get_by_label("延长几个工作日").fill("3")
    page.get_by_role("dialog").get_by_label("理由").fill("要等配件")
    give("批准延期", "延期")
    page.get_by_role("button", name="请单位协办").click()
    choose(page, "协办单位", "区绿化和市容管理局")
    give("请单位协办", "请协办")
    page.locator(".detail .tags", has_text="已延期").wait_for()
    found = seen(server, case)
    assert (found["state"], found["office"]["id"], found["extended"]) == ("in_progress", OFFICE, True)
    assert [one["id"] for one in found["helpers"]] == ["greening"]


def test_whoever_did_not_answer_is_called_back(browser: Browser, make_server: Callable[..., Server]) -> None:
    """A week later, which is a house of its own."""
    server = make_server()
    case = filed(server.citizen())
    done(server, "dispatcher", case, "assign", office=OFFICE)
    done(server, "staff", case, "take")
    done(server, "staff", case, "reply", text="已经加固。")
    server.move_clock(8 * 86400)
    wait_until(lambda: seen(server, case)["callback_due"])
    context = browser.new_context(locale="zh-CN", base_url=server.url)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    enter(page, "dispatcher", f"/requests/{case['id']}")
    page.get_by_role("button", name="记录回访").click()
    dialog = page.get_by_role("dialog", name="记录回访")
    choose(page, "市民怎么说", "市民不认可")
    dialog.get_by_label("通话记录").fill("井盖还是响")
    dialog.get_by_role("button", name="记录", exact=True).click()
    dialog.wait_for(state="hidden")
    found = seen(server, case)
    assert (found["state"], found["redos"], found["timeline"][-1]["text"]) == ("in_progress", 1, "井盖还是响")
    context.close()


def test_a_number_left_in_a_public_version_is_refused_with_the_reason(open_page: OpenPage, server: Server) -> None:
    case = filed(server.citizen(), privacy="public_twin")
    page = open_page("/desk")
    enter(page, "dispatcher", "/requests/twins")
    page.get_by_role("row").filter(has_text=case["title"]).click()
    text = page.get_by_label("内容（公开）")
    text.fill("井盖翘起，联系 13912345678。")
    page.get_by_role("button", name="保存并公开").click()
    page.get_by_role("alert").filter(has_text="电话号码").wait_for()
    text.fill("人行道上的井盖翘起。")
    page.get_by_role("button", name="保存并公开").click()
    page.get_by_role("row").filter(has_text=case["title"]).wait_for(state="detached")
    shown = Person(server.url).does("GET", "/public/requests")["items"]
    assert [one["text"] for one in shown if one["title"] == case["title"]] == ["人行道上的井盖翘起。"]


def test_a_number_opens_the_cases_behind_it(open_page: OpenPage, server: Server) -> None:
    case = filed(server.citizen())
    done(server, "dispatcher", case, "assign", office=OFFICE)
    page = open_page("/desk")
    enter(page, "supervisor", "/requests/statistics")
    page.get_by_role("row").filter(has_text=OFFICE_NAME).get_by_role("button").first.click()
    page.get_by_role("grid").press("End")
    page.get_by_role("link", name=case["code"]).click()
    page.locator(".detail h2", has_text=case["title"]).wait_for()


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    case = filed(server.citizen(), privacy="public_twin")
    twin = next(
        one
        for one in server.staff("dispatcher").does("GET", "/desk/twins")["items"]
        if one["request"]["id"] == case["id"]
    )
    places = [f"/requests/{case['id']}", f"/requests/twins/{twin['id']}", "/requests/statistics", "/requests/workdays"]
    assert weighty(browser, server, "dispatcher", places) == {}
