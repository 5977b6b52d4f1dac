"""What a proofreader may change in his own step: up to 20 characters, and none that carries a fact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from backend.newsroom.examination.aids.quantities import UNITS
from backend.newsroom.examination.aids.titles import OFFICIAL, OTHER, SURNAMES

Kind = Literal["length", "name", "title", "number", "date", "unit", "quotation"]
MOST_CHARACTERS = 20
# Pairs of equal characters that are compared at most; a story of 20,000 characters has some four million.
_MOST_WORK = 20_000_000
# In the order in which a change is named when it touches several.
_KINDS: tuple[Kind, ...] = ("date", "unit", "number", "name", "title", "quotation")

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_DIGIT = r"[0-9０-９]"
_NUMERAL = "零〇一二两三四五六七八九十百千万亿半几"
_UNIT = "|".join(
    sorted(
        map(re.escape, {*UNITS, "℃", "％", "点", "时", "分", "刻", "号", "版", "角", "里", "倍", "折", "世纪"}),
        key=len,
        reverse=True,
    )
)
_NUMBER = (
    rf"(?:第|百分之|[约近超逾满达])?(?:{_DIGIT}+(?:[.,:：/\-~～．，]{_DIGIT}+)*[{_NUMERAL}]*|[{_NUMERAL}]+(?:点[{_NUMERAL}]+)?)"
    r"[多余来]?[%％‰]?"
)
_FIGURE = re.compile(rf"(?P<number>{_NUMBER})(?P<unit>[ ]?(?:{_UNIT}|[a-zA-Zａ-ｚＡ-Ｚ]{{1,4}}))?")
_SPELLED_ALONE = re.compile(rf"[{_NUMERAL}]")
_DATE = re.compile(
    rf"(?:(?:{_DIGIT}|[{_NUMERAL}元正腊]){{1,4}}[年月日号]){{1,3}}|{_DIGIT}{{4}}[-/.]{_DIGIT}{{1,2}}[-/.]{_DIGIT}{{1,2}}"
    r"|(?:星期|礼拜|[本上下每]?周)[一二三四五六日天末]|[今明昨前后去][天日年晨晚]|[本上下]个?[月周]|[本当同次翌]日|[年月]初|[年月]底|[上下]旬|中旬"
    r"|凌晨|清晨|早晨|上午|中午|下午|傍晚|晚上|夜里|深夜|除夕|元旦|春节|清明|端午|中秋|国庆"
)
_QUOTATION = re.compile(r"“[^“”\n]*”?|「[^「」\n]*」?|『[^『』\n]*』?|\"[^\"\n]*\"?")
_OFFICE = re.compile(f"(?:副|代|原|前|常务){{0,4}}(?:{'|'.join(sorted((*OFFICIAL, *OTHER), key=len, reverse=True))})")
_SPEAKER = re.compile(rf"[{_HAN}·]{{2,4}}(?=说|表示|介绍|告诉|认为|指出|强调|称|透露|坦言)")
_SURNAMED = rf"[{SURNAMES}][{_HAN}]{{1,2}}"
_AFTER_OFFICE = re.compile(_SURNAMED)
_BEFORE_OFFICE = re.compile(rf"{_SURNAMED}$")
# These may come or go beside a name without making it another name.
_HARMLESS = frozenset("的地得了着过也都还就又在，。、；：！？“”（）《》 \n")


@dataclass(frozen=True, slots=True)
class _Token:
    """Characters that belong together, and what they are."""

    start: int
    end: int
    kind: Kind
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Region:
    """One change: characters `i1` up to `i2` became `j1` up to `j2`."""

    i1: int
    i2: int
    j1: int
    j2: int


def forbidden_change(before: str, after: str, *, names: Collection[str], titles: Collection[str]) -> Kind | None:
    """Say why a change of one plain text is more than a proofreader may do, or None where it is within the rule.

    Counted are, for each changed place, the characters taken out or those put in, whichever are more. `names` and
    `titles` are those of the table of persons; offices in common use, and people who speak, are recognised besides.
    """
    if before == after:
        return None
    if _surely_long(before, after) or _too_alike(before, after):
        return "length"
    regions = _regions(before, after)
    if sum(max(one.i2 - one.i1, one.j2 - one.j1) for one in regions) > MOST_CHARACTERS:
        return "length"
    old, new = list(_tokens(before, names, titles)), list(_tokens(after, names, titles))
    touched = {
        *(token.kind for token in old if any(_touches(token, one.i1, one.i2) for one in regions)),
        *(token.kind for token in new if any(_touches(token, one.j1, one.j2) for one in regions)),
        *(kind for kind in _KINDS if _listed(before, old, kind) != _listed(after, new, kind)),
    }
    if any(_beside_name(before, after, old, one) for one in regions):
        touched.add("name")
    return next((kind for kind in _KINDS if kind in touched), None)


def _surely_long(before: str, after: str) -> bool:
    """Tell, without comparing places, that more characters went or came than may."""
    old, new = Counter(before), Counter(after)
    return max((old - new).total(), (new - old).total()) > MOST_CHARACTERS


def _too_alike(before: str, after: str) -> bool:
    """Tell whether the texts repeat themselves so much that comparing them would take too long to be worth it."""
    old, new = Counter(before), Counter(after)
    return sum(count * new[char] for char, count in old.items()) > _MOST_WORK


def _regions(before: str, after: str) -> list[_Region]:
    # What is the same at both ends need not be compared, and usually that is nearly all.
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [_Region(head + i1, head + i2, head + j1, head + j2) for tag, i1, i2, j1, j2 in codes if tag != "equal"]


def _common(one: str, other: str) -> int:
    return next(
        (at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )


def _touches(token: _Token, start: int, end: int) -> bool:
    """Tell whether a change lies in a token; what is put in between two of its characters lies in it too."""
    if start == end:
        return token.start < start < token.end
    return token.start < end and start < token.end


def _listed(text: str, tokens: list[_Token], kind: Kind) -> list[str]:
    """Return the tokens of a kind as they follow each other; two texts that differ here changed one, whatever moved."""
    return [text[token.start : token.end] for token in tokens if token.kind == kind and token.sure]


def _beside_name(before: str, after: str, old: list[_Token], region: _Region) -> bool:
    """Tell whether characters came or went right beside a name, so that it may read as another name."""
    changed = {*before[region.i1 : region.i2], *after[region.j1 : region.j2]}
    if changed <= _HARMLESS:
        return False
    return any(token.kind == "name" and (token.end == region.i1 or token.start == region.i2) for token in old)


def _tokens(text: str, names: Collection[str], titles: Collection[str]) -> Iterator[_Token]:
    yield from _figures(text)
    for kind, pattern in (("date", _DATE), ("quotation", _QUOTATION)):
        for found in pattern.finditer(text):
            yield _Token(found.start(), found.end(), "date" if kind == "date" else "quotation")
    for name in names:
        yield from (_Token(at, at + len(name), "name") for at in _places(text, name))
    for title in titles:
        yield from (_Token(at, at + len(title), "title") for at in _places(text, title))
    for found in _SPEAKER.finditer(text):
        yield _Token(found.start(), found.end(), "name", sure=False)
    for found in _OFFICE.finditer(text):
        yield _Token(found.start(), found.end(), "title")
        if person := _AFTER_OFFICE.match(text, found.end()):
            yield _Token(person.start(), person.end(), "name", sure=False)
        if person := _BEFORE_OFFICE.search(text, max(0, found.start() - 3), found.start()):
            yield _Token(person.start(), person.end(), "name", sure=False)


def _figures(text: str) -> Iterator[_Token]:
    for found in _FIGURE.finditer(text):
        number, unit = found["number"], found["unit"]
        # A single numeral without a unit is mostly part of a word: 一起, 统一, 万一.
        if len(number) == 1 and _SPELLED_ALONE.match(number) and not unit:
            continue
        yield _Token(found.start("number"), found.end("number"), "number")
        if unit:
            yield _Token(found.start("unit"), found.end("unit"), "unit")


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word) if word else -1
    while at >= 0:
        yield at
        at = text.find(word, at + 1)
