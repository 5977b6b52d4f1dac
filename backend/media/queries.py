"""Reading media: how they are shown, who may use them, and who gets the file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.errors import invalid, not_found
from backend.media.models import Media, Upload
from backend.media.rules import (
    PIECE,
    PLAYLIST_TYPE,
    POSTER_TYPE,
    SEGMENT_TYPE,
    SETTLED,
    STREAM_FILE,
    TYPES,
    UPLOAD_KEPT,
    FileType,
    Kind,
    Work,
)
from backend.policy import Actor

# Tells whether this actor may see a file because of a thing it belongs to. Domains offer theirs, so that media need
# not know them.
Gate = Callable[[Session, Actor, str], bool]


@dataclass(frozen=True, slots=True)
class ServedFile:
    """Which stored file answers a request, and how it may be kept.

    `rendition` names what has been made of it, None for the original.
    """

    sha256: str
    rendition: str | None
    type: FileType
    public: bool


def present_media(session: Session, ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Write media, by id. An id that is unknown is missing."""
    if not ids:
        return {}
    rows = session.scalars(sa.select(Media).where(Media.id.in_(set(ids))))
    return {row.id: present_one(row) for row in rows}


def present_one(row: Media) -> dict[str, Any]:
    """Write a file as it is shown everywhere.

    What shows it is kept by its version, which changes when the work on a film has come to an end and not before. So
    until then all of it is shown as waiting.
    """
    return _plain(row) | (_outcome(row) if row.work in SETTLED or row.work == Work.NONE else _OPEN)


def present_facts(row: Media) -> dict[str, Any]:
    """Write a file as it stands at this moment."""
    return _plain(row) | _outcome(row) | {"streams": row.streams, "problem": row.problem}


_OPEN = {
    "duration_s": None,
    "loudness": None,
    "poster": None,
    "hls": None,
    "work": str(Work.WAITING),
    "progress": 0,
}


def _outcome(row: Media) -> dict[str, Any]:
    url = f"/api/v1/media/{row.id}"
    return {
        "duration_s": row.duration_s,
        "loudness": row.loudness,
        "poster": f"{url}/poster" if row.poster else None,
        "hls": f"{url}/hls/master.m3u8" if row.streams else None,
        "work": row.work,
        "progress": row.progress,
    }


def _plain(row: Media) -> dict[str, Any]:
    url = f"/api/v1/media/{row.id}"
    return {
        "id": row.id,
        "kind": row.kind,
        "mime": row.mime,
        "sha256": row.sha256,
        "bytes": row.bytes,
        "width": row.width,
        "height": row.height,
        "url": url,
        "renditions": [
            {
                "name": small["name"],
                "width": small["width"],
                "height": small["height"],
                "url": f"{url}?rendition={small['name']}",
            }
            for small in row.renditions
        ],
    }


def hashes_of(session: Session, ids: Sequence[str]) -> list[str]:
    """Return the SHA-256 of these files, in the order of their ids' list."""
    found = dict(session.execute(sa.select(Media.id, Media.sha256).where(Media.id.in_(ids))).tuples().all())
    return [found[media_id] for media_id in ids if media_id in found]


def demand_usable(
    session: Session, actor: Actor, ids: Collection[str], field: str, *, held: Collection[str] = ()
) -> None:
    """Raise 422 naming `field` unless each file exists and is the actor's own or public already.

    `held` are those that the thing shows already: a colleague who edits it need not own them.
    """
    wanted = set(ids) - set(held)
    query = sa.select(Media.id).where(Media.id.in_(wanted), sa.or_(Media.owner_id == actor.id, Media.public.is_(True)))
    if wanted - set(session.scalars(query)):
        raise invalid(field, "unknown", "有文件找不到，或不是您上传的")


def demand_pictures(session: Session, actor: Actor, ids: Sequence[str]) -> None:
    """Raise 422 naming `media` unless these files are the actor's, and show something: a picture or a film."""
    demand_usable(session, actor, ids, "media")
    shown = sa.select(Media.id).where(Media.id.in_(ids), Media.kind.in_([str(Kind.IMAGE), str(Kind.VIDEO)]))
    known = set(session.scalars(shown))
    for position, media_id in enumerate(ids):
        if media_id not in known:
            raise invalid(f"media.{position}", "not_a_picture", "这里只能放照片或短片，文件和录音请写在说明里")


def export_media(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write all files that this account has uploaded, oldest first."""
    rows = session.scalars(sa.select(Media).where(Media.owner_id == account_id).order_by(Media.created_at, Media.id))
    return [present_one(row) | {"created_at": iso(row.created_at)} for row in rows]


def access_upload(session: Session, actor: Actor, upload_id: str, *, lock: bool = False) -> Upload:
    """Return an upload of the actor's own.

    Raises:
        AppError: 404 where there is none, or it is another's.
    """
    upload = session.get(Upload, upload_id, with_for_update=lock)
    if upload is None or upload.owner_id != actor.id:
        raise not_found("上传")
    return upload


def present_upload(row: Upload, here: int) -> dict[str, Any]:
    """Write an upload of which `here` bytes have arrived."""
    return {
        "id": row.id,
        "name": row.name,
        "size": row.size,
        "sha256": row.sha256,
        "purpose": row.purpose,
        "offset": row.size if row.media_id else here,
        "piece": PIECE,
        "created_at": iso(row.created_at),
        "expires_at": iso(row.created_at + UPLOAD_KEPT),
        "media": row.media_id,
    }


def count_open(session: Session, account_id: str) -> int:
    """Count the uploads that this account has under way."""
    query = sa.select(sa.func.count()).where(Upload.owner_id == account_id, Upload.media_id.is_(None))
    return session.scalar(query) or 0


def still_open(session: Session, ids: Collection[str]) -> set[str]:
    """Return those of these uploads of which more may come."""
    return set(session.scalars(sa.select(Upload.id).where(Upload.id.in_(ids), Upload.media_id.is_(None))))


def export_uploads(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write what is known of this account's uploads in pieces, oldest first."""
    rows = session.scalars(
        sa.select(Upload).where(Upload.owner_id == account_id).order_by(Upload.created_at, Upload.id)
    )
    names = ("id", "name", "size", "sha256", "purpose", "created_at", "media")
    return [{name: written[name] for name in names} for written in (present_upload(row, 0) for row in rows)]


def access_file(
    session: Session, actor: Actor, media_id: str, rendition: str | None, gates: Sequence[Gate] = ()
) -> ServedFile:
    """Return which file to send.

    Raises:
        AppError: 404 where there is none, there is none of this size, or it is not for this actor.
    """
    row = _access(session, actor, media_id, gates)
    if rendition is None:
        return ServedFile(row.sha256, None, TYPES[row.mime], row.public)
    for small in row.renditions:
        if small["name"] == rendition:
            return ServedFile(row.sha256, rendition, TYPES[small["mime"]], row.public)
    raise not_found("尺寸")


def access_facts(session: Session, actor: Actor, media_id: str, gates: Sequence[Gate] = ()) -> dict[str, Any]:
    """Write what is known of a file at this moment.

    Raises:
        AppError: 404 where there is none, or it is not for this actor.
    """
    return present_facts(_access(session, actor, media_id, gates))


def access_poster(session: Session, actor: Actor, media_id: str, gates: Sequence[Gate] = ()) -> ServedFile:
    """Return the still picture of a film.

    Raises:
        AppError: 404 where there is none, or it is not for this actor.
    """
    row = _access(session, actor, media_id, gates)
    if not row.poster:
        raise not_found("封面")
    return ServedFile(row.sha256, "poster", POSTER_TYPE, row.public)


def access_stream(session: Session, actor: Actor, media_id: str, name: str, gates: Sequence[Gate] = ()) -> ServedFile:
    """Return a playlist or a piece of the stream made of a film or sound.

    Raises:
        AppError: 404 where there is none, the name is none of ours, or it is not for this actor.
    """
    row = _access(session, actor, media_id, gates)
    if not row.streams or not STREAM_FILE.fullmatch(name):
        raise not_found("流媒体")
    kind = PLAYLIST_TYPE if name.endswith(".m3u8") else SEGMENT_TYPE
    return ServedFile(row.sha256, f"hls/{name}", kind, row.public)


def _access(session: Session, actor: Actor, media_id: str, gates: Sequence[Gate]) -> Media:
    row = session.get(Media, media_id)
    if row is None or not (row.public or _may_see_private(session, actor, row, gates)):
        raise not_found("文件")
    return row


def _may_see_private(session: Session, actor: Actor, row: Media, gates: Sequence[Gate]) -> bool:
    return row.owner_id == actor.id or any(gate(session, actor, row.id) for gate in gates)
