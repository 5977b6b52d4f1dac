"""Entering files, and opening or closing them to everybody."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict

import sqlalchemy as sa

from backend.ids import new_id
from backend.media.models import Media, MediaUse
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


def show(unit: UnitOfWork, kind: str, thing_id: str, ids: Collection[str]) -> None:
    """Say which files a public thing shows from now on; none when it is withdrawn.

    What is shown is for everybody. What nothing shows any more goes back to its owner and the staff.
    """
    before = set(unit.session.scalars(sa.select(MediaUse.media_id).where(_of(kind, thing_id))))
    wanted = set(ids)
    unit.session.execute(sa.delete(MediaUse).where(_of(kind, thing_id), MediaUse.media_id.not_in(wanted)))
    unit.session.add_all(
        MediaUse(media_id=media_id, kind=kind, thing_id=thing_id) for media_id in sorted(wanted - before)
    )
    unit.session.flush()
    still = set(unit.session.scalars(sa.select(MediaUse.media_id).where(MediaUse.media_id.in_(before))))
    _set_public(unit, wanted, public=True)
    _set_public(unit, before - still, public=False)


def _of(kind: str, thing_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(MediaUse.kind == kind, MediaUse.thing_id == thing_id)


def _set_public(unit: UnitOfWork, ids: Collection[str], *, public: bool) -> None:
    # The order is fixed, so that two publications of the same pictures cannot lock each other out.
    query = sa.select(Media).where(Media.id.in_(set(ids)), Media.public.is_(not public)).order_by(Media.id)
    for media in unit.session.scalars(query.with_for_update()).all():
        media.public = public
        media.ver += 1
        unit.record("media.published" if public else "media.closed", media.id, media.ver, sha256=media.sha256)
