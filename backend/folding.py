"""Folding: what looks or reads the same becomes the same, with an index back to the original characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import opencc

# Chinese punctuation keeps its width: "1，234" is two numbers, "1,234" is one.
_KEPT = frozenset("，；：！？（）…～—")
# Letters that show nothing: Hangul fillers. Other invisible characters are known by their category.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cs", "Co", "Cn"})
_MANY = 50_000
# The blocks that hold traditional characters: the basic one, extension A, compatibility, and extensions B to I.
_HAN = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000))


@dataclass(frozen=True, slots=True)
class View:
    """A text derived from another one. Character i stands for the original's characters `at[i]` up to `to[i]`."""

    text: str
    at: Sequence[int]
    to: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of this view, at least one character long, lies in the original."""
        return self.at[start], self.to[end - 1]


@cache
def _simplified() -> dict[str, str]:
    """Return traditional → simplified characters, one for one, as OpenCC's t2s has them. Made once a process."""
    chars = [chr(code) for first, last in _HAN for code in range(first, last)]
    # A line each: characters of one line could be taken for a phrase.
    simple = opencc.OpenCC("t2s").convert("\n".join(chars)).split("\n")
    return {char: to for char, to in zip(chars, simple, strict=True) if to != char and len(to) == 1}


def _fold(char: str) -> str:
    if char in _KEPT or char == "\n":
        return char
    # Taken apart, accents are characters of their own and go; put together again, the rest is NFKC.
    apart = (c for c in unicodedata.normalize("NFKD", char) if unicodedata.category(c) not in _INVISIBLE)
    together = unicodedata.normalize("NFKC", "".join(c for c in apart if c not in _FILLERS))
    return "".join(_simplified().get(c, c) for c in together.casefold())


class _Folds(dict[str, str]):
    """Folded characters, kept as they come up. Not more than there are in common use."""

    def __missing__(self, char: str) -> str:
        folded = _fold(char)
        if len(self) < _MANY:
            self[char] = folded
        return folded


_FOLDS = _Folds()


def fold(text: str) -> str:
    """Fold a text: NFKC, no accents, nothing invisible, half width, lower case, simplified characters."""
    return "".join([_FOLDS[char] for char in text])


def with_breaks(text: str, breaks: Sequence[int]) -> View:
    """Put a newline at each break."""
    if not breaks:
        return View(text, range(len(text)), range(1, len(text) + 1))
    chars: list[str] = []
    at: list[int] = []
    to: list[int] = []
    begin = 0
    for end in [*breaks, len(text)]:
        chars += text[begin:end]
        at += range(begin, end)
        to += range(begin + 1, end + 1)
        if end < len(text):
            chars.append("\n")
            at.append(end)
            to.append(end)
        begin = end
    return View("".join(chars), at, to)


def fold_view(view: View) -> View:
    """Fold a view, keeping the way back."""
    folds = [_FOLDS[char] for char in view.text]
    together = "".join(folds)
    # Nearly always a character stays one, and the way back stays the same.
    if len(together) == len(folds) and "" not in folds:
        return View(together, view.at, view.to)
    places = [index for index, folded in enumerate(folds) for _ in folded]
    return View(together, [view.at[index] for index in places], [view.to[index] for index in places])


class _Marks(dict[str, bool]):
    """Whether a character is a mark, kept as they come up."""

    def __missing__(self, char: str) -> bool:
        mark = unicodedata.category(char)[0] in "PSZC"
        if len(self) < _MANY:
            self[char] = mark
        return mark


_MARKS = _Marks()


def is_mark(char: str) -> bool:
    """Tell punctuation, symbols and spaces from letters, digits and Chinese characters."""
    return _MARKS[char]


def without_marks(text: str) -> list[int]:
    """Return where in a folded text there is something else than marks."""
    marks = _MARKS
    return [index for index, char in enumerate(text) if not marks[char]]
