"""From an issue's rows to pages that can be set, and the pages set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.media.models import Media
from backend.newsroom.editing.models import Rendition, Story
from backend.newsroom.editing.packages.limits import half_widths
from backend.newsroom.editing.packages.queries import media_of
from backend.publishing.newspaper.layout import page as layout
from backend.publishing.newspaper.layout.article import Article, Photo
from backend.publishing.newspaper.layout.formats import FORMATS, PAPER
from backend.publishing.newspaper.layout.furniture import IssueFacts
from backend.publishing.newspaper.layout.model import PageModel
from backend.publishing.newspaper.layout.page import PagePlan, SlotPlan
from backend.publishing.newspaper.models import PaperIssue, PaperPage, PaperSlot
from backend.publishing.newspaper.rules import LOWEST_ROWS, NOTICE_HEADLINE, label

Content = dict[str, Any]
# A picture whose size nobody knows is taken for one of a camera.
_USUAL_RATIO = 2 / 3
_USUAL_FORMAT = "tabloid"


@dataclass(frozen=True)
class Bench:
    """An issue with all that lies on its pages, read once."""

    issue: PaperIssue
    pages: Sequence[PaperPage]
    slots: Sequence[PaperSlot]
    renditions: Mapping[str, Rendition]
    stories: Mapping[str, Story]
    media: Mapping[str, Media]

    def slots_of(self, page: PaperPage) -> list[PaperSlot]:
        """Return the slots of a page by their numbers."""
        return sorted((slot for slot in self.slots if slot.page_id == page.id), key=lambda slot: slot.no)


def read_bench(session: Session, issue: PaperIssue) -> Bench:
    """Read an issue."""
    pages = session.scalars(sa.select(PaperPage).where(PaperPage.issue_id == issue.id).order_by(PaperPage.number)).all()
    slots = session.scalars(sa.select(PaperSlot).where(PaperSlot.issue_id == issue.id)).all()
    return Bench(
        issue,
        pages,
        slots,
        _by_id(session, Rendition, {slot.rendition_id for slot in slots}),
        _by_id(session, Story, {slot.story_id for slot in slots}),
        _by_id(session, Media, {slot.picture for slot in slots}),
    )


def _by_id(session: Session, table: Any, ids: set[str | None]) -> dict[str, Any]:
    return {row.id: row for row in session.scalars(sa.select(table).where(table.id.in_(ids - {None})))}


def content_of(bench: Bench, slot: PaperSlot) -> Content | None:
    """Return what stands in a slot: what was signed, or else what its rendition says now."""
    if slot.content is not None:
        return dict(slot.content)
    if slot.notice is not None:
        return {"headline": NOTICE_HEADLINE, "byline": "", "text": slot.notice, "text_hash": None, "photo": None}
    if slot.rendition_id is None or slot.story_id is None:
        return None
    rendition, story = bench.renditions[slot.rendition_id], bench.stories[slot.story_id]
    return {
        "headline": rendition.fields["headline"],
        "byline": story.byline,
        "text": rendition.fields["text"],
        "text_hash": rendition.text_hash,
        "photo": _photo(bench, slot, story),
    }


def _photo(bench: Bench, slot: PaperSlot, story: Story) -> Content | None:
    if slot.picture is None or slot.picture not in media_of(story):
        return None
    media = bench.media[slot.picture]
    shown = next((block for block in story.body if block.get("media") == slot.picture), None)
    ratio = media.height / media.width if media.width and media.height else _USUAL_RATIO
    return {
        "media": slot.picture,
        "alt": (shown or {}).get("alt") or (shown or {}).get("caption") or story.headline,
        "caption": (shown or {}).get("caption") or "",
        "ratio": round(ratio, 4),
        "columns": max(1, slot.picture_columns),
    }


def pages_of(bench: Bench) -> list[PageModel]:
    """Set all pages; the same ones are set once in this process."""
    issue = bench.issue
    facts = IssueFacts(date.fromisoformat(issue.date), issue.number, len(bench.pages), issue.editor)
    return [
        _set(issue.format, facts, PagePlan(page.number, page.name, tuple(_plans(bench, page)))) for page in bench.pages
    ]


def _plans(bench: Bench, page: PaperPage) -> list[SlotPlan]:
    return [plan_of(slot, content_of(bench, slot)) for slot in bench.slots_of(page)]


def plan_of(slot: PaperSlot, content: Content | None = None) -> SlotPlan:
    """Write a slot as the layout takes it."""
    return SlotPlan(
        no=slot.no,
        kind=slot.kind,  # type: ignore[arg-type]  # one of `rules.KINDS`
        x=slot.x,
        y=slot.y,
        w=slot.w,
        h=slot.h,
        columns=slot.columns,
        headline_width=_headline_width(slot),
        article=_article(content) if content else None,
        words=tuple(slot.words),
    )


def _headline_width(slot: PaperSlot) -> int:
    return int(half_widths(NOTICE_HEADLINE)) if slot.kind == "notice" else slot.headline_width


def _article(content: Content) -> Article:
    photo = content["photo"]
    return Article(
        content["headline"], content["byline"], content["text"], Photo(**photo) if photo is not None else None
    )


@lru_cache(maxsize=64)
def _set(sheet: str, facts: IssueFacts, plan: PagePlan) -> PageModel:
    return layout.set_page(FORMATS[sheet], PAPER, facts, plan)


def alone(bench: Bench, slot: PaperSlot) -> PageModel:
    """Set what stands in a slot of an issue by itself."""
    page = next(page for page in bench.pages if page.id == slot.page_id)
    name = f"{bench.issue.date} {label(page.number, slot.no)}"
    plan = plan_of(slot, content_of(bench, slot))
    return layout.set_alone(FORMATS[bench.issue.format], PAPER, page.number, name, plan)


def as_planned(rendition: Rendition, story: Story) -> PageModel:
    """Set a text that stands on no page yet, in a slot as it was written for."""
    sheet, fields = FORMATS[_USUAL_FORMAT], rendition.fields
    columns = min(int(fields.get("columns") or 2), sheet.columns)
    article = Article(fields["headline"], story.byline, fields["text"])
    page_no = 2
    width = int(fields.get("headline_width") or 16)
    plan = SlotPlan(1, "story", 0, 0, columns, LOWEST_ROWS, columns, width, article)
    rows = layout.rows_for(sheet, page_no, plan, int(fields.get("max_chars") or 0))
    return layout.set_alone(sheet, PAPER, page_no, "", replace(plan, h=rows))


def room_of(sheet: str, page_no: int, slot: PaperSlot) -> int:
    """Return about how many characters a slot takes without a picture."""
    return layout.room_of(FORMATS[sheet], page_no, plan_of(slot))
