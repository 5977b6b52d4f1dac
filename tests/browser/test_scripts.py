"""The parts of the page that can be wrong without anybody seeing it: the copy, its digest, and the HTML filter."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

Row = dict[str, Any]


def test_the_digest_of_the_page_is_the_one_of_the_protocol(browser_page: Page) -> None:
    items = [{"kind": "article", "id": f"号-{n}", "ver": n * n + 1} for n in range(50)]
    wanted = 0
    for item in items:
        text = f"{item['kind']}\n{item['id']}\n{item['ver']}"
        wanted ^= int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big")
    script = "async items => (await import('/static/js/digest.js')).digestOf(items)"
    assert browser_page.evaluate(script, items) == f"{wanted:032x}"
    assert browser_page.evaluate(script, []) == "0" * 32


def _history(rng: random.Random, length: int) -> list[Row]:
    """Rows on one stream, as the server numbers them: other streams take numbers in between."""
    rows: list[Row] = []
    seq = prev = 0
    versions: dict[str, int] = {}
    for _ in range(length):
        seq += rng.randint(1, 3)
        name = f"a{rng.randint(1, 8)}"
        versions[name] = versions.get(name, 0) + 1
        row: Row = {"seq": seq, "stream": "pub", "prev": prev, "kind": "article", "id": name, "ver": versions[name]}
        is_put = rng.random() < 0.7
        rows.append(row | ({"op": "put", "data": {"id": name, "ver": versions[name]}} if is_put else {"op": "del"}))
        prev = seq
    return rows


def _after(rows: list[Row]) -> dict[str, int]:
    held: dict[str, int] = {}
    for row in rows:
        held.pop(row["id"], None)
        if row["op"] == "put":
            held[row["id"]] = row["ver"]
    return held


REPLAY = """async ({rows, frames}) => {
    const { Replica } = await import('/static/js/replica.js');
    const copy = new Replica();
    copy.open('pub');
    copy.replace('pub', [], 0);
    const held = () => Object.fromEntries(copy.items('pub').map(({ id, ver }) => [id, ver]));
    for (const frame of frames) {
        const { gaps } = copy.receive(frame);
        if (!gaps.size) continue;
        const at = copy.at('pub');
        copy.advance('pub', rows.filter(({ seq }) => seq > at), rows.at(-1).seq);
    }
    const last = rows.at(-1).seq;
    if (copy.isBehind('pub', last)) copy.advance('pub', rows.filter(({ seq }) => seq > copy.at('pub')), last);
    return held();
}"""


def test_frames_that_are_lost_doubled_or_swapped_leave_the_copy_right(browser_page: Page) -> None:
    rng = random.Random(20190802)
    for _ in range(60):
        rows = _history(rng, 30)
        frames = [rows[at : at + 2] for at in range(0, len(rows), 2)]
        frames = [frame for frame in frames for _ in range(rng.choice([0, 1, 1, 1, 2]))]
        for _ in range(4):
            if len(frames) > 1:
                at = rng.randrange(len(frames) - 1)
                frames[at], frames[at + 1] = frames[at + 1], frames[at]
        assert browser_page.evaluate(REPLAY, {"rows": rows, "frames": frames}) == _after(rows)


HOSTILE = """
<p onclick="window.hit = 1">一<script>window.hit = 2</script><style>p { display: none }</style></p>
<img src="x" onerror="window.hit = 3"><iframe src="javascript:window.hit = 4"></iframe>
<a href="javascript:window.hit = 5">二</a><a href="https://example.org/a?b=c">三</a>
<svg><a href="javascript:window.hit = 6">四</a></svg><form action="/"><button>五</button></form>
<custom-tag>六</custom-tag>
"""


FORBIDDEN = ["<script", "javascript:", "<img", "<iframe", "<style", "<svg", "<form", "onclick", "onerror", "custom-tag"]


def test_hostile_html_in_a_block_becomes_words(context: BrowserContext) -> None:
    # Not by `open_page`: Chromium rightly reports the handlers that the policy forbids, even in a document never shown.
    page = context.new_page()
    page.goto("/")
    script = """async html => {
        const { safeHtml } = await import('/static/js/safe_html.js');
        const box = document.createElement('div');
        box.append(safeHtml(html));
        document.querySelector('#screens').append(box);
        const result = box.innerHTML;
        box.remove();
        return result;
    }"""
    shown = page.evaluate(script, HOSTILE)
    for forbidden in FORBIDDEN:
        assert forbidden not in shown
    for word in ("一", "二", "三", "五", "六"):
        assert word in shown
    assert 'href="https://example.org/a?b=c"' in shown
    assert page.evaluate("window.hit") is None
