"""Taking one item of an archive: a story that is archived from the start, with its files as materials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from backend.accounts.queries import get_by_username
from backend.accounts.roster import create_staff
from backend.errors import AppError
from backend.ids import new_id
from backend.media.actions import create_media
from backend.media.models import Media
from backend.media.rules import Kind
from backend.media.store import StoredObject
from backend.newsroom.archive import rules
from backend.newsroom.archive.formats import File, Refusal
from backend.newsroom.archive.formats.markup import Piece
from backend.newsroom.archive.models import ImportItem
from backend.newsroom.archive.rules import Text
from backend.newsroom.editing.actions import import_story
from backend.newsroom.interview.actions import enter_material
from backend.newsroom.interview.queries import media_states
from backend.newsroom.interview.rules import demand_media_allowed
from backend.policy import Actor
from backend.unit_of_work import UnitOfWork

# Whose the imported stories and files are: an account of the house that has no password and no role.
ARCHIVIST, _ARCHIVIST_NAME = "system.archive", "历史资料入库"
_SHOWN = {str(Kind.IMAGE), str(Kind.VIDEO), str(Kind.AUDIO)}
_UNKNOWN_OWNER, _UNKNOWN_LICENCE = "不详（随历史资料导入）", "待核"


@dataclass(frozen=True, slots=True)
class Shown:
    """A file of an item that lies in the store already."""

    file: File
    stored: StoredObject


def become_archivist(unit: UnitOfWork) -> None:
    """Act from here on as the account that imported things belong to, which the first import makes."""
    account = get_by_username(unit.session, ARCHIVIST) or create_staff(
        unit, username=ARCHIVIST, name=_ARCHIVIST_NAME, password_hash=None, title=None
    )
    unit.actor = Actor(account.id, "staff")


def take_item(
    unit: UnitOfWork, text: Text, *, run_id: str, source: str, section: str, shown: Sequence[Shown]
) -> list[Refusal]:
    """Make a story of an item; return which of its files could not come along, and why.

    Raises:
        AppError: of a rule of the editing desk; nothing of the item is left then.
    """
    with _whole(unit):
        media: dict[str, Media] = {}
        left_out = []
        for one in shown:
            row = _enter_file(unit, one.stored)
            try:
                demand_media_allowed(media_states(unit.session, [row.id], unit.now).values())
            except AppError as error:
                left_out.append(Refusal("media", "not_allowed", f"“{rules.base_name(one.file.name)}”：{error.detail}"))
            else:
                media[one.file.name] = row
        story = import_story(
            unit, _form(text, source, section, media), origin=f"{source} · {text.key}"[:300], at=text.at
        )
        _enter_materials(unit, text, media)
        item = ImportItem(
            id=new_id(),
            run_id=run_id,
            source=source,
            key=text.key,
            hash=text.hash,
            story_id=story.id,
            media=[row.id for row in media.values()],
            at=unit.now,
        )
        unit.session.add(item)
        unit.session.flush()
    return left_out


@contextmanager
def _whole(unit: UnitOfWork) -> Iterator[None]:
    """Let a refusal take back all of what is inside, and nothing of what came before it in the same transaction."""
    events, placements = len(unit.events), dict(unit.placements)
    savepoint = unit.session.begin_nested()
    try:
        yield
    except AppError:
        savepoint.rollback()
        del unit.events[events:]
        unit.placements = placements
        raise
    savepoint.commit()


def _enter_file(unit: UnitOfWork, stored: StoredObject) -> Media:
    """Enter a file, once: a picture that stands in a hundred pieces is one file of the archive."""
    query = sa.select(Media).where(Media.sha256 == stored.sha256, Media.owner_id == unit.actor.id)
    return unit.session.scalars(query.order_by(Media.id).limit(1)).one_or_none() or create_media(unit, stored)


def _form(text: Text, source: str, section: str, media: dict[str, Media]) -> dict[str, Any]:
    body = [block for piece in text.pieces if (block := _block(piece, media)) is not None]
    cover = next((row.id for row in media.values() if row.kind == Kind.IMAGE), None)
    return {
        "headline": text.headline,
        "summary": text.summary,
        "body": body,
        "section": section,
        "class_": rules.CLASS,
        "byline": text.byline,
        "language": text.language,
        "sources": [{"name": source[:100], "kind": "media", "verified": False}],
        "cover": cover,
    }


def _block(piece: Piece, media: dict[str, Media]) -> dict[str, Any] | None:
    """Write a piece as a block; None for a file that did not come, or that a body cannot show."""
    if not isinstance(piece, File):
        return {"type": "text", "html": piece.html}
    row = media.get(piece.name)
    if row is None or row.kind not in _SHOWN:
        return None
    return {"type": row.kind, "media": row.id, "caption": piece.caption, "alt": piece.alt or piece.caption}


def _enter_materials(unit: UnitOfWork, text: Text, media: dict[str, Media]) -> None:
    """Enter the files that are new as materials. They are unchecked, as anything that comes in is."""
    known = media_states(unit.session, [row.id for row in media.values()], unit.now)
    words = {file.name: file.caption or file.alt for file in text.files}
    titles = {row.id: words.get(name) or text.headline for name, row in media.items()}
    rights = {"owner": text.owner or _UNKNOWN_OWNER, "licence": text.licence or _UNKNOWN_LICENCE}
    for media_id, title in titles.items():
        if known[media_id].material_id is None:
            enter_material(unit, media=media_id, title=title[:100], rights=rights)
