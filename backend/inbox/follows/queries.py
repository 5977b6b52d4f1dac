"""Reading what is followed, and by whom."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.errors import not_found
from backend.inbox.follows.models import Follow
from backend.inbox.rules import Bell, Reason
from backend.sync.streams import Audience


def list_follows(session: Session, account_id: str) -> list[dict[str, Any]]:
    """List what a person follows, the latest first."""
    query = sa.select(Follow).where(Follow.account_id == account_id).order_by(Follow.id.desc())
    return [present_follow(row) for row in session.scalars(query)]


def access_follow(session: Session, account_id: str, follow_id: str) -> dict[str, Any]:
    """Write one of a person's; 404 for any other."""
    row = session.get(Follow, follow_id)
    if row is None or row.account_id != account_id:
        raise not_found("关注")
    return present_follow(row)


def present_follow(row: Follow) -> dict[str, Any]:
    """Write one."""
    return {"id": row.id, "ver": row.ver, "kind": row.kind, "thing": row.thing, "since": iso(row.created_at)}


def load_follows(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render them for their owner's stream."""
    if audience is not Audience.OWNER:
        return {}
    return {row.id: present_follow(row) for row in session.scalars(sa.select(Follow).where(Follow.id.in_(ids)))}


def follow_reasons(session: Session, bell: Bell, accounts: Collection[str]) -> dict[str, Reason]:
    """Return for which of these people a bell is about something that they follow, and what."""
    touched = things_touched(session, bell)
    if not touched or not accounts:
        return {}
    query = sa.select(Follow).where(Follow.account_id.in_(accounts), _is_any_of(touched)).order_by(Follow.id)
    return {row.account_id: Reason(row.kind) for row in session.scalars(query)}


def followers_after(
    session: Session, touched: Sequence[tuple[str, str]], after: str, limit: int
) -> Sequence[tuple[str, str]]:
    """Return (account, kind) of people who follow any of these things, each once, in order of account."""
    query = (
        sa.select(Follow.account_id, sa.func.min(Follow.kind))
        .where(_is_any_of(touched), Follow.account_id > after)
        .group_by(Follow.account_id)
        .order_by(Follow.account_id)
        .limit(limit)
    )
    return [(account, kind) for account, kind in session.execute(query)]


def _is_any_of(touched: Sequence[tuple[str, str]]) -> sa.ColumnElement[bool]:
    return sa.or_(*(sa.and_(Follow.kind == kind, Follow.thing == thing) for kind, thing in touched))


def things_touched(session: Session, bell: Bell) -> list[tuple[str, str]]:
    """Return as (kind, thing) which followed things a bell is about."""
    touched = [
        (str(kind), thing)
        for kind, thing in (
            (Reason.SECTION, bell.section),
            (Reason.OFFICE, bell.office),
            *((kind, bell.thing[1]) for kind in (Reason.PUBLIC_REQUEST, Reason.LIVE) if bell.thing[0] == kind),
        )
        if thing
    ]
    if bell.words:
        topics = session.scalars(sa.select(Follow.thing).where(Follow.kind == Reason.TOPIC).distinct())
        folded = bell.words.casefold()
        touched += [(str(Reason.TOPIC), words) for words in topics if words.casefold() in folded]
    return touched
