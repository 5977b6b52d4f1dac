"""A master's text taken apart where it may be cut without being changed. No database.

A cut never falls inside quotation marks or brackets, nor between a quotation and who said it: half of a denial is a
rumour. What cannot be taken apart safely stays in one piece.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from backend import blocks

_OPENING, _CLOSING = "“‘「『《〈（([【", "”’」』》〉）)]】"
_ENDS = "。！？!?"
_CLAUSE_ENDS = _ENDS + "，,；;：:"
_LOOSE = "，,；;：: 　。"
_BLANK = re.compile(r"(?<=[^\x00-\x7f])\s+(?=[^\x00-\x7f])")
# Less than this says nothing as a title.
_SHORTEST_TITLE = 4
_BLOCK_TAG = re.compile(r"</?(?:p|br|ul|ol|li|h2|h3|blockquote)\b[^<>]*>")
_HEADING = re.compile(r"<(h[23])\b[^>]*>.*?</\1>", re.DOTALL)


def written_length(text: str) -> int:
    """Count the characters that are written, blanks and line ends not among them."""
    return sum(not char.isspace() for char in text)


def lines_of(block: Mapping[str, Any]) -> list[str]:
    """Return all words of a block that a reader gets, a line each: also captions, alternative texts and who said it."""
    if "html" in block:
        return _lines(blocks.plain_text([{"html": _BLOCK_TAG.sub("\n", block["html"])}]))
    return [line for name in ("text", "by", "caption", "alt") for line in _lines(block.get(name, ""))]


def running_text(body: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the paragraphs that can be read on their own: no headings, no captions."""
    found: list[str] = []
    for block in body:
        if block["type"] == "text":
            found += lines_of({"html": _HEADING.sub("\n", block["html"])})
        elif block["type"] == "quote":
            found += _lines(block["text"])
    return found


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def sentences_in(paragraph: str) -> list[str]:
    """Take a paragraph apart after its sentences; put together again, they are the paragraph."""
    return _pieces(paragraph, _ENDS)


def _pieces(text: str, ends: str) -> list[str]:
    found: list[str] = []
    start = 0
    for stop in _stops(text, ends):
        found.append(text[start:stop])
        start = stop
    return [*found, text[start:]] if start < len(text) else found


def _stops(text: str, ends: str) -> Iterator[int]:
    """Yield where a piece ends: after the last of a run of marks, outside of all quotation marks and brackets."""
    depth, quoted = 0, False
    for at, char in enumerate(text):
        if char in _OPENING:
            depth += 1
        elif char in _CLOSING:
            depth -= 1
        elif char == '"':
            quoted = not quoted
        elif depth == 0 and not quoted and char in ends and not _goes_on(text, at, ends):
            yield at + 1


def _goes_on(text: str, at: int, ends: str) -> bool:
    if at + 1 == len(text):
        return False
    before, after = text[at - 1 : at], text[at + 1]
    # "18:30" and "1,000" are one thing each, and so are words of a language with blanks.
    return after in ends or (before.isascii() and before.isalnum() and after.isascii() and after.isalnum())


def halves_of(title: str) -> list[str]:
    """Return what stands between the blanks of a Chinese title, where a blank is a mark like any other."""
    return _BLANK.split(title)


def longest_opening(paragraphs: Sequence[str], fits: Callable[[str], bool]) -> str:
    """Return as many sentences from the beginning as fit, in lines; "" if not even the first does.

    `fits` must hold for every beginning of what it holds for. Only the end is ever left out: a sentence missing in
    between could turn the sense of the rest around.
    """
    parts: list[str] = []
    for paragraph in paragraphs:
        first, *more = sentences_in(paragraph)
        parts += [f"\n{first}" if parts else first, *more]
    low, high = 0, len(parts)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits("".join(parts[:middle])) else (low, middle - 1)
    return "".join(parts[:low])


def shortened(title: str, fits: Callable[[str], bool]) -> str | None:
    """Return the title, or the longest row of its clauses that fits; None if there is none."""
    if fits(title):
        return title
    rows = [row for half in (title, *halves_of(title)) for row in _rows(_pieces(half, _CLAUSE_ENDS))]
    return max((row for row in rows if len(row) >= _SHORTEST_TITLE and fits(row)), key=len, default=None)


def _rows(clauses: Sequence[str]) -> Iterator[str]:
    for first in range(len(clauses)):
        for last in range(first, len(clauses)):
            yield "".join(clauses[first : last + 1]).strip(_LOOSE)
