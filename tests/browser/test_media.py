"""What plays, speaks and is handed on: a film by hls.js, an article read aloud, a link shared or copied."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from scenario.examine import publish
from tests.community.people import word
from tests.support.server import Server, wait_until
from tests.test_film import CODED, PATIENCE_S, SOURCES, made, moving, tone, worked

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

OpenPage = Callable[..., "Page"]
# A phone without a voice tells as little as one without a speaker, and a sheet of the system's own cannot be looked
# into: both are the browser's maker's. What our page asks of them is noted instead.
VOICE = """
    window.said = [];
    window.stopped = 0;
    window.finish = null;
    const voice = Object.create(EventTarget.prototype, {
        speak: { value: (utterance) => {
            window.said.push({ text: utterance.text, lang: utterance.lang });
            window.finish = () => utterance.onend(new Event("end"));
            window.fail = (error) => utterance.onerror(Object.assign(new Event("error"), { error }));
        } },
        cancel: { value: () => void window.stopped++ },
    });
    Object.defineProperty(window, "speechSynthesis", { value: voice, configurable: true });
"""
SHEET = """
    window.shared = [];
    navigator.share = async (data) => {
        window.shared.push(data);
        if (window.refuses) throw new DOMException("closed", window.refuses);
    };
"""
# As in a browser that plays no streams by itself.
NO_STREAMS = """
    const can = HTMLMediaElement.prototype.canPlayType;
    HTMLMediaElement.prototype.canPlayType = function (type) {
        return type.includes("mpegurl") ? "" : can.call(this, type);
    };
"""
HAS_STREAMS = "() => document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== ''"
HAS_H264 = "() => MediaSource.isTypeSupported('video/mp4; codecs=\"avc1.42E01E,mp4a.40.2\"')"
NO_SHEET = "Object.defineProperty(Navigator.prototype, 'share', { value: undefined, configurable: true });"


def told(server: Server, body: list[dict[str, Any]] | str, **fields: Any) -> dict[str, Any]:
    """Have an article published."""
    form = {"headline": word(), "body": body, "section": "minsheng", "sources": SOURCES} | fields
    story: dict[str, Any] = server.staff("editor").does("POST", "/editor/stories", form)
    publish(server.staff, story["id"])
    return story


def read(open_page: OpenPage, story: dict[str, Any]) -> Page:
    page = open_page(f"/#/news/{story['id']}")
    page.get_by_role("heading", name=story["headline"], level=1).wait_for()
    return page


# ── a film ──


@pytest.fixture(scope="module")
def film(server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not (shutil.which("ffmpeg") and shutil.which("ffprobe")):
        pytest.skip("ffmpeg is not installed (`make film`)")
    data = made(tmp_path_factory.mktemp("film") / "film.mp4", *moving(), *tone(), *CODED, "-movflags", "+faststart")
    media = worked(server.staff("editor"), data)
    assert media["work"] == "done", media
    return media


@pytest.mark.parametrize("native", [False, True], ids=["by hls.js", "by the browser itself"])
def test_a_film_plays_by_the_stream_that_was_made_of_it(
    server: Server, open_page: OpenPage, context: BrowserContext, film: dict[str, Any], native: bool
) -> None:
    if not native:
        context.add_init_script(NO_STREAMS)
    story = told(server, [{"type": "video", "media": film["id"], "caption": "夜场"}])
    asked: list[str] = []
    context.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page = read(open_page, story)
    if not page.evaluate(HAS_H264):
        pytest.skip("this Chromium has no H.264")
    if native and not page.evaluate(HAS_STREAMS):
        pytest.skip("this Chromium plays no streams by itself")
    # Who only reads pays for no film.
    assert not [path for path in asked if "/hls/" in path]
    page.get_by_role("button", name="播放视频").click()
    page.wait_for_function(
        """() => {
            const film = document.querySelector("video");
            return film && film.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && film.currentTime > 0;
        }""",
        timeout=PATIENCE_S * 1000,
    )
    shown = page.locator("video").evaluate("film => ({ by: film.src.split(':')[0], width: film.videoWidth })")
    assert shown["by"] == ("http" if native else "blob")
    assert shown["width"] > 0
    assert [path for path in asked if path.endswith("/hls/master.m3u8")]
    assert page.get_by_text("放不出来").count() == 0


# ── a voice ──


def test_an_article_is_read_aloud_sentence_by_sentence_and_stops_when_one_leaves(
    server: Server, open_page: OpenPage, context: BrowserContext
) -> None:
    context.add_init_script(VOICE)
    story = told(server, "公园今晚开放。门票免费！")
    page = read(open_page, story)
    page.get_by_role("button", name="朗读").click()
    heard = [f"{story['headline']}。", "公园今晚开放。", "门票免费！"]
    for number in range(1, len(heard) + 1):
        page.wait_for_function("n => window.said.length === n", arg=number)
        page.evaluate("() => window.finish()")
    assert page.evaluate("() => window.said") == [{"text": text, "lang": "zh-CN"} for text in heard]
    page.get_by_role("button", name="朗读", exact=True).click()
    page.get_by_role("button", name="停止朗读").wait_for()
    page.wait_for_function("() => window.said.length === 4")
    page.goto("/#/news")
    page.wait_for_function("() => window.stopped > 0")
    page.evaluate("() => window.finish()")
    assert page.evaluate("() => window.said.length") == 4


def test_a_phone_without_a_voice_says_so(server: Server, open_page: OpenPage, context: BrowserContext) -> None:
    context.add_init_script(VOICE)
    page = read(open_page, told(server, "公园今晚开放。"))
    page.get_by_role("button", name="朗读").click()
    page.wait_for_function("() => window.said.length === 1")
    page.evaluate("() => window.fail('synthesis-unavailable')")
    page.get_by_text("这台手机没有中文语音，读不了。").wait_for()
    page.get_by_role("button", name="朗读", exact=True).wait_for()


# ── a link ──


def test_a_link_is_handed_to_the_phones_own_sheet(server: Server, open_page: OpenPage, context: BrowserContext) -> None:
    context.add_init_script(SHEET)
    story = told(server, "公园今晚开放。")
    page = read(open_page, story)
    page.get_by_role("button", name="分享").click()
    page.wait_for_function("() => window.shared.length === 1")
    link = f"{server.url}/s/article/{story['id']}"
    assert page.evaluate("() => window.shared[0]") == {"title": story["headline"], "url": link}
    assert page.request.get(link).ok
    # Whoever closes the sheet has met no fault; whatever else goes wrong is said.
    page.evaluate("() => { window.refuses = 'AbortError'; }")
    page.get_by_role("button", name="分享").click()
    page.wait_for_function("() => window.shared.length === 2")
    page.evaluate("() => { window.refuses = 'DataError'; }")
    page.get_by_role("button", name="分享").click()
    page.get_by_text("没能复制").wait_for()


def test_without_a_sheet_the_link_is_copied(server: Server, open_page: OpenPage, context: BrowserContext) -> None:
    context.add_init_script(NO_SHEET)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    story = told(server, "公园今晚开放。")
    page = read(open_page, story)
    page.get_by_role("button", name="分享").click()
    page.get_by_text("链接已复制").wait_for()
    wait_until(lambda: page.evaluate("() => navigator.clipboard.readText()") == f"{server.url}/s/article/{story['id']}")


def test_where_nothing_may_be_copied_one_is_told_where_the_link_is(
    server: Server, open_page: OpenPage, context: BrowserContext
) -> None:
    """On plain http, where a phone in the office may open the demo, a browser has no clipboard at all."""
    context.add_init_script(NO_SHEET)
    context.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', { value: undefined });")
    page = read(open_page, told(server, "公园今晚开放。"))
    page.get_by_role("button", name="分享").click()
    page.get_by_text("没能复制").wait_for()
