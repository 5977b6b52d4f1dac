"""Breaking Chinese text into lines: which characters may begin and end one, and where the breaks do least harm.

Widths are counted in cells, the room of one Chinese character. A paragraph's breaks are chosen all together, so that
what is pushed over or pulled in is spread over lines that can take it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from backend.publishing.newspaper.layout.metrics import width_of
from backend.publishing.newspaper.layout.model import Face

OPENING = "（《〈「『【〔［｛“‘"
CLOSING = "）》〉」』】〕］｝”’"
STOPS = "。，、；：！？．"
# What never begins a line and never ends one.
NO_START = frozenset(CLOSING + STOPS + "…—～·%％‰℃°,.;:!?)]}>")
NO_END = frozenset(OPENING + "([{<￥¥$＄€£№")
_WORD = re.compile(r"[0-9A-Za-z\u00c0-\u024f]+(?:[-.,:/'’@&#_+~=%][0-9A-Za-z\u00c0-\u024f]+)*[%]?")
_PAIRS = ("——", "……")
Kind = Literal["char", "word", "open", "close", "space"]

_FORBIDDEN = 1e7
_LOOSEST = 1e4
_LONELY = 4.0
# How much of a mark's blank half may be taken away inside a line; at its ends all of it.
_INSIDE = 0.5
# A gap that is stretched by this much of a cell is as bad as one unit of cost.
_STRETCH = 0.12


@dataclass(frozen=True, slots=True)
class Atom:
    """What is never taken apart. `before` and `after` are blank halves of a mark that may be set off against gaps."""

    text: str
    width: float
    kind: Kind
    before: float = 0.0
    after: float = 0.0

    @property
    def is_mark(self) -> bool:
        """Tell whether it is a bracket, a quotation mark or a stop."""
        return self.kind in ("open", "close")


def atoms_of(text: str, face: Face, *, cell: float = 1.0, measure: float = math.inf, blank: float = 0.0) -> list[Atom]:
    """Take text apart; `cell` is the width of a cell at a size of one.

    A word that is wider than `measure` is taken apart as well. A blank is `blank` cells wide, unless that is 0.
    """
    return list(_atoms(text, face, cell, measure, blank))


def _atoms(text: str, face: Face, cell: float, measure: float, blank: float) -> Iterator[Atom]:
    at = 0
    while at < len(text):
        char = text[at]
        word = _WORD.match(text, at)
        if char.isspace():
            end = at + 1
            while end < len(text) and text[end].isspace():
                end += 1
            wide = 1.0 if "\u3000" in text[at:end] else width_of(" ", face) / cell
            yield Atom(" ", blank or wide, "space")
            at = end
        elif word is not None:
            yield from _word(word[0], face, cell, measure)
            at = word.end()
        elif text.startswith(_PAIRS, at) and measure >= 2:
            yield Atom(text[at : at + 2], 2 * max(width_of(char, face), 1.0), "char")
            at += 2
        else:
            yield _char(char, face, cell)
            at += 1


def _word(word: str, face: Face, cell: float, measure: float) -> Iterator[Atom]:
    width = sum(width_of(char, face) for char in word) / cell
    if width <= measure:
        yield Atom(word, width, "word")
        return
    for char in word:
        yield Atom(char, width_of(char, face) / cell, "word")


def _char(char: str, face: Face, cell: float) -> Atom:
    if char in OPENING:
        return Atom(char, 1.0, "open", before=0.5 / cell)
    if char in CLOSING or char in STOPS:
        return Atom(char, 1.0, "close", after=0.5 / cell)
    natural = width_of(char, face)
    # A full-width character fills its cell, whatever the cell's width; others keep their own.
    return Atom(char, natural if natural == 1.0 else natural / cell, "char")


def kern(left: Atom, right: Atom) -> float:
    """Return what two marks beside each other share: half a cell, where blank halves meet or follow each other."""
    if not (left.is_mark and right.is_mark) or (left.kind == "open" and right.kind == "close"):
        return 0.0
    return 0.5


def slack(left: Atom, right: Atom) -> float:
    """Return how much the gap between two atoms may be narrowed beyond their kern."""
    if left.is_mark and right.is_mark:
        return 0.0
    return (left.after + right.before) * _INSIDE


def may_break(left: Atom, right: Atom) -> bool:
    """Tell whether a line may end between two atoms."""
    return left.text[-1] not in NO_END and right.text[0] not in NO_START


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """The atoms of a line, without blanks at its ends; `indent` cells stay free before them."""

    atoms: tuple[Atom, ...]
    indent: float = 0.0
    last: bool = False


def break_paragraph(atoms: Sequence[Atom], measure: float, indent: float = 0.0) -> list[BrokenLine]:
    """Break a paragraph where it costs least. A forbidden break is only taken where there is no other."""
    if not atoms:
        return []
    end = len(atoms)
    best: list[float] = [0.0] + [math.inf] * end
    came: list[int] = [0] * (end + 1)
    for start in range(end):
        if best[start] == math.inf:
            continue
        room = measure - (indent if start == 0 else 0.0)
        for stop, cost in _lines_from(atoms, start, room):
            if best[start] + cost < best[stop]:
                best[stop], came[stop] = best[start] + cost, start
    stops = [end]
    while stops[-1]:
        stops.append(came[stops[-1]])
    stops.reverse()
    return [
        BrokenLine(_trimmed(atoms[start:stop]), indent if start == 0 else 0.0, last=stop == end)
        for start, stop in pairwise(stops)
    ]


def _trimmed(atoms: Sequence[Atom]) -> tuple[Atom, ...]:
    first, last = 0, len(atoms)
    while first < last and atoms[first].kind == "space":
        first += 1
    while last > first and atoms[last - 1].kind == "space":
        last -= 1
    return tuple(atoms[first:last])


@dataclass(slots=True)
class _Span:
    """A line that grows by one atom after the other; blanks at its end are held back until something follows."""

    first: Atom
    last: Atom
    natural: float
    slack: float = 0.0
    gaps: int = 0
    written: int = 0
    blanks: float = 0.0
    held: int = 0

    def take(self, atom: Atom) -> None:
        """Put one more atom at the end."""
        if atom.kind == "space":
            self.blanks += atom.width
            self.held += 1
            return
        if self.held:
            self.slack += (self.last.after + atom.before) * _INSIDE
        else:
            self.natural -= kern(self.last, atom)
            self.slack += slack(self.last, atom)
        self.natural += atom.width + self.blanks
        self.gaps += 1 + self.held
        self.blanks, self.held, self.last = 0.0, 0, atom
        self.written += not atom.is_mark

    @property
    def able(self) -> float:
        """By how much it can be narrowed at most."""
        return self.slack + _at_ends(self.first, self.last)


def _lines_from(atoms: Sequence[Atom], start: int, room: float) -> Iterator[tuple[int, float]]:
    """Yield the ends of all lines that can begin here, and what each costs; at least one."""
    end, begin = len(atoms), start
    while begin < end - 1 and atoms[begin].kind == "space":
        begin += 1
    first = atoms[begin]
    span = _Span(first, first, first.width, written=int(not first.is_mark))
    for stop in range(begin + 1, end + 1):
        if stop > begin + 1:
            span.take(atoms[stop - 1])
            if span.natural - span.able > room + 1e-9 and not span.held:
                return
        cost = _cost(span, room, last=stop == end)
        if stop < end and not may_break(atoms[stop - 1], atoms[stop]):
            cost += _FORBIDDEN
        yield stop, cost


def _at_ends(first: Atom, last: Atom) -> float:
    return first.before + last.after


def natural_width(atoms: Sequence[Atom]) -> float:
    """Return how wide a line is before anything is stretched or narrowed."""
    pairs = pairwise(atoms)
    return sum(atom.width for atom in atoms) - sum(kern(left, right) for left, right in pairs)


def narrowing(atoms: Sequence[Atom]) -> float:
    """Return by how much a line can be narrowed at most."""
    if not atoms:
        return 0.0
    pairs = pairwise(atoms)
    return sum(slack(left, right) for left, right in pairs) + _at_ends(atoms[0], atoms[-1])


def _cost(span: _Span, room: float, *, last: bool) -> float:
    free = room - span.natural
    if free < -1e-9:
        able = span.able
        return 0.6 * (-free / able) ** 2 if able >= -free - 1e-9 else _FORBIDDEN
    if last:
        return _LONELY if span.written < 2 else 0.0
    if not span.gaps:
        return _LOOSEST if free > 1e-9 else 0.0
    return min(_LOOSEST, (free / span.gaps / _STRETCH) ** 2)
