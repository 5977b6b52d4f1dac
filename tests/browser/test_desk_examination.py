"""The examiners' day: a proofreader reads, answers the aids and passes; the chief signs what was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.browser import axe
from tests.browser.desk import enter, weighty
from tests.newsroom.kitchen import exam_of, in_exam, states, step, take, up_to
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]
# “既使” is a common wrong word: the aids warn of it.
TYPO = [{"id": "b1", "type": "text", "text": "既使在夜里，抢修人员也没有停下。"}]


def now(server: Server, story: dict[str, Any]) -> dict[str, str]:
    return states(exam_of(server, story))


def show(page: Page, story: dict[str, Any]) -> None:
    """Open an examination from the list, once it is there."""
    page.get_by_role("row").filter(has_text=story["headline"]).click()
    page.locator(".detail h2", has_text=story["headline"]).wait_for()


def test_a_proofreader_claims_answers_the_aids_and_passes(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "proof", "/examination")
    page.get_by_role("grid", name="审核单").wait_for()
    story, _ = in_exam(server, body=TYPO)
    show(page, story)
    page.get_by_role("button", name="领取一校").wait_for()
    page.keyboard.press("c")
    reason = page.get_by_label("保留“既使”的理由")
    reason.wait_for()
    page.keyboard.press("p")
    dialog = page.get_by_role("dialog", name="一校通过")
    dialog.get_by_role("button", name="通过", exact=True).click()
    dialog.get_by_role("alert").filter(has_text="机检提示还没有逐条处理").wait_for()
    dialog.get_by_role("button", name="不办了").click()
    dialog.wait_for(state="hidden")
    reason.fill("引用当事人原话")
    page.get_by_role("button", name="通过", exact=True).click()
    dialog.get_by_role("button", name="通过", exact=True).click()
    dialog.wait_for(state="hidden")
    wait_until(lambda: now(server, story)["P1"] == "passed")
    passed = step(exam_of(server, story), "P1")
    assert passed["findings"][0]["reason"] == "引用当事人原话"
    assert passed["hash"] == story["content_hash"]


def test_who_may_not_take_a_step_is_told_why_and_the_chief_signs_by_hash(open_page: OpenPage, server: Server) -> None:
    _, exam = in_exam(server)
    take(server, "proof", exam, "P1")
    take(server, "editor2", exam, "R1")
    page = open_page("/desk")
    enter(page, "proof", f"/examination/{exam['id']}")
    page.get_by_role("note").filter(has_text="三校须由三个人分别完成，您已经校过一道。").wait_for()
    assert page.get_by_role("button", name="领取二校").count() == 0

    up_to(server, other := in_exam(server)[1], "P3")
    chief = page.context.browser.new_context(base_url=server.url, locale="zh-CN").new_page()
    chief.set_default_timeout(30_000)
    enter(chief, "chief", f"/examination/{other['id']}")
    chief.get_by_role("button", name="领取终审签发").click()
    chief.get_by_role("button", name="签发", exact=True).click()
    dialog = chief.get_by_role("dialog")
    dialog.get_by_text(other["content_hash"]).wait_for()
    dialog.get_by_role("button", name="签发", exact=True).click()
    dialog.wait_for(state="hidden")
    wait_until(lambda: server.staff("chief").does("GET", f"/kitchen/exams/{other['id']}")["state"] == "signed")
    signed = server.staff("chief").does("GET", f"/kitchen/exams/{other['id']}")
    assert signed["signed_hash"] == other["content_hash"]
    chief.context.close()


def test_a_text_goes_back_with_its_category_and_block(open_page: OpenPage, server: Server) -> None:
    story, exam = in_exam(server)
    page = open_page("/desk")
    enter(page, "proof2", f"/examination/{exam['id']}")
    page.get_by_role("button", name="领取一校").click()
    page.get_by_role("button", name="退回", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="哪一类问题").click()
    page.get_by_role("option", name="事实").click()
    dialog.get_by_role("combobox", name="在哪一段").click()
    page.get_by_role("option", name="第 2 段").click()
    dialog.get_by_label("哪里不行，怎么改").fill("供水时间请再核实")
    dialog.get_by_role("button", name="退回", exact=True).click()
    dialog.wait_for(state="hidden")
    wait_until(lambda: now(server, story)["P1"] == "returned")
    returned = step(exam_of(server, story), "P1")
    assert (returned["category"], returned["block_id"], returned["comment"]) == ("fact", "b2", "供水时间请再核实")


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    _, exam = in_exam(server, body=TYPO)
    take(server, "proof", exam, "P1")
    places = ["/examination", f"/examination/{exam['id']}"]
    assert weighty(browser, server, "editor2", places, ".page h1") == {}
