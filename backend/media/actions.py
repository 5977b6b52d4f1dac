"""Entering files, and opening or closing them to everybody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict

import sqlalchemy as sa

from backend.ids import new_id
from backend.media.models import Media
from backend.media.store import MediaStore, StoredObject
from backend.unit_of_work import UnitOfWork


def create_media(unit: UnitOfWork, stored: StoredObject) -> Media:
    """Enter a file that the store has kept; it belongs to the actor and is private."""
    media = Media(
        id=new_id(),
        ver=1,
        owner_id=unit.actor.id,
        public=False,
        kind=str(stored.kind),
        mime=stored.mime,
        sha256=stored.sha256,
        bytes=stored.bytes,
        width=stored.width,
        height=stored.height,
        renditions=[asdict(rendition) for rendition in stored.renditions],
        created_at=unit.now,
    )
    unit.session.add(media)
    unit.session.flush()
    unit.record("media.uploaded", media.id, media.ver, sha256=media.sha256, mime=media.mime)
    return media


def import_media(unit: UnitOfWork, store: MediaStore, data: bytes) -> Media:
    """Keep and enter a file that is at hand, by the same way as an upload.

    For loaders only: the work on the image is done while the transaction is open.
    """
    return create_media(unit, store.put_bytes(data))


def make_public(unit: UnitOfWork, ids: Collection[str]) -> None:
    """Let everybody have these files, as something that shows them is published now."""
    _set_public(unit, ids, public=True)


def make_private(unit: UnitOfWork, ids: Collection[str]) -> None:
    """Take these files back from everybody. The caller knows that nothing else that is public shows them."""
    _set_public(unit, ids, public=False)


def _set_public(unit: UnitOfWork, ids: Collection[str], *, public: bool) -> None:
    # The order is fixed, so that two publications of the same pictures cannot lock each other out.
    query = sa.select(Media).where(Media.id.in_(set(ids)), Media.public.is_(not public)).order_by(Media.id)
    for media in unit.session.scalars(query.with_for_update()).all():
        media.public = public
        media.ver += 1
        unit.record("media.published" if public else "media.closed", media.id, media.ver, sha256=media.sha256)
