"""The text aids: one check of a long story against a large dictionary, and what the dictionary takes to compile."""

from __future__ import annotations

import random
import statistics
import time
from datetime import date
from typing import Any

from backend.newsroom.examination.aids.lexicon import Lexicon, compile_lexicon
from backend.newsroom.examination.aids.report import check
from backend.newsroom.examination.aids.text import Draft
from bench.context import Bench
from bench.report import Section, number

KEY = "aids"
WORDS = 20_000
CHARACTERS = 5_000
RUNS = 20
_SEED = 20_190_918
_ON = date(2026, 11, 26)
# Characters in common use lie in this part of the basic block; the generated words look like no real ones.
_FIRST, _LAST = 0x4E00, 0x7000
_SENTENCES = (
    "区水务局用八个月把两岸三百一十二个排口摸了一遍，其中四十七个图纸上没有。",
    "“晴天出水”是这次盯住的信号：雨水口晴天不该有水，有水就说明有人接错了管子。",
    "会议定于2026年11月26日（星期四）上午9时召开，参加的共12人，其中男5人、女7人。",
    "居民们说，步道从2.1公里延长到3.4公里，增长约62%，沿线补了六处厕所和四处直饮水。",
    "社区工作者把这些意见一条一条记下来，贴在楼道里，请大家再看一遍。",
)


def measure(bench: Bench) -> Section:
    """Check a long story against a large dictionary, in one process, as a request does."""
    found = take()
    section = Section(
        KEY,
        "Text aids",
        f"A story of {found['characters']:,} characters against {found['words']:,} dictionary entries, a quarter of "
        "them matched by sound too, in one process. No peer: the bound is the house's own.",
    )
    table = section.table("One check", "what", "ms")
    for words, name in (
        ("median of 20", "check_ms"),
        ("worst of 20", "worst_ms"),
        ("processor time of one", "cpu_ms"),
        ("the first after a start", "first_ms"),
        ("compiling the dictionary, once a version and process", "compile_ms"),
    ):
        table.add(words, number(found[name]))
    section.judge(
        "A 5,000-character story against 20,000 entries",
        "≤ 50 ms",
        f"{number(found['check_ms'])} ms",
        met=found["check_ms"] <= 50,
    )
    bench.say(f"{found['findings']} findings")
    return section


def take() -> dict[str, Any]:
    """Return `{words, characters, findings, compile_ms, first_ms, check_ms, worst_ms, cpu_ms}`.

    `check_ms` is the median of 20 runs, `first_ms` the run before them, which fills the tables of characters.
    `cpu_ms` is what one run takes of a processor, however busy the machine is.
    """
    chance = random.Random(_SEED)
    content = {"words": [_word(chance, at) for at in range(WORDS)], "persons": [], "samples": []}
    begun = time.perf_counter()
    lexicon = compile_lexicon(content)
    compile_ms = (time.perf_counter() - begun) * 1000
    draft = _draft(chance, content["words"])
    first_ms, findings = _run(draft, lexicon)
    cpu = time.process_time()
    runs = [_run(draft, lexicon)[0] for _ in range(RUNS)]
    cpu_ms = (time.process_time() - cpu) * 1000 / RUNS
    return {
        "words": WORDS,
        "characters": sum(len(block["html"]) for block in draft.body),
        "findings": findings,
        "compile_ms": compile_ms,
        "first_ms": first_ms,
        "check_ms": statistics.median(runs),
        "worst_ms": max(runs),
        "cpu_ms": cpu_ms,
    }


def _run(draft: Draft, lexicon: Lexicon) -> tuple[float, int]:
    begun = time.perf_counter()
    findings = check(draft, lexicon, _ON)
    return (time.perf_counter() - begun) * 1000, len(findings)


def _word(chance: random.Random, at: int) -> dict[str, Any]:
    text = "".join(chr(chance.randrange(_FIRST, _LAST)) for _ in range(chance.randint(2, 5)))
    kind = chance.choice(("sensitive", "banned", "wrong", "advert"))
    return {"id": f"w{at}", "text": text, "kind": kind, "level": "warn", "category": None, "sound": at % 4 == 0}


def _draft(chance: random.Random, words: list[dict[str, Any]]) -> Draft:
    """Write a story of ordinary sentences and, in each block, one dictionary word, every other one parted by a mark."""
    blocks: list[dict[str, Any]] = []
    length = 0
    while length < CHARACTERS:
        hidden = ("-" if len(blocks) % 2 else "").join(chance.choice(words)["text"])
        text = "".join(chance.choices(_SENTENCES, k=6)) + hidden + "。"
        text = text[: CHARACTERS - length]
        blocks.append({"id": f"b{len(blocks)}", "type": "text", "html": text})
        length += len(text)
    return Draft(headline="沿线补了六处厕所和四处直饮水", summary=_SENTENCES[0], body=blocks)
