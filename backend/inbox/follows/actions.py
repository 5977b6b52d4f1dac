"""Following and unfollowing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import sqlalchemy as sa

from backend.errors import guard_failed, invalid, not_found
from backend.ids import new_id
from backend.inbox.follows.models import Follow
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

MOST = 50
# Tells whether there is such a thing to follow. What there is, is known where the house is put together.
Known = Callable[[UnitOfWork, str], bool]


def follow(unit: UnitOfWork, known: Mapping[str, Known], *, kind: str, thing: str) -> tuple[Follow, bool]:
    """Follow a thing; return it, and whether it was not followed yet.

    Raises:
        AppError: 422 naming `thing` for one that does not exist; 409 `follows_full` when there are fifty.
    """
    thing = " ".join(thing.split())
    mine = sa.select(Follow).where(Follow.account_id == unit.actor.id).with_for_update()
    held = {(row.kind, row.thing): row for row in unit.session.scalars(mine)}
    if (kind, thing) in held:
        return held[kind, thing], False
    if kind in known and not known[kind](unit, thing):
        raise invalid("thing", "unknown", "没有这一项，请刷新后再试")
    if len(held) >= MOST:
        raise guard_failed("follows_full", f"最多关注 {MOST} 项，请先取消一些。")
    row = Follow(id=new_id(), ver=1, account_id=unit.actor.id, kind=kind, thing=thing, created_at=unit.now)
    unit.session.add(row)
    unit.session.flush()
    unit.place("follow", row.id, row.ver, {streams.user(unit.actor.id)})
    return row, True


def unfollow(unit: UnitOfWork, follow_id: str) -> None:
    """Follow a thing no more; 404 for what the actor does not follow."""
    row = unit.session.get(Follow, follow_id)
    if row is None or row.account_id != unit.actor.id:
        raise not_found("关注")
    _forget(unit, row)


def erase_follows(unit: UnitOfWork, account_id: str) -> None:
    """Forget what a person followed who closes their account."""
    for row in unit.session.scalars(sa.select(Follow).where(Follow.account_id == account_id)):
        _forget(unit, row)


def _forget(unit: UnitOfWork, row: Follow) -> None:
    unit.place("follow", row.id, row.ver, set())
    unit.session.delete(row)
