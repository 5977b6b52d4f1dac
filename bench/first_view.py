"""The app in Chromium: its first view on a slow phone, and how fast breaking news comes to two open ones."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bench.chromium import browsing, installed
from bench.context import Bench
from bench.ours import Server, call
from bench.report import Section, number

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

KEY = "first_view"
INTRO = (
    "The app in Chromium at 390 × 844, as Lighthouse sees a slow phone: four times slower than this machine, "
    "1.6 Mbit/s down and 0.75 up, 150 ms there and back. Content is there when the first headline of the feed is on "
    "the screen. Cold is a browser that has never been here; again is one that comes back, with the service worker in "
    "charge and the copy in IndexedDB. One process on SQLite, nothing in front of it. Medians. Breaking news is timed "
    "from the moment before the duty editor signs it until its headline stands in two open browsers, which are not "
    "slowed."
)
COLD_MS, AGAIN_MS, SCRIPT_KIB, SHIFT = 2000, 700, 150, 0.0
_SLOWER, _LATENCY_MS, _DOWN, _UP = 4, 150, 1_600_000 / 8, 750_000 / 8
_HEADLINE = "main a[href^='#/news/'] h2, main a[href^='#/news/'] h3"
_WATCH = f"""
(() => {{
  window.seen = {{ content: 0, paint: 0, shift: 0 }};
  const look = () => {{
    const headline = document.querySelector({_HEADLINE!r});
    if (headline && headline.getBoundingClientRect().height) window.seen.content = performance.now();
    else requestAnimationFrame(look);
  }};
  requestAnimationFrame(look);
  new PerformanceObserver((list) => {{
    for (const {{ name, startTime }} of list.getEntries())
      if (name === 'first-contentful-paint') window.seen.paint = startTime;
  }}).observe({{ type: 'paint', buffered: true }});
  new PerformanceObserver((list) => {{
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.seen.shift += entry.value;
  }}).observe({{ type: 'layout-shift', buffered: true }});
}})()
"""
_SCRIPTS = """() => performance.getEntriesByType('resource')
    .filter(({ initiatorType, name }) => initiatorType === 'script' || /\\.js$/.test(name))
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)"""
_BREAKING_MS = 1000
# When each headline of the bench was first there, by the clock that the bench reads too.
_ARRIVALS = """
window.arrived = {};
new MutationObserver(() => {
  for (const [, number] of (document.querySelector('main')?.textContent ?? '').matchAll(/bench-(\\d+)-/g))
    window.arrived[number] ??= Date.now();
}).observe(document, { childList: true, subtree: true, characterData: true });
"""
_IN_CHARGE = "() => navigator.serviceWorker.controller && caches.keys().then(names => names.length > 0)"


def measure(bench: Bench) -> Section:
    """Open the app some times, cold and again."""
    section = Section(KEY, "First view", INTRO)
    if (program := installed(section)) is None:
        return section

    server = Server(bench.district(postgresql=False, citizens=1), bench.new_folder("first-view"))
    server.start()
    try:
        with browsing(program) as browser:
            runs = [_run(browser, f"http://127.0.0.1:{server.port}/") for _ in range(2 if bench.quick else 7)]
            ways = _break_news(browser, server, 3 if bench.quick else 20)
    finally:
        server.stop()
    _write(section, runs, ways)
    return section


def _run(browser: Browser, address: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN")
    context.set_default_timeout(60_000)
    context.add_init_script(_WATCH)
    cold, script = _open(context, address, until=_IN_CHARGE)
    again, _ = _open(context, address)
    context.close()
    return (
        {f"cold_{name}": value for name, value in cold.items()}
        | {f"again_{name}": value for name, value in again.items()}
        | {"script": script}
    )


def _open(context: BrowserContext, address: str, until: str = "() => true") -> tuple[Mapping[str, float], float]:
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    devtools.send("Network.enable")
    line: dict[str, Any] = {"offline": False, "latency": _LATENCY_MS, "downloadThroughput": _DOWN}
    devtools.send("Network.emulateNetworkConditions", line | {"uploadThroughput": _UP})
    page.goto(address)
    page.wait_for_function("() => window.seen.content")
    # Whatever jumps does so within the next moments, when the pictures and the rest of the feed arrive.
    page.wait_for_load_state("networkidle")
    seen, script = page.evaluate("() => window.seen"), page.evaluate(_SCRIPTS)
    page.wait_for_function(until)
    page.close()
    return seen, script


def _break_news(browser: Browser, server: Server, count: int) -> list[float]:
    """Return how long each story took to stand in both of two open browsers, in milliseconds."""
    pages = []
    for _ in range(2):
        page = browser.new_context(viewport={"width": 390, "height": 844}, locale="zh-CN").new_page()
        page.add_init_script(_ARRIVALS)
        page.goto(f"http://127.0.0.1:{server.port}/")
        page.wait_for_selector("[data-state=live]")
        pages.append(page)
    ways = []
    for story, line in enumerate(server.signatures(count).read_text().splitlines()):
        path, bearer, body = line.split("\t")
        begun = time.time()
        call(server.port, "POST", path, bearer, json.loads(body))
        for page in pages:
            page.wait_for_function(f"() => window.arrived[{story}]")
        ways.append(max(page.evaluate(f"window.arrived[{story}]") for page in pages) - begun * 1000)
    return ways


def _write(section: Section, runs: list[dict[str, float]], ways: list[float]) -> None:
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    worst = {name: max(run[name] for run in runs) for name in runs[0]}
    table = section.table("What a reader waits for", "what", "median", "worst", "budget")
    for what, name, budget in (
        ("cold: first paint, ms", "cold_paint", ""),
        ("cold: first headline, ms", "cold_content", COLD_MS),
        ("again: first paint, ms", "again_paint", ""),
        ("again: first headline, ms", "again_content", AGAIN_MS),
    ):
        table.add(what, number(middle[name]), number(worst[name]), f"{budget:,}" if budget else "")
    table.add("script of the first view, KiB compressed", number(middle["script"] / 1024), "", SCRIPT_KIB)
    table.add(
        "breaking news in two browsers, ms", number(statistics.median(ways)), number(max(ways)), f"{_BREAKING_MS:,}"
    )
    table.add("layout shift", f"{middle['cold_shift']:.3f}", f"{worst['cold_shift']:.3f}", "0")
    for words, name, most in (
        ("first headline, cold", "cold_content", COLD_MS),
        ("first headline, again", "again_content", AGAIN_MS),
    ):
        section.judge(words, f"under {most:,} ms", f"{number(middle[name])} ms", met=middle[name] < most)
    script = middle["script"] / 1024
    section.judge(
        "script of the first view", f"at most {SCRIPT_KIB} KiB", f"{number(script)} KiB", met=script <= SCRIPT_KIB
    )
    section.judge(
        "breaking news in two browsers",
        f"under {_BREAKING_MS:,} ms",
        f"worst {number(max(ways))} ms",
        met=max(ways) < _BREAKING_MS,
    )
    shift = worst["cold_shift"]
    section.judge("layout shift", "none", f"{shift:.3f}", met=shift < 0.005)
