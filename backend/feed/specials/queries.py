"""Reading specials: of each only the articles that are live now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.feed.models import Article
from backend.feed.opening_steps import demand_public
from backend.feed.openings import PUBLIC, State, allowed
from backend.feed.queries import LIVE, load_cards
from backend.feed.specials.actions import SPECIAL
from backend.feed.specials.models import Special, SpecialArticle
from backend.media.queries import present_media
from backend.paging import Page, in_order, narrowed, paged
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]


def list_specials(session: Session, *, state: str | None, page: Page) -> dict[str, Any]:
    """List specials that are before everybody, the one opened last first."""
    query = narrowed(sa.select(Special).where(Special.state.in_(PUBLIC)), (Special.state, state))
    write = in_order(lambda rows: present_specials(session, rows))
    return paged(session, query, page, moment=Special.opened_at, id=Special.id, write=write)


def access_public(session: Session, special_id: str) -> Special:
    """Return a special that is before everybody.

    Raises:
        AppError: 404 if it never was; 410 `withdrawn` with the reason if it was taken away.
    """
    return demand_public(session.get(Special, special_id), SPECIAL)


def access_special(session: Session, special_id: str) -> dict[str, Any]:
    """Write a special with the cards of its articles: `{special, groups}`."""
    special = access_public(session, special_id)
    written = present_specials(session, [special])[special.id]
    cards = load_cards(session, [article for group in written["groups"] for article in group["articles"]])
    groups = [
        {"title": group["title"], "articles": [cards[article] for article in group["articles"] if article in cards]}
        for group in written["groups"]
    ]
    return {"special": written, "groups": groups}


def list_desk_specials(session: Session, *, state: str | None, page: Page) -> dict[str, Any]:
    """List all specials, the one made last first."""
    query = narrowed(sa.select(Special), (Special.state, state))
    write = in_order(lambda rows: present_desk_specials(session, rows))
    return paged(session, query, page, moment=Special.created_at, id=Special.id, write=write)


def access_desk_special(session: Session, special_id: str) -> dict[str, Any]:
    """Write a special as the desk sees it."""
    special = session.get(Special, special_id)
    if special is None:
        raise not_found(SPECIAL)
    return present_desk_specials(session, [special])[special.id]


def neighbours(session: Session, article_id: str) -> list[str]:
    """List the live articles that stand in a public special together with this one, the special opened last first."""
    with_it = sa.select(SpecialArticle.special_id).where(SpecialArticle.article_id == article_id)
    query = sa.select(Special).where(Special.id.in_(with_it), Special.state.in_(PUBLIC))
    specials = session.scalars(query.order_by(Special.opened_at.desc(), Special.id.desc())).all()
    written = present_specials(session, specials)
    found = (other for special in specials for group in written[special.id]["groups"] for other in group["articles"])
    return [other for other in dict.fromkeys(found) if other != article_id]


def load_specials(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render specials: for everybody once they were opened, for the desk before that too."""
    if audience is Audience.OWNER:
        return {}
    query = sa.select(Special).where(Special.id.in_(ids))
    if audience is Audience.STAFF:
        return present_desk_specials(session, session.scalars(query.where(Special.state != State.WITHDRAWN)).all())
    return present_specials(session, session.scalars(query.where(Special.state.in_(PUBLIC))).all())


def present_specials(session: Session, specials: Sequence[Special]) -> Written:
    """Write specials as readers get them, by id; `groups` name the articles that are live now."""
    covers = present_media(session, {special.cover for special in specials if special.cover})
    named = {article for special in specials for group in special.groups for article in group["articles"]}
    query = sa.select(Article.id).where(Article.id.in_(named), Article.state == LIVE)
    live = set(session.scalars(query)) if named else set()
    return {
        special.id: {
            "id": special.id,
            "ver": special.ver,
            "state": special.state,
            "title": special.title,
            "intro": special.intro,
            "cover": covers.get(special.cover) if special.cover else None,
            "groups": [
                {"title": group["title"], "articles": [each for each in group["articles"] if each in live]}
                for group in special.groups
            ],
            "opened_at": iso_or_none(special.opened_at),
            "closed_at": iso_or_none(special.closed_at),
        }
        for special in specials
    }


def present_desk_specials(session: Session, specials: Sequence[Special]) -> Written:
    """Write specials as the desk sees them, by id."""
    written = present_specials(session, specials)
    for special in specials:
        written[special.id] |= {
            "authors": special.authors,
            "withdrawn_reason": special.withdrawn_reason,
            "created_at": iso(special.created_at),
            "updated_at": iso(special.updated_at),
            "allowed": allowed(State(special.state)),
        }
    return written
