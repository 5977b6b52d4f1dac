"""How the name of a service may be typed without Chinese: initials (`jzz`) and whole syllables (`juzhuzheng`). Pure.

A character with several readings is read as its word has it, and also, one character at a time, in its other readings:
people type 行 as they would say it, not as a dictionary does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pypinyin

from backend.search.words import Span, is_han

MAX_INITIALS, MAX_SYLLABLES = 10, 6
_READINGS = 2


def spellings(name: str) -> set[str]:
    """Return all spellings of two or more neighbouring characters of a name."""
    return {spelling for _, some in _spelt(name) for spelling in some}


def span_of(name: str, typed: str) -> Span | None:
    """Return which characters of a name were meant, the first if it could be several."""
    return next((span for span, some in _spelt(name) if typed in some), None)


def _spelt(name: str) -> Iterator[tuple[Span, set[str]]]:
    readings = _readings(name)
    for start in range(len(name)):
        for end in range(start + 2, min(start + MAX_INITIALS, len(name)) + 1):
            if not readings[end - 1]:
                break
            if readings[start]:
                yield (start, end), set(_ways(readings[start:end]))


def _readings(name: str) -> list[list[str]]:
    """Return for each character how it may be read, as its word has it first; nothing for what is not Chinese."""
    as_words = [syllable for part in pypinyin.lazy_pinyin(name, errors=_letters) for syllable in _one_each(part)]
    found: list[list[str]] = []
    for char, syllable in zip(name, as_words, strict=True):
        others = pypinyin.pinyin(char, style=pypinyin.Style.NORMAL, heteronym=True)[0] if is_han(char) else []
        found.append([*dict.fromkeys([syllable, *others])][:_READINGS] if others else [])
    return found


def _letters(text: str) -> Any:
    """Give what is not Chinese letter by letter; the stubs of the library do not know that it takes a list."""
    return list(text)


def _one_each(part: str | Sequence[str]) -> Sequence[str]:
    return [part] if isinstance(part, str) else part


def _ways(readings: Sequence[Sequence[str]]) -> Iterator[str]:
    usual = [each[0] for each in readings]
    ways = [usual]
    for place, each in enumerate(readings):
        ways += [[*usual[:place], other, *usual[place + 1 :]] for other in each[1:]]
    for way in ways:
        yield "".join(syllable[0] for syllable in way)
        if len(way) <= MAX_SYLLABLES:
            yield "".join(way)
