"""A table for a terminal, in which Chinese characters are two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

Cells = Sequence[str]


def width_of(text: str) -> int:
    """Return how many columns a terminal gives a text."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def format_table(lines: Sequence[Cells]) -> str:
    """Set lines of cells in columns; a line of one cell is a heading across all of them."""
    rows = [cells for cells in lines if len(cells) > 1]
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_heading(cells[0], widths) if len(cells) == 1 else _row(cells, widths) for cells in lines)


def _heading(text: str, widths: Sequence[int]) -> str:
    rest = sum(widths) + 2 * len(widths) - width_of(text)
    return f"\n── {text} " + "─" * max(rest, 2)


def _row(cells: Cells, widths: Sequence[int]) -> str:
    padded = (cell + " " * (width - width_of(cell)) for cell, width in zip(cells, widths, strict=True))
    return ("  " + "  ".join(padded)).rstrip()
