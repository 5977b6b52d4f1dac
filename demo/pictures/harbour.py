"""Scenes of the harbour: the skyline over the river, the container port, the cruise terminal."""

from __future__ import annotations

from demo.pictures.brush import HEIGHT, WIDTH, Canvas, chance
from demo.pictures.props import cloud, person, towers


def skyline(c: Canvas) -> None:
    """The city at dusk, seen across the river."""
    c.wash([(0, "#1f2a5c"), (0.3, "#5b4a8a"), (0.5, "#d0738a"), (0.66, "#ffb27a"), (1, "#ffd9a0")], 0, 470)
    c.glow(880, 430, 420, "#ffe6a8", 0.9)
    c.disc(880, 410, 44, "#fff3d0")
    for x, y, size in ((240, 150, 46), (620, 96, 34), (1080, 190, 52)):
        cloud(c, x, y, size, "#f3a9a6", 0.25)
    towers(c, 470, 190, "#a4688f", 2.3)
    c.veil("#ffc590", 330, 470, 0, 120)
    towers(c, 470, 240, "#5d4478", 5.1, "#ffdf9e90")
    tower(c)
    towers(c, 470, 130, "#2d2a55", 8.4, "#ffd98ac0")
    c.mirror(470, "#3a3768", 0.32)
    c.glow(880, 480, 260, "#ffd49a", 0.55, 0.5)
    c.ripples(474, "#ffd9a838", 150, 3)
    ferry(c, 330, 560)
    c.veil("#161a3c", 600, HEIGHT, 0, 130)


def tower(c: Canvas) -> None:
    """The tall hub of the skyline, with a ring and a mast."""
    c.poly([(500, 470), (524, 150), (548, 150), (572, 470)], "#443463")
    c.disc(536, 168, 36, "#54406f", 16)
    c.box(500, 164, 72, 7, "#ffe0a0", 3)
    c.line([(536, 152), (536, 84)], "#443463", 4)
    c.disc(536, 84, 4, "#ff8d7a")


def ferry(c: Canvas, x: float, y: float) -> None:
    """A small ferry with lit windows."""
    c.poly([(x - 84, y), (x + 96, y), (x + 74, y + 26), (x - 70, y + 26)], "#1d2148")
    c.box(x - 56, y - 24, 112, 25, "#efe3da", 4)
    c.box(x - 26, y - 42, 52, 20, "#d9c7c4", 4)
    for i in range(7):
        c.box(x - 48 + i * 14.5, y - 17, 9, 9, "#ffc46b", 2)
    c.box(x - 100, y + 30, 210, 3, "#ffe0b055", 1)


def wusong_port(c: Canvas) -> None:
    """Container cranes at the mouth of the Huangpu, against the setting sun."""
    c.wash([(0, "#27456b"), (0.35, "#7d6f93"), (0.6, "#f08f6c"), (0.85, "#ffc777"), (1, "#ffe2a6")], 0, 500)
    c.glow(430, 440, 460, "#fff0b8", 0.95)
    c.disc(430, 420, 52, "#fff6d8")
    cloud(c, 940, 130, 60, "#ffd0a8", 0.22)
    cloud(c, 190, 190, 40, "#ffd0a8", 0.25)
    towers(c, 500, 90, "#b8697a", 1.4)
    c.veil("#ffcf8a", 400, 500, 0, 130)
    for x, size, colour in ((250, 0.62, "#7a4562"), (560, 0.78, "#56355a"), (900, 1.0, "#33264a")):
        crane(c, x, 500, size, colour)
    freighter(c, 700, 486)
    c.mirror(500, "#5a3f63", 0.3)
    c.glow(430, 508, 300, "#ffe0a0", 0.7, 0.5)
    c.ripples(504, "#ffe2b040", 170, 6)
    quay(c)


def crane(c: Canvas, x: float, base: float, size: float, colour: str) -> None:
    """A ship-to-shore crane; its boom reaches to the left over the water."""
    legs, top, wide = 250 * size, base - 250 * size, 88 * size
    thick = 9 * size
    for foot in (x, x + wide):
        c.line([(foot, base), (foot, top)], colour, thick)
    c.line([(x, base - legs * 0.36), (x + wide, base - legs * 0.36)], colour, thick * 0.7)
    c.line([(x, base - legs * 0.36), (x + wide, top + legs * 0.1)], colour, thick * 0.45)
    c.line([(x - 210 * size, top), (x + wide + 96 * size, top)], colour, thick * 1.2)
    apex = (x + wide * 0.2, top - 96 * size)
    c.line([(x, top), apex, (x + wide, top)], colour, thick * 0.7)
    for end in (x - 200 * size, x - 100 * size, x + wide + 88 * size):
        c.line([apex, (end, top)], colour, thick * 0.32)
    c.box(x + wide * 0.4, top - 26 * size, 74 * size, 26 * size, colour, 3)
    cabin = x - 120 * size
    c.box(cabin - 14 * size, top, 28 * size, 15 * size, colour)
    c.line([(cabin, top + 10 * size), (cabin, top + 92 * size)], colour, 1.6)
    c.box(cabin - 27 * size, top + 92 * size, 54 * size, 22 * size, "#d4553f" if size > 0.7 else colour, 2)


def freighter(c: Canvas, x: float, y: float) -> None:
    """A container ship lying at the quay."""
    paint = ["#d4553f", "#3f6f9b", "#e0a13c", "#4d8a72", "#b9b0b8", "#8d4a63"]
    for column in range(8):
        for level in range(2 + round(chance(column, 4.4) * 2)):
            c.box(x - 370 + column * 48, y - 22 - level * 21, 45, 19, paint[(column * 5 + level * 3) % 6], 1.5)
    c.box(x + 22, y - 96, 50, 96, "#efe0d6", 3)
    c.box(x + 14, y - 84, 66, 13, "#33264a", 2)
    c.box(x + 40, y - 122, 18, 30, "#c9513d", 2)
    c.poly([(x - 404, y - 6), (x + 92, y - 6), (x + 78, y + 26), (x - 372, y + 26)], "#2a2145")
    c.box(x - 388, y + 8, 470, 6, "#b0473f")


def quay(c: Canvas) -> None:
    """The near quay: stacks of containers and two workers, in shadow."""
    c.box(0, 640, WIDTH, 80, "#1e1a36")
    c.box(0, 640, WIDTH, 5, "#ffb97a90")
    paint = ["#7c3340", "#2b4868", "#8a6331", "#2f5a52", "#54304f"]
    for column in range(5):
        for level in range(1 + (column % 3 > 0) + (column == 2)):
            x, y = 930 + column * 72, 596 - level * 46
            c.box(x, y, 69, 44, paint[(column * 2 + level) % 5], 2)
            for rib in range(7):
                c.box(x + 7 + rib * 8.6, y + 5, 2, 34, "#00000030")
            c.box(x, y, 69, 3, "#ffc79a60")
    for x in (60, 330, 480, 630, 780):
        c.box(x, 622, 20, 20, "#14112a", 4)
        c.box(x - 6, 616, 32, 9, "#2b2548", 4)
    c.box(0, 676, WIDTH, 4, "#3a3358")
    c.box(0, 696, WIDTH, 4, "#3a3358")
    for x, coat in ((168, "#e8823c"), (206, "#e8a23c")):
        person(c, x, 648, 62, coat)
        c.disc(x, 588, 8, "#ffd04a", 6)


def cruise(c: Canvas) -> None:
    """A white cruise ship at the terminal, early in the morning."""
    c.wash([(0, "#8fc1d9"), (0.45, "#cfe3e4"), (0.75, "#fbe3cf"), (1, "#ffd2b0")], 0, 510)
    c.glow(1010, 380, 400, "#fff2d6", 0.9)
    c.disc(1010, 372, 36, "#fffaf0")
    cloud(c, 250, 120, 56, "#ffffff", 0.44)
    cloud(c, 780, 84, 38, "#ffffff", 0.38)
    towers(c, 510, 120, "#b7cdd3", 9.2)
    c.veil("#ffeede", 390, 510, 0, 190)
    terminal(c)
    liner(c, 120, 500)
    c.mirror(510, "#7fa9ba", 0.3)
    c.ripples(514, "#ffffff48", 170, 2)
    c.veil("#3c6f86", 600, HEIGHT, 0, 120)
    for x, y, size in ((360, 190, 15), (408, 214, 11), (620, 150, 13), (985, 250, 12)):
        gull(c, x, y, size, "#4f6b7a")


def terminal(c: Canvas) -> None:
    """The glass shell of the terminal and its covered bridge."""
    c.disc(1120, 505, 190, "#8fb0bd", 96)
    c.disc(1120, 508, 176, "#c8e0e6", 84)
    for i in range(-5, 6):
        c.arc(1120, 508, abs(i) * 34 + 4, 86, (180, 360), "#8fb0bd", 2)
    c.box(820, 440, 180, 20, "#e8f0f0", 6)
    for x in (846, 904, 962):
        c.box(x, 458, 7, 52, "#9fb8c2")
    c.box(800, 500, 480, 12, "#6d8b98")


def liner(c: Canvas, x: float, water: float) -> None:
    """The ship itself: hull, decks of cabins, bridge and funnel."""
    c.poly([(x - 70, 372), (x + 720, 396), (x + 690, water + 10), (x + 10, water + 10)], "#f7f9fa")
    c.poly([(x - 20, 452), (x + 703, 452), (x + 690, water + 10), (x + 10, water + 10)], "#24486e")
    c.poly([(x - 26, 444), (x + 706, 444), (x + 703, 453), (x - 20, 453)], "#e06a4b")
    for deck in range(6):
        left, right, y = x + 40 + deck * 22, x + 690 - deck * 16, 374 - deck * 27
        c.box(left, y, right - left, 29, "#ffffff" if deck % 2 else "#eef3f5", 4)
        for cabin in range(int((right - left - 26) // 22)):
            warm = chance(cabin * 7 + deck, 3.1) > 0.62
            c.box(left + 14 + cabin * 22, y + 9, 14, 11, "#ffd27f" if warm else "#7fa3b8", 2)
    for i in range(21):
        c.disc(x + 56 + i * 30, 422, 5, "#6f93aa")
    c.box(x + 150, 214, 160, 26, "#f7f9fa", 10)
    c.box(x + 160, 219, 130, 10, "#38607f", 4)
    c.poly([(x + 470, 240), (x + 486, 156), (x + 566, 156), (x + 574, 240)], "#24486e")
    c.poly([(x + 482, 180), (x + 486, 160), (x + 567, 160), (x + 569, 180)], "#e06a4b")
    c.line([(x + 216, 214), (x + 216, 160)], "#c5d2d8", 4)
    for i in range(8):
        c.poly([(x + 330 + i * 16, 234), (x + 338 + i * 16, 226), (x + 346 + i * 16, 234)], "#f2a65a")


def gull(c: Canvas, x: float, y: float, size: float, colour: str) -> None:
    """A bird on the wing, drawn with two arcs."""
    c.arc(x - size, y, size, size * 0.6, (200, 345), colour, size * 0.16)
    c.arc(x + size, y, size, size * 0.6, (195, 340), colour, size * 0.16)
