"""Ready-made issues: which pages, and which slots on each. Data that a centre may change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SlotTemplate:
    """A slot in columns and lines of the grid; `picture` is over how many columns a picture would stand."""

    no: int
    x: int
    y: int
    w: int
    h: int
    columns: int
    headline_width: int
    picture: int = 0
    kind: str = "story"


@dataclass(frozen=True, slots=True)
class PageTemplate:
    """A page."""

    name: str
    slots: tuple[SlotTemplate, ...]


@dataclass(frozen=True, slots=True)
class IssueTemplate:
    """An issue."""

    name: str
    format: str
    pages: tuple[PageTemplate, ...]


_FRONT = (
    SlotTemplate(1, 0, 0, 4, 36, 4, 18, picture=2),
    SlotTemplate(2, 4, 0, 2, 18, 2, 14),
    SlotTemplate(3, 4, 18, 2, 18, 2, 14),
    SlotTemplate(4, 0, 36, 2, 30, 2, 15, picture=1),
    SlotTemplate(5, 2, 36, 2, 30, 2, 15, picture=1),
    SlotTemplate(6, 4, 36, 2, 22, 2, 12),
    SlotTemplate(7, 4, 58, 2, 8, 1, 8, kind="house_ad"),
)
_LEAD_ABOVE = (
    SlotTemplate(1, 0, 0, 6, 30, 6, 18, picture=3),
    SlotTemplate(2, 0, 30, 3, 24, 3, 16, picture=1),
    SlotTemplate(3, 3, 30, 3, 24, 3, 16, picture=1),
    SlotTemplate(4, 0, 54, 2, 22, 2, 14),
    SlotTemplate(5, 2, 54, 2, 22, 2, 19),
    SlotTemplate(6, 4, 54, 2, 22, 2, 17),
)
_LEAD_LEFT = (
    SlotTemplate(1, 0, 0, 4, 44, 4, 18, picture=2),
    SlotTemplate(2, 4, 0, 2, 24, 2, 14, picture=1),
    SlotTemplate(3, 4, 24, 2, 20, 2, 14),
    SlotTemplate(4, 0, 44, 3, 32, 3, 16, picture=1),
    SlotTemplate(5, 3, 44, 3, 20, 3, 16),
    SlotTemplate(6, 3, 64, 3, 12, 1, 10, kind="house_ad"),
)
TEMPLATES = {
    "tabloid4": IssueTemplate(
        "四开四版",
        "tabloid",
        (
            PageTemplate("要闻", _FRONT),
            PageTemplate("民生", _LEAD_ABOVE),
            PageTemplate("街镇", _LEAD_LEFT),
            PageTemplate("文化", _LEAD_ABOVE),
        ),
    ),
    "tabloid1": IssueTemplate("四开号外", "tabloid", (PageTemplate("要闻", _FRONT),)),
    "broadsheet1": IssueTemplate(
        "对开一版",
        "broadsheet",
        (
            PageTemplate(
                "要闻",
                (
                    SlotTemplate(1, 0, 0, 5, 46, 5, 18, picture=3),
                    SlotTemplate(2, 5, 0, 3, 24, 3, 16, picture=1),
                    SlotTemplate(3, 5, 24, 3, 22, 3, 16),
                    SlotTemplate(4, 0, 46, 3, 51, 3, 16, picture=2),
                    SlotTemplate(5, 3, 46, 3, 27, 3, 16),
                    SlotTemplate(6, 3, 73, 3, 24, 3, 16),
                    SlotTemplate(7, 6, 46, 2, 30, 2, 14),
                    SlotTemplate(8, 6, 76, 2, 21, 1, 8, kind="house_ad"),
                ),
            ),
        ),
    ),
}
