"""What the rules look at in a bell, read from what it is about as that is now; and whom it is for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.alerts import recipients
from backend.alerts.models import PublicAlert
from backend.alerts.rules import AlertState
from backend.feed.models import Article, ArticleTown
from backend.inbox import rules
from backend.inbox.follows.queries import follow_reasons
from backend.inbox.models import Bell, Device
from backend.inbox.rings.actions import Candidate
from backend.inbox.rules import Kind, Reason, Wishes
from backend.inbox.wishes import recipient_of, wishes_of_devices
from backend.notices.models import Notice, NoticeTown


def facts_of(session: Session, bell: Bell) -> rules.Bell:
    """Read what the rules look at."""
    about, kind = (bell.about_kind, bell.about_id), Kind(bell.kind)
    if bell.about_kind == "article" and (article := session.get(Article, bell.about_id)):
        towns = session.scalars(sa.select(ArticleTown.town_id).where(ArticleTown.article_id == article.id))
        words = f"{article.headline}\n{article.summary}"
        return rules.Bell(kind, section=article.section, towns=frozenset(towns), thing=about, words=words)
    if bell.about_kind == "notice" and (notice := session.get(Notice, bell.about_id)):
        towns = session.scalars(sa.select(NoticeTown.town_id).where(NoticeTown.notice_id == notice.id))
        return rules.Bell(kind, office=notice.office_id, towns=frozenset(towns), thing=about, words=notice.title)
    over = False
    if bell.about_kind == recipients.KIND:
        alert = session.get(PublicAlert, bell.about_id)
        over = alert is None or alert.state != AlertState.ACTIVE
    return rules.Bell(kind, through=bell.through, over=over, thing=about)


def candidates(
    session: Session, bell: Bell, facts: rules.Bell, devices: Sequence[Device], topics: Collection[str] = ()
) -> dict[str, Candidate]:
    """Return whom of those on these phones a broadcast is for, and why.

    `topics` are those by which it is rung besides: a phone that was on one of them when it began needs no push.
    """
    wishes = wishes_of_devices(session, devices)
    if facts.kind is Kind.WARNING:
        reasons, followed = _warned(session, bell, wishes), {}
    else:
        reasons, followed = _all(facts, wishes), follow_reasons(session, facts, wishes.keys())
    by_topic = {recipient_of(device): topic for device in devices if (topic := topic_of(bell, device, topics))}
    return {
        recipient: Candidate(
            reason=followed.get(recipient, reason),
            wishes=wishes[recipient],
            followed=recipient in followed,
            via=by_topic.get(recipient),
        )
        for recipient, reason in reasons.items()
    }


def _all(facts: rules.Bell, wishes: Mapping[str, Wishes]) -> dict[str, Reason]:
    return {
        recipient: Reason.TOWN if facts.towns & one.all_towns else Reason.EVERYBODY for recipient, one in wishes.items()
    }


def _warned(session: Session, bell: Bell, wishes: Mapping[str, Wishes]) -> dict[str, Reason]:
    towns = {recipient: one.towns for recipient, one in wishes.items()}
    return {who: Reason(why) for who, why in recipients.concerned(session, bell.about_id, towns).items()}


def topic_of(bell: Bell, device: Device, topics: Collection[str]) -> str | None:
    """Return the topic by which a phone is rung: one that it was on before the bell began to say this."""
    if not device.topics or device.topics_at is None or bell.said_at is None or device.topics_at >= bell.said_at:
        return None
    return next((topic for topic in device.topics if topic in topics), None)
