"""Setting a broken line: where each of its characters stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from backend.publishing.newspaper.layout.breaking import (
    Atom,
    BrokenLine,
    atoms_of,
    kern,
    narrowing,
    natural_width,
    slack,
)
from backend.publishing.newspaper.layout.metrics import width_of
from backend.publishing.newspaper.layout.model import PT, Face, Line, Run

Align = Literal["left", "centre", "right"]
BLACK = "black"


@dataclass(frozen=True, slots=True)
class Style:
    """The type of a text: its face, its size in points, its ink."""

    face: Face
    size: float
    ink: str = BLACK

    @property
    def mm(self) -> float:
        """The size in millimetres."""
        return self.size * PT


@dataclass(frozen=True, slots=True)
class _Placed:
    """A character, where it begins, and the atom that it is of."""

    char: str
    x: float
    width: float
    atom: int


def set_justified(line: BrokenLine, style: Style, at: tuple[float, float], cells: float, measure: float) -> Line:
    """Set a line of running text to a measure of so many cells, flush on both sides unless it is a paragraph's last."""
    cell = measure / cells
    atoms = line.atoms
    free = cells - line.indent - natural_width(atoms)
    if free < -1e-9:
        starts = _narrowed(atoms, -free)
    elif line.last or len(atoms) < 2:
        starts = _starts(atoms, [0.0] * len(atoms))
    else:
        starts = _starts(atoms, [free / (len(atoms) - 1)] * len(atoms))
    x = at[0] + line.indent * cell
    placed = list(_placed(atoms, [x + start * cell for start in starts], style, cell))
    return Line(at[0], at[1], measure, style.size, style.face, style.ink, tuple(_runs(placed)))


def _starts(atoms: Sequence[Atom], gaps: Sequence[float], first: float = 0.0) -> list[float]:
    starts, x = [], first
    for index, atom in enumerate(atoms):
        if index:
            x -= kern(atoms[index - 1], atom)
        starts.append(x)
        x += atom.width + gaps[index]
    return starts


def _narrowed(atoms: Sequence[Atom], wanted: float) -> list[float]:
    """Take what is wanted off the blank halves of marks, off each in the same proportion."""
    able = narrowing(atoms)
    share = min(1.0, wanted / able) if able else 0.0
    pairs = pairwise(atoms)
    gaps = [-share * slack(left, right) for left, right in pairs]
    return _starts(atoms, [*gaps, 0.0], first=-share * atoms[0].before)


def _placed(atoms: Sequence[Atom], starts: Sequence[float], style: Style, cell: float) -> Iterator[_Placed]:
    for index, (atom, start) in enumerate(zip(atoms, starts, strict=True)):
        widths = [width_of(char, style.face) * style.mm for char in atom.text]
        # A dash of two characters stands in the middle of its two cells, in one piece.
        x = start + ((atom.width * cell - sum(widths)) / 2 if len(widths) > 1 and atom.kind == "char" else 0.0)
        for char, width in zip(atom.text, widths, strict=True):
            yield _Placed(char, x, width, index)
            x += width


def _runs(placed: Sequence[_Placed]) -> Iterator[Run]:
    """Put characters together that stand equally far apart, and words of letters and digits by themselves."""
    held: list[_Placed] = []
    spacing = 0.0
    for one in placed:
        if held:
            gap = one.x - held[-1].x - held[-1].width
            if len(held) == 1 and _joins(held[-1], one, gap):
                spacing = gap
            elif len(held) == 1 or abs(gap - spacing) > 0.002 or not _joins(held[-1], one, gap):
                yield _run(held, spacing)
                held, spacing = [], 0.0
        held.append(one)
    if held:
        yield _run(held, spacing)


def _joins(left: _Placed, right: _Placed, gap: float) -> bool:
    return left.atom == right.atom or (_is_wide(left.char) and _is_wide(right.char)) or abs(gap) < 0.002


def _is_wide(char: str) -> bool:
    return ord(char) > 0x2E7F or char in "“”‘’…—"


def _run(held: Sequence[_Placed], spacing: float) -> Run:
    width = held[-1].x + held[-1].width - held[0].x
    return Run(held[0].x, "".join(one.char for one in held), spacing if len(held) > 1 else 0.0, width)


def set_short(
    atoms: Sequence[Atom],
    style: Style,
    at: tuple[float, float],
    measure: float,
    *,
    align: Align = "left",
    tracking: float = 0.0,
) -> Line:
    """Set a headline's line, a caption or a piece of the page's furniture; `tracking` is in cells."""
    width = (natural_width(atoms) + tracking * (len(atoms) - 1)) * style.mm
    x = at[0] + {"left": 0.0, "centre": (measure - width) / 2, "right": measure - width}[align]
    starts = _starts(atoms, [tracking] * len(atoms))
    placed = list(_placed(atoms, [x + start * style.mm for start in starts], style, style.mm))
    return Line(at[0], at[1], measure, style.size, style.face, style.ink, tuple(_runs(placed)))


def set_text(
    text: str, style: Style, at: tuple[float, float], measure: float, *, align: Align = "left", tracking: float = 0.0
) -> Line:
    """Set a short text in one line, however long it is."""
    return set_short(atoms_of(text, style.face), style, at, measure, align=align, tracking=tracking)
