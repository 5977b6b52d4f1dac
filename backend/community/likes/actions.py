"""Liking a thing, and liking it no more. Both may be said twice, as a phone does that heard no answer."""

from __future__ import annotations

import sqlalchemy as sa

from backend.community.comments import places
from backend.community.comments.models import Comment
from backend.community.comments.rules import State
from backend.community.likes.models import Liking
from backend.errors import not_found
from backend.ids import new_id
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

KINDS = ["article", "comment"]


def like(unit: UnitOfWork, kind: str, thing: str) -> Liking:
    """Like a thing; 404 for what there is none of, 410 where its article was withdrawn."""
    row = _mine(unit, kind, thing)
    if row is not None:
        return row
    _demand_seen(unit, kind, thing)
    row = Liking(id=new_id(), ver=1, account_id=unit.actor.id, kind=kind, thing=thing, at=unit.now)
    unit.session.add(row)
    unit.session.flush()
    unit.place("like", row.id, row.ver, {streams.user(unit.actor.id)})
    return row


def unlike(unit: UnitOfWork, kind: str, thing: str) -> None:
    """Like a thing no more, also one that is gone; nothing where it was not liked. 404 for what nobody can like."""
    _demand_kind(kind)
    row = _mine(unit, kind, thing)
    if row is not None:
        _forget(unit, row)


def erase_likes(unit: UnitOfWork, account_id: str) -> None:
    """Forget what somebody likes who closes their account."""
    for row in unit.session.scalars(sa.select(Liking).where(Liking.account_id == account_id)):
        _forget(unit, row)


def _mine(unit: UnitOfWork, kind: str, thing: str) -> Liking | None:
    query = sa.select(Liking).where(Liking.account_id == unit.actor.id, Liking.kind == kind, Liking.thing == thing)
    return unit.session.scalars(query.with_for_update()).one_or_none()


def _forget(unit: UnitOfWork, row: Liking) -> None:
    unit.place("like", row.id, row.ver, set())
    unit.session.delete(row)


def _demand_kind(kind: str) -> None:
    if kind not in KINDS:
        raise not_found("内容")


def _demand_seen(unit: UnitOfWork, kind: str, thing: str) -> None:
    _demand_kind(kind)
    if kind == "article":
        places.demand_live(unit, thing)
        return
    comment = unit.session.get(Comment, thing)
    if comment is None or comment.state != State.SHOWN:
        raise not_found("评论")
    places.demand_live(unit, comment.article_id)
