"""Scenes in the open: the furnace park, cherry blossom, ripe fields."""

from __future__ import annotations

from demo.pictures.brush import HEIGHT, WIDTH, Canvas, chance
from demo.pictures.props import cloud, lamp, person, towers, tree


def blast_furnace(c: Canvas) -> None:
    """The old steelworks in the evening, with the new park at its feet."""
    c.wash([(0, "#2d2f63"), (0.35, "#7a4d83"), (0.62, "#e67d6b"), (0.85, "#ffc07a"), (1, "#ffdca0")], 0, 600)
    c.glow(300, 500, 460, "#ffe0a0", 0.85)
    cloud(c, 220, 150, 54, "#ff9f8a", 0.27)
    cloud(c, 1040, 110, 60, "#c87a90", 0.27)
    towers(c, 560, 120, "#a45f7c", 3.6)
    c.veil("#ffbf86", 440, 560, 0, 130)
    works(c, "#4a2f55", "#e8845c")
    c.ridge(572, 14, "#3a5a4c", 2.2)
    for x, size in ((60, 54), (170, 44), (1120, 56), (1220, 48), (560, 30), (470, 34)):
        tree(c, x, 590, size, ["#2c4a46", "#3d6152", "#587c5a"], "#2a2233", x)
    c.ridge(612, 12, "#4f7a58", 5.5)
    c.poly([(560, HEIGHT), (600, 640), (690, 600), (640, 600), (500, 644), (300, HEIGHT)], "#d9b98c")
    c.ridge(704, 20, "#2f5546", 9.1)
    for x, foot, tall, coat in (
        (486, 676, 62, "#e0634a"),
        (524, 678, 46, "#f0b64c"),
        (642, 628, 40, "#5a83b0"),
    ):
        person(c, x, foot, tall, coat)
    for x in (350, 760):
        lamp(c, x, 668, 110, 20, "#2b2438", "#ffd894", 0.8)


def works(c: Canvas, dark: str, rim: str) -> None:
    """Furnace, stoves, chimneys, pipes and the skip bridge."""
    for x, top in ((935, 150), (1010, 200)):
        c.poly([(x, 570), (x + 8, top), (x + 30, top), (x + 38, 570)], dark)
        c.box(x + 7, top + 20, 24, 12, rim)
    for i in range(3):
        x = 800 - i * 74
        c.disc(x, 300, 29, dark)
        c.box(x - 29, 300, 58, 270, dark)
        c.box(x - 29, 340, 58, 5, "#6b4470")
        c.box(x - 29, 446, 58, 5, "#6b4470")
        c.box(x - 28, 300, 5, 266, rim + "90")
    c.line([(640, 286), (800, 264), (880, 264), (880, 400)], dark, 15)
    c.poly([(400, 570), (424, 420), (404, 330), (440, 220), (520, 220), (556, 330), (536, 420), (560, 570)], dark)
    c.poly([(404, 330), (440, 220), (450, 220), (416, 330), (436, 420), (414, 570), (400, 570), (424, 420)], rim)
    for y, wide in ((250, 104), (330, 178), (420, 152), (500, 172)):
        c.box(480 - wide / 2, y, wide, 8, "#33203f")
        c.line([(480 - wide / 2, y - 14), (480 + wide / 2, y - 14)], "#33203f", 2)
        for i in range(int(wide // 18) + 1):
            c.line([(480 - wide / 2 + i * 18, y - 14), (480 - wide / 2 + i * 18, y)], "#33203f", 2)
    c.line([(452, 222), (452, 130), (514, 96), (600, 150), (640, 290)], dark, 14)
    c.line([(506, 222), (506, 130), (514, 96)], dark, 12)
    c.box(438, 120, 26, 14, rim, 3)
    c.poly([(180, 570), (440, 214), (458, 226), (206, 570)], dark)
    for i in range(9):
        x = 204 + i * 26
        c.line([(x, 560 - i * 36), (x, 570)], "#3a2648", 4)
    c.line([(560, 520), (700, 520), (1100, 520)], "#3a2648", 9)
    for x in range(1000, 1120, 40):
        c.box(x, 520, 7, 50, "#3a2648")
    c.glow(480, 540, 90, "#ff9a50", 0.8)
    for x, y in ((446, 244), (516, 324), (470, 414), (700, 335), (850, 258)):
        c.glow(x, y, 22, "#ffe2a0", 0.95)


def cherry(c: Canvas) -> None:
    """Cherry trees in bloom around the lake of Gucun Park."""
    c.wash([(0, "#8fcbe8"), (0.6, "#d5edf2"), (1, "#fdf1ee")], 0, 430)
    cloud(c, 330, 120, 56, "#ffffff", 0.69)
    cloud(c, 900, 84, 44, "#ffffff", 0.63)
    c.ridge(380, 44, "#b5d6c4", 1.9)
    c.ridge(410, 30, "#93c4a4", 4.8)
    for i in range(15):
        tree(c, 20 + i * 92, 430, 26 + 14 * chance(i, 2), ["#e49ab4", "#f2b6c8", "#fbd5de"], "#8a6a68", i + 0.5)
    pavilion(c)
    c.mirror(436, "#bcdde4", 0.3)
    c.ripples(440, "#ffffff60", 90, 4)
    c.ridge(596, 22, "#9ccb78", 3.1)
    c.poly(
        [
            (430, HEIGHT),
            (600, 640),
            (790, 606),
            (880, 596),
            (930, 596),
            (850, 618),
            (740, 650),
            (690, HEIGHT),
        ],
        "#f2e2c4",
    )
    for i in range(110):
        c.disc(chance(i, 6) * WIDTH, 620 + chance(i, 7) * 100, 3.4, "#f9c9d6", 1.8)
    for x, foot, size in ((150, 650, 128), (1130, 660, 142), (930, 620, 74)):
        tree(c, x, foot, size, ["#d97f9f", "#eda3bb", "#f8c6d4", "#fff0f3"], "#6b4a48", x * 0.1)
    for x, foot, tall, coat in (
        (640, 668, 74, "#3f78a8"),
        (686, 672, 68, "#e8a03c"),
        (724, 670, 42, "#d8523f"),
    ):
        person(c, x, foot, tall, coat)
    for i in range(70):
        px, py = chance(i, 11) * WIDTH, 120 + chance(i, 12) * 520
        c.poly([(px, py), (px + 7, py + 2), (px + 9, py + 7), (px + 2, py + 6)], "#ffdbe4d0")


def pavilion(c: Canvas) -> None:
    """A small pavilion on the far shore."""
    c.poly([(560, 372), (640, 318), (720, 372), (704, 376), (576, 376)], "#56606a")
    c.poly([(606, 338), (640, 296), (674, 338)], "#4a545e")
    for x in (584, 620, 656, 690):
        c.box(x, 374, 7, 60, "#a8503f")
    c.box(572, 422, 136, 14, "#c9c3b4", 2)


def fields(c: Canvas) -> None:
    """Ripe rice before the villages of Luojing."""
    c.wash([(0, "#6db4dc"), (0.65, "#cfe8ec"), (1, "#fff2d0")], 0, 380)
    c.glow(1020, 130, 300, "#fff8da", 0.85)
    c.disc(1020, 130, 38, "#fffbe8")
    cloud(c, 280, 130, 62, "#ffffff", 0.75)
    cloud(c, 720, 90, 46, "#ffffff", 0.69)
    c.ridge(350, 30, "#a9d0bc", 3.4)
    for i in range(64):
        x, tall = 10 + i * 20.5, 58 + 34 * chance(i, 8)
        c.poly([(x - 10, 384), (x, 384 - tall), (x + 10, 384)], "#4e8a68" if i % 2 else "#5d9a72")
    for x, wide in ((150, 92), (262, 80), (356, 96), (820, 90), (930, 104), (1056, 84)):
        cottage(c, x, 400, wide)
    c.box(0, 388, WIDTH, HEIGHT, "#c9b04a")
    bands = [
        ("#e9c65c", 388),
        ("#d9ae45", 420),
        ("#efce68", 452),
        ("#cfa23c", 500),
        ("#f2d472", 548),
        ("#dcb048", 616),
    ]
    for i, (colour, base) in enumerate(bands):
        c.ridge(base + 8, 7, colour, i * 1.9, 0.3)
    for i in range(900):
        y = 470 + 250 * chance(i, 21) ** 0.8
        x, tall = chance(i, 22) * WIDTH, (y - 420) * 0.09
        c.line([(x, y), (x + tall * 0.4, y - tall)], "#fbe596" if i % 3 else "#b88a2c", 1 + (y - 470) / 160)
    c.poly([(430, HEIGHT), (612, 400), (634, 400), (700, HEIGHT)], "#d8cbb0")
    c.poly([(548, HEIGHT), (621, 400), (625, 400), (572, HEIGHT)], "#efe6d0")
    for x, foot, tall, coat in ((584, 610, 88, "#3f6f9b"), (640, 520, 56, "#d8523f")):
        person(c, x, foot, tall, coat)
        c.poly(
            [
                (x - tall * 0.2, foot - tall * 0.93),
                (x, foot - tall * 1.07),
                (x + tall * 0.2, foot - tall * 0.93),
            ],
            "#f0dca0",
        )
    for x, y, size in ((420, 210, 13), (470, 190, 10), (520, 218, 11)):
        c.arc(x - size, y, size, size * 0.6, (200, 345), "#51707c", 2)
        c.arc(x + size, y, size, size * 0.6, (195, 340), "#51707c", 2)


def cottage(c: Canvas, x: float, base: float, wide: float) -> None:
    """A farmhouse with a grey roof and solar panels."""
    c.box(x, base - 56, wide, 56, "#fbf7ea")
    c.poly(
        [(x - 10, base - 54), (x + 12, base - 86), (x + wide - 12, base - 86), (x + wide + 10, base - 54)],
        "#59626e",
    )
    c.poly(
        [
            (x + 18, base - 62),
            (x + 26, base - 79),
            (x + wide * 0.55, base - 79),
            (x + wide * 0.52, base - 62),
        ],
        "#36567c",
    )
    for i in range(int(wide // 30)):
        c.box(x + 12 + i * 28, base - 42, 15, 17, "#8fb6c6", 2)
    c.box(x + wide * 0.7, base - 34, 15, 34, "#a8694a", 2)
