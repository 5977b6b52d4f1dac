"""The planner's day: two leads become one, it becomes a topic, another person approves it, and a reporter is sent."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.browser import axe
from tests.browser.desk import enter, weighty
from tests.newsroom.kitchen import must
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]
Thing = dict[str, Any]


def lead(server: Server, title: str, text: str, place: str, source: str) -> Thing:
    form = {"title": title, "text": text, "place": place, "source": source}
    return must(server.staff("reporter"), "/kitchen/leads", form)


def found(server: Server, kind: str, thing: str) -> Thing:
    read: Thing = server.staff("chief").does("GET", f"/kitchen/{kind}/{thing}")
    return read


def test_two_leads_become_one_topic_and_a_reporter_is_sent(open_page: OpenPage, server: Server) -> None:
    word = uuid.uuid4().hex[:6]
    text = "打桩声一直到后半夜，附近小区居民连续三晚睡不好。"
    kept = lead(server, f"夜间打桩扰民{word}", text, f"友谊路{word}号", "hotline")
    twin = lead(server, f"居民夜里睡不好{word}", text, f"友谊路{word}号", "app_report")
    page = open_page("/desk")
    enter(page, "head", f"/planning/leads/{twin['id']}")
    leads = page.get_by_role("grid", name="线索")
    page.get_by_role("heading", name="可能是同一件事").wait_for()
    leads.press("m")
    page.get_by_role("dialog", name="并入另一条线索").get_by_role("button", name="合并").click()
    page.get_by_role("heading", name=kept["title"]).wait_for()
    assert found(server, "leads", twin["id"])["dup_of"] == kept["id"]

    page.get_by_role("button", name="核实", exact=True).wait_for()
    leads.press("v")
    page.get_by_role("button", name="转为选题").click()
    page.get_by_role("dialog", name="转为选题").get_by_role("button", name="转为选题").click()
    page.wait_for_url("**/planning/topics/*")
    topic = str(found(server, "leads", kept["id"])["topic_id"])

    page.get_by_role("button", name="提交审批").click()
    # Whoever proposed it is told beforehand, and told again by the server, whom to ask.
    page.get_by_text("要由另一位部门主任以上的同事审批").wait_for()
    page.get_by_role("button", name="通过", exact=True).click()
    refusal = page.get_by_role("alert").filter(has_text="提出或提交选题的人不能审批它")
    refusal.filter(has_text="请另一位部门主任以上的同事审批").wait_for()
    assert found(server, "topics", topic)["state"] == "submitted"

    must(server.staff("chief"), f"/kitchen/topics/{topic}/approve")
    due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    line = {"kind": "photo", "desk": "reporters", "due": due, "targets": ["app"]}
    must(server.staff("chief"), f"/kitchen/topics/{topic}/coverages", line)
    page.get_by_text("1. 图片").wait_for()
    page.get_by_role("button", name="下发", exact=True).click()
    page.get_by_role("dialog", name="下发选题").get_by_role("button", name="下发").click()

    page.get_by_role("button", name="派记者").click()
    dialog = page.get_by_role("dialog", name="派任务：图片")
    dialog.get_by_role("combobox", name="记者").press("ArrowDown")
    reporter = server.staff("reporter")
    page.get_by_role("option").filter(has_text=str((reporter.tokens or {})["user"]["name"])).click()
    dialog.get_by_label("去哪里").fill("友谊路工地")
    dialog.get_by_role("button", name="派出").click()
    dialog.wait_for(state="hidden")
    sent = server.staff("chief").does("GET", f"/kitchen/assignments?topic={topic}")["items"]
    assert [(one["state"], one["place"], [who["id"] for who in one["reporters"]]) for one in sent] == [
        ("dispatched", "友谊路工地", [reporter.id])
    ]
    page.locator(".sent").get_by_text("等记者答复").wait_for()


def test_a_tip_is_closed_with_a_reason_that_its_sender_reads(open_page: OpenPage, server: Server) -> None:
    citizen = server.citizen()
    tip = citizen.does("POST", "/tips", {"text": f"河里有死鱼{uuid.uuid4().hex[:6]}，不知道怎么回事。"})
    page = open_page("/desk")
    enter(page, "editor", f"/planning/tips/{tip['id']}")
    page.get_by_role("heading", name=tip["code"]).wait_for()
    page.get_by_role("grid", name="报料").press("x")
    dialog = page.get_by_role("dialog", name="不采用这条报料")
    dialog.get_by_role("combobox", name="理由").click()
    page.get_by_role("option", name="已有报道").click()
    dialog.get_by_role("button", name="不采用").click()
    dialog.wait_for(state="hidden")
    wait_until(lambda: citizen.does("GET", f"/tips/{tip['id']}")["reason"] == "known")


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    made = lead(server, f"菜价{uuid.uuid4().hex[:6]}", "", "月浦菜场", "reporter")
    parts = ["leads", f"leads/{made['id']}", "tips", "topics", "assignments", "meetings", "calendar"]
    assert weighty(browser, server, "head", [f"/planning/{part}" for part in parts]) == {}
