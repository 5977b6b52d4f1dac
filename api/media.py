"""Media: uploading a file, and getting it back."""

from __future__ import annotations

from typing import Any, cast

import structlog
from flask import Response, current_app, g, request

from api.edge import Answer, Read, blueprint, database, key_with, read_key, route, transact
from api.files import send_file
from api.multipart import read_file
from backend.errors import not_found
from backend.media import actions, queries
from backend.media.models import Media
from backend.media.queries import Gate, ServedFile
from backend.media.rules import FIELD, PLAYLIST_TYPE, POSTER_TYPE, SEGMENT_TYPE, TYPES, Kind
from backend.media.schemas import MediaFactsSchema, MediaQuery, MediaSchema
from backend.media.store import MediaStore, StoredObject
from backend.unit_of_work import UnitOfWork

blp = blueprint("media", "图片、音视频和文件 Pictures, sound, films and documents")

_log = structlog.get_logger("media")
# A file under one id never changes, so whoever has it need not ask again; but a cache between must not go on
# handing out what was withdrawn.
_FOR_ALL = "public, max-age=31536000, s-maxage=60, immutable"
_FOR_ONE = "private, no-store"


@route(
    blp,
    "POST /media",
    needs="media.upload",
    upload=FIELD,
    accepts=sorted(TYPES),
    returns=MediaSchema,
    status=201,
    bare=True,
)
def upload_media() -> Response:
    """上传文件 Upload one file; its type is told from its bytes, and places and other metadata are removed."""
    key = read_key()
    with media_store().receive() as incoming:
        read_file(request, FIELD, incoming)
        stored = media_store().put(incoming)
    return transact(lambda unit: _enter(unit, stored), key_with(key, incoming.fingerprint) if key else None, 201)


@route(
    blp,
    "GET /media/<id:media_id>",
    needs="public.read",
    query=MediaQuery,
    sends=sorted(TYPES),
    bare=True,
)
def get_media(media_id: str, query: dict[str, Any]) -> Response:
    """下载文件 The file itself, or a smaller picture of it; a single byte range is honoured."""
    with database().reading() as session:
        served = queries.access_file(session, g.actor, media_id, query.get("rendition"), _gates())
    return _send(media_id, served)


@route(blp, "GET /media/<id:media_id>/facts", needs="public.read", returns=MediaFactsSchema)
def get_facts(read: Read, media_id: str) -> dict[str, Any]:
    """查看文件信息 What is known of a file, and how far the work on a film or sound has come."""
    return queries.access_facts(read.session, read.actor, media_id, _gates())


@route(blp, "GET /media/<id:media_id>/poster", needs="public.read", sends=[POSTER_TYPE.mime], bare=True)
def get_poster(media_id: str) -> Response:
    """下载视频封面 The still picture of a film."""
    with database().reading() as session:
        served = queries.access_poster(session, g.actor, media_id, _gates())
    return _send(media_id, served)


@route(
    blp,
    "GET /media/<id:media_id>/hls/<name>",
    needs="public.read",
    sends=[PLAYLIST_TYPE.mime, SEGMENT_TYPE.mime],
    bare=True,
)
def get_stream(media_id: str, name: str) -> Response:
    """播放流媒体 A playlist or a piece of the stream (HLS) of a film or sound; players begin with `master.m3u8`."""
    with database().reading() as session:
        served = queries.access_stream(session, g.actor, media_id, name, _gates())
    return _send(media_id, served)


def _send(media_id: str, served: ServedFile) -> Response:
    tag = f"{served.sha256}.{served.rendition}" if served.rendition else served.sha256
    try:
        return send_file(
            media_store().path(served.sha256, served.rendition),
            mime=served.type.mime,
            tag=tag,
            headers=_headers(media_id, served),
        )
    except FileNotFoundError:
        # A piece of a stream may have any number; that the file itself is gone is what must not be.
        how = _log.info if served.type is SEGMENT_TYPE else _log.error
        how("media.file_missing", media=media_id, name=served.rendition)
        raise not_found("文件") from None


def _enter(unit: UnitOfWork, stored: StoredObject) -> Answer:
    return enter(actions.create_media(unit, stored), 201)


def enter(media: Media, status: int) -> Answer:
    """Answer with a file that has been entered."""
    return Answer(queries.present_one(media), status, f"/api/v1/media/{media.id}")


def _headers(media_id: str, served: ServedFile) -> dict[str, str]:
    """Say how the file may be kept and shown. Nothing in it may run or load anything, whatever it turns out to be."""
    disposition = "attachment" if served.type.kind is Kind.DOCUMENT else "inline"
    return {
        "Cache-Control": _FOR_ALL if served.public else _FOR_ONE,
        "Content-Disposition": f'{disposition}; filename="{media_id}.{served.type.suffix}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


def media_store() -> MediaStore:
    """Return where files lie."""
    return cast("MediaStore", current_app.extensions["media_store"])


def _gates() -> tuple[Gate, ...]:
    """Return what the domains say about who may see a file that is not public; the composition root collects it."""
    return cast("tuple[Gate, ...]", current_app.extensions.get("media_gates", ()))
