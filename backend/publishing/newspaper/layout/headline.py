"""Headlines: how large one is in its slot, and where it is broken so that its lines are about equally long."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from backend.publishing.newspaper.layout.breaking import Atom, atoms_of, break_paragraph, may_break, natural_width
from backend.publishing.newspaper.layout.formats import (
    HEADLINE_LEADING,
    HEADLINE_SIZES,
    MAX_HEADLINE_LINES,
    PITCH,
    SERIF_FROM,
)
from backend.publishing.newspaper.layout.model import PT, Line
from backend.publishing.newspaper.layout.setting import Style, set_short

# A blank in a Chinese headline is a pause, and as wide as one.
BLANK = 0.7
_ROOMY = 1.15
_LARGE_ENOUGH = 0.8
_SMALLEST_STEP = 0.75
# A headline has about this size in points, and for each millimetre of its slot's width this much more.
_SMALLEST, _BY_WIDTH = 11.0, 0.131
# A break at a pause is worth lines that differ by this many characters, one after a comma by half of it; one inside of
# what looks like a word is as bad as this.
_AT_PAUSE = 7.0
_IN_WORD = 4.0
# Of what a headline's lines leave free, this share is above it: it belongs to the text below.
_ABOVE = 0.56
_SHORTEST_PLAN = 6


@dataclass(frozen=True, slots=True)
class BrokenHeadline:
    """A headline in lines, its type, and how many of its characters are more than its slot takes."""

    lines: tuple[tuple[Atom, ...], ...]
    style: Style
    over: int

    @property
    def rows(self) -> int:
        """How many lines of the grid it takes."""
        return math.ceil(len(self.lines) * self.style.mm * HEADLINE_LEADING / PITCH + 0.25)


def plan(width: float, planned: int) -> tuple[float, int]:
    """Return the size in points and the number of lines for headlines of so many characters.

    The wider a slot, the more its headline matters.
    """
    wanted = _SMALLEST + _BY_WIDTH * width
    planned = max(planned, _SHORTEST_PLAN)
    found = (float(HEADLINE_SIZES[0]), 1)
    for lines in range(1, MAX_HEADLINE_LINES + 1):
        fits = width / PT / (math.ceil(planned / lines) + 0.3)
        size = _largest(min(fits, _ROOMY * wanted))
        if size >= _LARGE_ENOUGH * wanted:
            return size, lines
        if size > found[0]:
            found = size, lines
    return found


def _largest(most: float) -> float:
    return max((each for each in HEADLINE_SIZES if each <= most), default=0)


def break_headline(text: str, width: float, planned: int, context: str = "", rows: int = 0) -> BrokenHeadline:
    """Break a headline in the lines that are planned for its slot, a little smaller if that makes it fit.

    Where `rows` of the grid are free for it, one that is shorter than planned may be a little larger.

    `context` is the article's text. Two characters that mostly stand side by side there are a word, which is not parted
    where there is a choice; so no dictionary has to know the names of this district.
    """
    size, most = plan(width, planned)
    largest = max(size, _largest(_ROOMY * (_SMALLEST + _BY_WIDTH * width)))
    for tried in (each for each in reversed(HEADLINE_SIZES) if largest >= each >= _SMALLEST_STEP * size):
        broken = _broken(text, _style(tried), width, most, context)
        made = BrokenHeadline(broken or (), _style(tried), 0)
        if broken is not None and (tried <= size or made.rows <= rows):
            return made
    # It is too long, and has to be shortened; until then it takes as many lines as it takes.
    style = _style(size)
    measure = width / style.mm
    atoms = atoms_of(text, style.face, measure=measure, blank=BLANK)
    lines = tuple(line.atoms for line in break_paragraph(atoms, measure))
    return BrokenHeadline(lines, style, max(1, sum(len(atom.text) for line in lines[most:] for atom in line)))


def _style(size: float) -> Style:
    return Style("serif-bold" if size >= SERIF_FROM else "sans-bold", size)


def _broken(text: str, style: Style, width: float, most: int, context: str) -> tuple[tuple[Atom, ...], ...] | None:
    """Return the best break into as few lines as do, at most so many; None if those are too few."""
    measure = width / style.mm
    atoms = atoms_of(text.strip(), style.face, measure=measure, blank=BLANK)
    for count in range(1, most + 1):
        if natural_width(atoms) > count * measure + BLANK * (count - 1):
            continue
        choices = [lines for lines in _ways(atoms, count) if all(natural_width(line) <= measure for line in lines)]
        if choices:
            return min(choices, key=lambda lines: _unevenness(lines) + _parted(lines, context))
    return None


def _ways(atoms: Sequence[Atom], count: int) -> Iterator[tuple[tuple[Atom, ...], ...]]:
    spots = [at for at in range(1, len(atoms)) if may_break(atoms[at - 1], atoms[at]) and atoms[at].kind != "space"]
    for stops in combinations(spots, count - 1):
        bounds = (0, *stops, len(atoms))
        yield tuple(tuple(atoms[start:stop]) for start, stop in pairwise(bounds))


def _unevenness(lines: tuple[tuple[Atom, ...], ...]) -> float:
    widths = [natural_width(_shown(line)) for line in lines]
    pauses = sum(_pause(line[-1]) for line in lines[:-1])
    # Of two ways alike, the one whose last line is longer stands better.
    return max(widths) - min(widths) - pauses + (0.1 if widths[0] > widths[-1] else 0.0)


def _parted(lines: tuple[tuple[Atom, ...], ...], context: str) -> float:
    return sum(_bond(above[-1].text[-1] + below[0].text[0], context) for above, below in pairwise(lines))


def _bond(pair: str, context: str) -> float:
    """Tell how much two characters look like one word in a text; to stand together once proves nothing."""
    together = context.count(pair)
    return _IN_WORD * together / max(context.count(char) for char in pair) if together > 1 else 0.0


def _pause(atom: Atom) -> float:
    if atom.kind == "space":
        return _AT_PAUSE
    return _AT_PAUSE / 2 if atom.kind == "close" else 0.0


def _shown(line: tuple[Atom, ...]) -> tuple[Atom, ...]:
    return line[:-1] if line[-1].kind == "space" else line


def set_headline(broken: BrokenHeadline, x: float, y: float, width: float, rows: int) -> tuple[Line, ...]:
    """Set a headline in the middle of so many lines of the grid."""
    style = broken.style
    leading = style.mm * HEADLINE_LEADING
    top = y + (rows * PITCH - len(broken.lines) * leading) * _ABOVE
    # The middle of Chinese type is 0.38 of its size above the baseline.
    return tuple(
        set_short(_shown(line), style, (x, top + (at + 0.5) * leading + 0.38 * style.mm), width, align="centre")
        for at, line in enumerate(broken.lines)
    )
