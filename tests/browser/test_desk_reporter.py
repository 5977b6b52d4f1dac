"""The reporter's day on a phone: accept, arrive, send what was taken, write, file."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.browser import axe
from tests.browser.conftest import PHONE
from tests.browser.desk import enter, weighty
from tests.media_files import new_photo
from tests.newsroom.kitchen import must
from tests.support.server import Server, wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

OpenPage = Callable[..., "Page"]
Thing = dict[str, Any]


def sent(server: Server) -> Thing:
    """An assignment of a dispatched topic that waits for the reporter's answer."""
    editor, chief, head = (server.staff(who) for who in ("editor", "chief", "head"))
    form = {"title": f"泵站夜巡{uuid.uuid4().hex[:8]}", "class": "livelihood", "targets": ["app"]}
    topic = must(editor, "/kitchen/topics", form)
    must(editor, f"/kitchen/topics/{topic['id']}/submit")
    must(chief, f"/kitchen/topics/{topic['id']}/approve")
    due = (datetime.now(UTC) + timedelta(days=2)).isoformat()
    line = {"kind": "photo", "desk": "reporters", "due": due, "targets": ["app"]}
    must(head, f"/kitchen/topics/{topic['id']}/dispatch", {"coverages": [line]})
    whom = [{"id": server.staff("reporter").id, "share": 100}]
    draft = must(
        head, "/kitchen/assignments", {"topic": topic["id"], "coverage_no": 1, "reporters": whom, "place": "蕰藻浜泵站"}
    )
    return must(head, f"/kitchen/assignments/{draft['id']}/dispatch")


def test_an_assignment_is_accepted_worked_on_and_filed(open_page: OpenPage, server: Server) -> None:
    thing = sent(server)
    reporter = server.staff("reporter")

    def state() -> str:
        return str(reporter.does("GET", f"/kitchen/assignments/{thing['id']}")["state"])

    page = open_page("/desk")
    enter(page, "reporter", "/reporter")
    page.set_viewport_size(PHONE)
    page.get_by_role("row").filter(has_text=thing["topic"]["title"]).click()
    page.get_by_role("button", name="接受").click()
    page.get_by_role("button", name="我到现场了").click()
    page.get_by_role("button", name="交稿").click()
    dialog = page.get_by_role("dialog", name="交稿")
    dialog.get_by_role("button", name="交稿").click()
    # With nothing in hand there is nothing to file, and what would do is said.
    dialog.get_by_role("alert").filter(has_text="至少一份关联的素材，或一篇稿件").wait_for()
    assert state() == "on_site"
    dialog.get_by_role("button", name="不办了").click()
    dialog.wait_for(state="hidden")

    file = {"name": "水泵.jpg", "mimeType": "image/jpeg", "buffer": new_photo()}
    page.locator("input[type=file]").set_input_files([file])
    page.get_by_text("1 个文件已传完").wait_for()
    page.get_by_role("button", name="登记素材").click()
    dialog = page.get_by_role("dialog", name="登记素材")
    dialog.get_by_label("说明").fill("值班员检查水泵")
    dialog.get_by_role("combobox", name="画面里有没有未成年人或受害人").press("ArrowDown")
    page.get_by_role("option", name="有未成年人").click()
    dialog.get_by_label("谁同意的").fill("监护人王女士")
    dialog.get_by_label("怎样同意的").fill("书面")
    dialog.get_by_label("版权属于谁").fill("区融媒体中心")
    dialog.get_by_role("button", name="登记").click()
    page.locator(".material").filter(has_text="值班员检查水泵").wait_for()
    materials = reporter.does("GET", f"/kitchen/materials?assignment={thing['id']}")["items"]
    assert [(one["title"], one["subjects"], one["consent"]["by"], one["place"]) for one in materials] == [
        ("值班员检查水泵", "minor", "监护人王女士", "蕰藻浜泵站")
    ]

    page.get_by_role("button", name="写稿").click()
    page.get_by_label("标题").fill("泵站一夜")
    page.get_by_role("combobox", name="栏目").press("ArrowDown")
    page.get_by_role("option", name="民生").click()
    page.get_by_label("正文").fill("零点，泵站的灯还亮着。\n\n值班员每小时巡一次。")
    page.get_by_label("来源 1", exact=True).fill("泵站值班员周师傅")
    page.get_by_text("已核实").click()
    page.get_by_role("button", name="交给编辑").click()
    page.get_by_text("泵站一夜").wait_for()
    stories = reporter.does("GET", f"/editor/stories?topic={thing['topic']['id']}")["items"]
    assert [(one["headline"], one["assignment"], one["sources"][0]["verified"]) for one in stories] == [
        ("泵站一夜", thing["id"], True)
    ]

    page.get_by_role("button", name="交稿").click()
    page.get_by_role("dialog", name="交稿").get_by_role("button", name="交稿").click()
    wait_until(lambda: state() == "filed")


def test_who_declines_says_why_and_the_next_is_asked(open_page: OpenPage, server: Server) -> None:
    thing = sent(server)
    page = open_page("/desk")
    enter(page, "reporter", f"/reporter/{thing['id']}")
    page.get_by_role("heading", name=thing["topic"]["title"]).wait_for()
    page.get_by_role("grid", name="我的任务").press("x")
    dialog = page.get_by_role("dialog", name="谢绝任务")
    dialog.get_by_role("button", name="谢绝").click()
    dialog.get_by_text("请填写理由。").wait_for()
    dialog.get_by_label("理由").fill("正在邮轮港，赶不过去")
    dialog.get_by_role("button", name="谢绝").click()
    dialog.wait_for(state="hidden")
    declined = server.staff("head").does("GET", f"/kitchen/assignments/{thing['id']}")
    assert (declined["state"], declined["reason"]) == ("declined", "正在邮轮港，赶不过去")


def on_a_phones_line(page: Page) -> None:
    """Have what the page sends go out no faster than a phone sends it: 2 MB a second."""
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    rates = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": 2 << 20}
    line.send("Network.emulateNetworkConditions", rates)


def test_a_large_file_goes_on_where_the_server_was_killed_and_where_the_page_was_closed(
    open_page: OpenPage, server: Server, tmp_path: Path
) -> None:
    thing, film = sent(server), tmp_path / "泵站.pdf"
    reporter = server.staff("reporter")
    must(reporter, f"/kitchen/assignments/{thing['id']}/accept")
    must(reporter, f"/kitchen/assignments/{thing['id']}/on-site")
    film.write_bytes(b"%PDF-1.7\n" + os.urandom(6 << 20))
    size = film.stat().st_size
    arriving = server.data_dir / "media" / "uploads"
    pieces: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH" and "/uploads/" in request.url:
            pieces.append(int(request.headers["upload-offset"]))

    def here() -> int:
        return sum(path.stat().st_size for path in arriving.iterdir())

    page = open_page("/desk")
    page.on("request", note)
    enter(page, "reporter", f"/reporter/{thing['id']}")
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="传照片视频").wait_for()
    on_a_phones_line(page)
    page.locator("input[type=file]").set_input_files(film)
    wait_until(lambda: here() > size // 5, pause=0.01)
    server.kill()
    arrived = here()
    assert 0 < arrived < size
    page.get_by_text("连不上服务器。连上以后从").wait_for()
    # What was sent before is only heard of while the page is waited for.
    pieces.clear()
    server.start()
    page.get_by_text("连不上服务器。连上以后从").wait_for(state="detached")
    wait_until(lambda: here() > size // 2, pause=0.01)

    page.reload()
    on_a_phones_line(page)
    page.get_by_text("1 个文件已传完").wait_for()
    assert pieces[0] == arrived, "it goes on from what was there, and not from nothing"
    assert pieces == sorted(pieces), "no byte is sent twice but those of the piece that was cut"
    page.get_by_role("button", name="登记素材").click()
    dialog = page.get_by_role("dialog", name="登记素材")
    dialog.get_by_label("说明").fill("泵站图纸")
    dialog.get_by_role("combobox", name="画面里有没有未成年人或受害人").press("ArrowDown")
    page.get_by_role("option", name="都没有").click()
    dialog.get_by_label("版权属于谁").fill("区融媒体中心")
    dialog.get_by_role("button", name="登记").click()
    page.locator(".material").filter(has_text="泵站图纸").wait_for()
    material = reporter.does("GET", f"/kitchen/materials?assignment={thing['id']}")["items"][0]
    assert reporter.get(f"/media/{material['media']['id']}").content == film.read_bytes()


def test_a_file_that_the_house_does_not_take_is_refused_early_and_in_words(
    open_page: OpenPage, server: Server, tmp_path: Path
) -> None:
    thing, page_file = sent(server), tmp_path / "网页.html"
    must(server.staff("reporter"), f"/kitchen/assignments/{thing['id']}/accept")
    page_file.write_bytes(b"<!doctype html>" + bytes(3 << 20))
    page = open_page("/desk")
    enter(page, "reporter", f"/reporter/{thing['id']}")
    page.locator("input[type=file]").set_input_files(page_file)
    page.get_by_role("alert").filter(has_text="不支持这种文件").wait_for()
    page.get_by_role("button", name="不传了").click()
    page.get_by_text("网页.html").wait_for(state="detached")
    # What was given up is given up there too.
    wait_until(lambda: not any((server.data_dir / "media" / "uploads").iterdir()))


@axe.needs_axe
def test_nothing_serious_is_found(browser: Browser, server: Server) -> None:
    thing = sent(server)
    places = ["/reporter", f"/reporter/{thing['id']}", f"/reporter/{thing['id']}/write"]
    assert weighty(browser, server, "reporter", places, ready=".page") == {}
