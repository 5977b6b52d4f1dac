"""The canvas of the demo pictures: shapes, glows and reflections in a frame of 1280 by 720 units."""

# ruff: noqa: PLR0917 - a shape takes its place and its measures in a row, as on squared paper.

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFilter, ImageOps

WIDTH, HEIGHT = 1280, 720
# Everything is painted at twice the size and shrunk at the end, which smooths every edge.
SCALE = 2

Point = tuple[float, float]
Stop = tuple[float, str]


def chance(index: float, seed: float = 0.0) -> float:
    """Return a number in [0, 1) that looks random and is the same in every run."""
    return math.modf(abs(math.sin(index * 12.9898 + seed * 78.233)) * 43758.5453)[0]


def mix(first: str, second: str, share: float) -> str:
    """Return the colour `share` (0 to 1) of the way from `first` to `second`, both "#rrggbb"."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


class Canvas:
    """A picture being painted; colours are "#rrggbb" or, with transparency, "#rrggbbaa"."""

    def __init__(self) -> None:
        self.image = Image.new("RGB", (WIDTH * SCALE, HEIGHT * SCALE))
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def wash(self, stops: Sequence[Stop], top: float = 0, bottom: float = HEIGHT) -> None:
        """Fill a band with a vertical gradient through `stops`: (place 0 to 1, colour), top first."""
        rows = max(1, round((bottom - top) * SCALE))
        strip = Image.new("RGB", (1, rows))
        pen = ImageDraw.Draw(strip)
        for row in range(rows):
            place = row / rows
            after = next((i for i, stop in enumerate(stops) if stop[0] >= place), len(stops) - 1)
            low, high = stops[max(0, after - 1)], stops[after]
            span = high[0] - low[0]
            pen.point((0, row), fill=mix(low[1], high[1], (place - low[0]) / span if span else 0))
        self.image.paste(strip.resize((WIDTH * SCALE, rows)), (0, round(top * SCALE)))

    def veil(self, colour: str, top: float, bottom: float, start: int, end: int) -> None:
        """Lay mist or shadow over a band; its opacity (0 to 255) runs from `start` to `end`."""
        rows = max(1, round((bottom - top) * SCALE))
        ramp = (
            Image.linear_gradient("L").resize((1, rows)).point([start + (end - start) * i // 255 for i in range(256)])
        )
        size = (WIDTH * SCALE, rows)
        self.image.paste(Image.new("RGB", size, colour), (0, round(top * SCALE)), ramp.resize(size))

    def glow(self, x: float, y: float, radius: float, colour: str, strength: float = 1.0, squash: float = 1.0) -> None:
        """Add a soft light around a point; `squash` below 1 flattens it."""
        size = (round(radius * 2 * SCALE), round(radius * 2 * squash * SCALE))
        # The curve falls off like light in haze: bright in the middle, with a long thin edge.
        fade = [round(255 * strength * max(0.0, 1 - i / 180) ** 2) for i in range(256)]
        mask = Image.radial_gradient("L").resize(size).point(fade)
        self.image.paste(
            Image.new("RGB", size, colour),
            (round((x - radius) * SCALE), round((y - radius * squash) * SCALE)),
            mask,
        )

    def poly(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        self.pen.polygon([(x * SCALE, y * SCALE) for x, y in points], fill=colour)

    def box(self, x: float, y: float, width: float, height: float, colour: str, radius: float = 0) -> None:
        """Fill a rectangle, with rounded corners where `radius` is given."""
        place = (x * SCALE, y * SCALE, (x + width) * SCALE, (y + height) * SCALE)
        self.pen.rounded_rectangle(place, radius * SCALE, fill=colour)

    def disc(self, x: float, y: float, rx: float, colour: str, ry: float | None = None) -> None:
        """Fill a circle, or an ellipse where `ry` is given."""
        tall = rx if ry is None else ry
        self.pen.ellipse(((x - rx) * SCALE, (y - tall) * SCALE, (x + rx) * SCALE, (y + tall) * SCALE), fill=colour)

    def blob(self, discs: Sequence[tuple[float, float, float, float]], colour: str, strength: float) -> None:
        """Fill ellipses (x, y, rx, ry) as one shape, so that overlaps do not show through."""
        mask = Image.new("L", self.image.size)
        pen = ImageDraw.Draw(mask)
        for x, y, rx, ry in discs:
            pen.ellipse(
                ((x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE),
                fill=round(255 * strength),
            )
        self.image.paste(Image.new("RGB", self.image.size, colour), mask=mask)

    def line(self, points: Sequence[Point], colour: str, width: float = 2) -> None:
        """Draw a line through the points."""
        self.pen.line(
            [(x * SCALE, y * SCALE) for x, y in points],
            fill=colour,
            width=round(width * SCALE),
            joint="curve",
        )

    def arc(
        self, x: float, y: float, rx: float, ry: float, span: tuple[float, float], colour: str, width: float
    ) -> None:
        """Draw a part of an ellipse; `span` is in degrees, clockwise from three o'clock."""
        place = ((x - rx) * SCALE, (y - ry) * SCALE, (x + rx) * SCALE, (y + ry) * SCALE)
        self.pen.arc(place, span[0], span[1], fill=colour, width=round(width * SCALE))

    def ridge(self, base: float, height: float, colour: str, seed: float, rough: float = 1.0) -> None:
        """Fill everything below a wavy line around `base` that rises and falls by `height`."""
        waves = [(0.0031, 0.6), (0.0083, 0.28 * rough), (0.021, 0.12 * rough)]
        tops = [
            (
                float(x),
                base
                - height * sum(size * math.sin(x * pace + seed * (i + 1.7)) for i, (pace, size) in enumerate(waves)),
            )
            for x in range(-10, WIDTH + 20, 8)
        ]
        self.poly([*tops, (WIDTH + 10, HEIGHT), (-10, HEIGHT)], colour)

    def mirror(self, horizon: float, tint: str, share: float = 0.45, blur: float = 3) -> None:
        """Turn everything below `horizon` into water that reflects what stands above it."""
        depth = HEIGHT - horizon
        top = max(0.0, horizon - depth)
        above = self.image.crop((0, round(top * SCALE), WIDTH * SCALE, round(horizon * SCALE)))
        size = (WIDTH * SCALE, round(depth * SCALE))
        water = ImageOps.flip(above).resize(size).filter(ImageFilter.GaussianBlur(blur * SCALE))
        self.image.paste(Image.blend(water, Image.new("RGB", size, tint), share), (0, round(horizon * SCALE)))

    def ripples(self, top: float, colour: str, count: int, seed: float = 1.0) -> None:
        """Scatter thin strokes of light on water from `top` down; nearer ones are longer."""
        for i in range(count):
            near = chance(i, seed) ** 1.4
            x, y = chance(i, seed + 1) * WIDTH, top + 4 + near * (HEIGHT - top - 8)
            reach = 12 + 70 * near * (0.4 + chance(i, seed + 2))
            self.box(x - reach / 2, y, reach, 1.2 + 1.8 * near, colour, 1)

    def finish(self, size: tuple[int, int]) -> Image.Image:
        """Return the picture in the wanted size, cut to its shape around the centre."""
        return ImageOps.fit(self.image, size, Image.Resampling.LANCZOS)
