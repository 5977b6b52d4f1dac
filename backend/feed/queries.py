"""Reading the feed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from backend import blocks
from backend.catalogue.queries import present_cards
from backend.clock import iso
from backend.errors import not_found, withdrawn
from backend.feed.models import Article, ArticleTown
from backend.media.queries import present_media
from backend.paging import Page, in_order, narrowed, paged
from backend.renderings import Rendering, Renderings
from backend.sync.streams import Audience

LIVE = "live"
_STANDS = sa.select(Article.ver, Article.state, Article.withdrawn_reason).where(Article.id == sa.bindparam("id"))


def list_feed(session: Session, *, section: str | None, town: str | None, page: Page) -> dict[str, Any]:
    """List live articles, newest first, without their bodies."""
    query = sa.select(Article).where(Article.state == LIVE).options(defer(Article.body, raiseload=True))
    query = narrowed(query, (Article.section, section))
    if town is not None:
        query = query.where(Article.id.in_(sa.select(ArticleTown.article_id).where(ArticleTown.town_id == town)))

    return paged(
        session,
        query,
        page,
        moment=Article.published_at,
        id=Article.id,
        write=in_order(lambda rows: _cards(session, rows)),
    )


def access_article(session: Session, renderings: Renderings, article_id: str) -> Rendering:
    """Write one article. Its files never change and are never deleted, so its version says all about its rendering.

    Raises:
        AppError: 404 if there never was one; 410 `withdrawn` with the reason if it was taken away.
    """
    ver = demand_live(session, article_id)
    return renderings.get(
        ("article", article_id, ver),
        lambda: _present(session, [session.get_one(Article, article_id)])[article_id],
    )


def load_articles(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render articles for the sync streams: the same for every reader, live ones only."""
    del audience
    return _present(
        session, session.scalars(sa.select(Article).where(Article.id.in_(ids), Article.state == LIVE)).all()
    )


def load_cards(session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Write those of these articles that are live as lists show them, by id."""
    query = sa.select(Article).where(Article.id.in_(ids), Article.state == LIVE)
    return _cards(session, session.scalars(query.options(defer(Article.body, raiseload=True))).all())


def demand_live(session: Session, article_id: str) -> int:
    """Return the version of a live article.

    Raises:
        AppError: 404 if there never was one; 410 `withdrawn` with the reason if it was taken away.
    """
    stands = session.execute(_STANDS, {"id": article_id}).one_or_none()
    if stands is None:
        raise not_found("稿件")
    if stands.state != LIVE:
        raise withdrawn("该稿件", stands.withdrawn_reason)
    ver: int = stands.ver
    return ver


def _present(session: Session, articles: Sequence[Article]) -> dict[str, dict[str, Any]]:
    """Write whole articles, by id."""
    cards = _cards(session, articles)
    media = present_media(session, {media_id for article in articles for media_id in blocks.media_ids(article.body)})
    services = present_cards(session, {item for article in articles for item in blocks.item_ids(article.body)})
    return {
        article.id: cards[article.id] | {"body": blocks.render(article.body, media, services)} for article in articles
    }


def _cards(session: Session, articles: Sequence[Article]) -> dict[str, dict[str, Any]]:
    """Write articles as lists show them, by id."""
    towns: dict[str, list[str]] = {article.id: [] for article in articles}
    for row in session.scalars(
        sa.select(ArticleTown).where(ArticleTown.article_id.in_(towns)).order_by(ArticleTown.town_id)
    ):
        towns[row.article_id].append(row.town_id)
    covers = present_media(session, {article.cover for article in articles if article.cover})
    return {article.id: _card(article, towns[article.id], covers) for article in articles}


def _card(article: Article, towns: list[str], covers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": article.id,
        "ver": article.ver,
        "headline": article.headline,
        "summary": article.summary,
        "section": article.section,
        "towns": towns,
        "class": article.class_,
        "priority": article.priority,
        "breaking": article.breaking,
        "confirmed": article.confirmed,
        "cover": covers.get(article.cover) if article.cover else None,
        "byline": article.byline,
        "sources": article.sources,
        "published_at": iso(article.published_at),
        "updated_at": iso(article.updated_at),
        # Those of before there were old words to show have none.
        "corrections": [{"changes": []} | correction for correction in article.corrections],
        "translations": article.translations,
    }
