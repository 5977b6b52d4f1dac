"""The page model: what stands where on a page, as print and web draw it, and how well each text fits its slot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from backend.db import canonical

PT = 25.4 / 72
Face = Literal["serif", "serif-bold", "sans", "sans-bold"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.h


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of a line that stand equally far apart. `spacing` is added between them, `width` is of them all."""

    x: float
    text: str
    spacing: float
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of type on its baseline `y`. `x` and `w` are the measure that it was set to, not its ink."""

    x: float
    y: float
    w: float
    size: float
    face: Face
    ink: str
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """Its characters."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight rule; `weight` is how thick it is."""

    x1: float
    y1: float
    x2: float
    y2: float
    weight: float
    ink: str = "black"


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle, drawn as an outline of this weight (0 for none) and filled with an ink, or with nothing."""

    box: Box
    weight: float
    ink: str = "black"
    fill: str | None = None


@dataclass(frozen=True, slots=True)
class PictureBox:
    """Where a picture stands; it is cut to the ratio of its box around its middle."""

    box: Box
    media: str
    alt: str


@dataclass(frozen=True, slots=True)
class Fit:
    """How a text fits its slot.

    `over` counts the characters that found no room 溢文, `headline_over` those of a headline that is too long for its
    slot, `empty` the lines that stay empty 缺文, `room` how many characters the slot takes as it is planned.
    """

    state: Literal["fits", "overset", "underset"]
    over: int
    headline_over: int
    empty: int
    room: int
    words: str


@dataclass(frozen=True, slots=True)
class SlotModel:
    """A slot as it was set: its box, what stands in it, and how that fits."""

    no: int
    kind: str
    box: Box
    headline: tuple[Line, ...] = ()
    byline: tuple[Line, ...] = ()
    columns: tuple[tuple[Line, ...], ...] = ()
    caption: tuple[Line, ...] = ()
    picture: PictureBox | None = None
    frames: tuple[Frame, ...] = ()
    fit: Fit | None = None

    @property
    def lines(self) -> tuple[Line, ...]:
        """All its lines, in the order in which they are read."""
        body = tuple(line for column in self.columns for line in column)
        return (*self.headline, *self.byline, *body, *self.caption)


@dataclass(frozen=True, slots=True)
class PageModel:
    """A page, ready to be drawn."""

    number: int
    name: str
    width: float
    height: float
    furniture: tuple[Line, ...]
    rules: tuple[Rule, ...]
    slots: tuple[SlotModel, ...]

    def as_json(self) -> dict[str, Any]:
        """Write it, every length to a thousandth of a millimetre."""
        written: dict[str, Any] = _rounded(asdict(self))
        return written

    @property
    def hash(self) -> str:
        """Return what the receipt of a printed page names: SHA-256 over the canonical JSON."""
        return hashlib.sha256(canonical(self.as_json()).encode()).hexdigest()


def read_page(written: Mapping[str, Any]) -> PageModel:
    """Read a page that `PageModel.as_json` wrote."""
    return PageModel(
        number=written["number"],
        name=written["name"],
        width=written["width"],
        height=written["height"],
        furniture=_lines(written["furniture"]),
        rules=tuple(Rule(**rule) for rule in written["rules"]),
        slots=tuple(_slot(slot) for slot in written["slots"]),
    )


def _slot(written: Mapping[str, Any]) -> SlotModel:
    picture, fit = written["picture"], written["fit"]
    return SlotModel(
        no=written["no"],
        kind=written["kind"],
        box=Box(**written["box"]),
        headline=_lines(written["headline"]),
        byline=_lines(written["byline"]),
        columns=tuple(_lines(column) for column in written["columns"]),
        caption=_lines(written["caption"]),
        picture=PictureBox(Box(**picture["box"]), picture["media"], picture["alt"]) if picture else None,
        frames=tuple(Frame(**{**frame, "box": Box(**frame["box"])}) for frame in written["frames"]),
        fit=Fit(**fit) if fit else None,
    )


def _lines(written: Iterable[Mapping[str, Any]]) -> tuple[Line, ...]:
    return tuple(Line(**{**line, "runs": tuple(Run(**run) for run in line["runs"])}) for line in written)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(each) for each in value]
    return value
