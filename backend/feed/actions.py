"""Putting articles before readers, changing them, and taking them away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.blocks import item_ids, media_ids
from backend.events.models import Event
from backend.feed.models import Article, ArticleItem, ArticleTown
from backend.media.actions import show
from backend.media.models import MediaUse
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Edition:
    """The content that was signed, and nothing else, is what readers get."""

    headline: str
    summary: str
    body: list[dict[str, Any]]
    section: str
    towns: Sequence[str]
    class_: str
    priority: int
    breaking: bool
    confirmed: bool
    cover: str | None
    byline: str
    sources: list[dict[str, Any]]
    translations: dict[str, Any]


def put_article(unit: UnitOfWork, article_id: str, edition: Edition, published_at: datetime) -> Article:
    """Make an article live."""
    article = Article(
        id=article_id,
        ver=0,
        state="live",
        corrections=[],
        published_at=published_at,
        withdrawn_reason=None,
    )
    unit.session.add(article)
    _write(unit, article, edition)
    unit.record("article.published", article.id, article.ver, breaking=edition.breaking, section=edition.section)
    return article


def correct_article(
    unit: UnitOfWork, article_id: str, edition: Edition, note: str, changes: Sequence[dict[str, str]]
) -> Article:
    """Replace the text of a live article and say so to its readers: when, why, and what it said before."""
    article = unit.session.get_one(Article, article_id, with_for_update=True)
    correction = {"at": unit.now.isoformat(timespec="milliseconds"), "note": note, "changes": list(changes)}
    article.corrections = [*article.corrections, correction]
    _write(unit, article, edition)
    unit.record("article.corrected", article.id, article.ver, breaking=edition.breaking)
    return article


def confirm_article(unit: UnitOfWork, article_id: str) -> Article:
    """Take the words 持续核实 off a breaking item: its review is done."""
    article = unit.session.get_one(Article, article_id, with_for_update=True)
    article.confirmed = True
    article.ver += 1
    article.updated_at = unit.now
    unit.session.flush()
    unit.record("article.confirmed", article.id, article.ver)
    towns = unit.session.scalars(sa.select(ArticleTown.town_id).where(ArticleTown.article_id == article.id))
    unit.place("article", article.id, article.ver, {streams.PUBLIC, *(streams.town(town_id) for town_id in towns)})
    return article


def explain_withdrawal(unit: UnitOfWork, article_id: str, reason: str) -> None:
    """Give the reason of a withdrawal afterwards, to whoever still asks for the article."""
    unit.session.get_one(Article, article_id, with_for_update=True).withdrawn_reason = reason


def withdraw_article(unit: UnitOfWork, article_id: str, reason: str) -> Article:
    """Take an article away from everybody. Its text is emptied here too, so that nothing can bring it back."""
    article = unit.session.get_one(Article, article_id, with_for_update=True)
    article.state, article.withdrawn_reason = "withdrawn", reason
    article.headline = article.summary = ""
    article.body, article.sources, article.corrections, article.translations = [], [], [], {}
    article.cover = None
    article.ver += 1
    article.updated_at = unit.now
    unit.record("article.withdrawn", article.id, article.ver, breaking=article.breaking)
    show(unit, "article", article.id, [])
    _set_items(unit, article.id, [])
    unit.place("article", article.id, article.ver, set())
    return article


def refresh_media(unit: UnitOfWork, event: Event) -> None:
    """Show anew the articles that show a film, as what is made of it has changed (`media.worked`).

    The words are the same, so neither the time of their last change nor history's `corrected` is touched.
    """
    uses = sa.select(MediaUse.thing_id).where(MediaUse.kind == "article", MediaUse.media_id == event.entity_id)
    _refresh(unit, uses, media=event.entity_id)


def refresh_cards(unit: UnitOfWork, event: Event) -> None:
    """Show anew the articles that carry a service's card, as it was published anew or withdrawn (`catalogue.…`)."""
    carried = sa.select(ArticleItem.article_id).where(ArticleItem.item_id == event.entity_id)
    _refresh(unit, carried, item=event.entity_id)


def _refresh(unit: UnitOfWork, ids: sa.Select[Any], **why: str) -> None:
    query = sa.select(Article).where(Article.id.in_(ids), Article.state == "live").order_by(Article.id)
    for article in unit.session.scalars(query.with_for_update().execution_options(populate_existing=True)).all():
        article.ver += 1
        towns = unit.session.scalars(sa.select(ArticleTown.town_id).where(ArticleTown.article_id == article.id))
        unit.record("article.refreshed", article.id, article.ver, **why)
        unit.place("article", article.id, article.ver, _places(towns))


def _places(towns: Iterable[str]) -> set[str]:
    return {streams.PUBLIC, *(streams.town(town_id) for town_id in towns)}


def _write(unit: UnitOfWork, article: Article, edition: Edition) -> None:
    article.headline, article.summary, article.body = edition.headline, edition.summary, edition.body
    article.section, article.class_, article.priority = edition.section, edition.class_, edition.priority
    article.breaking, article.confirmed = edition.breaking, edition.confirmed
    article.cover, article.byline, article.sources = edition.cover, edition.byline, edition.sources
    article.translations = edition.translations
    article.updated_at = unit.now
    article.ver += 1
    unit.session.flush()
    _set_towns(unit, article.id, edition.towns)
    _set_items(unit, article.id, item_ids(edition.body))
    show(unit, "article", article.id, media_ids(edition.body) + ([edition.cover] if edition.cover else []))
    unit.place("article", article.id, article.ver, _places(edition.towns))


def _set_items(unit: UnitOfWork, article_id: str, items: Sequence[str]) -> None:
    unit.session.execute(sa.delete(ArticleItem).where(ArticleItem.article_id == article_id))
    unit.session.add_all(ArticleItem(article_id=article_id, item_id=item_id) for item_id in dict.fromkeys(items))


def _set_towns(unit: UnitOfWork, article_id: str, towns: Sequence[str]) -> None:
    unit.session.execute(sa.delete(ArticleTown).where(ArticleTown.article_id == article_id))
    unit.session.add_all(ArticleTown(article_id=article_id, town_id=town_id) for town_id in dict.fromkeys(towns))
