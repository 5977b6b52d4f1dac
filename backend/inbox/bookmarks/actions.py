"""Keeping things, and keeping them no more. Both may be asked for twice, as phones do that were offline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.errors import guard_failed, not_found
from backend.ids import new_id
from backend.inbox.bookmarks.models import Bookmark
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

MOST = 500
# Gives the titles of those things of one kind that everybody may read now, by id. What there is, is known where the
# house is put together.
Titles = Callable[[Session, Sequence[str]], dict[str, str]]


def keep(unit: UnitOfWork, titles: Mapping[str, Titles], *, kind: str, thing: str) -> tuple[Bookmark, bool]:
    """Keep a thing; return the bookmark, and whether it is new.

    Raises:
        AppError: 404 for a thing that nobody can read; 409 `bookmarks_full` when there are five hundred.
    """
    # The account is locked, so that two phones at once neither keep a thing twice nor one too many.
    unit.session.get_one(Account, unit.actor.id, with_for_update=True)
    held = _held(unit, kind, thing)
    if held is not None:
        return held, False
    if not titles[kind](unit.session, [thing]):
        raise not_found()
    count = sa.select(sa.func.count()).select_from(Bookmark).where(Bookmark.account_id == unit.actor.id)
    if (unit.session.scalar(count) or 0) >= MOST:
        raise guard_failed("bookmarks_full", f"最多收藏 {MOST} 条，请先取消一些。")
    row = Bookmark(id=new_id(), ver=1, account_id=unit.actor.id, kind=kind, thing=thing, created_at=unit.now)
    unit.session.add(row)
    unit.session.flush()
    unit.place("bookmark", row.id, row.ver, {streams.user(unit.actor.id)})
    return row, True


def let_go(unit: UnitOfWork, *, kind: str, thing: str) -> None:
    """Keep a thing no more; one that is not kept is fine."""
    held = _held(unit, kind, thing)
    if held is not None:
        _forget(unit, held)


def set_bookmark(unit: UnitOfWork, titles: Mapping[str, Titles], *, kind: str, thing: str, on: bool) -> str:
    """Do either, as an outbox asks for it; return the thing's id."""
    if on:
        keep(unit, titles, kind=kind, thing=thing)
    else:
        let_go(unit, kind=kind, thing=thing)
    return thing


def erase_bookmarks(unit: UnitOfWork, account_id: str) -> None:
    """Forget what a person kept who closes their account."""
    for row in unit.session.scalars(sa.select(Bookmark).where(Bookmark.account_id == account_id)).all():
        _forget(unit, row)


def _held(unit: UnitOfWork, kind: str, thing: str) -> Bookmark | None:
    mine = sa.select(Bookmark).where(Bookmark.account_id == unit.actor.id)
    return unit.session.scalars(mine.where(Bookmark.kind == kind, Bookmark.thing == thing)).one_or_none()


def _forget(unit: UnitOfWork, row: Bookmark) -> None:
    unit.place("bookmark", row.id, row.ver, set())
    unit.session.delete(row)
