"""Setting one slot: headline, byline, picture and columns, in whole lines of the page's grid.

A text that is a little short or long is evened out as an editor at the stone would: the picture is cut a line higher or
lower, the headline gets air. What remains is told as the slot's `Fit`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from backend.publishing.newspaper.layout.breaking import BrokenLine, atoms_of, break_paragraph
from backend.publishing.newspaper.layout.formats import BODY_SIZE, BYLINE_SIZE, CAPTION_SIZE, PITCH
from backend.publishing.newspaper.layout.headline import BrokenHeadline, break_headline, set_headline
from backend.publishing.newspaper.layout.model import Box, Fit, Line, PictureBox
from backend.publishing.newspaper.layout.setting import Style, set_justified, set_short, set_text

BODY = Style("serif", BODY_SIZE)
BYLINE = Style("sans", BYLINE_SIZE)
CAPTION = Style("sans", CAPTION_SIZE)
INDENT = 2.0
# Where type stands in a line of the grid, and how much of it a picture leaves free above and below.
BASELINE = PITCH / 2 + 0.38 * BODY_SIZE * 25.4 / 72
_INSET = (PITCH - BODY_SIZE * 25.4 / 72) / 2
_MOST_AIR = 3
_LOWEST, _HIGHEST = 0.82, 1.22
_CAPTION_LINES = 2
_FEWEST_BELOW, _LOST = 4, 12
# Of a column's places about this share holds characters: paragraphs end before their line does, and are indented.
_FILLED = 0.9


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture, how high it is for its width, and over how many columns it stands."""

    media: str
    alt: str
    caption: str
    ratio: float
    columns: int


@dataclass(frozen=True, slots=True)
class Article:
    """What stands in a slot."""

    headline: str
    byline: str
    text: str
    photo: Photo | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where it stands: a box of whole lines, how many columns, and what was planned for it."""

    box: Box
    rows: int
    columns: int
    gutter: float
    headline_width: int

    @property
    def measure(self) -> float:
        """The width of a column."""
        return (self.box.w - (self.columns - 1) * self.gutter) / self.columns

    @property
    def cells(self) -> int:
        """How many characters stand in a line of a column."""
        return int(self.measure / BODY.mm + 1e-6)

    def column_x(self, index: int) -> float:
        """Return where a column begins."""
        return self.box.x + index * (self.measure + self.gutter)


@dataclass(frozen=True, slots=True)
class Setting:
    """A slot's content, set."""

    headline: tuple[Line, ...]
    byline: tuple[Line, ...]
    columns: tuple[tuple[Line, ...], ...]
    caption: tuple[Line, ...]
    picture: PictureBox | None
    fit: Fit


@dataclass(frozen=True, slots=True)
class _Plan:
    """How the lines of a slot are shared out: `head` for headline and byline, `photo` for the picture, `note` below."""

    head: int
    photo: int = 0
    note: int = 0

    def tops(self, place: Place, photo_columns: int) -> list[int]:
        """Return at which line the text of each column begins."""
        plain = place.columns - photo_columns
        return [self.head] * plain + [min(place.rows, self.head + self.photo + self.note)] * photo_columns

    def room(self, place: Place, photo_columns: int) -> int:
        """Return how many lines of text there is room for."""
        return sum(place.rows - top for top in self.tops(place, photo_columns))


def set_article(article: Article, place: Place) -> Setting:
    """Set an article in its place."""
    headline = break_headline(article.headline, place.box.w, place.headline_width, article.text)
    lines = body_lines(article.text, place.cells, place.measure)
    photo_columns = min(article.photo.columns, place.columns) if article.photo else 0
    notes = _caption_atoms(article.photo, place, photo_columns) if article.photo else []
    planned = _planned(article, place, headline, photo_columns, len(notes))
    chosen = _evened(planned, place, photo_columns, len(lines))
    columns = _filled(lines, chosen.tops(place, photo_columns), place)
    picture, caption = _picture(article.photo, place, chosen, photo_columns, notes) if article.photo else (None, ())
    # What air there is now makes a short headline larger.
    rows = chosen.head - (1 if article.byline else 0)
    headline = break_headline(article.headline, place.box.w, place.headline_width, article.text, rows)
    head = set_headline(headline, place.box.x, place.box.y, place.box.w, rows)
    return Setting(
        headline=head,
        byline=_byline(article.byline, place, chosen.head),
        columns=columns,
        caption=caption,
        picture=picture,
        fit=_fit(lines, chosen.room(place, photo_columns), headline, place, planned.room(place, photo_columns)),
    )


def body_lines(text: str, cells: int, measure: float) -> list[BrokenLine]:
    """Break all paragraphs of a text, each with its first line indented."""
    cell = measure / cells / BODY.mm
    return [
        line
        for paragraph in text.splitlines()
        if paragraph.strip()
        for line in break_paragraph(
            atoms_of(paragraph.strip(), BODY.face, cell=cell, measure=cells - INDENT), cells, min(INDENT, cells / 3)
        )
    ]


def room_in(place: Place, *, byline: bool = True) -> int:
    """Return about how many characters a slot takes beside a headline as it is planned, without a picture."""
    planned = break_headline("字" * place.headline_width, place.box.w, place.headline_width)
    head = planned.rows + (1 if byline else 0)
    return _characters(max(0, place.rows - head) * place.columns, place)


def _characters(lines: int, place: Place) -> int:
    return int(lines * place.cells * _FILLED)


def _planned(article: Article, place: Place, headline: BrokenHeadline, photo_columns: int, note_lines: int) -> _Plan:
    head = min(place.rows, headline.rows + (1 if article.byline else 0))
    if article.photo is None:
        return _Plan(head)
    width = _photo_width(place, photo_columns)
    rows = round((width * article.photo.ratio + 2 * _INSET) / PITCH)
    return _Plan(head, max(3, min(rows, place.rows - head - note_lines)), note_lines)


def _photo_width(place: Place, photo_columns: int) -> float:
    return photo_columns * place.measure + (photo_columns - 1) * place.gutter


def _evened(planned: _Plan, place: Place, photo_columns: int, wanted: int) -> _Plan:
    """Return the plan with the least room that still takes all lines, or else the one with the most."""
    # A picture that stands alone takes what there is.
    alone = photo_columns == place.columns and not wanted
    lowest = math.ceil(planned.photo * _LOWEST)
    highest = place.rows - planned.head - planned.note if alone else math.floor(planned.photo * _HIGHEST)
    plans = [
        _Plan(planned.head + air, photo, planned.note)
        for photo in range(lowest, max(lowest, min(highest, place.rows - planned.head - planned.note)) + 1)
        for air in range(_MOST_AIR + 1)
        if planned.head + air <= place.rows
    ]
    taking = [plan for plan in plans if plan.room(place, photo_columns) >= wanted]
    if not taking:
        return max(plans, key=lambda plan: plan.room(place, photo_columns))

    def distance(plan: _Plan) -> tuple[int, int]:
        moved = abs(plan.photo - planned.photo) + 2 * (plan.head - planned.head)
        below = place.rows - plan.head - plan.photo - plan.note
        # A line or two below a picture look lost there.
        lost = _LOST if photo_columns and 0 < below < _FEWEST_BELOW else 0
        return plan.room(place, photo_columns) - wanted + lost, moved

    return min(taking, key=distance)


def _filled(lines: Sequence[BrokenLine], tops: Sequence[int], place: Place) -> tuple[tuple[Line, ...], ...]:
    """Fill the columns so that they end on one line, or the last ones a line earlier."""
    ends = _ends(len(lines), tops, place.rows)
    columns, at = [], 0
    for index, (top, end) in enumerate(zip(tops, ends, strict=True)):
        taken = lines[at : at + end - top]
        at += len(taken)
        columns.append(
            tuple(
                set_justified(
                    line,
                    BODY,
                    (place.column_x(index), place.box.y + (top + row) * PITCH + BASELINE),
                    place.cells,
                    place.measure,
                )
                for row, line in enumerate(taken)
            )
        )
    return tuple(columns)


def _ends(count: int, tops: Sequence[int], rows: int) -> list[int]:
    bottom = next((line for line in range(min(tops), rows) if sum(max(0, line - top) for top in tops) >= count), rows)
    ends = [max(top, bottom) for top in tops]
    spare = sum(end - top for end, top in zip(ends, tops, strict=True)) - count
    for index in range(len(ends) - 1, -1, -1):
        if spare > 0 and ends[index] > tops[index]:
            ends[index] -= 1
            spare -= 1
    return ends


def _byline(text: str, place: Place, head: int) -> tuple[Line, ...]:
    if not text:
        return ()
    y = place.box.y + (head - 1) * PITCH + BASELINE - 0.35
    return (set_text(f"□ {text}", BYLINE, (place.box.x, y), place.box.w, align="centre"),)


def _caption_atoms(photo: Photo, place: Place, photo_columns: int) -> list[BrokenLine]:
    cells = _photo_width(place, photo_columns) / CAPTION.mm
    return break_paragraph(atoms_of(photo.caption, CAPTION.face, measure=cells), cells)[:_CAPTION_LINES]


def _picture(
    photo: Photo, place: Place, plan: _Plan, photo_columns: int, notes: Sequence[BrokenLine]
) -> tuple[PictureBox, tuple[Line, ...]]:
    x = place.column_x(place.columns - photo_columns)
    top = place.box.y + plan.head * PITCH
    width = _photo_width(place, photo_columns)
    box = Box(x, top + _INSET, width, plan.photo * PITCH - 2 * _INSET)
    below = top + plan.photo * PITCH + BASELINE - 0.5
    caption = tuple(
        set_short(
            line.atoms, CAPTION, (x, below + at * PITCH * 0.85), width, align="left" if len(notes) > 1 else "centre"
        )
        for at, line in enumerate(notes)
    )
    return PictureBox(box, photo.media, photo.alt), caption


def _fit(lines: Sequence[BrokenLine], room: int, headline: BrokenHeadline, place: Place, planned: int) -> Fit:
    over = sum(len(atom.text.strip()) for line in lines[room:] for atom in line.atoms)
    empty = max(0, room - len(lines))
    words = []
    if over:
        words.append(f"溢文 {over} 字，须删减约 {len(lines) - room} 行")
    if headline.over:
        words.append(f"标题超长 {headline.over} 字")
    # Fewer empty lines than columns are no hole: the columns end within a line of each other.
    is_hole = empty >= place.columns and bool(lines)
    if is_hole:
        words.append(f"缺文 {empty} 行，约 {_characters(empty, place)} 字")
    state = "overset" if over or headline.over else "underset" if is_hole else "fits"
    return Fit(
        state=state,  # type: ignore[arg-type]  # one of the three words
        over=over,
        headline_over=headline.over,
        empty=empty,
        room=_characters(planned, place),
        words="；".join(words) or "正好",
    )
