"""Slips of the pen that need no dictionary: 的地得, and punctuation that is doubled, narrow, or never closed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from backend.newsroom.examination.aids.findings import Hit, Level
from backend.newsroom.examination.aids.text import Passage

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_END = r"(?=[，。！？；、,!?;\n]|$)"
# Pattern, the group to change, what to change it to, how sure.
_PARTICLES: tuple[tuple[re.Pattern[str], str, Level], ...] = (
    # 慢慢的走 → 慢慢地走: a doubled adverb before a verb of one syllable. 了/着 shows that it is a verb.
    (
        re.compile(
            r"(?:慢慢|渐渐|悄悄|静静|默默|轻轻|偷偷|紧紧|牢牢|缓缓|匆匆|急急忙忙|高高兴兴|认认真真|仔仔细细|兢兢业业|勤勤恳恳)"
            r"(?P<slip>的)(?=(?:说|走|跑|看|听|站|坐|拿|握|抓|抱|放|推|打|写|干|做|学|等|变|升|降|停|来|去|离)"
            r"(?:[了着过起]|[，。！？；])|走向|走进|走出|变成|变得|说道|看着|工作[，。]|离开)"
        ),
        "地",
        "info",
    ),
    (
        re.compile(
            r"(?:跑|走|飞|长|睡|玩|笑|哭|过|来|变|唱|跳|恢复|进展)(?P<slip>的)(?=(?:很|非常|特别|十分|更|太|越来越)(?:快|慢|高|好|香|甜|开心|高兴|顺利|早|晚|远|久)"
            + _END
            + ")"
        ),
        "得",
        "info",
    ),
    (
        re.compile(r"(?<![感视听嗅味触错幻直知警发先睡察])(?:我|你|他|她|们|家|都|总|也|就|还)觉(?P<slip>的)"),
        "得",
        "warn",
    ),
    (re.compile(r"(?<![明浅彰])显(?P<slip>的)(?=很|更|格外|十分|有些|有点|尤为|特别)"), "得", "warn"),
    (
        re.compile(
            r"(?<![价面数估产比净市])值(?P<slip>的)(?=一提|一看|注意|学习|肯定|推广|期待|关注|称赞|信赖|骄傲|珍惜)"
        ),
        "得",
        "warn",
    ),
    (
        re.compile(r"(?:舍不|免不|恨不|巴不|由不|怪不|了不|来不|顾不|记不)(?P<slip>的)(?=[\u4e00-\u9fff，。！？])"),
        "得",
        "info",
    ),
    (
        re.compile(
            r"(?:美丽|伟大|崇高|宝贵|可爱|光荣)(?P<slip>地)(?=祖国|城市|家乡|校园|花|理想|精神|传统|经验|财富|使命|孩子)"
        ),
        "的",
        "warn",
    ),
)
_DOUBLED = re.compile(r"([。，、；：])\1+|[，、；：][。，、；：]|。[，、；：]")
_NARROW = re.compile(rf"(?<=[{_HAN}])[,;:?!](?=[{_HAN}])")
_WIDE = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！"}
_PAIRS = {"（": "）", "“": "”", "《": "》", "〈": "〉", "「": "」", "『": "』", "【": "】", "〔": "〕"}
_CLOSERS = {closer: opener for opener, closer in _PAIRS.items()}
_NUMBERING = re.compile(r"[0-9０-９a-zA-Z一二三四五六七八九十]{1,3}）")
_ROUND = {"(": "（", ")": "）"}
# Nobody opens more marks than this within each other.
_DEPTH = 20


def check(passage: Passage) -> Iterator[Hit]:
    """Report 的地得 where it is plain, doubled marks, and narrow marks between Chinese characters."""
    yield from _particles(passage)
    text = passage.raw.text
    for found in _DOUBLED.finditer(text):
        yield _doubled(passage, found)
    for found in _NARROW.finditer(text):
        wide = _WIDE[found[0]]
        why = f"汉字之间的标点用全角“{wide}”。"
        yield _hit(passage, "half_width", "info", passage.raw.span(*found.span()), why=why, to=wide)


def _particles(passage: Passage) -> Iterator[Hit]:
    text = passage.folded.text
    if "的" not in text and "地" not in text:
        return
    for pattern, right, level in _PARTICLES:
        for found in pattern.finditer(text):
            slip = found["slip"]
            why = f"这里的“{slip}”看来应是“{right}”。"
            yield _hit(passage, "de", level, passage.folded.span(*found.span("slip")), why=why, to=right, key=found[0])


def _doubled(passage: Passage, found: re.Match[str]) -> Hit:
    run = found[0]
    ellipsis = set(run) == {"。"} and len(run) >= 3
    suggestion = "……" if ellipsis else "。" if "。" in run else run[0]
    why = "省略号写作“……”。" if ellipsis else "标点重复了。"
    return _hit(passage, "doubled", "warn", passage.raw.span(*found.span()), why=why, to=suggestion)


def pairs(passages: Sequence[Passage]) -> Iterator[Hit]:
    """Report brackets and quotation marks without their partner. A pair lies within one paragraph.

    A quotation over several paragraphs opens each of them and closes only in the last: such an opening mark passes
    if the next paragraph opens with the same.
    """
    lines = [(passage, start, end) for passage in passages for start, end in _lines(passage.raw.text)]
    for at, (passage, start, end) in enumerate(lines):
        after = lines[at + 1] if at + 1 < len(lines) else None
        next_mark = after[0].raw.text[after[1]] if after else ""
        yield from _unpaired(passage, start, end, next_mark)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(r"[^\n]+", text):
        indent = len(found[0]) - len(found[0].lstrip())
        if indent < len(found[0]):
            yield found.start() + indent, found.end()


def _unpaired(passage: Passage, start: int, end: int, next_mark: str) -> Iterator[Hit]:
    text = passage.raw.text
    opened: list[int] = []
    for at in range(start, end):
        mark = text[at]
        if mark in _PAIRS or mark == "(":
            opened.append(at)
        elif mark in _CLOSERS or mark == ")":
            partner = _partner(text, opened, mark)
            if partner is None:
                # A bracket alone numbers a list: 1)
                if mark != ")" and not _NUMBERING.fullmatch(text, start, at + 1):
                    yield _lonely(passage, at, _CLOSERS[mark])
                continue
            yield from (
                _lonely(passage, lost, _PAIRS[text[lost]]) for lost in opened[partner + 1 :] if text[lost] != "("
            )
            del opened[partner:]
    for at in opened:
        if text[at] != "(" and not (at == start and text[at] == next_mark):
            yield _lonely(passage, at, _PAIRS[text[at]])


def _partner(text: str, opened: Sequence[int], closer: str) -> int | None:
    """Return which open mark a closing one closes, in whatever width."""
    opener = _CLOSERS[_ROUND.get(closer, closer)]
    for place in range(len(opened) - 1, max(-1, len(opened) - 1 - _DEPTH), -1):
        if _ROUND.get(text[opened[place]], text[opened[place]]) == opener:
            return place
    return None


def _lonely(passage: Passage, at: int, partner: str) -> Hit:
    mark = passage.raw.text[at]
    why = f"“{mark}”在本段里找不到相配的“{partner}”。"
    return _hit(passage, "pairs", "warn", passage.raw.span(at, at + 1), why=why, to=None)


def _hit(
    passage: Passage,
    rule: str,
    level: Level,
    span: tuple[int, int],
    *,
    why: str,
    to: str | None,
    key: str | None = None,
) -> Hit:
    return Hit(rule, level, passage, *span, why=why, suggestion=to, category="文字", key=key)
