"""Reading what somebody keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.inbox.bookmarks.actions import Titles
from backend.inbox.bookmarks.models import Bookmark
from backend.paging import Page, narrowed, paged
from backend.sync.streams import Audience


def list_bookmarks(
    session: Session, account_id: str, titles: Mapping[str, Titles], *, kind: str | None, page: Page
) -> dict[str, Any]:
    """List what a person keeps, the last first, each with its title of now; what was withdrawn has none."""
    query = narrowed(sa.select(Bookmark).where(Bookmark.account_id == account_id), (Bookmark.kind, kind))

    def write(rows: Sequence[Bookmark]) -> list[dict[str, Any]]:
        found = {
            (of, thing): title
            for of, read in titles.items()
            for thing, title in read(session, [row.thing for row in rows if row.kind == of]).items()
        }
        return [present_titled(row, found.get((row.kind, row.thing))) for row in rows]

    return paged(session, query, page, moment=Bookmark.created_at, id=Bookmark.id, write=write)


def present_bookmark(row: Bookmark) -> dict[str, Any]:
    """Write one as it travels on its owner's stream: without a title, as that moves and this has one version."""
    return {"id": row.id, "ver": row.ver, "kind": row.kind, "thing": row.thing, "since": iso(row.created_at)}


def present_titled(row: Bookmark, title: str | None) -> dict[str, Any]:
    """Write one as lists show it; `gone` is what was withdrawn."""
    return present_bookmark(row) | {"title": title, "gone": title is None}


def load_bookmarks(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render them for their owner's stream."""
    if audience is not Audience.OWNER:
        return {}
    rows = session.scalars(sa.select(Bookmark).where(Bookmark.id.in_(ids)))
    return {row.id: present_bookmark(row) for row in rows}


def export_bookmarks(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write all that a person keeps, the last first."""
    query = sa.select(Bookmark).where(Bookmark.account_id == account_id).order_by(Bookmark.id.desc())
    return [present_bookmark(row) for row in session.scalars(query)]
