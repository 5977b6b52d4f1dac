"""The community canteen, where older neighbours have lunch."""

from __future__ import annotations

import math

from demo.pictures.brush import HEIGHT, WIDTH, Canvas, chance

SKIN = "#f0c9a8"


def elder_canteen(c: Canvas) -> None:
    """The community canteen at noon."""
    c.wash([(0, "#fdf3dc"), (1, "#f8e4c0")], 0, 470)
    c.wash([(0, "#e0bd8c"), (1, "#c99a68")], 470, HEIGHT)
    for i in range(9):
        c.poly(
            [(i * 190 - 160, HEIGHT), (i * 130 + 96, 470), (i * 130 + 99, 470), (i * 190 - 152, HEIGHT)],
            "#b8875850",
        )
    view(c, 60)
    view(c, 980)
    kitchen(c)
    c.box(0, 458, WIDTH, 14, "#d8a870")
    for x in (230, 640, 1050):
        c.line([(x, 0), (x, 62)], "#8a6a4a", 3)
        c.glow(x, 100, 170, "#fff0b0", 0.7)
        c.poly([(x + 46 * math.cos(t * 0.1), 92 - 32 * math.sin(t * 0.1)) for t in range(32)], "#e8743f")
        c.disc(x, 92, 44, "#fff8d8", 6)
    for x, y, size, number in ((250, 560, 0.86, 0), (1030, 560, 0.86, 3), (640, 618, 1.1, 6)):
        table(c, x, y, size, number)
    plant(c, 32, 640)
    plant(c, 1250, 640)


def view(c: Canvas, x: float) -> None:
    """A window to the green courtyard."""
    c.box(x, 150, 240, 210, "#ffffff", 8)
    c.box(x + 12, 162, 216, 186, "#bfe4f0")
    for i in range(8):
        c.disc(x + 42 + i * 22, 330 - 30 * chance(i, x), 26, "#8cc48a" if i % 2 else "#6fb07c")
    c.box(x - 8, 346, 256, 14, "#ffffff", 4)
    c.box(x + 115, 162, 10, 186, "#ffffff")


def kitchen(c: Canvas) -> None:
    """The serving hatch, with two cooks, steam and the board of the day."""
    c.box(380, 130, 520, 250, "#d8743f", 14)
    c.box(396, 146, 488, 218, "#fff6e2", 6)
    for row in range(5):
        for col in range(12):
            if (row + col) % 2:
                c.box(396 + col * 40.6, 146 + row * 34, 40.6, 34, "#f0e4c8")
    for x in (520, 760):
        c.box(x - 40, 246, 80, 110, "#ffffff", 26)
        c.box(x - 24, 268, 48, 90, "#e8eef0", 8)
        c.disc(x, 226, 28, SKIN)
        c.box(x - 28, 176, 56, 34, "#ffffff", 16)
        c.arc(x, 230, 11, 8, (20, 160), "#a8603f", 2.4)
        c.disc(x - 9, 224, 2.6, "#3a2a2a")
        c.disc(x + 9, 224, 2.6, "#3a2a2a")
    c.box(372, 352, 536, 26, "#b8804e", 6)
    for i, dish in enumerate(("#d84f3f", "#6fa84f", "#f0b840", "#c97a3f", "#8fbf5a")):
        x = 424 + i * 96
        c.box(x, 334, 82, 22, "#c8d2d6", 6)
        c.disc(x + 41, 336, 36, dish, 9)
        for puff in range(4):
            c.arc(x + 26 + puff * 10, 302 - puff % 2 * 16, 6, 22, (270, 450), "#ffffffc8", 3)
    c.box(372, 378, 536, 84, "#e8b478", 4)
    for i in range(9):
        c.box(384 + i * 58, 390, 50, 62, "#dda368", 4)


def table(c: Canvas, x: float, y: float, size: float, number: int) -> None:
    """A round table with three older guests, bowls and chopsticks."""
    hair = ("#d8d8d8", "#f2f2f0", "#a8a8ac")
    coats = (
        "#7a5a94",
        "#3f7f8c",
        "#c8604a",
        "#5f8a54",
        "#b8783f",
        "#4a6a9c",
        "#a84f6f",
        "#4f8a7a",
        "#6a6a9c",
    )
    for i, dx in enumerate((-118, 0, 118)):
        px, py = x + dx * size, y - (70 if dx else 92) * size
        c.box(px - 42 * size, py, 84 * size, 110 * size, "#9a6a44", 12 * size)
        c.box(px - 37 * size, py - 8 * size, 74 * size, 110 * size, coats[number + i], 28 * size)
        c.disc(px, py - 38 * size, 33 * size, hair[(number + i) % 3])
        if (number + i) % 2:
            c.disc(px, py - 72 * size, 13 * size, hair[(number + i) % 3])
        c.disc(px, py - 31 * size, 26 * size, SKIN)
        for eye in (-9, 9):
            c.arc(px + eye * size, py - 33 * size, 5 * size, 4 * size, (200, 340), "#4a3430", 2 * size)
        c.arc(px, py - 27 * size, 10 * size, 9 * size, (20, 160), "#b05a48", 2.4 * size)
        c.disc(px - 16 * size, py - 23 * size, 5 * size, "#eea88e90")
        c.disc(px + 16 * size, py - 23 * size, 5 * size, "#eea88e90")
    c.disc(x, y + 120 * size, 120 * size, "#00000024", 16 * size)
    c.box(x - 15 * size, y + 10, 30 * size, 108 * size, "#8a5a38", 6)
    c.disc(x, y + 12 * size, 196 * size, "#a8703f", 48 * size)
    c.disc(x, y + 3 * size, 196 * size, "#d89a5c", 48 * size)
    for dx, dy, fill in (
        (-112, 2, "#fdfdf8"),
        (0, -24, "#fdfdf8"),
        (112, 2, "#fdfdf8"),
        (-44, 18, "#7fb05a"),
        (48, 18, "#e06a44"),
    ):
        px, py = x + dx * size, y + dy * size
        c.disc(px, py + 5 * size, 32 * size, "#6f9ab0", 13 * size)
        c.disc(px, py, 32 * size, "#eef4f4", 12 * size)
        c.disc(px, py - size, 24 * size, fill, 8 * size)
    for dx in (-166, 66):
        c.line([(x + dx * size, y + 16 * size), (x + (dx + 26) * size, y - 4 * size)], "#7a4a2c", 2.4 * size)
        c.line(
            [(x + (dx + 7) * size, y + 18 * size), (x + (dx + 33) * size, y - 2 * size)],
            "#7a4a2c",
            2.4 * size,
        )


def plant(c: Canvas, x: float, foot: float) -> None:
    """A potted plant in the corner."""
    for i in range(9):
        turn = math.pi * (0.12 + 0.095 * i)
        tip = (x + math.cos(turn) * 88, foot - 70 - math.sin(turn) * 130)
        c.poly(
            [
                (x - 7, foot - 66),
                (tip[0] - 8, tip[1] + 40),
                tip,
                (tip[0] + 14, tip[1] + 44),
                (x + 7, foot - 66),
            ],
            "#4f9a62" if i % 2 else "#3d8254",
        )
    c.poly([(x - 40, foot - 72), (x + 40, foot - 72), (x + 30, foot), (x - 30, foot)], "#c8643f")
    c.box(x - 44, foot - 80, 88, 16, "#d97a50", 5)
