"""The 数字报 as readers get it: printed issues only, and nothing of a story that was withdrawn since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.errors import not_found
from backend.feed.models import Article
from backend.publishing.newspaper.contents import Bench, content_of, read_bench
from backend.publishing.newspaper.layout.furniture import page_label
from backend.publishing.newspaper.layout.model import PageModel, read_page
from backend.publishing.newspaper.models import PaperIssue, PaperPage, PaperSlot
from backend.publishing.newspaper.press import Press
from backend.publishing.newspaper.rules import page_url

WITHDRAWN_WORDS = "已撤稿"


@dataclass(frozen=True)
class _Printed:
    """A page of the 数字报: its model, its slots, and which of their stories can be read in the app."""

    bench: Bench
    page: PaperPage
    model: PageModel
    in_app: frozenset[str]


def present_latest(session: Session) -> dict[str, Any]:
    """Write the newest printed issue; 404 before there is one."""
    query = sa.select(PaperIssue).where(PaperIssue.state == "printed").order_by(PaperIssue.date.desc()).limit(1)
    issue = session.scalars(query).one_or_none()
    if issue is None:
        raise not_found("报纸")
    return _present(session, issue)


def present_day(session: Session, date: str) -> dict[str, Any]:
    """Write the issue of a day; 404 if none was printed."""
    return _present(session, _printed(session, date))


def _printed(session: Session, date: str) -> PaperIssue:
    query = sa.select(PaperIssue).where(PaperIssue.date == date, PaperIssue.state == "printed")
    issue = session.scalars(query).one_or_none()
    if issue is None:
        raise not_found("报纸")
    return issue


def _present(session: Session, issue: PaperIssue) -> dict[str, Any]:
    pages = session.scalars(sa.select(PaperPage).where(PaperPage.issue_id == issue.id).order_by(PaperPage.number)).all()
    around = sa.select(PaperIssue.date).where(PaperIssue.state == "printed")
    before = around.where(PaperIssue.date < issue.date).order_by(PaperIssue.date.desc()).limit(1)
    after = around.where(PaperIssue.date > issue.date).order_by(PaperIssue.date).limit(1)
    return {
        "date": issue.date,
        "number": issue.number,
        "pages": [
            {
                "number": page.number,
                "label": page_label(page.number),
                "name": page.name,
                "url": page_url(issue.date, page.number),
            }
            for page in pages
        ],
        "before": session.scalar(before),
        "after": session.scalar(after),
    }


def present_page(session: Session, date: str, number: int, press: Press) -> dict[str, Any]:
    """Write a page: its drawing, the regions on it in per cent, and its articles in the order of their slots.

    Raises:
        AppError: 404 if it was not printed.
    """
    issue = _printed(session, date)
    bench = read_bench(session, issue)
    page = next((each for each in bench.pages if each.number == number and each.model is not None), None)
    if page is None:
        raise not_found("版面")
    live = sa.select(Article.id).where(Article.id.in_(list(bench.stories)), Article.state == "live")
    shown = _Printed(bench, page, read_page(page.model or {}), frozenset(session.scalars(live)))
    articles = [each for slot in bench.slots_of(page) if (each := _article(shown, slot)) is not None]
    return _present(session, issue) | {
        "page": number,
        "label": page_label(number),
        "name": page.name,
        "width": shown.model.width,
        "height": shown.model.height,
        "hash": page.hash,
        "svg": press.draw_page(shown.model, _links(articles), _struck(articles)),
        "regions": [_region(shown.model, article) for article in articles],
        "articles": articles,
    }


def _links(articles: list[dict[str, Any]]) -> Mapping[int, tuple[str, str]]:
    return {article["slot"]: (article["href"], article["headline"]) for article in articles}


def _struck(articles: list[dict[str, Any]]) -> Mapping[int, str]:
    return {article["slot"]: WITHDRAWN_WORDS for article in articles if article["state"] == "withdrawn"}


def _article(shown: _Printed, slot: PaperSlot) -> dict[str, Any] | None:
    content = content_of(shown.bench, slot)
    if content is None or slot.kind not in {"story", "notice"}:
        return None
    here = f"#slot-{slot.no}"
    if slot.withdrawn_at is not None:
        words = {"headline": WITHDRAWN_WORDS, "byline": "", "text": ""}
        return {"slot": slot.no, "state": "withdrawn", **words, "href": here, "story": None, "note": None}
    is_in_app = slot.story_id is not None and slot.story_id in shown.in_app
    return {
        "slot": slot.no,
        "state": "corrected" if slot.correction else "printed",
        "headline": content["headline"],
        "byline": content["byline"],
        "text": content["text"],
        "href": f"/#/news/{slot.story_id}" if is_in_app else here,
        "story": slot.story_id if is_in_app else None,
        "note": slot.correction["note"] if slot.correction else None,
    }


def _region(model: PageModel, article: dict[str, Any]) -> dict[str, Any]:
    box = next(slot.box for slot in model.slots if slot.no == article["slot"])
    return {
        "slot": article["slot"],
        "state": article["state"],
        "headline": article["headline"],
        "href": article["href"],
        "x": round(100 * box.x / model.width, 3),
        "y": round(100 * box.y / model.height, 3),
        "w": round(100 * box.w / model.width, 3),
        "h": round(100 * box.h / model.height, 3),
    }
