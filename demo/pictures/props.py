"""Things that stand in more than one picture: towers, trees, people, lamps, clouds."""

# ruff: noqa: PLR0917 - a shape takes its place and its measures in a row, as on squared paper.

from __future__ import annotations

import math
from collections.abc import Sequence

from demo.pictures.brush import WIDTH, Canvas, chance


def towers(c: Canvas, base: float, height: float, colour: str, seed: float, lit: str | None = None) -> None:
    """A row of buildings from edge to edge, up to `height` tall, with windows in the colour `lit`."""
    x, i = -20.0, 0
    while x < WIDTH:
        wide = 34 + 62 * chance(i, seed)
        tall = height * (0.3 + 0.7 * chance(i, seed + 3) ** 1.5)
        c.box(x, base - tall, wide, tall + 2, colour)
        if chance(i, seed + 5) > 0.72:
            c.box(x + wide * 0.42, base - tall - height * 0.14, wide * 0.08, height * 0.14, colour)
        elif chance(i, seed + 5) > 0.5:
            c.box(x + wide * 0.2, base - tall - 12, wide * 0.6, 14, colour)
        if lit:
            windows(c, (x + 7, base - tall + 10, wide - 14, tall - 16), lit, seed + i)
        x += wide + 2 + 12 * chance(i, seed + 7)
        i += 1


def windows(c: Canvas, area: tuple[float, float, float, float], colour: str, seed: float, share: float = 0.45) -> None:
    """Light a share of the windows in a grid over (x, y, width, height)."""
    left, top, wide, tall = area
    for row in range(int(tall // 13)):
        for column in range(int(wide // 11)):
            if chance(row * 31 + column, seed) < share:
                c.box(left + column * 11, top + row * 13, 5, 7, colour)


def crown(c: Canvas, x: float, y: float, size: float, colours: Sequence[str], seed: float, puffs: int = 26) -> None:
    """The leaves of a tree: overlapping puffs, dark ones first and light ones on top."""
    for layer, colour in enumerate(colours):
        shrink = 1 - layer * 0.2
        for i in range(puffs):
            turn, reach = (
                chance(i, seed + layer) * math.tau,
                math.sqrt(chance(i, seed + layer + 9)) * size * shrink,
            )
            px, py = (
                x + math.cos(turn) * reach * 1.15,
                y + math.sin(turn) * reach * 0.78 - layer * size * 0.13,
            )
            c.disc(px, py, size * (0.16 + 0.16 * chance(i, seed + 4)) * shrink, colour)


def tree(c: Canvas, x: float, foot: float, size: float, colours: Sequence[str], trunk: str, seed: float) -> None:
    """A round tree whose crown has the radius `size`."""
    c.poly(
        [
            (x - size * 0.1, foot),
            (x - size * 0.05, foot - size),
            (x + size * 0.05, foot - size),
            (x + size * 0.1, foot),
        ],
        trunk,
    )
    for lean in (-0.5, 0.45):
        c.line([(x, foot - size * 0.7), (x + size * lean, foot - size * 1.35)], trunk, size * 0.06)
    crown(c, x, foot - size * 1.55, size, colours, seed)


def cloud(c: Canvas, x: float, y: float, size: float, colour: str, strength: float) -> None:
    """A cloud of soft heaps; `strength` is its opacity, 0 to 1."""
    heaps = (
        (-1.5, 0.12, 0.5, 0.2),
        (-0.8, -0.12, 0.62, 0.4),
        (0.1, -0.3, 0.75, 0.56),
        (0.9, -0.06, 0.62, 0.36),
        (1.6, 0.14, 0.5, 0.18),
    )
    c.blob([(x + dx * size, y + dy * size, rx * size, ry * size) for dx, dy, rx, ry in heaps], colour, strength)
    c.blob([(x + 0.1 * size, y + 0.2 * size, 2.1 * size, 0.16 * size)], colour, strength)


def person(
    c: Canvas, x: float, foot: float, tall: float, coat: str, skin: str = "#f0c9a8", hair: str = "#2b2a33"
) -> None:
    """A standing figure, seen from afar."""
    c.box(x - tall * 0.1, foot - tall * 0.42, tall * 0.085, tall * 0.42, "#2e3550", tall * 0.03)
    c.box(x + tall * 0.015, foot - tall * 0.42, tall * 0.085, tall * 0.42, "#262c45", tall * 0.03)
    c.box(x - tall * 0.14, foot - tall * 0.8, tall * 0.28, tall * 0.44, coat, tall * 0.09)
    c.disc(x, foot - tall * 0.9, tall * 0.1, hair)
    c.disc(x, foot - tall * 0.875, tall * 0.08, skin)


def lamp(
    c: Canvas, x: float, foot: float, tall: float, arm: float, post: str, light: str, strength: float = 0.9
) -> None:
    """A street lamp; `arm` is how far the head reaches out, to the left where negative."""
    c.glow(x + arm, foot - tall + 4, tall * 0.75, light, strength * 0.6)
    c.line(
        [(x, foot), (x, foot - tall + tall * 0.06), (x + arm * 0.25, foot - tall), (x + arm, foot - tall)],
        post,
        tall * 0.022,
    )
    c.box(x - tall * 0.02, foot - tall * 0.1, tall * 0.04, tall * 0.1, post)
    c.disc(x + arm, foot - tall + tall * 0.012, tall * 0.05, light, tall * 0.02)
    c.glow(x + arm, foot - tall + 4, tall * 0.2, "#fffbe8", strength)


def reeds(c: Canvas, base: float, tall: float, count: int, colours: Sequence[str], seed: float) -> None:
    """A bed of reeds along the whole width, growing up from `base`."""
    for i in range(count):
        x, high = chance(i, seed) * (WIDTH + 60) - 30, tall * (0.5 + 0.5 * chance(i, seed + 1))
        bend, colour = (chance(i, seed + 2) - 0.3) * tall * 0.35, colours[i % len(colours)]
        c.line(
            [(x, base), (x + bend * 0.3, base - high * 0.6), (x + bend, base - high)],
            colour,
            1.6 + 1.8 * chance(i, seed + 3),
        )
        if chance(i, seed + 4) > 0.55:
            c.line([(x + bend * 0.8, base - high * 0.86), (x + bend * 1.15, base - high * 1.06)], colours[-1], 5)
