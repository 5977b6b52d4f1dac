"""The day at 刊播: a story goes out, a channel is stopped and let go, a story is taken back everywhere."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from scenario import presses
from tests.browser import axe
from tests.browser.desk import enter, weighty
from tests.media_files import photo
from tests.newsroom import outlets
from tests.newsroom.kitchen import in_exam, must, up_to
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

OpenPage = Callable[..., "Page"]


def signed(server: Server) -> dict[str, Any]:
    story, exam = in_exam(server)
    up_to(server, exam, "R3")
    return story


def channel(server: Server, name: str) -> dict[str, Any]:
    return server.staff("chief").does("GET", f"/kitchen/channels/{name}")


def test_a_signed_story_goes_out_and_is_taken_back(open_page: OpenPage, server: Server) -> None:
    story = signed(server)
    page = open_page("/desk")
    enter(page, "duty", "/publishing/ready")
    page.get_by_role("row").filter(has_text=story["headline"]).click()
    page.locator(".detail h2", has_text=story["headline"]).wait_for()
    page.get_by_role("button", name="刊发", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="刊发", exact=True).click()
    dialog.wait_for(state="hidden")
    page.get_by_role("grid", name="刊播队列").get_by_role("row").filter(has_text=story["headline"]).first.click()
    page.locator(".detail").get_by_text("回执时间").wait_for()

    case = must(server.staff("duty"), "/kitchen/cases", {"kind": "withdrawal", "story": story["id"]})
    page.goto(f"/desk#/publishing/cases/{case['id']}")
    page.get_by_role("button", name="补写理由").click()
    dialog.get_by_label("为什么撤稿").fill("提供单位核实有误")
    dialog.get_by_role("button", name="补写", exact=True).click()
    dialog.wait_for(state="hidden")
    page.locator(".detail .said", has_text="提供单位核实有误").wait_for()
    told = server.staff("duty").does("GET", f"/kitchen/cases/{case['id']}")
    assert told["reason"] == "提供单位核实有误"


def test_a_correction_is_signed_and_what_was_printed_is_proved(open_page: OpenPage, server: Server) -> None:
    story, renditions = outlets.cleared(server, "page_slot")
    must(server.staff("duty"), "/kitchen/publications", {"story": story["id"]})
    issue = presses.begin_issue(server.staff, presses.free_day(server.staff))
    issue = presses.place(server.staff, issue, renditions["page_slot"])
    presses.print_issue(server.staff, presses.leave_blank(server.staff, issue))
    server.staff("reporter").does(
        "POST",
        f"/editor/stories/{story['id']}/correct",
        {"headline": f"{story['headline']}了", "note": "标题少了一个字。"},
    )
    (case,) = server.staff("duty").does("GET", f"/kitchen/cases?story={story['id']}")["items"]
    page = open_page("/desk")
    enter(page, "duty", f"/publishing/cases/{case['id']}")
    page.get_by_text("标题少了一个字。").wait_for()
    page.get_by_role("button", name="签发更正").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="签发更正").click()
    dialog.wait_for(state="hidden")
    printed = page.locator("[data-target=newspaper]")
    printed.get_by_text("待人工").wait_for()
    picture = {"name": "报样.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    printed.locator("input[type=file]").set_input_files([picture])
    dialog.get_by_text("凭证已经上传").wait_for()
    dialog.get_by_label("怎么处置的").fill("次日二版刊登更正。")
    dialog.get_by_role("button", name="登记为已核实").click()
    dialog.wait_for(state="hidden")
    printed.get_by_text("次日二版刊登更正。").wait_for()
    told = server.staff("duty").does("GET", f"/kitchen/cases/{case['id']}")
    (target,) = [one for one in told["targets"] if one["channel"] == "newspaper"]
    assert (target["state"], target["told"]) == ("verified", "次日二版刊登更正。")
    assert target["proof"]


def test_a_case_is_opened_about_a_story_long_out(open_page: OpenPage, server: Server) -> None:
    """The newest are offered; all others are found by their words."""
    duty = server.staff("duty")
    oldest = duty.does("GET", "/editor/stories?state=live&limit=100")["items"][-1]
    page = open_page("/desk")
    enter(page, "duty", "/publishing/cases")
    page.get_by_role("button", name="立案").click()
    dialog = page.get_by_role("dialog")
    story = dialog.get_by_role("combobox", name="哪篇稿件")
    story.click()
    page.get_by_role("option").locator("visible=true").first.wait_for()
    assert page.get_by_role("option", name=oldest["headline"]).count() == 0
    story.fill(oldest["headline"][:8])
    page.get_by_role("option", name=oldest["headline"]).click()
    dialog.get_by_role("combobox", name="更正还是撤稿").click()
    page.get_by_role("option", name="更正").click()
    dialog.get_by_role("button", name="立案").click()
    dialog.wait_for(state="hidden")
    page.locator(".detail h2", has_text=oldest["headline"]).wait_for()
    assert [one["state"] for one in duty.does("GET", f"/kitchen/cases?story={oldest['id']}")["items"]] == ["open"]


def test_a_channel_is_stopped_with_a_reason_and_let_go(open_page: OpenPage, server: Server) -> None:
    page = open_page("/desk")
    enter(page, "duty", "/publishing/channels/weibo")
    page.get_by_role("button", name="停发", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="停发", exact=True).click()
    dialog.get_by_text("请填写理由。").wait_for()
    dialog.get_by_label("理由").fill("平台维护")
    dialog.get_by_role("button", name="停发", exact=True).click()
    page.locator(".detail .said", has_text="平台维护").wait_for()
    assert channel(server, "weibo")["state"] == "halted"
    page.get_by_role("button", name="恢复刊发", exact=True).click()
    dialog.get_by_label("理由").fill("维护结束")
    dialog.get_by_role("button", name="恢复", exact=True).click()
    dialog.wait_for(state="hidden")
    wait_until(lambda: channel(server, "weibo")["state"] == "up")


def test_what_cannot_go_out_is_said_in_the_servers_words(open_page: OpenPage, server: Server) -> None:
    """A channel for which nobody has made a rendition takes nothing."""
    story = signed(server)
    page = open_page("/desk")
    enter(page, "duty", f"/publishing/ready/{story['id']}")
    page.get_by_role("button", name="刊发", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".el-select").click()
    page.get_by_role("option", name="微信公众号").click()
    dialog.get_by_text("各渠道互不影响").click()
    dialog.get_by_role("button", name="刊发", exact=True).click()
    dialog.get_by_role("alert").wait_for()
    assert server.staff("chief").does("GET", f"/editor/stories/{story['id']}")["state"] == "approved"


def test_a_story_is_placed_on_a_page_and_taken_out(open_page: OpenPage, server: Server) -> None:
    story, _ = outlets.cleared(server, "page_slot")
    issue = presses.begin_issue(server.staff, presses.free_day(server.staff))
    page = open_page("/desk")
    enter(page, "layout", f"/publishing/papers/{issue['id']}")
    page.get_by_role("button", name="1 号位排稿").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="排上").click()
    dialog.get_by_text("请填写版面稿。").wait_for()
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name=story["headline"]).click()
    dialog.get_by_role("button", name="排上").click()
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="1 号位移到别处").click()
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name="A01 2 号位").click()
    dialog.get_by_role("button", name="移过去").click()
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="2 号位取下").click()
    dialog.get_by_role("button", name="取下").click()
    page.get_by_role("button", name="2 号位排稿").wait_for()
    told = server.staff("layout").does("GET", f"/kitchen/issues/{issue['id']}")
    assert [slot["rendition"] for slot in told["pages"][0]["slots"]] == [None] * len(told["pages"][0]["slots"])


def test_a_rundown_is_made_and_ordered_by_keyboard(open_page: OpenPage, server: Server) -> None:
    form = {"medium": "tv", "show": "宝山夜话", "airtime": "2061-01-01T18:30:00+08:00", "planned_seconds": 600}
    rundown = must(server.staff("tv"), "/kitchen/rundowns", form)
    page = open_page("/desk")
    enter(page, "tv", f"/publishing/rundowns/{rundown['id']}")
    for kind, slug in (("间隔", "片头"), ("连线", "现场连线")):
        page.get_by_role("button", name=f"加{kind}").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("时长").fill("30")
        dialog.get_by_label("条目名").fill(slug)
        dialog.get_by_role("button", name="编入").click()
        dialog.wait_for(state="hidden")
        page.locator("tr.current").filter(has_text=slug).wait_for()

    def order() -> list[str]:
        items = server.staff("tv").does("GET", f"/kitchen/rundowns/{rundown['id']}")["items"]
        return [item["slug"] for item in items]

    assert order() == ["片头", "现场连线"]
    page.keyboard.press("Alt+ArrowUp")
    page.locator("tbody tr.current:first-child").filter(has_text="现场连线").wait_for()
    assert order() == ["现场连线", "片头"]
    page.keyboard.press("Delete")
    dialog.get_by_role("button", name="取出").click()
    dialog.wait_for(state="hidden")
    assert order() == ["片头"]


def on_air(server: Server, *slugs: str) -> dict[str, Any]:
    """Begin a show of items of half a minute each, which is on the air."""
    rundown = presses.begin_show(server.staff, 30 * len(slugs), show=f"宝山夜话{uuid.uuid4().hex[:6]}")
    path = f"/kitchen/rundowns/{rundown['id']}"
    for slug in slugs:
        item = {"kind": "live", "slug": slug, "planned_seconds": 30}
        rundown = must(server.staff("tv"), f"{path}/items", item, rundown["ver"])
    for name in ("lock", "start"):
        must(server.staff("tv"), f"{path}/{name}")
    return dict(server.staff("tv").does("GET", path))


def test_items_change_places_on_the_air_also_where_a_colleague_was_quicker(open_page: OpenPage, server: Server) -> None:
    show = on_air(server, "桥面", "河边", "车站")
    path = f"/kitchen/rundowns/{show['id']}"
    page = open_page("/desk")
    enter(page, "tv", f"/publishing/rundowns/{show['id']}")
    items = page.locator("tbody tr")
    items.filter(has_text="车站").focus()
    page.keyboard.press("x")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name="桥面").click()
    dialog.get_by_label("为什么现在改").fill("车站信号先到")
    # Whoever sits at the other screen is quicker; it is seen behind the dialog.
    colleague = {"do": "move", "item": show["items"][1]["id"], "position": 1, "reason": "河边先准备好"}
    must(server.staff("tv"), f"{path}/swap", colleague)
    items.first.filter(has_text="河边").wait_for()
    dialog.get_by_role("button", name="对调").click()
    dialog.get_by_role("alert").filter(has_text="有人刚刚改过").wait_for()
    assert dialog.get_by_label("为什么现在改").input_value() == "车站信号先到"
    dialog.get_by_role("button", name="对调").click()
    dialog.wait_for(state="hidden")
    items.nth(1).filter(has_text="车站").wait_for()
    told = server.staff("tv").does("GET", path)["items"]
    assert [item["slug"] for item in told] == ["河边", "车站", "桥面"]


def test_a_page_is_laid_out_by_two_at_once(open_page: OpenPage, server: Server) -> None:
    mine, _ = outlets.cleared(server, "page_slot")
    theirs, renditions = outlets.cleared(server, "page_slot")
    issue = presses.begin_issue(server.staff, presses.free_day(server.staff))
    page = open_page("/desk")
    enter(page, "layout", f"/publishing/papers/{issue['id']}")
    page.get_by_role("button", name="1 号位排稿").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name=mine["headline"]).click()
    issue = presses.place(server.staff, issue, renditions["page_slot"], slot=2)
    rows = page.locator("tbody tr")
    rows.nth(1).filter(has_text=theirs["headline"]).wait_for()
    dialog.get_by_role("button", name="排上").click()
    dialog.get_by_role("alert").filter(has_text="有人刚刚改过").wait_for()
    dialog.get_by_text(mine["headline"]).first.wait_for()
    dialog.get_by_role("button", name="排上").click()
    dialog.wait_for(state="hidden")
    rows.nth(0).filter(has_text=mine["headline"]).wait_for()
    told = server.staff("layout").does("GET", f"/kitchen/issues/{issue['id']}")["pages"][0]["slots"]
    assert [slot["headline"] for slot in told[:2]] == [mine["headline"], theirs["headline"]]


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    shelves = [
        f"/publishing/{one}" for one in ("ready", "queue", "channels", "channels/app", "cases", "papers", "rundowns")
    ]
    assert weighty(browser, server, "chief", shelves, ".page h1") == {}
