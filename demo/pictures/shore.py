"""Scenes of quiet water: the wetland at sunrise, the old town on its canal."""

# ruff: noqa: PLR0917 - a shape takes its place and its measures in a row, as on squared paper.

from __future__ import annotations

import math

from demo.pictures.brush import Canvas, chance
from demo.pictures.props import person, reeds


def wetland(c: Canvas) -> None:
    """The mudflat at sunrise: reeds, mist, egrets, a lighthouse."""
    c.wash([(0, "#6fb3c4"), (0.4, "#bfe0d4"), (0.72, "#fdeebf"), (1, "#ffd995")], 0, 420)
    c.glow(360, 380, 420, "#fffbe0", 0.95)
    c.disc(360, 362, 40, "#fffdf0")
    c.ridge(398, 26, "#9cc7b8", 1.1)
    c.ridge(412, 18, "#79ae9c", 4.2)
    c.poly([(1046, 414), (1054, 292), (1078, 292), (1086, 414)], "#f4efe2")
    for y in (320, 366):
        c.poly([(1052 - (y - 292) * 0.03, y), (1080, y), (1082, y + 22), (1050, y + 22)], "#d9604c")
    c.box(1052, 272, 28, 22, "#47666e", 4)
    c.glow(1066, 282, 60, "#fff2b8", 0.8)
    c.poly([(1048, 274), (1066, 254), (1084, 274)], "#d9604c")
    c.veil("#fff4d8", 340, 425, 0, 170)
    c.mirror(420, "#a8d2c4", 0.3)
    c.glow(360, 430, 240, "#fff4c8", 0.8, 0.4)
    for x, y, rx in ((840, 512, 300), (180, 556, 250), (1180, 600, 260)):
        c.disc(x, y, rx, "#8fa07c", 16)
        c.disc(x, y - 3, rx * 0.94, "#a7b48b", 12)
    c.ripples(424, "#ffffff50", 120, 5)
    for x, y, size in ((560, 240, 1.15), (700, 178, 0.85), (806, 250, 0.7), (470, 142, 0.6)):
        egret(c, x, y, size)
    for x, foot in ((780, 508), (872, 514), (1000, 506)):
        wader(c, x, foot)
    c.disc(640, 742, 900, "#8fb08a", 86)
    reeds(c, 700, 170, 170, ["#86a266", "#9cb06c", "#759462", "#d2bd84"], 2.2)
    c.disc(640, 770, 900, "#4f7650", 80)
    reeds(c, 740, 190, 150, ["#4c7048", "#5f8450", "#3d6044", "#b89a5e"], 7.7)


def egret(c: Canvas, x: float, y: float, size: float) -> None:
    """A white egret in flight, wings raised."""
    c.poly(
        [
            (x - 44 * size, y + 8 * size),
            (x - 4, y - 4 * size),
            (x + 40 * size, y - 2 * size),
            (x + 6 * size, y + 12 * size),
        ],
        "#ffffff",
    )
    c.poly([(x - 14 * size, y), (x - 46 * size, y - 58 * size), (x + 16 * size, y - 4 * size)], "#f3f7f4")
    c.poly([(x - 2 * size, y), (x + 30 * size, y - 66 * size), (x + 22 * size, y)], "#ffffff")
    c.line(
        [(x + 34 * size, y), (x + 54 * size, y - 12 * size), (x + 64 * size, y - 7 * size)],
        "#ffffff",
        5 * size,
    )
    c.line([(x + 63 * size, y - 8 * size), (x + 82 * size, y - 3 * size)], "#e2a13a", 3 * size)
    c.line([(x - 40 * size, y + 8 * size), (x - 76 * size, y + 15 * size)], "#54676a", 2.4 * size)


def wader(c: Canvas, x: float, foot: float) -> None:
    """An egret that stands and looks into the water."""
    c.line([(x - 3, foot - 26), (x - 3, foot)], "#54676a", 2)
    c.line([(x + 5, foot - 26), (x + 6, foot)], "#54676a", 2)
    c.disc(x, foot - 34, 19, "#ffffff", 10)
    c.line([(x + 14, foot - 38), (x + 22, foot - 60), (x + 17, foot - 70), (x + 25, foot - 74)], "#ffffff", 5)
    c.line([(x + 26, foot - 74), (x + 42, foot - 68)], "#e2a13a", 3)


def old_town(c: Canvas) -> None:
    """White walls, black tiles and a stone bridge over the canal."""
    c.wash([(0, "#a9cfd6"), (0.55, "#e3ece0"), (1, "#fbeccb")], 0, 480)
    c.glow(1000, 150, 320, "#fffbe6", 0.8)
    c.ridge(330, 40, "#b9d2c4", 2.7)
    c.ridge(372, 24, "#9dbfae", 6.1)
    for i, x in enumerate((30, 250, 830, 1040)):
        house(c, x, 446, 190, 120 + 22 * (i % 2), "#e8e8df")
    c.veil("#fbf4e0", 250, 450, 0, 60)
    for x, wide, tall in ((-50, 250, 188), (190, 190, 150), (912, 200, 160), (1100, 230, 196)):
        house(c, x, 486, wide, tall, "#fbfaf3")
    for x in (-20, 70, 1150, 1240):
        lantern(c, x + 20, 372)
    bridge(c)
    c.box(0, 476, 366, 14, "#9a978b")
    c.box(914, 476, 370, 14, "#9a978b")
    person(c, 600, 356, 56, "#c9473f")
    person(c, 640, 350, 60, "#4a6d8c", hair="#9c9c9c")
    c.mirror(490, "#86a89c", 0.34)
    c.ripples(494, "#ffffff40", 130, 8)
    boat(c, 800, 590)
    willow(c)


def house(c: Canvas, x: float, base: float, wide: float, tall: float, wall: str) -> None:
    """A house with a curved roof, stepped gable and lattice windows."""
    top = base - tall
    c.box(x, top, wide, tall, wall)
    c.box(x, base - 24, wide, 24, "#00000012")
    c.poly(
        [(x - 20, top + 10), (x + 12, top - 46), (x + wide - 12, top - 46), (x + wide + 20, top + 10)],
        "#464c55",
    )
    for i in range(int(wide // 13)):
        c.line([(x + 14 + i * 13, top - 44), (x + 4 + i * 13.6, top + 8)], "#5b626b", 2)
    c.line(
        [(x - 26, top + 4), (x - 14, top + 10), (x + wide + 14, top + 10), (x + wide + 26, top + 4)],
        "#33383f",
        6,
    )
    c.line(
        [(x - 2, top - 54), (x + 14, top - 47), (x + wide - 14, top - 47), (x + wide + 2, top - 54)],
        "#33383f",
        7,
    )
    for i in range(max(1, int(wide // 72))):
        left = x + 24 + i * 66
        c.box(left, top + 34, 38, 44, "#7a4f38", 2)
        c.box(left + 4, top + 38, 30, 36, "#f4d596")
        for bar in (11, 22):
            c.box(left + bar + 1, top + 38, 3, 36, "#7a4f38")
        c.box(left + 4, top + 54, 30, 3, "#7a4f38")
        c.box(left + 2, base - 62, 34, 62, "#6b4634", 2)


def lantern(c: Canvas, x: float, y: float) -> None:
    """A red lantern under the eaves."""
    c.glow(x, y, 48, "#ff9a5c", 0.5)
    c.line([(x, y - 34), (x, y + 36)], "#8c3428", 2)
    c.disc(x, y, 17, "#d8402f", 15)
    c.disc(x, y, 9, "#ef6a48", 15)
    c.box(x - 9, y - 19, 18, 5, "#e0a94a", 2)
    c.box(x - 9, y + 14, 18, 5, "#e0a94a", 2)


def bridge(c: Canvas) -> None:
    """The arched bridge; its reflection closes the circle."""
    outline = [(640 + dx, 500 - 146 * max(0.0, math.cos(dx / 300 * math.pi / 2)) ** 0.9) for dx in range(-300, 301, 10)]
    c.poly([*outline, (940, 500), (340, 500)], "#b9b5a6")
    for row in range(5):
        c.arc(640, 492, 122 + row * 19, 108 + row * 9, (182, 358), "#a3a092", 2)
    c.line([(x, y - 16) for x, y in outline], "#d6d2c4", 9)
    for x, y in outline[::4]:
        c.box(x - 4, y - 22, 8, 24, "#cbc7b9", 2)
    c.disc(640, 494, 116, "#8b887c", 102)
    c.disc(640, 496, 108, "#dcebe0", 96)


def boat(c: Canvas, x: float, y: float) -> None:
    """A covered rowing boat with its boatman."""
    c.poly([(x - 130, y - 14), (x + 130, y - 20), (x + 92, y + 16), (x - 92, y + 16)], "#54402f")
    c.line([(x - 130, y - 14), (x + 130, y - 20)], "#7b5f45", 5)
    c.arc(x + 4, y - 14, 66, 50, (180, 360), "#2f3136", 12)
    c.poly([(x - 58, y - 14), (x - 48, y - 50), (x + 4, y - 62), (x + 56, y - 50), (x + 66, y - 16)], "#3d4046")
    person(c, x - 98, y - 10, 74, "#3f6d78")
    c.poly([(x - 118, y - 78), (x - 98, y - 94), (x - 78, y - 78)], "#d9b872")
    c.line([(x - 86, y - 52), (x - 168, y + 36)], "#7b5f45", 4)


def willow(c: Canvas) -> None:
    """Hanging branches that frame the picture at the upper left."""
    c.line([(-20, 30), (120, 8), (330, -14)], "#5c4a38", 12)
    for i in range(30):
        x, start, reach = -8 + i * 11.5, 14 - i * 0.9, 70 + 190 * chance(i, 5.5) * (1 - i / 40)
        green = ("#7fae60", "#6a9a56", "#94bf6e")[i % 3]
        strand = [(x + 14 * math.sin(step / 9 + i * 0.2), start + reach * step / 12) for step in range(13)]
        c.line(strand, green, 1.8)
        for k, (px, py) in enumerate(strand):
            side = 1 if k % 2 else -1
            c.poly([(px, py), (px + side * 7, py + 7 + 5 * chance(k, i)), (px + side * 2, py + 20)], green)
