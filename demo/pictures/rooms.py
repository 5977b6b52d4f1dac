"""Scenes in quiet rooms: the newsroom, the library at night."""

from __future__ import annotations

import math

from demo.pictures.brush import HEIGHT, WIDTH, Canvas, chance

SKIN = "#f0c9a8"


def newsroom(c: Canvas) -> None:
    """The Central Kitchen: a wall screen in seven columns above a ring of desks."""
    c.wash([(0, "#0f1c3a"), (0.6, "#1b3159"), (1, "#27446f")])
    for i in range(9):
        c.poly([(40 + i * 150, 0), (90 + i * 150, 0), (70 + i * 142, 58), (50 + i * 142, 58)], "#ffffff0c")
        c.box(46 + i * 145, 20, 60, 6, "#dff0ff", 3)
        c.glow(76 + i * 145, 24, 90, "#a8d4ff", 0.3)
    c.glow(640, 250, 700, "#3f86d8", 0.45, 0.5)
    c.box(120, 84, 1040, 320, "#0a142b", 14)
    c.box(130, 94, 1020, 300, "#12264a", 8)
    for i in range(7):
        column(c, 142 + i * 143, i)
    c.box(0, 470, WIDTH, 250, "#16284a")
    c.poly([(0, 470), (WIDTH, 470), (WIDTH, 500), (0, 500)], "#0e1c38")
    c.glow(640, 500, 640, "#4f9be8", 0.45, 0.22)
    for i in range(7):
        worker(c, 150 + i * 163, 486 + 26 * math.sin(math.pi * i / 6), 0.72, i)
    for i in range(4):
        worker(c, 170 + i * 313, 590 + 18 * math.sin(math.pi * i / 3), 1.15, i + 9)
    c.veil("#081226", 640, HEIGHT, 0, 150)


def column(c: Canvas, x: float, number: int) -> None:
    """One section on the wall: a heading, and cards of stories under way."""
    hue = ("#4fc3f7", "#66d9a8", "#ffd166", "#ff8f6b", "#c792ea", "#7fb2ff", "#f78fb3")[number]
    c.box(x, 106, 131, 26, hue, 5)
    c.box(x + 12, 115, 54 + 6 * (number % 3), 8, "#0f1c3ac0", 4)
    if number == 3:
        c.arc(x + 65, 214, 46, 46, (0, 360), "#21406f", 13)
        c.arc(x + 65, 214, 46, 46, (-90, 160), hue, 13)
        c.box(x + 40, 208, 50, 12, "#e8f2ff", 5)
    elif number == 6:
        points = [(x + 8 + i * 16.5, 250 - 84 * chance(i, 3.2) * (0.4 + i / 11)) for i in range(8)]
        c.poly([*points, (points[-1][0], 264), (points[0][0], 264)], hue + "40")
        c.line(points, hue, 4)
    start = 280 if number in (3, 6) else 144
    for i in range(int((388 - start) // 60)):
        y = start + i * 60
        c.box(x, y, 131, 52, "#1d3a6b", 6)
        c.box(x, y, 5, 52, hue, 2)
        c.box(x + 14, y + 11, 60 + 44 * chance(i, number + 0.4), 8, "#cfe2ff", 4)
        c.box(x + 14, y + 27, 40 + 50 * chance(i, number + 4.4), 6, "#7f9fd0", 3)
        c.disc(x + 118, y + 39, 5, "#6fe0a0" if chance(i, number + 8) > 0.35 else "#ffc04d")


def worker(c: Canvas, x: float, y: float, size: float, number: int) -> None:
    """A person at a desk with two screens, seen from behind."""
    coat = ("#d8694a", "#4f86b0", "#e0a84a", "#5fa08a", "#9a78b8", "#c8d2e0")[number % 6]
    for dx in (-70, 4):
        c.box(x + dx * size, y - 64 * size, 66 * size, 44 * size, "#0a142b", 4)
        c.box(x + (dx + 4) * size, y - 60 * size, 58 * size, 36 * size, "#5fb4f0" if dx < 0 else "#8fd0ff", 2)
        for row in range(3):
            c.box(
                x + (dx + 10) * size,
                y + (-54 + row * 10) * size,
                (22 + 20 * chance(row, number)) * size,
                4 * size,
                "#f2faffb0",
                2,
            )
    c.box(x - 100 * size, y - 14 * size, 200 * size, 13 * size, "#d5e0ee", 5)
    c.box(x - 92 * size, y - 2 * size, 184 * size, 62 * size, "#8fa6c6", 4)
    c.box(x - 92 * size, y - 2 * size, 184 * size, 8 * size, "#6f88ac")
    c.box(x - 30 * size, y - 34 * size, 60 * size, 84 * size, coat, 22 * size)
    c.disc(x, y - 54 * size, 21 * size, "#2b2a33" if number % 4 else "#6b4a3a")
    c.box(x - 34 * size, y + 8 * size, 68 * size, 56 * size, "#24365a", 14 * size)


def library(c: Canvas) -> None:
    """The reading room at nine in the evening."""
    c.wash([(0, "#5a3a2c"), (0.5, "#8a5a3c"), (1, "#a8744a")])
    c.box(448, 40, 384, 400, "#4a2f26", 6)
    pane(c)
    for x in (20, 232, 848, 1060):
        shelf(c, x, 40, 200)
    c.box(0, 0, WIDTH, 34, "#3d271f")
    for x in (320, 640, 960):
        c.line([(x, 0), (x, 96)], "#2c1c18", 3)
        c.poly([(x - 44, 128), (x - 20, 94), (x + 20, 94), (x + 44, 128)], "#2f4f46")
        c.glow(x, 136, 230, "#ffd68a", 0.6)
        c.box(x - 36, 126, 72, 6, "#fff0c0", 3)
    c.wash([(0, "#a8744a"), (1, "#6d4530")], 470, HEIGHT)
    c.box(0, 462, WIDTH, 12, "#5a3a2c")
    for x, y, number in ((200, 560, 1), (640, 548, 2), (1080, 560, 3)):
        desk(c, x, y, number)
    c.veil("#2c1812", 600, HEIGHT, 0, 110)


def pane(c: Canvas) -> None:
    """The tall window, with the night behind it."""
    c.box(460, 52, 360, 376, "#16264a")
    c.box(460, 240, 360, 188, "#24406c")
    for i in range(30):
        c.disc(470 + chance(i, 2) * 340, 62 + chance(i, 3) * 150, 1.4, "#ffffffc0")
    c.disc(745, 118, 25, "#f8f0d0")
    for i in range(9):
        x, tall = 462 + i * 40, 60 + 110 * chance(i, 6.6)
        c.box(x, 428 - tall, 37, tall, "#1a2c50")
        for k in range(int(tall // 20)):
            if chance(k, i) > 0.45:
                c.box(x + 7 + 13 * (k % 2), 434 - tall + k * 18, 7, 8, "#ffd98a")
    for x in (576, 696):
        c.box(x, 52, 8, 376, "#4a2f26")
    for y in (172, 300):
        c.box(460, y, 360, 8, "#4a2f26")


def shelf(c: Canvas, x: float, y: float, wide: float) -> None:
    """A bookcase, full to the last board."""
    paint = ["#b8483c", "#2f6f7e", "#d9a441", "#567a4a", "#e8d8b4", "#7a4a6b", "#c9743f", "#3f5588"]
    c.box(x, y, wide, 424, "#3d271f", 4)
    for row in range(6):
        top = y + 10 + row * 69
        c.box(x + 8, top, wide - 16, 60, "#2a1a16")
        left, i = x + 10.0, row * 40
        while left < x + wide - 24:
            thick, tall = 8 + 9 * chance(i, x), 38 + 20 * chance(i, x + 1)
            c.box(left, top + 60 - tall, thick, tall, paint[int(chance(i, x + 2) * 8)], 1.5)
            c.box(left + 1.5, top + 68 - tall, thick - 3, 3, "#ffffff50")
            left += thick + 1.5 + (9 if chance(i, x + 3) > 0.9 else 0)
            i += 1
        c.box(x + 4, top + 60, wide - 8, 8, "#6d4632")


def desk(c: Canvas, x: float, y: float, number: int) -> None:
    """A reading table with a green lamp and two readers."""
    for side in (-1, 1):
        coat = ("#4f86b0", "#d8694a", "#5fa08a", "#e0b04a", "#8a6aa8", "#c05a6a")[(number * 2 + side) % 6]
        px = x + side * 96
        c.box(px - 36, y - 70, 72, 78, coat, 28)
        c.disc(px, y - 96, 29, "#2b2430" if number != 2 else "#5a3d30")
        c.disc(px - side * 4, y - 89, 23, SKIN)
        c.poly(
            [
                (px - 42, y - 6),
                (px, y - 22),
                (px + 42, y - 6),
                (px + 38, y - 36),
                (px, y - 50),
                (px - 38, y - 36),
            ],
            "#fbf5e4",
        )
        c.line([(px, y - 22), (px, y - 50)], "#c9b890", 2)
    c.glow(x, y - 20, 190, "#ffe09a", 0.75, 0.6)
    c.box(x - 4, y - 76, 8, 70, "#b98a3c")
    c.box(x - 46, y - 96, 92, 26, "#2f7a5c", 13)
    c.box(x - 38, y - 72, 76, 5, "#fff3c4", 2)
    c.box(x - 190, y - 8, 380, 22, "#c98f5a", 8)
    c.box(x - 190, y + 8, 380, 8, "#8f5f3a", 4)
    for leg in (-160, 140):
        c.box(x + leg, y + 14, 20, 130, "#6d4530")
    for i in range(3):
        c.box(x + 20 + i * 3, y - 16 - i * 9, 52, 8, ("#b8483c", "#2f6f7e", "#d9a441")[i], 2)
