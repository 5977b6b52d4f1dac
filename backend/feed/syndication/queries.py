"""Reading articles for syndication, and keeping what was written of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.blocks import media_ids
from backend.district.models import Section, Town
from backend.errors import not_found
from backend.events.models import Event
from backend.feed.models import Article, ArticleTown
from backend.feed.syndication.build import attachment, build_item
from backend.feed.syndication.editions import Document, Editions
from backend.feed.syndication.formats import Format, ItemFormat
from backend.feed.syndication.items import TOMBSTONES_KEPT, Attachment, Correction, Feed, Item, Named, Outlet, Tombstone
from backend.feed.syndication.words import clean
from backend.media.queries import present_media
from backend.sync import streams
from backend.sync.models import Row, Stream

# A corrected article stays in the feed so long, however many came after it: who took it over must see it.
_CORRECTIONS_SHOWN = TOMBSTONES_KEPT
Column = InstrumentedAttribute[str]
_HEAD = (
    sa.select(Stream.head, Row.at)
    .join(Row, sa.and_(Row.stream == Stream.name, Row.seq == Stream.head), isouter=True)
    .where(Stream.name == streams.PUBLIC)
)


def access_feed(
    session: Session,
    editions: Editions,
    outlet: Outlet,
    form: Format,
    now: datetime,
    *,
    section: str | None = None,
    town: str | None = None,
) -> Document:
    """Return the feed, or a part of it, in one format. Unless something public has changed, it was written before.

    Raises:
        AppError: 404 for a section or a town that there is none of.
    """
    head, changed = _public_head(session)
    looked_at = _floor(now, form.step) if form.step else None
    edition = (head, looked_at.isoformat() if looked_at else "")

    def write() -> Document:
        feed = _load_feed(session, outlet, form, looked_at, section=section, town=town)
        moments = [moment for moment in (changed or feed.updated, looked_at) if moment]
        return Document(form.write(feed), form.mime, max(moments))

    return editions.get((form.path, section or "", town or ""), edition, write)


def access_item(
    session: Session, editions: Editions, outlet: Outlet, form: ItemFormat, now: datetime, *, article_id: str
) -> Document:
    """Return one article in one format, or for some weeks that it was withdrawn.

    Raises:
        AppError: 404 if there never was one, or it was withdrawn long ago.
    """
    article = session.get(Article, article_id)
    if article is None or (article.state != "live" and article.updated_at < now - TOMBSTONES_KEPT):
        raise not_found("稿件")

    def write() -> Document:
        one = describe_articles(session, outlet, [article])[article_id]
        return Document(form.write(one, outlet), form.mime, article.updated_at)

    return editions.get((form.mime, article_id), (article.ver, article.withdrawn_reason or ""), write)


def _public_head(session: Session) -> tuple[int, datetime | None]:
    """Return the number of the last change to anything public, and its moment while the log still has it."""
    found = session.execute(_HEAD).one_or_none()
    return (0, None) if found is None else (found.head, found.at)


def _floor(moment: datetime, step: timedelta) -> datetime:
    seconds = int(step.total_seconds())
    return datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)


def _load_feed(
    session: Session,
    outlet: Outlet,
    form: Format,
    looked_at: datetime | None,
    *,
    section: str | None,
    town: str | None,
) -> Feed:
    names = {
        "section": _name(session, Section.id, Section.name, section, "栏目"),
        "town": _name(session, Town.id, Town.name, town, "街镇"),
    }
    live = _narrowed(sa.select(Article).where(Article.state == "live"), section, town)
    newest = live.order_by(Article.published_at.desc(), Article.id.desc()).limit(form.newest)
    if form.window and form.step and looked_at:
        # As old as may be at the end of the step, so that nothing is ever older than that.
        newest = newest.where(Article.published_at > looked_at + form.step - form.window)
    articles = list(session.scalars(newest))
    if not form.window and len(articles) == form.newest:
        articles += _corrected(session, live, articles)
    described = describe_articles(session, outlet, articles)
    items = [one for one in described.values() if isinstance(one, Item)]
    gone = _withdrawn(session, looked_at - form.tombstones, section, town) if form.tombstones and looked_at else []
    return Feed(outlet, items, gone, **names)


def _narrowed(query: sa.Select[Any], section: str | None, town: str | None) -> sa.Select[Any]:
    if section is not None:
        query = query.where(Article.section == section)
    if town is not None:
        query = query.where(Article.id.in_(sa.select(ArticleTown.article_id).where(ArticleTown.town_id == town)))
    return query


def _name(session: Session, id: Column, name: Column, wanted: str | None, what: str) -> Named | None:
    if wanted is None:
        return None
    found = session.scalar(sa.select(name).where(id == wanted))
    if found is None:
        raise not_found(what)
    return Named(wanted, clean(found))


def _corrected(session: Session, live: sa.Select[Any], among: Sequence[Article]) -> list[Article]:
    """Load older articles that were corrected lately."""
    # Counted from the newest article and not from now, so that the feed changes only when something happens.
    since = among[0].published_at - _CORRECTIONS_SHOWN
    ids = sa.select(Event.entity_id).where(Event.type == "article.corrected", Event.at > since)
    older = live.where(Article.id.in_(ids), Article.id.not_in([article.id for article in among]))
    return list(session.scalars(older.order_by(Article.published_at.desc(), Article.id.desc()).limit(len(among))))


def _withdrawn(session: Session, since: datetime, section: str | None, town: str | None) -> list[Tombstone]:
    ids = sa.select(Event.entity_id).where(Event.type == "article.withdrawn", Event.at > since)
    query = _narrowed(sa.select(Article).where(Article.state != "live", Article.id.in_(ids)), section, town)
    return [_tombstone(article) for article in session.scalars(query.order_by(Article.updated_at.desc(), Article.id))]


def _tombstone(article: Article) -> Tombstone:
    return Tombstone(
        id=article.id,
        version=article.ver,
        published=article.published_at,
        withdrawn=article.updated_at,
        reason=clean(article.withdrawn_reason or ""),
    )


def describe_articles(session: Session, outlet: Outlet, articles: Sequence[Article]) -> dict[str, Item | Tombstone]:
    """Describe articles, by id and in their order."""
    live = [article for article in articles if article.state == "live"]
    files = {media_id for article in live for media_id in media_ids(article.body)}
    files |= {article.cover for article in live if article.cover}
    media = {id: attachment(outlet, shown) for id, shown in present_media(session, files).items()}
    sections = {id: Named(id, name) for id, name in session.execute(sa.select(Section.id, Section.name)).tuples()}
    towns = _towns(session, [article.id for article in live])
    return {
        article.id: _item(outlet, article, sections[article.section], towns.get(article.id, []), media)
        if article.state == "live"
        else _tombstone(article)
        for article in articles
    }


def _towns(session: Session, ids: Collection[str]) -> dict[str, list[Named]]:
    query = sa.select(ArticleTown.article_id, Town.id, Town.name).join(Town, Town.id == ArticleTown.town_id)
    found: dict[str, list[Named]] = {}
    for article_id, town_id, name in session.execute(query.where(ArticleTown.article_id.in_(ids)).order_by(Town.id)):
        found.setdefault(article_id, []).append(Named(town_id, name))
    return found


def _item(
    outlet: Outlet, article: Article, section: Named, towns: Sequence[Named], media: dict[str, Attachment]
) -> Item:
    corrections = [Correction(datetime.fromisoformat(each["at"]), each["note"]) for each in article.corrections]
    return build_item(
        outlet,
        article_id=article.id,
        version=article.ver,
        headline=article.headline,
        summary=article.summary,
        body=article.body,
        byline=article.byline,
        section=section,
        class_=article.class_,
        published=article.published_at,
        updated=article.updated_at,
        towns=towns,
        sources=[Named(source["kind"], source["name"]) for source in article.sources],
        corrections=corrections,
        breaking=article.breaking,
        confirmed=article.confirmed,
        cover=media.get(article.cover) if article.cover else None,
        media=media,
    )
