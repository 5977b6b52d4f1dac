"""Setting a whole page: its furniture, its slots on the grid, and the rules between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from backend.publishing.newspaper.layout.article import Article, Place, room_in, set_article
from backend.publishing.newspaper.layout.formats import GREY, PITCH, RED, PageFormat, Paper
from backend.publishing.newspaper.layout.furniture import HAIR, IssueFacts, masthead, running_head
from backend.publishing.newspaper.layout.headline import break_headline
from backend.publishing.newspaper.layout.model import Box, Frame, Line, PageModel, Rule, SlotModel
from backend.publishing.newspaper.layout.setting import Style, set_text

Kind = Literal["story", "notice", "house_ad", "blank"]


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """A slot on the grid, in columns and lines, and what stands in it; a story's is None until one is placed."""

    no: int
    kind: Kind
    x: int
    y: int
    w: int
    h: int
    columns: int
    headline_width: int
    article: Article | None = None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PagePlan:
    """A page of an issue."""

    number: int
    name: str
    slots: tuple[SlotPlan, ...]


def set_page(sheet: PageFormat, paper: Paper, issue: IssueFacts, page: PagePlan) -> PageModel:
    """Set a page. Slots must lie within the grid; where they overlap, they are drawn over each other."""
    if page.number == 1:
        furniture, rules = masthead(sheet, paper, issue)
    else:
        furniture, rules = running_head(sheet, paper, issue, page.number, page.name)
    return PageModel(
        number=page.number,
        name=page.name,
        width=sheet.width,
        height=sheet.height,
        furniture=furniture,
        rules=(*rules, *_between(sheet, page)),
        slots=tuple(_set_slot(sheet, paper, page.number, slot) for slot in page.slots),
    )


def set_alone(sheet: PageFormat, paper: Paper, page_no: int, name: str, slot: SlotPlan) -> PageModel:
    """Set one slot as it stands on its page, on a piece of paper of its own size."""
    # Whether it is the last on its page decides about the line below it, so it keeps its place down the grid.
    cut = replace(sheet, side=0, top=-slot.y * PITCH, head=0, masthead=0, width=sheet.text_width)
    made = _set_slot(cut, paper, page_no, replace(slot, x=0))
    return PageModel(page_no, name, made.box.w, made.box.h, (), (), (made,))


def rows_for(sheet: PageFormat, page_no: int, slot: SlotPlan, characters: int) -> int:
    """Return how many lines a slot of this width needs for so many characters, and no more than the page has."""
    rows = range(slot.h, sheet.rows_of(page_no))
    return next((h for h in rows if room_of(sheet, page_no, replace(slot, h=h)) >= characters), sheet.rows_of(page_no))


def place_of(sheet: PageFormat, page_no: int, slot: SlotPlan) -> Place:
    """Return where the content of a slot stands: its box, without the line that parts it from what is below."""
    rows = _content_rows(sheet, page_no, slot)
    box = sheet.box(page_no, slot.x, slot.y, slot.w, rows)
    if slot.kind == "notice":
        box = Box(box.x + 3, box.y, box.w - 6, box.h)
    return Place(
        box=box,
        rows=rows,
        # A notice is a few words, and reads better across its box.
        columns=1 if slot.kind == "notice" else slot.columns,
        gutter=sheet.gutter,
        headline_width=slot.headline_width,
    )


def room_of(sheet: PageFormat, page_no: int, slot: SlotPlan) -> int:
    """Return about how many characters a slot takes."""
    return room_in(place_of(sheet, page_no, slot))


def _content_rows(sheet: PageFormat, page_no: int, slot: SlotPlan) -> int:
    is_last = slot.y + slot.h >= sheet.rows_of(page_no)
    return slot.h if is_last else slot.h - 1


def _between(sheet: PageFormat, page: PagePlan) -> list[Rule]:
    """Rule off each slot from its neighbours to the right and below."""
    rules = []
    for slot in page.slots:
        box = sheet.box(page.number, slot.x, slot.y, slot.w, slot.h)
        right = box.right + sheet.gutter / 2
        if slot.y + slot.h < sheet.rows_of(page.number):
            y = box.bottom - PITCH / 2
            rules.append(Rule(box.x, y, box.right, y, HAIR))
        if slot.x + slot.w < sheet.columns:
            end = box.y + _content_rows(sheet, page.number, slot) * PITCH
            rules.append(Rule(right, box.y, right, end, HAIR))
    return rules


def _set_slot(sheet: PageFormat, paper: Paper, page_no: int, slot: SlotPlan) -> SlotModel:
    place = place_of(sheet, page_no, slot)
    if slot.kind == "blank":
        return SlotModel(slot.no, slot.kind, place.box)
    if slot.kind == "house_ad":
        return _house_ad(slot, place.box, slot.words or paper.house_ad)
    if slot.article is None:
        return _awaited(slot, place)
    made = set_article(slot.article, place)
    frames: tuple[Frame, ...] = ()
    if slot.kind == "notice":
        frames = (Frame(Box(place.box.x - 3, place.box.y, place.box.w + 6, place.box.h), 0.35),)
    return SlotModel(
        no=slot.no,
        kind=slot.kind,
        box=place.box,
        headline=made.headline,
        byline=made.byline,
        columns=made.columns,
        caption=made.caption,
        picture=made.picture,
        frames=frames,
        fit=made.fit,
    )


def _house_ad(slot: SlotPlan, box: Box, words: Sequence[str]) -> SlotModel:
    """Draw an advertisement of the house's own: a double frame, the last words large."""
    outer, inner = Frame(box, 0.6, RED), Frame(Box(box.x + 1.4, box.y + 1.4, box.w - 2.8, box.h - 2.8), 0.2, RED)
    small, large = words[0], list(words[1:]) or [words[0]]
    size = min(box.w * 0.78 / max(len(line) for line in large) / 0.3528, box.h * 0.5 / len(large) / 0.3528 / 1.4, 60)
    leading = size * 0.3528 * 1.5
    middle = box.y + box.h / 2
    style = Style("serif-bold", round(size), RED)
    lines = [
        set_text(
            line, style, (box.x, middle + (at - len(large) / 2 + 0.72) * leading), box.w, align="centre", tracking=0.08
        )
        for at, line in enumerate(large)
    ]
    label = set_text(small, Style("sans", 9, RED), (box.x, box.bottom - 5), box.w, align="centre", tracking=0.3)
    return SlotModel(slot.no, slot.kind, box, headline=tuple(lines), byline=(label,), frames=(outer, inner))


def _awaited(slot: SlotPlan, place: Place) -> SlotModel:
    """Show an empty slot to whoever lays the page out: what is to come there."""
    box = place.box
    headline = break_headline("字" * slot.headline_width, box.w, slot.headline_width)
    words = (
        f"{slot.no} 号位 待稿",
        f"标题 {slot.headline_width} 字（{headline.style.size:g} 点）",
        f"正文约 {room_in(place)} 字，{slot.columns} 栏",
    )
    style = Style("sans", 10, GREY)
    lines: tuple[Line, ...] = tuple(
        set_text(text, style, (box.x, box.y + box.h / 2 + (at - 0.8) * 5.5), box.w, align="centre")
        for at, text in enumerate(words)
    )
    return SlotModel(slot.no, "awaited", box, byline=lines, frames=(Frame(box, 0.2, GREY),))
