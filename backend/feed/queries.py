"""Reading the feed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend import blocks
from backend.clock import iso
from backend.errors import AppError, Code, not_found
from backend.feed.models import Article, ArticleTown
from backend.media.queries import present_media
from backend.paging import Page, paged
from backend.sync.streams import Audience

LIVE = "live"


def list_feed(session: Session, *, section: str | None, town: str | None, page: Page) -> dict[str, Any]:
    """List live articles, newest first, without their bodies."""
    query = sa.select(Article).where(Article.state == LIVE)
    if section is not None:
        query = query.where(Article.section == section)
    if town is not None:
        query = query.where(Article.id.in_(sa.select(ArticleTown.article_id).where(ArticleTown.town_id == town)))

    def write(rows: Sequence[Article]) -> list[dict[str, Any]]:
        cards = _present(session, rows)
        return [{name: value for name, value in cards[row.id].items() if name != "body"} for row in rows]

    return paged(session, query, page, moment=Article.published_at, id=Article.id, write=write)


def access_article(session: Session, article_id: str) -> dict[str, Any]:
    """Write one article.

    Raises:
        AppError: 404 if there never was one; 410 `withdrawn` with the reason if it was taken away.
    """
    article = session.get(Article, article_id)
    if article is None:
        raise not_found("稿件")
    if article.state != LIVE:
        raise AppError(Code.WITHDRAWN, 410, "该稿件已撤回。", data={"reason": article.withdrawn_reason})
    return _present(session, [article])[article.id]


def load_articles(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render articles for the sync streams: the same for every reader, live ones only."""
    del audience
    return _present(
        session, session.scalars(sa.select(Article).where(Article.id.in_(ids), Article.state == LIVE)).all()
    )


def _present(session: Session, articles: Sequence[Article]) -> dict[str, dict[str, Any]]:
    ids = [article.id for article in articles]
    towns: dict[str, list[str]] = {article_id: [] for article_id in ids}
    for row in session.scalars(
        sa.select(ArticleTown).where(ArticleTown.article_id.in_(ids)).order_by(ArticleTown.town_id)
    ):
        towns[row.article_id].append(row.town_id)
    wanted = {media_id for article in articles for media_id in blocks.media_ids(article.body)}
    wanted |= {article.cover for article in articles if article.cover}
    media = present_media(session, sorted(wanted))
    return {article.id: _write(article, towns[article.id], media) for article in articles}


def _write(article: Article, towns: list[str], media: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": article.id,
        "ver": article.ver,
        "headline": article.headline,
        "summary": article.summary,
        "body": blocks.render(article.body, media),
        "section": article.section,
        "towns": towns,
        "class": article.class_,
        "priority": article.priority,
        "breaking": article.breaking,
        "confirmed": article.confirmed,
        "cover": media.get(article.cover) if article.cover else None,
        "byline": article.byline,
        "sources": article.sources,
        "published_at": iso(article.published_at),
        "updated_at": iso(article.updated_at),
        "corrections": article.corrections,
        "translations": article.translations,
    }
