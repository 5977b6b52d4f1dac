"""Taking text apart for the index, and questions for the engine. Pure.

A Chinese word has no spaces around it, so the index holds every character and every pair of neighbours: a word of two
characters is one look-up, and a longer one is a few pairs that must all be there. Letters and digits are words. Nothing
depends on an engine's own ideas of words or phrases, so SQLite and PostgreSQL hold the same tokens and find the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from backend.folding import fold

MAX_QUERY = 200
MAX_TERMS = 12
MAX_WORD = 40
# Beyond this a text is found by what stands before it.
MAX_TEXT = 50_000
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_RUN = re.compile(rf"[{_HAN}]+|(?:(?![{_HAN}])[^\W_])+")
_IS_HAN = re.compile(rf"[{_HAN}]+")
_QUOTED = re.compile(r'"([^"]*)"|[“”]([^“”]*)[“”]|「([^「」]*)」|『([^『』]*)』')
# What both engines take as it is; anything else is written as hexadecimal digits.
_PLAIN = re.compile("[a-z0-9\u4e00-\u9fa5]+")
Span = tuple[int, int]


def runs_of(folded: str) -> Iterator[re.Match[str]]:
    """Yield the runs of a folded text: Chinese characters without a break, or a word of letters and digits."""
    return _RUN.finditer(folded)


def is_han(run: str) -> bool:
    """Tell a run of Chinese characters from a word."""
    return _IS_HAN.match(run) is not None


def line_of(text: str) -> str:
    """Write a text as it is compared: its runs, folded, with one space between them and at both ends."""
    return f" {' '.join(run[0] for run in runs_of(fold(text[:MAX_TEXT])))} "


def safe(word: str) -> str:
    """Write a word or an id in letters that no engine changes or splits."""
    word = word[:MAX_WORD]
    return word if _PLAIN.fullmatch(word) else "=" + word.encode().hex()


def tokens_of(line: str) -> set[str]:
    """Return what a line is indexed by: words, Chinese characters, and pairs of them."""
    found: set[str] = set()
    for run in line.split():
        if not is_han(run):
            found.add(safe(run))
            continue
        found.update(map(safe, run))
        found.update(safe(pair) for pair in pairs_of(run))
    return found


def pairs_of(run: str) -> list[str]:
    """Return the pairs of neighbours of a run of Chinese characters."""
    return [run[place : place + 2] for place in range(len(run) - 1)]


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that is asked for: a run, or with `exact` a quoted row of them that must stand as they are."""

    runs: tuple[str, ...]
    exact: bool = False

    @property
    def needle(self) -> str:
        """Return what to look for in a line to find the term as a phrase."""
        start = "" if is_han(self.runs[0]) else " "
        end = "" if is_han(self.runs[-1]) else " "
        return start + " ".join(self.runs) + end

    @property
    def sound(self) -> str | None:
        """Return what may be a spelling in pinyin, or None."""
        word = self.runs[0]
        plain = not self.exact and len(word) >= 2 and word.isascii() and word.isalpha()
        return word if plain else None

    def phrase_in(self, line: str) -> bool:
        """Tell whether the term stands in a line as it was asked for."""
        return self.needle in line

    def scattered_in(self, line: str) -> bool:
        """Tell whether each character of a longer term is in the line together with a neighbour of it.

        So 居住证办理 is found in a text that has 居住证 in one place and 办理 in another.
        """
        run = self.runs[0]
        if self.exact or not is_han(run) or len(run) < 4:
            return False
        held = [pair in line for pair in pairs_of(run)]
        return all(left or right for left, right in zip([False, *held], [*held, False], strict=True))


def terms_of(question: str) -> tuple[Term, ...]:
    """Read a question. Quotes keep words together; all other signs mean nothing. Each term once, a few at most."""
    folded = fold(question[:MAX_QUERY])
    found: list[Term] = []
    for quoted in _QUOTED.finditer(folded):
        runs = tuple(run[0] for run in runs_of(quoted[0]))
        if runs:
            found.append(Term(runs, exact=True))
    found += (Term((run[0],)) for run in runs_of(_QUOTED.sub(" ", folded)))
    return tuple(dict.fromkeys(found))[:MAX_TERMS]


@dataclass(frozen=True, slots=True)
class All:
    """All of these."""

    of: tuple[Asked, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these."""

    of: tuple[Asked, ...]


Asked = str | All | Either
TITLE, SOUND = "t:", "p:"


def asked_for(terms: Sequence[Term], prefix: str = "") -> Asked:
    """Write terms for an engine: what it finds is all that can match, and what cannot be told without the text."""
    return All(tuple(part for term in terms for part in _asked(term, prefix)))


def _asked(term: Term, prefix: str) -> Iterator[Asked]:
    for run in term.runs:
        if not is_han(run):
            word: Asked = prefix + safe(run)
            yield Either((word, SOUND + safe(run))) if term.sound else word
        elif len(run) == 1:
            yield prefix + safe(run)
        else:
            yield from _asked_pairs([prefix + safe(pair) for pair in pairs_of(run)], exact=term.exact)


def _asked_pairs(pairs: Sequence[str], *, exact: bool) -> Iterable[Asked]:
    if exact or len(pairs) < 3:
        return pairs
    # Each character with the one before it or the one after it.
    inner = [Either((left, right)) for left, right in pairwise(pairs)]
    return [pairs[0], *inner, pairs[-1]]
