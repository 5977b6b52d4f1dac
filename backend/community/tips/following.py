"""What happens to tips by itself: they follow their lead, its topic, and the article that comes of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from backend.community.tips.models import Tip, TipArticle, TipMedia
from backend.community.tips.rules import REASONS, TIP
from backend.community.tips.steps import step, touch
from backend.events.models import Event
from backend.feed.models import Article
from backend.newsroom.editing.models import Story
from backend.newsroom.planning.models import Lead, Topic
from backend.unit_of_work import Database, UnitOfWork


def install(database: Database) -> None:
    """Hook tips on what happens in the newsroom, and on what they show of files."""
    database.on_event("lead.rejected", _lead_rejected)
    database.on_event("lead.merged", _lead_merged)
    database.on_event("topic.edited", _topic_edited)
    database.on_event("article.published", _article_published)
    database.on_event("article.withdrawn", _article_withdrawn)
    database.on_event("media.worked", _media_worked)


def catch_up(unit: UnitOfWork, tips: Sequence[Tip]) -> None:
    """Let tips that have just got their lead know of the articles that it has led to already."""
    for tip in tips:
        # Ids are unique words, so looking for one in the written list is exact.
        listed = sa.type_coerce(Topic.lead_ids, sa.String).contains(str(tip.lead_id), autoescape=True)
        lead = unit.session.get(Lead, tip.lead_id)
        own = Topic.id == lead.topic_id if lead is not None and lead.topic_id else sa.false()
        for topic in unit.session.scalars(sa.select(Topic.id).where(sa.or_(listed, own)).order_by(Topic.id)).all():
            for article in _live_articles(unit, topic):
                _publish(unit, [tip], article)


def _lead_rejected(unit: UnitOfWork, event: Event) -> None:
    for tip in _tips(unit, Tip.lead_id == event.entity_id, Tip.state == "taken"):
        tip.state, tip.reason = TIP.step("drop", tip.state), "lead_dropped"
        step(unit, tip, "closed", note=REASONS[tip.reason], reason=tip.reason)


def _lead_merged(unit: UnitOfWork, event: Event) -> None:
    """Let tips go with their lead; nobody but the desk need know that it is another one now."""
    tips = _tips(unit, Tip.lead_id == event.entity_id)
    for tip in tips:
        tip.lead_id = event.data["into"]
        touch(unit, tip, "tip.moved")
    catch_up(unit, tips)


def _topic_edited(unit: UnitOfWork, event: Event) -> None:
    if "lead_ids" in event.data["fields"]:
        for article in _live_articles(unit, event.entity_id):
            _publish(unit, _tips_of_topic(unit, event.entity_id), article)


def _article_published(unit: UnitOfWork, event: Event) -> None:
    story = unit.session.get(Story, event.entity_id)
    if story is not None and story.topic_id is not None:
        _publish(unit, _tips_of_topic(unit, story.topic_id), story.id)


def _publish(unit: UnitOfWork, tips: Sequence[Tip], article: str) -> None:
    for tip in tips:
        known = unit.session.get(TipArticle, (tip.id, article))
        if known is None and tip.state in {"taken", "published"}:
            tip.state = TIP.step("publish", tip.state)
            unit.session.add(TipArticle(tip_id=tip.id, article_id=article, at=unit.now))
            step(unit, tip, "published", article=article)


def _article_withdrawn(unit: UnitOfWork, event: Event) -> None:
    """Show no more the link to an article that readers do not get any more."""
    shown = sa.select(TipArticle.tip_id).where(TipArticle.article_id == event.entity_id)
    tips = _tips(unit, Tip.id.in_(shown))
    unit.session.execute(sa.delete(TipArticle).where(TipArticle.article_id == event.entity_id))
    for tip in tips:
        step(unit, tip, "unpublished", article=event.entity_id)


def _media_worked(unit: UnitOfWork, event: Event) -> None:
    showing = sa.select(TipMedia.tip_id).where(TipMedia.media_id == event.entity_id)
    for tip in _tips(unit, Tip.id.in_(showing)):
        touch(unit, tip, "tip.refreshed")


def _tips(unit: UnitOfWork, *which: sa.ColumnElement[bool]) -> Sequence[Tip]:
    query = sa.select(Tip).where(Tip.forgotten.is_(False), *which).order_by(Tip.id).with_for_update()
    return unit.session.scalars(query.execution_options(populate_existing=True)).all()


def _tips_of_topic(unit: UnitOfWork, topic_id: str) -> Sequence[Tip]:
    topic = unit.session.get_one(Topic, topic_id)
    leads = set(unit.session.scalars(sa.select(Lead.id).where(Lead.topic_id == topic_id))) | set(topic.lead_ids)
    return _tips(unit, Tip.lead_id.in_(_survivors(unit, leads)))


def _survivors(unit: UnitOfWork, leads: Collection[str]) -> set[str]:
    """Add to leads those that they have gone into."""
    found, fresh = set(leads), set(leads)
    while fresh:
        query = sa.select(Lead.dup_of).where(Lead.id.in_(fresh), Lead.dup_of.is_not(None))
        fresh = {str(lead) for lead in unit.session.scalars(query)} - found
        found |= fresh
    return found


def _live_articles(unit: UnitOfWork, topic_id: str) -> Sequence[str]:
    query = sa.select(Article.id).join(Story, Story.id == Article.id)
    return unit.session.scalars(
        query.where(Story.topic_id == topic_id, Article.state == "live").order_by(Article.published_at, Article.id)
    ).all()
