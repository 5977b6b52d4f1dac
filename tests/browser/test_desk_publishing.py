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


def open_issue(page: Page, server: Server, template: str = "tabloid1") -> dict[str, Any]:
    """Begin an issue, and open it at the desk of who lays it out."""
    issue = presses.begin_issue(server.staff, presses.free_day(server.staff), template)
    enter(page, "layout", f"/publishing/papers/{issue['id']}")
    slot(page, 1).wait_for()
    return issue


def slot(page: Page, no: int) -> Any:
    """Return a slot of the page that is open."""
    return page.locator(f".sheet [data-slot='{no}']")


def choose_story(page: Page, headline: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name=headline).click()
    dialog.get_by_role("button", name="排上").click()
    dialog.wait_for(state="hidden")


def standing(server: Server, issue: dict[str, Any], number: int = 1) -> dict[int, str]:
    """Return the headlines on a page by their slots, as the server has them."""
    told = server.staff("layout").does("GET", f"/kitchen/issues/{issue['id']}")["pages"][number - 1]["slots"]
    return {one["no"]: one["headline"] for one in told if one["headline"]}


def is_current(page: Page, no: int) -> bool:
    return bool(page.evaluate("no => document.activeElement?.dataset.slot === String(no)", no))


def test_a_page_is_walked_and_laid_out_by_keyboard_alone(open_page: OpenPage, server: Server) -> None:
    """A story is placed, taken up, carried to another slot and over to the next page, put back and taken out."""
    (mine, _), (other, rows) = (outlets.cleared(server, "page_slot") for _ in range(2))
    page = open_page("/desk")
    issue = open_issue(page, server, "tabloid4")
    presses.place(server.staff, issue, rows["page_slot"])
    slot(page, 2).get_by_text("正好").or_(slot(page, 2).get_by_text("行")).first.wait_for()
    slot(page, 1).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="排上").click()
    dialog.get_by_text("请填写版面稿。").wait_for()
    choose_story(page, mine["headline"])
    wait_until(lambda: is_current(page, 1))
    # To the right of the lead is 2, and they change places.
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text=f"拿着《{mine['headline']}》").wait_for()
    page.keyboard.press("ArrowRight")
    slot(page, 2).get_by_text("对调").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text=f"和《{other['headline']}》对调").wait_for()
    assert standing(server, issue) == {1: other["headline"], 2: mine["headline"]}
    wait_until(lambda: is_current(page, 2))
    # Escape leaves it where it was, and the page open.
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    page.get_by_role("status").filter(has_text="留在原处").wait_for()
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    page.locator(".sheet[aria-label^='A02']").wait_for()
    page.keyboard.press("ArrowDown")
    wait_until(lambda: is_current(page, 2))
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="移到 A02 2 号位").wait_for()
    assert (standing(server, issue), standing(server, issue, 2)) == ({1: other["headline"]}, {2: mine["headline"]})
    page.get_by_role("button", name="A02 民生").get_by_text("1/6 已排").wait_for()
    page.keyboard.press("Delete")
    page.get_by_role("status").filter(has_text="已取下").wait_for()
    assert standing(server, issue, 2) == {}
    page.get_by_role("region", name="等着上版").get_by_text(mine["headline"]).wait_for()


def test_stories_are_dragged_onto_the_page_and_over_to_another(open_page: OpenPage, server: Server) -> None:
    story, _ = outlets.cleared(server, "page_slot")
    page = open_page("/desk")
    issue = open_issue(page, server, "tabloid4")
    waiting = page.get_by_role("region", name="等着上版")
    waiting.get_by_role("button", name=story["headline"]).drag_to(slot(page, 2))
    page.get_by_role("status").filter(has_text="排上 A01 2 号位").wait_for()
    assert standing(server, issue) == {2: story["headline"]}
    page.locator(".drawing text").filter(has_text=story["headline"][:2]).first.wait_for()
    slot(page, 2).hover()
    page.mouse.down()
    page.get_by_role("button", name="A02 民生").hover()
    page.get_by_role("button", name="A02 民生").hover(position={"x": 20, "y": 20})
    page.locator(".sheet[aria-label^='A02']").wait_for()
    slot(page, 3).hover()
    slot(page, 3).hover(position={"x": 40, "y": 40})
    page.mouse.up()
    page.get_by_role("status").filter(has_text="移到 A02 3 号位").wait_for()
    assert standing(server, issue, 2) == {3: story["headline"]}


def test_a_refusal_stands_where_it_belongs_on_the_page(open_page: OpenPage, server: Server) -> None:
    """What stands on another issue is refused at the slot; what keeps the proofs back is marked on its pages."""
    story, rows = outlets.cleared(server, "page_slot")
    elsewhere = presses.begin_issue(server.staff, presses.free_day(server.staff))
    presses.place(server.staff, elsewhere, rows["page_slot"])
    page = open_page("/desk")
    issue = open_issue(page, server)
    page.get_by_role("region", name="等着上版").get_by_role("button", name=story["headline"]).click()
    wait_until(lambda: is_current(page, 1))
    page.keyboard.press("Enter")
    page.locator(".sheet").get_by_role("alert").filter(has_text="已经排在别的版位上").wait_for()
    assert standing(server, issue) == {}
    marking = f"/kitchen/issues/{issue['id']}/pages/1/slots/3/mark"
    presses.orders(server.staff("layout"), marking, {"kind": "blank"}, issue["ver"])
    slot(page, 3).locator(".fit").filter(has_text="留白").wait_for()
    page.get_by_role("button", name="出大样").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="出大样").click()
    dialog.get_by_role("alert").filter(has_text="A01-1、A01-2").wait_for()
    assert page.locator(".sheet [data-flagged]").count() == 5
    assert not slot(page, 3).get_attribute("data-flagged")


def test_a_page_can_be_read_on_a_phone(open_page: OpenPage, server: Server) -> None:
    """Nothing runs over the side, and each box says itself what stands in it and how that fits."""
    story, rows = outlets.cleared(server, "page_slot")
    page = open_page("/desk")
    issue = open_issue(page, server)
    presses.place(server.staff, issue, rows["page_slot"], slot=1)
    page.set_viewport_size({"width": 390, "height": 844})
    lead = slot(page, 1)
    lead.locator(".headline").get_by_text(story["headline"]).wait_for()
    lead.locator(".fit").filter(has_text="缺").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    lead.click()
    page.get_by_role("button", name="移到别处").click()
    slot(page, 2).click()
    page.get_by_role("status").filter(has_text="移到 A01 2 号位").wait_for()
    assert standing(server, issue) == {2: story["headline"]}


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


def test_whoever_is_far_down_a_list_stays_there_when_something_comes(open_page: OpenPage, server: Server) -> None:
    """The list is longer than one answer of the server; what a colleague adds at its head moves nobody."""
    mark = uuid.uuid4().hex[:6]

    def begin(no: int) -> None:
        form = {"medium": "tv", "airtime": "2061-01-01T18:30:00+08:00", "planned_seconds": 600}
        must(server.staff("tv"), "/kitchen/rundowns", form | {"show": f"{mark}第{no}档"})

    for no in range(120):
        begin(no)
    page = open_page("/desk")
    enter(page, "tv", "/publishing/rundowns")
    rows = page.get_by_role("grid", name="串联单")
    rows.get_by_text(f"{mark}第119档").wait_for()
    oldest = rows.get_by_text(f"{mark}第3档", exact=False)

    def scroll() -> bool:
        page.evaluate("document.querySelector('.row-list').scrollTop += 600")
        return oldest.count() > 0

    wait_until(scroll)
    where = page.evaluate("document.querySelector('.row-list').scrollTop")
    with page.expect_response(lambda answer: "/kitchen/rundowns?" in answer.url and "cursor" in answer.url):
        begin(120)
    wait_until(lambda: int(rows.get_attribute("aria-rowcount") or 0) > 120)
    assert page.evaluate("document.querySelector('.row-list').scrollTop") == where
    assert rows.locator(".row").count() > 5


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
    page = open_page("/desk")
    issue = open_issue(page, server)
    page.get_by_role("button", name="排稿", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").click()
    page.get_by_role("option", name=mine["headline"]).click()
    presses.place(server.staff, issue, renditions["page_slot"], slot=2)
    slot(page, 2).get_by_text(theirs["headline"]).first.wait_for(state="attached")
    dialog.get_by_role("button", name="排上").click()
    dialog.get_by_role("alert").filter(has_text="有人刚刚改过").wait_for()
    dialog.get_by_text(mine["headline"]).first.wait_for()
    dialog.get_by_role("button", name="排上").click()
    dialog.wait_for(state="hidden")
    slot(page, 1).get_by_text(mine["headline"]).first.wait_for(state="attached")
    assert standing(server, issue) == {1: mine["headline"], 2: theirs["headline"]}


def test_a_text_that_is_cut_is_set_anew_on_the_page_at_once(open_page: OpenPage, server: Server) -> None:
    story = signed(server)
    row = outlets.package(server, story)["page_slot"]
    page = open_page("/desk")
    issue = open_issue(page, server)
    presses.place(server.staff, issue, row, slot=2)
    slot(page, 2).locator(".stage").filter(has_text="已签发").wait_for()
    row = server.staff("editor").does("GET", f"/kitchen/renditions/{row['id']}")
    path = f"/kitchen/renditions/{row['id']}"
    presses.orders(server.staff("editor"), path, {"fields": {"headline": "抢修连夜完成"}}, row["ver"], "PATCH")
    slot(page, 2).get_by_text("抢修连夜完成").first.wait_for(state="attached")
    page.locator(".drawing text").filter(has_text="抢修连夜完成").first.wait_for()


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    shelves = [
        f"/publishing/{one}" for one in ("ready", "queue", "channels", "channels/app", "cases", "papers", "rundowns")
    ]
    issue = presses.begin_issue(server.staff, presses.free_day(server.staff))
    _, rows = outlets.cleared(server, "page_slot")
    presses.place(server.staff, issue, rows["page_slot"])
    shelves.append(f"/publishing/papers/{issue['id']}")
    assert weighty(browser, server, "chief", shelves, ".page h1") == {}
