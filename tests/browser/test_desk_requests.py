"""A day of the 12345 line: the dispatcher sends a request on, the office answers it, and every number has its cases."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scenario.people import Person
from tests.browser import axe
from tests.browser.desk import enter, weighty
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
    page.get_by_role("grid").press("r")
    dialog = page.get_by_role("dialog", name="答复市民")
    dialog.get_by_label("答复内容").fill("已经加固，请您看看。")
    dialog.get_by_role("button", name="答复", exact=True).click()
    dialog.wait_for(state="hidden")
    assert (seen(server, case)["state"], seen(server, case)["asks"]) == ("replied", 1)


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
