"""Scenes in the street: the metro and its bus, a rainy night, lamplight."""

from __future__ import annotations

import math

from demo.pictures.brush import HEIGHT, WIDTH, Canvas, chance
from demo.pictures.props import cloud, lamp, person, towers, tree, windows

GREEN = ["#3f7f5c", "#57996a", "#7db87a"]
DEEP = ["#27473f", "#33594a", "#446d54"]


def metro(c: Canvas) -> None:
    """A train on the viaduct, and the community bus below."""
    c.wash([(0, "#5fb0e0"), (0.6, "#bfe2ee"), (1, "#fff0d6")], 0, 560)
    cloud(c, 220, 110, 60, "#ffffff", 0.75)
    cloud(c, 960, 90, 52, "#ffffff", 0.72)
    towers(c, 560, 330, "#a9cfdd", 4.4)
    c.veil("#eaf4f0", 300, 560, 0, 110)
    towers(c, 560, 240, "#7fb0c6", 7.2, "#e8f5f890")
    for i in range(12):
        tree(c, 40 + i * 110, 566, 38 + 14 * chance(i, 3), GREEN, "#5c4a44", i * 1.3)
    c.box(0, 560, WIDTH, 160, "#56626e")
    c.box(0, 556, WIDTH, 16, "#cdd3d2")
    for i in range(10):
        c.box(20 + i * 140, 650, 76, 6, "#f4f0dc", 2)
    for x in range(80, WIDTH, 280):
        c.poly([(x, 400), (x + 110, 400), (x + 76, 440), (x + 70, 572), (x + 40, 572), (x + 34, 440)], "#b9bfc0")
        c.poly([(x + 70, 440), (x + 76, 440), (x + 70, 572), (x + 58, 572)], "#9aa2a6")
    c.box(0, 372, WIDTH, 34, "#d5d9d6")
    c.box(0, 398, WIDTH, 10, "#a4abad")
    c.box(0, 352, WIDTH, 22, "#e6e9e4")
    for x in range(0, WIDTH, 64):
        c.box(x, 352, 3, 22, "#c5cbc9")
    train(c)
    c.box(0, 360, WIDTH, 14, "#eef0ea")
    bus(c, 380, 560)
    for x, tall, coat in (
        (860, 78, "#d8523f"),
        (900, 72, "#3f6f9b"),
        (944, 80, "#e0a13c"),
        (1010, 76, "#6a5a94"),
    ):
        person(c, x, 586, tall, coat)
    c.line([(1080, 588), (1080, 470)], "#47525c", 6)
    c.box(1052, 456, 56, 40, "#2f7fb8", 6)
    c.box(1061, 466, 38, 13, "#ffffff", 3)


def train(c: Canvas) -> None:
    """Three cars of a metro train, the first with its nose to the right."""
    for i in range(3):
        x = -60 + i * 352
        wide = 346 if i < 2 else 356
        c.box(x, 246, wide, 116, "#f3f6f7", 14)
        if i == 2:
            c.poly([(x + 300, 246), (x + 360, 246), (x + 412, 318), (x + 412, 362), (x + 300, 362)], "#f3f6f7")
            c.poly([(x + 352, 262), (x + 366, 262), (x + 400, 312), (x + 352, 312)], "#27465e")
            c.disc(x + 396, 334, 7, "#fff3b0")
        c.box(x, 328, wide + (56 if i == 2 else 0), 12, "#ef7d32")
        for door in range(3):
            left = x + 44 + door * 108
            c.box(left, 262, 40, 96, "#dfe6e8", 3)
            c.box(left + 4, 268, 14, 46, "#3a6480", 3)
            c.box(left + 22, 268, 14, 46, "#3a6480", 3)
            if door < 2:
                c.box(left + 52, 268, 44, 42, "#3a6480", 5)
                c.poly([(left + 58, 308), (left + 76, 270), (left + 86, 270), (left + 68, 308)], "#6f9ab4")
        c.box(x + 40, 238, 120, 9, "#c8d0d3", 3)


def bus(c: Canvas, x: float, y: float) -> None:
    """The low-floor community bus."""
    c.disc(x + 170, y + 90, 190, "#00000030", 12)
    c.box(x, y - 56, 340, 136, "#2fa07a", 20)
    c.box(x, y + 26, 340, 20, "#f4f3e6")
    c.box(x + 14, y - 38, 312, 54, "#23404e", 8)
    for i in range(5):
        c.box(x + 20 + i * 61, y - 33, 54, 44, "#8fc4d4" if i % 2 else "#a6d3de", 5)
    c.box(x + 214, y - 33, 50, 106, "#cfe6e4", 4)
    c.box(x + 237, y - 33, 4, 106, "#2fa07a")
    c.disc(x + 328, y + 50, 8, "#fff0a8")
    for wheel in (x + 70, x + 284):
        c.disc(wheel, y + 80, 27, "#262d33")
        c.disc(wheel, y + 80, 13, "#aab4b8")


def rain_street(c: Canvas) -> None:
    """A shopping street on a rainy night."""
    c.wash([(0, "#141c38"), (0.6, "#2a3c63"), (1, "#496289")], 0, 470)
    towers(c, 470, 330, "#1d2748", 6.3, "#ffd98a70")
    c.veil("#5a7aa0", 250, 470, 0, 90)
    for i, (x, wide, tall) in enumerate(((-20, 260, 330), (246, 190, 250), (820, 210, 270), (1036, 270, 350))):
        shop(c, x, 470, (wide, tall), i)
    lamp(c, 470, 480, 250, 60, "#1a2138", "#ffd58a")
    lamp(c, 790, 480, 250, -60, "#1a2138", "#ffd58a")
    c.box(0, 466, WIDTH, 10, "#3a4560")
    c.mirror(474, "#1b2543", 0.42, 6)
    c.poly([(0, 540), (0, 474), (WIDTH, 474), (WIDTH, 540)], "#0f16301c")
    for i in range(5):
        c.box(480 + i * 70 - 14, 560 + i * 30, 90, 7, "#e8e6da30", 3)
    c.ripples(480, "#cfe0ff30", 140, 9)
    car(c, 560, 500)
    for x, foot, tall, coat, shade in (
        (250, 622, 150, "#5b6d96", "#d84f43"),
        (340, 616, 138, "#8a5f7d", "#e8b03f"),
        (1010, 640, 160, "#3f5f80", "#3f9a86"),
    ):
        c.disc(x, foot, tall * 0.3, "#00000040", 7)
        person(c, x, foot, tall, coat)
        umbrella(c, x + 10, foot - tall, tall * 0.55, shade)
    for i in range(300):
        px, py, reach = chance(i, 31) * (WIDTH + 80), chance(i, 32) * HEIGHT, 14 + 26 * chance(i, 33)
        c.line([(px, py), (px - reach * 0.28, py + reach)], "#d6e4ff3c", 1.3)
    for i in range(46):
        c.arc(chance(i, 41) * WIDTH, 500 + chance(i, 42) * 210, 14, 4, (0, 360), "#d6e4ff48", 1.2)


def shop(c: Canvas, x: float, base: float, size: tuple[float, float], number: int) -> None:
    """A house with a lit shop on the ground floor."""
    wide, tall = size
    sign = ("#e0563f", "#3fa08a", "#e8a83c", "#c9558a")[number]
    c.box(x, base - tall, wide, tall, ("#2c3557", "#343d63", "#303a5c", "#282f50")[number])
    windows(c, (x + 22, base - tall + 24, wide - 40, tall - 150), "#ffd58cc0", number + 0.7, 0.3)
    c.glow(x + wide / 2, base - 50, wide * 0.6, "#ffc070", 0.6)
    c.box(x + 16, base - 84, wide - 32, 84, "#ffdf9c", 3)
    for i in range(int((wide - 40) // 48)):
        c.box(x + 22 + i * 48, base - 76, 40, 70, "#fff0c8" if i % 2 else "#ffe2a6", 3)
        c.box(x + 27 + i * 48, base - 34, 30, 28, "#b8744a60", 2)
    c.box(x + 10, base - 116, wide - 20, 26, sign, 4)
    for i in range(int((wide - 20) // 20)):
        c.box(x + 10 + i * 20, base - 92, 20, 16, "#fff4e0" if i % 2 else sign, 4)


def car(c: Canvas, x: float, y: float) -> None:
    """A car that comes towards the viewer, headlights on."""
    c.disc(x + 75, y + 76, 96, "#00000050", 10)
    c.poly([(x + 24, y + 20), (x + 44, y - 18), (x + 106, y - 18), (x + 126, y + 20)], "#1b2440")
    c.poly([(x + 34, y + 18), (x + 49, y - 11), (x + 101, y - 11), (x + 116, y + 18)], "#6d8cb4")
    c.box(x, y + 16, 150, 48, "#a83a3a", 14)
    c.box(x + 40, y + 36, 70, 14, "#4c1b22", 5)
    for wheel in (x + 10, x + 114):
        c.box(wheel, y + 56, 26, 22, "#10152a", 5)
    for light in (x + 20, x + 130):
        c.glow(light, y + 34, 120, "#fff2c4", 0.75)
        c.disc(light, y + 34, 11, "#fffbe8")
        c.glow(light, y + 130, 60, "#ffe9b0", 0.5, 1.6)


def umbrella(c: Canvas, x: float, y: float, reach: float, colour: str) -> None:
    """An open umbrella above a head at (x, y)."""
    c.line([(x, y - reach * 0.35), (x, y + reach * 0.7)], "#20263c", 3)
    edge = y + reach * 0.08
    dome = [
        (x + reach * math.cos(math.pi * i / 24), edge - reach * 0.62 * math.sin(math.pi * i / 24)) for i in range(25)
    ]
    c.poly(dome, colour)
    c.poly([(x + px * 0.42, py) for px, py in ((p[0] - x, p[1]) for p in dome)], "#ffffff26")
    for i in range(-2, 3):
        c.disc(x + i * reach * 0.4, edge, reach * 0.2, colour, reach * 0.07)


def streetlight(c: Canvas) -> None:
    """A lane lined with trees and lamps, late at night."""
    c.wash([(0, "#0d1733"), (0.55, "#1e3159"), (1, "#3c5078")], 0, 430)
    for i in range(80):
        c.disc(chance(i, 51) * WIDTH, chance(i, 52) * 260, 0.8 + 1.3 * chance(i, 53), "#ffffffb0")
    c.glow(930, 110, 150, "#dfe8ff", 0.5)
    c.disc(930, 110, 34, "#f6f3e0")
    for dx, dy, r in ((-10, -8, 7), (9, 6, 9), (-6, 14, 4)):
        c.disc(930 + dx, 110 + dy, r, "#e3dfc8")
    towers(c, 430, 130, "#1a2747", 3.9, "#ffdf9a80")
    c.box(0, 428, WIDTH, HEIGHT, "#1c2f36")
    c.poly([(0, 640), (600, 430), (680, 430), (WIDTH, 640), (WIDTH, HEIGHT), (0, HEIGHT)], "#2d3a4a")
    c.poly([(140, HEIGHT), (622, 430), (658, 430), (1140, HEIGHT)], "#3c4a5c")
    for step in range(7):
        near = (step + 1) / 7
        grow, gap = near**1.8, 50 + 560 * near**1.8
        foot = 432 + 226 * grow
        for side in (-1, 1):
            x = 640 + side * gap
            tree(c, x + side * 80 * grow, foot - 4, 26 + 112 * grow, DEEP, "#1a2028", step + side * 0.3)
            if step % 2 == 0:
                c.glow(x - side * 66 * grow, foot + 14 * grow, 30 + 210 * grow, "#ffcf80", 0.8, 0.24)
                lamp(c, x - side * 10, foot, 60 + 330 * grow, -side * 70 * grow, "#0f1626", "#ffd48a")
    c.box(634, 500, 12, 30, "#e8dcb060", 3)
    c.poly([(632, 590), (648, 590), (652, 640), (628, 640)], "#e8dcb050")
    c.disc(556, 634, 46, "#00000050", 8)
    person(c, 540, 634, 118, "#d8694a")
    person(c, 588, 634, 84, "#4f86b0")
    c.veil("#0a1226", 620, HEIGHT, 0, 120)
