"""监测: an alert from the words that raised it to what was done about it, and the rules behind it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import axe
from tests.browser.desk import enter, weighty
from tests.newsroom.kitchen import in_exam, must, up_to, word
from tests.support.server import Server, wait_until
from tests.support.tables import run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

OpenPage = Callable[..., "Page"]


@pytest.fixture(scope="module")
def server(make_server: Callable[..., Server]) -> Server:
    """A house of the module's own, since it is killed in the middle."""
    return make_server()


def said(server: Server, text: str, heat: int = 80) -> dict[str, Any]:
    """Take in something that was said."""
    item = {"source": "本地论坛", "url": f"https://forum.example/{uuid.uuid4().hex}", "text": text, "heat": heat}
    return must(server.staff("monitor"), "/kitchen/opinions", {"items": [item | {"stance": "negative"}]})


def raised(server: Server) -> dict[str, Any]:
    """An alert by a rule of its own."""
    key = word()
    form = {"name": f"规则{key}", "words": [key], "where": "district"}
    must(server.staff("monitor"), "/kitchen/opinion-rules", form)
    (found,) = said(server, f"顾村公园门口{key}")["alerts"]
    return alert(server, found)


def alert(server: Server, alert_id: str) -> dict[str, Any]:
    return dict(server.staff("monitor").does("GET", f"/kitchen/alerts/{alert_id}"))


def answer(page: Page, button: str) -> Locator:
    """Send the dialog that is open."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=button, exact=True).click()
    return dialog


def test_an_alert_comes_by_itself_and_is_handled(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "monitor", "/monitoring")
    page.get_by_role("grid", name="预警").get_by_role("row").first.wait_for()
    made = raised(server)
    page.get_by_role("row").filter(has_text=made["title"]).click()
    page.locator(".detail mark", has_text="顾村公园").wait_for()
    page.keyboard.press("t")
    answer(page, "研判").wait_for(state="hidden")
    # Nothing was done about it yet, and the page says so.
    page.get_by_text("登记至少一项处置").wait_for()
    assert page.get_by_role("button", name="处置完毕").is_disabled()
    page.get_by_role("button", name="转线索").click()
    page.get_by_role("dialog").get_by_label("地点（可不填）").fill("顾村公园")
    answer(page, "转线索").wait_for(state="hidden")
    page.get_by_role("button", name="处置完毕").click()
    answer(page, "处置完毕").wait_for(state="hidden")
    page.get_by_role("button", name="办结").click()
    answer(page, "办结").wait_for(state="hidden")
    wait_until(lambda: alert(server, made["id"])["state"] == "closed")
    assert [link["kind"] for link in alert(server, made["id"])["links"]] == ["lead"]


def test_a_false_alarm_needs_a_reason(open_page: OpenPage, server: Server) -> None:
    made = raised(server)
    page = open_page("/desk")
    enter(page, "monitor", f"/monitoring/alerts/{made['id']}")
    page.locator(".detail h2", has_text=made["title"]).wait_for()
    page.keyboard.press("x")
    dialog = answer(page, "判为误报")
    dialog.get_by_text("请填写为什么不算。").wait_for()
    dialog.get_by_label("为什么不算").fill("说的是去年的事")
    answer(page, "判为误报").wait_for(state="hidden")
    page.locator(".detail .said", has_text="说的是去年的事").wait_for()
    assert alert(server, made["id"])["state"] == "false_alarm"


def test_a_rule_is_tried_and_outlives_a_restart_of_the_house(open_page: OpenPage, server: Server) -> None:
    key = word()
    said(server, f"罗店古镇那边{key}，几个小时了")
    page = open_page("/desk")
    enter(page, "monitor", "/monitoring/rules/new")
    page.get_by_label("名称").fill(f"试一条{key}")
    page.get_by_role("button", name="试跑").click()
    page.get_by_text("至少写一个词").wait_for()
    page.locator("#rule-words").fill(key)
    page.locator("#rule-words").press("Enter")
    page.get_by_role("button", name="试跑").click()
    page.get_by_role("region", name="试跑结果").get_by_text("会收 1 条，报 1 次警").wait_for()
    server.kill()
    page.get_by_role("button", name="保存并启用").click()
    page.locator(".long-form .late").wait_for()
    server.start()
    page.locator(".line-state[data-state=live]").wait_for()
    page.get_by_role("button", name="保存并启用").click()
    page.locator(".detail h2", has_text=f"试一条{key}").wait_for()
    page.keyboard.press("o")
    answer(page, "停用").wait_for(state="hidden")
    page.locator(".detail").get_by_text("停用", exact=True).wait_for()
    rules = server.staff("monitor").does("GET", "/kitchen/opinion-rules?state=paused")["items"]
    assert [rule["words"] for rule in rules if rule["name"] == f"试一条{key}"] == [[key]]


def test_what_is_taken_in_by_hand_is_drawn_over_time(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "monitor", "/monitoring/opinions")
    text = f"吴淞口的灯光秀很好看{word()}"
    page.get_by_role("button", name="录入舆情").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("来源").fill("短视频")
    dialog.get_by_label("网址").fill("不是网址")
    dialog.get_by_label("内容").fill(text)
    dialog.get_by_label("热度").fill("30")
    answer(page, "录入").locator(".el-form-item__error").wait_for()
    dialog.get_by_label("网址").fill(f"https://video.example/{uuid.uuid4().hex}")
    answer(page, "录入").wait_for(state="hidden")
    page.locator(".detail .said", has_text=text).wait_for()
    page.get_by_role("img", name="热度变化的折线图，最近是 30").locator("svg").wait_for()
    page.goto("/desk#/monitoring/places")
    page.get_by_role("region", name="一天之内各街镇的热度").get_by_text("吴淞街道：").wait_for()


def test_a_reporter_sees_what_is_said_as_it_comes_in(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "reporter", "/monitoring/opinions")
    page.get_by_role("grid", name="舆情条目").wait_for()
    text, url = f"罗店的桥上有裂缝{word()}", f"https://forum.example/{uuid.uuid4().hex}"

    def again(heat: int) -> None:
        item = {"source": "本地论坛", "url": url, "text": text, "stance": "negative", "heat": heat}
        must(server.staff("monitor"), "/kitchen/opinions", {"items": [item]})

    again(30)
    row = page.get_by_role("row").filter(has_text=text)
    row.click()
    page.get_by_role("img", name="热度变化的折线图，最近是 30").wait_for()
    again(75)
    row.get_by_text("热度 75").wait_for()
    page.get_by_role("img", name="热度变化的折线图，最近是 75").wait_for()


def test_an_assessor_comes_to_the_numbers_that_are_theirs_to_judge(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "assessor", "/monitoring")
    page.wait_for_url("**/monitoring/suspects")
    page.get_by_text("没有存疑的数").wait_for()
    assert page.get_by_role("navigation", name="监测的各部分").get_by_role("link").all_inner_texts() == ["存疑数据"]
    # Channels are not theirs to read; what leapt, and where, is told them in names.
    story, exam = in_exam(server)
    up_to(server, exam, "R3")
    must(server.staff("duty"), "/kitchen/publications", {"story": story["id"]})
    posted = f"/kitchen/publications?story={story['id']}&channel=app"
    (post,) = wait_until(lambda: server.staff("chief").does("GET", posted)["items"])
    found = uuid.uuid4().hex
    leapt = {"id": found, "row": post["id"], "at": datetime.now(UTC)}
    sample = """INSERT INTO metric_sample (id, publication_id, metric, value, at, source, batch, fell)
        VALUES (:id, :row, 'read', 9000, :at, 'app', :id, false)"""
    suspect = """INSERT INTO metric_suspect (id, ver, state, sample_id, publication_id, channel_id, metric, value,
        grown, basis, normal, "limit", found_at)
        VALUES (:id, 1, 'open', :id, :row, 'app', 'read', 9000, 9000, 'growth', 10, 100, :at)"""
    run(server, sample, **leapt)
    run(server, suspect, **leapt)
    page.goto(f"/desk#/monitoring/suspects/{found}")
    page.reload()
    page.locator(".detail h2", has_text="客户端：阅读 9000").wait_for()
    page.get_by_role("row").filter(has_text="客户端：阅读 9000").wait_for()


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    shelves = ("alerts", "opinions", "rules", "rules/new", "places", "hits", "posts", "suspects", "watches")
    places = [f"/monitoring/{one}" for one in (*shelves, "latencies")]
    assert weighty(browser, server, "monitor", places) == {}
