"""A desk's longest list in Chromium: five thousand stories, asked for, scrolled, narrowed, and moving meanwhile."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from bench.chromium import browsing, installed, sign_in_at_desk
from bench.context import Bench
from bench.ours import Server, call
from bench.report import Section, number

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

KEY = "desk_lists"
INTRO = (
    "An editor's list of stories at 1440 × 900 in Chromium without a graphics card, on this machine, with the server "
    "beside it. First is the first opening of the desk here, again a reload of the page, from the copy in IndexedDB. "
    "Scrolling goes from the top to the end and back with a wheel, 600 px a frame; a frame is the time between two "
    "calls of `requestAnimationFrame`. One process on SQLite."
)
_ROWS = 5_000
_FRAME_MS = 50
_SCROLL = """async () => {
  const list = document.querySelector('.row-list');
  const frames = [];
  let empty = 0;
  let last = await new Promise(requestAnimationFrame);
  const walk = async (by) => {
    for (;;) {
      const before = list.scrollTop;
      list.scrollTop += by;
      const at = await new Promise(requestAnimationFrame);
      frames.push(at - last);
      last = at;
      if (!list.querySelector('.row strong')) empty += 1;
      if (list.scrollTop === before) return;
    }
  };
  await walk(600);
  await walk(-600);
  return { frames, empty };
}"""


def measure(bench: Bench) -> Section:
    """Fill the list, then use it."""
    section = Section(KEY, "A desk's longest list", INTRO)
    if (program := installed(section)) is None:
        return section

    rows = 500 if bench.quick else _ROWS
    server = Server(bench.district(postgresql=False, citizens=1), bench.new_folder("desk-lists"))
    server.start()
    try:
        bench.say(f"writing {rows:,} stories")
        _write_stories(server, rows)
        with browsing(program) as browser:
            found = _use(browser, server, rows)
    finally:
        server.stop()
    frames = sorted(found["frames"])
    p95 = frames[int(len(frames) * 0.95)]
    table = section.table(f"{rows:,} rows", "what", "ms")
    for what, value in (
        ("first: until all are there", found["first"]),
        ("again: until all are there", found["again"]),
        ("a frame of scrolling, median", statistics.median(frames)),
        ("a frame of scrolling, p95", p95),
        ("a frame of scrolling, worst", frames[-1]),
        ("narrowing by a word", found["narrow"]),
        ("a story that somebody else begins, until it stands on top", found["live"]),
    ):
        table.add(what, number(value))
    section.notes.append(f"{found['empty']} of {len(frames):,} frames showed no row.")
    section.judge("scrolling", f"p95 under {_FRAME_MS} ms a frame", f"{number(p95)} ms", met=p95 < _FRAME_MS)
    return section


def _write_stories(server: Server, rows: int) -> None:
    bearer = server.district.bearer("editor")

    def write(at: int) -> None:
        form = {"headline": f"第{at}号稿件：社区食堂添了一道时令菜", "section": "minsheng", "body": "正文一句。"}
        call(server.port, "POST", "/api/v1/editor/stories", bearer, form)

    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(write, range(rows)):
            pass


def _use(browser: Browser, server: Server, rows: int) -> dict[str, Any]:
    page = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN").new_page()
    page.set_default_timeout(120_000)
    base = f"http://127.0.0.1:{server.port}"
    sign_in_at_desk(page, base, "editor")
    page.locator(".desk-frame").wait_for()
    begun = time.monotonic()
    page.goto(f"{base}/desk#/stories")
    found: dict[str, Any] = {"first": _all_there(page, rows, begun)}
    page.locator(".line-state[data-state=live]").wait_for()
    begun = time.monotonic()
    page.reload()
    found["again"] = _all_there(page, rows, begun)
    page.locator(".line-state[data-state=live]").wait_for()
    found |= page.evaluate(_SCROLL)
    begun = time.monotonic()
    page.locator("#stories-words").fill("第4号稿件")
    page.get_by_text("1 篇", exact=True).wait_for()
    found["narrow"] = (time.monotonic() - begun) * 1000
    page.locator("#stories-words").fill("")
    begun = time.monotonic()
    form = {"headline": "别人刚刚开的一篇", "section": "minsheng", "body": "正文一句。"}
    call(server.port, "POST", "/api/v1/editor/stories", server.district.bearer("editor"), form)
    page.get_by_text("别人刚刚开的一篇").wait_for()
    found["live"] = (time.monotonic() - begun) * 1000
    return found


def _all_there(page: Page, rows: int, begun: float) -> float:
    counted = "(least) => parseInt(document.querySelector('.page-head .muted')?.textContent ?? '0') >= least"
    page.wait_for_function(counted, arg=rows)
    return (time.monotonic() - begun) * 1000
