"""Entering files, and opening or closing them to everybody."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import delete_some
from backend.idempotency import forget_answers
from backend.ids import new_id
from backend.jobs import queue
from backend.jobs.worker import Handler, JobRun, RetryLater
from backend.media import queries
from backend.media.models import Media, MediaUse, Upload
from backend.media.rules import FILM, LARGEST, SETTLED, WORKED_ON, Purpose, Work, demand_room, too_large
from backend.media.store import MediaStore, StoredObject
from backend.unit_of_work import UnitOfWork

Needs = Callable[[Session, str], bool]
ERASE_JOB = "media.erase"
ERASED_AFTER = timedelta(minutes=30)
# What the work on a film finds out, and all rows of the same bytes say.
WORKED = ("work", "progress", "duration_s", "loudness", "poster", "streams", "problem", "width", "height")


def create_media(unit: UnitOfWork, stored: StoredObject) -> Media:
    """Enter a file that the store has kept; it belongs to the actor and is private.

    A film or sound asks for the work on it, unless the same bytes have been worked on already.
    """
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
    if stored.kind in WORKED_ON:
        _ask_for_work(unit, media)
    return media


def import_media(unit: UnitOfWork, store: MediaStore, data: bytes) -> Media:
    """Keep and enter a file that is at hand, by the same way as an upload.

    For loaders only: the work on the image is done while the transaction is open.
    """
    return create_media(unit, store.put_bytes(data))


def open_upload(
    unit: UnitOfWork, *, name: str, size: int, purpose: str = Purpose.OTHER, sha256: str | None = None
) -> Upload:
    """Announce a file that will come in pieces.

    Raises:
        AppError: 409 where the actor has too many of them under way, 413 for one that is larger than any may be.
    """
    if size > LARGEST:
        raise too_large(None, LARGEST)
    demand_room(queries.count_open(unit.session, unit.actor.id))
    upload = Upload(
        id=new_id(),
        owner_id=unit.actor.id,
        name=name,
        size=size,
        sha256=sha256,
        purpose=str(purpose),
        created_at=unit.now,
    )
    unit.session.add(upload)
    unit.session.flush()
    return upload


def finish_upload(unit: UnitOfWork, upload_id: str, stored: StoredObject) -> tuple[Media, bool]:
    """Enter a file that came in pieces and that the store has kept; return it, and whether it is new.

    Raises:
        AppError: 404 where the upload was given up or swept meanwhile.
    """
    upload = queries.access_upload(unit.session, unit.actor, upload_id, lock=True)
    if upload.media_id is not None:
        return unit.session.get_one(Media, upload.media_id), False
    media = create_media(unit, stored)
    upload.media_id = media.id
    unit.session.flush()
    return media, True


def drop_upload(unit: UnitOfWork, upload_id: str) -> None:
    """Give an upload up, or forget one that is finished; the file that became of it stays.

    Raises:
        AppError: 404 where there is none, or it is another's.
    """
    unit.session.delete(queries.access_upload(unit.session, unit.actor, upload_id, lock=True))
    unit.session.flush()
    # Announced again under its old key it would be an upload that is not there.
    forget_answers(unit.session, upload_id)


def erase_uploads(unit: UnitOfWork, account_id: str) -> None:
    """Forget all uploads of somebody who closes their account; the next sweep deletes what came of them."""
    unit.session.execute(sa.delete(Upload).where(Upload.owner_id == account_id))


def erase_media(needs: Sequence[Needs], unit: UnitOfWork, account_id: str) -> None:
    """Forget the files of somebody who closes their account, but those that the house needs or shows.

    What is left of their bytes is deleted by a job, a while later.
    """
    shown = sa.select(MediaUse.media_id)
    query = sa.select(Media).where(Media.owner_id == account_id, Media.public.is_(False), Media.id.not_in(shown))
    for row in unit.session.scalars(query.order_by(Media.id).with_for_update()).all():
        if not any(needed(unit.session, row.id) for needed in needs):
            unit.session.delete(row)
            key, args = f"{ERASE_JOB}:{row.id}", {"sha256": row.sha256}
            unit.enqueue(ERASE_JOB, key, args, run_at=unit.now + 2 * ERASED_AFTER, lane=queue.BULK)
    unit.session.flush()


def erase_handler(store: MediaStore) -> Handler:
    """Make the handler of `media.erase`: bytes that no row refers to are deleted, unless somebody sends them anew."""

    def erase(run: JobRun) -> None:
        sha256 = str(run.args["sha256"])
        with run.unit() as unit:
            wanted = sa.exists().where(Media.sha256 == sha256)
            # The files' own times are the machine's, which a moved clock does not move.
            if not unit.session.scalar(sa.select(wanted)) and not store.forget(sha256, time.time() - 60):
                raise RetryLater("wanted", ERASED_AFTER.total_seconds())

    return erase


def forget_uploads(session: Session, before: datetime, most: int) -> bool:
    """Forget so many of the uploads announced before this moment, finished or not; tell whether more may be left."""
    return delete_some(session, Upload, Upload.created_at < before, most)


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


def lock_same(session: Session, sha256: str) -> Sequence[Media]:
    """Return all rows of the same bytes, locked against each other's changes and against an upload of these bytes.

    An upload locks the rows that it finds, the first of them included. So whoever holds the first one and looks again
    sees all that have come in.
    """
    query = sa.select(Media).where(Media.sha256 == sha256).order_by(Media.id)
    session.execute(query.with_only_columns(Media.id).limit(1).with_for_update())
    return session.scalars(query.with_for_update().execution_options(populate_existing=True)).all()


def _ask_for_work(unit: UnitOfWork, media: Media) -> None:
    media.work = Work.WAITING
    if not _follow(unit, media):
        # Waits for whoever is entering the same bytes for the first time at this moment, and has then to be looked for.
        unit.enqueue(FILM, f"{FILM}:{media.sha256}", {"sha256": media.sha256}, lane=queue.BULK)
        _follow(unit, media)
    unit.session.flush()


def _follow(unit: UnitOfWork, media: Media) -> bool:
    """Take over what came of the same bytes; False where nobody knows yet."""
    for same in lock_same(unit.session, media.sha256):
        if same.work in SETTLED and same.id != media.id:
            for name in WORKED:
                setattr(media, name, getattr(same, name))
            return True
    return False


def _of(kind: str, thing_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(MediaUse.kind == kind, MediaUse.thing_id == thing_id)


def _set_public(unit: UnitOfWork, ids: Collection[str], *, public: bool) -> None:
    # The order is fixed, so that two publications of the same pictures cannot lock each other out.
    query = sa.select(Media).where(Media.id.in_(set(ids)), Media.public.is_(not public)).order_by(Media.id)
    for media in unit.session.scalars(query.with_for_update()).all():
        media.public = public
        media.ver += 1
        unit.record("media.published" if public else "media.closed", media.id, media.ver, sha256=media.sha256)
