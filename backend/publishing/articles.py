"""Articles of the app as publications: the app's own receipt, and the channels that get every article as it is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.feed.models import Article
from backend.newsroom.editing.models import Story
from backend.publishing import rules
from backend.publishing.channel import CREATE, EDIT, WITHDRAW
from backend.publishing.models import Publication, PublishingChannel
from backend.publishing.queue import put_in
from backend.publishing.receipts import give_receipt
from backend.unit_of_work import UnitOfWork


def article_content(article: Article) -> dict[str, Any]:
    """Return what a channel of whole articles is given."""
    fields = {
        "headline": article.headline,
        "summary": article.summary,
        "body": article.body,
        "version": article.ver,
    }
    return {"kind": rules.ARTICLE, "fields": fields}


def show_in_app(
    unit: UnitOfWork,
    story: Story,
    *,
    about: Publication | None = None,
    case_id: str | None = None,
    only_if_missing: bool = False,
) -> Publication:
    """Write the app's receipt for what this transaction does to an article; `about` is the one it replaces.

    The receipt is the number of the sync log at which phones get it. Articles of before there were receipts get theirs
    when it is first asked for (`only_if_missing`).
    """
    article = unit.session.get_one(Article, story.id)
    if only_if_missing:
        query = sa.select(Publication).where(Publication.story_id == story.id, Publication.channel_id == rules.APP)
        known = unit.session.scalars(query.limit(1)).one_or_none()
        if known is not None:
            return known
    action = CREATE if about is None else WITHDRAW if article.state == "withdrawn" else EDIT
    content = about.content if about is not None and action == WITHDRAW else article_content(article)
    row = put_in(unit, story, rules.APP, action, content, about=about, case_id=case_id)
    give_receipt(
        unit, row, external_id=article.id, url=f"/api/v1/articles/{article.id}", evidence={"signed": story.signed_hash}
    )
    unit.when_numbered.append(lambda seq: _number(row, seq))
    return row


def _number(row: Publication, seq: int) -> None:
    row.evidence = row.evidence | {"seq": seq}


def pass_on(unit: UnitOfWork, story: Story) -> None:
    """Queue a new article for the channels that get every one."""
    content = article_content(unit.session.get_one(Article, story.id))
    kinds = rules.ARTICLE_KINDS - {rules.APP}
    query = sa.select(PublishingChannel.id).where(PublishingChannel.kind.in_(kinds)).order_by(PublishingChannel.id)
    for channel_id in unit.session.scalars(query).all():
        put_in(unit, story, channel_id, CREATE, content)
