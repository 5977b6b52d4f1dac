"""Reading what somebody likes, and how many like a thing: numbers that move by themselves and are on no stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.community.likes.models import Liking
from backend.sync.streams import Audience


def count_likes(session: Session, kind: str, things: Sequence[str]) -> dict[str, int]:
    """Return how many like each of these, by id."""
    query = sa.select(Liking.thing, sa.func.count()).where(Liking.kind == kind, Liking.thing.in_(things))
    counted = session.execute(query.group_by(Liking.thing))
    return dict.fromkeys(things, 0) | dict(counted.tuples().all())


def present_like(row: Liking) -> dict[str, Any]:
    """Write one."""
    return {"id": row.id, "ver": row.ver, "kind": row.kind, "thing": row.thing, "at": iso(row.at)}


def load_likes(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render them for their owner's stream."""
    if audience is not Audience.OWNER:
        return {}
    return {row.id: present_like(row) for row in session.scalars(sa.select(Liking).where(Liking.id.in_(ids)))}


def export_likes(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Return what somebody likes, the latest first."""
    query = sa.select(Liking).where(Liking.account_id == account_id).order_by(Liking.id.desc())
    return [present_like(row) for row in session.scalars(query)]
