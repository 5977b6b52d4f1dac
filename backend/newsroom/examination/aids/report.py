"""The one entry: check a draft against a dictionary, and try a dictionary on its samples."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from backend.newsroom.examination.aids import adverts, dates, figures, grammar, links, media, persons, privacy, words
from backend.newsroom.examination.aids.findings import Finding, Hit, number, weight
from backend.newsroom.examination.aids.lexicon import Lexicon
from backend.newsroom.examination.aids.text import Draft, Passage, passages

# Hits that lie within each other stand near each other in reading order.
_NEAR = 20

# Rule → what it looks for, as the page about the aids shows it.
RULES: dict[str, str] = {
    "sensitive": "敏感词表里的词：全半角、繁简、大小写、夹在字间的空格和符号都算；级别由词表定。",
    "banned": "不用的说法，并给出规范的写法。",
    "wrong": "常见的错别字，如“既使”“再接再励”；词表里的和内置的一起查。",
    "homophone": "和词表里标了“同音”的词读音相同的写法，包括用拼音字母写的；只作提醒。",
    "advert": "《广告法》第九条所说的绝对化用语，以及对效果的保证。",
    "person_title": "人名旁边的职务和人物表不符，或任期已满。",
    "leader_order": "几位领导同志并列时的次序和人物表不符。",
    "weekday": "日期和星期对不上；没有写年份的，按离检查当天最近的一年算。",
    "date": "不存在的日期，如2月30日。",
    "sum": "分项加起来和总数对不上。",
    "share": "同一句里的几项占比加起来超过100%。",
    "growth": "“从几增长到几，增长百分之几”算下来不对。",
    "headline_number": "标题里带单位的数字，正文里找不到。",
    "de": "用错的“的、地、得”，只查有把握的几种。",
    "pairs": "没有配对的括号、引号、书名号。",
    "doubled": "重复或相连的标点，如“。。”“，，”。",
    "half_width": "汉字之间的半角标点。",
    "id_number": "校验无误的身份证号码。",
    "phone": "手机号码。",
    "plate": "车牌号码。",
    "link": "写错的链接、没有加密的链接、指向机器地址的链接。",
    "dead_link": "已经打不开的链接。",
    "media_rights": "素材没有登记、没有核完、限制使用、核查未通过或授权过期。",
    "media_alt": "图片或视频没有替代文字。",
}


def check(draft: Draft, lexicon: Lexicon, on: date) -> list[Finding]:
    """Return what the rules find in a draft, in reading order. `on` is the day that titles and dates are judged by."""
    parts = passages(draft)
    body = [part for part in parts if part.field == "body"]
    hits = [hit for part in parts for hit in _of_words(part, lexicon, on)]
    hits += grammar.pairs(parts)
    for part, block in zip(body, draft.body, strict=True):
        hits += links.check(part, draft.dead)
        hits += media.check(part, block, draft.media)
    if parts and parts[0].field == "headline":
        hits += figures.headline(parts[0], body)
    place = {id(part): at for at, part in enumerate(parts)}
    hits.sort(key=lambda hit: (place[id(hit.passage)], hit.start, hit.end, hit.rule))
    return number(_once(hits))


def _of_words(part: Passage, lexicon: Lexicon, on: date) -> Iterator[Hit]:
    yield from words.find(part, lexicon)
    yield from adverts.check(part)
    yield from persons.check(part, lexicon, on)
    yield from dates.check(part, on)
    yield from figures.check(part)
    yield from privacy.check(part)
    yield from grammar.check(part)


def _once(hits: Iterable[Hit]) -> list[Hit]:
    """Drop what another finding of the same rule says of the same words, or of more words around them."""
    kept: list[Hit] = []
    for hit in hits:
        rivals = [other for other in kept[-_NEAR:] if _same_matter(other, hit)]
        if any(_covers(other, hit) for other in rivals):
            continue
        for other in rivals:
            if _covers(hit, other):
                kept.remove(other)
        kept.append(hit)
    return kept


def _same_matter(one: Hit, other: Hit) -> bool:
    return one.passage is other.passage and one.rule == other.rule and one.key == other.key


def _covers(one: Hit, other: Hit) -> bool:
    return one.start <= other.start and other.end <= one.end and weight(one.level) >= weight(other.level)


def run_samples(lexicon: Lexicon, samples: Sequence[Mapping[str, Any]], on: date) -> dict[str, Any]:
    """Try a dictionary on samples `{text, expect}`: each passes if exactly the expected rules find something.

    Returns `{passed, cases: [{text, expect, found, ok}]}`, rule names sorted.
    """
    cases = [_case(lexicon, sample, on) for sample in samples]
    return {"passed": all(case["ok"] for case in cases), "cases": cases}


def _case(lexicon: Lexicon, sample: Mapping[str, Any], on: date) -> dict[str, Any]:
    text = str(sample.get("text") or "")
    block = {"id": "sample", "type": "text", "html": html.escape(text, quote=False)}
    found = sorted({finding.rule for finding in check(Draft(headline="", body=[block]), lexicon, on)})
    expect = sorted(set(sample.get("expect") or ()))
    return {"text": text, "expect": expect, "found": found, "ok": found == expect}
