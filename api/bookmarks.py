"""What somebody keeps to read again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from api.edge import Answer, Read, Write, blueprint, route
from api.schemas import PageQuery, SilentSchema, page_of
from backend.catalogue.queries import load_items
from backend.errors import not_found
from backend.feed.live.models import Live
from backend.feed.models import Article
from backend.feed.openings import PUBLIC
from backend.feed.specials.models import Special
from backend.forms import Choice
from backend.inbox.bookmarks import actions, queries
from backend.inbox.bookmarks.schemas import KINDS, BookmarkSchema
from backend.notices.models import Notice
from backend.notices.rules import READABLE
from backend.paging import Page

blp = blueprint("bookmarks", "收藏 Bookmarks")
_ONE = "/me/bookmarks/<id:kind>/<id:thing>"


class BookmarksQuery(PageQuery):
    """Which bookmarks to list."""

    kind = Choice(KINDS)


def _articles(session: Session, ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(Article.id, Article.headline).where(Article.id.in_(ids), Article.state == "live")
    return dict(session.execute(query).tuples().all())


def _notices(session: Session, ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(Notice.id, Notice.title).where(Notice.id.in_(ids), Notice.state.in_(READABLE))
    return dict(session.execute(query).tuples().all())


def _lives(session: Session, ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(Live.id, Live.headline).where(Live.id.in_(ids), Live.state.in_(PUBLIC))
    return dict(session.execute(query).tuples().all())


def _specials(session: Session, ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(Special.id, Special.title).where(Special.id.in_(ids), Special.state.in_(PUBLIC))
    return dict(session.execute(query).tuples().all())


def _items(session: Session, ids: Sequence[str]) -> dict[str, str]:
    return {item["id"]: item["title"] for item in load_items(session, ids)}


TITLES: Mapping[str, actions.Titles] = {
    "article": _articles,
    "notice": _notices,
    "item": _items,
    "live": _lives,
    "special": _specials,
}


@route(blp, "GET /me/bookmarks", needs="me.read", query=BookmarksQuery, returns=page_of(BookmarkSchema, "BookmarkPage"))
def list_bookmarks(call: Read, query: dict[str, Any]) -> Any:
    """我的收藏 What I keep, the last first; what was withdrawn has no title any more."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_bookmarks(call.session, call.actor.id, TITLES, kind=query.get("kind"), page=page)


@route(blp, f"PUT {_ONE}", needs="me.edit", returns=BookmarkSchema, status=201, again=True)
def keep(call: Write, kind: str, thing: str) -> Answer:
    """收藏 Keep a thing; asking twice is the same."""
    _demand_kind(kind)
    row, new = actions.keep(call.unit, TITLES, kind=kind, thing=thing)
    title = TITLES[kind](call.session, [thing]).get(thing)
    written = queries.present_titled(row, title)
    return Answer(written, location="/api/v1/me/bookmarks") if new else Answer(written, status=200)


@route(blp, f"DELETE {_ONE}", needs="me.edit", returns=SilentSchema, status=204)
def let_go(call: Write, kind: str, thing: str) -> None:
    """取消收藏 Keep a thing no more; what is not kept is fine."""
    _demand_kind(kind)
    actions.let_go(call.unit, kind=kind, thing=thing)


def _demand_kind(kind: str) -> None:
    if kind not in KINDS:
        raise not_found("内容类型")
