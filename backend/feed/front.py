"""The front page as a stranger's app shows it, by the rules of web/src/views/news/feed.ts: the house draws one too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from backend.feed.models import Article
from backend.feed.queries import LIVE, load_cards

Card = dict[str, Any]

_STRIP_AGE = timedelta(hours=24)
_STRIP_MOST = 3
# Among how many of the newest the headline is looked for, and how old it may be beside the newest.
_LEAD_AMONG = 8
_LEAD_AGE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Front:
    """What is breaking, what opens the list, and what follows by its time."""

    strip: Sequence[Card]
    lead: Card | None
    rest: Sequence[Card]


def front_page(session: Session, now: datetime, length: int) -> Front:
    """Return the beginning of the front page: at most `length` articles beside those that are breaking."""
    newest_first = (Article.published_at.desc(), Article.id.desc())
    live = sa.select(Article).where(Article.state == LIVE).options(defer(Article.body, raiseload=True))
    breaking = live.where(Article.breaking.is_(True), Article.published_at > now - _STRIP_AGE)
    hot = [row.id for row in session.scalars(breaking.order_by(*newest_first).limit(_STRIP_MOST))]
    listed = live.where(Article.id.not_in(hot)).order_by(*newest_first).limit(max(length, _LEAD_AMONG))
    calm = [row.id for row in session.scalars(listed)]
    cards = load_cards(session, [*hot, *calm])
    lead = _lead_of([cards[article_id] for article_id in calm[:_LEAD_AMONG]])
    rest = [cards[article_id] for article_id in calm if lead is None or article_id != lead["id"]]
    return Front([cards[article_id] for article_id in hot], lead, rest[: length - (lead is not None)])


def _lead_of(newest: Sequence[Card]) -> Card | None:
    """Return the most important of the newest; it needs a picture to open the page. High numbers come first."""
    fit = [card for card in newest if card["cover"] and _moment(newest[0]) - _moment(card) < _LEAD_AGE]
    # Of equals the first is taken, which is the newest.
    return max(fit, key=lambda card: int(card["priority"]), default=None)


def _moment(card: Card) -> datetime:
    return datetime.fromisoformat(card["published_at"])
