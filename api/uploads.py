"""Uploads in pieces, which go on where a line was cut (docs/adr/0024-uploads.md).

Asking how far it is and sending the next piece are those of the tus protocol 1.0 (its core, without the version header,
as our version stands in the address): `HEAD` answers with `Upload-Offset` and `Upload-Length`, and `PATCH` takes
`application/offset+octet-stream` at an `Upload-Offset`. An upload is announced and finished in the house's own form.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, g, request

from api.edge import Answer, Read, Write, blueprint, database, route, transact
from api.media import enter, media_store
from api.pieces import OFFSET, OFFSET_PATTERN, read_offset, read_piece
from api.schemas import SilentSchema
from backend.media import actions, queries
from backend.media.models import Media, Upload
from backend.media.partial import Partial
from backend.media.rules import PIECE_TYPE, demand_place, demand_whole, wrong_offset
from backend.media.schemas import MediaSchema, UploadForm, UploadSchema
from backend.media.store import StoredObject
from backend.unit_of_work import UnitOfWork

blp = blueprint("uploads", "断点续传 Uploads that go on where they were cut")
_ONE = "/uploads/<id:upload_id>"


@route(blp, "POST /uploads", needs="media.upload", body=UploadForm, returns=UploadSchema, status=201, keyed=True)
def open_upload(call: Write, form: dict[str, Any]) -> Answer:
    """登记要上传的文件 Announce a file that will come in pieces."""
    upload = actions.open_upload(call.unit, **form)
    return Answer(queries.present_upload(upload, 0), location=f"/api/v1/uploads/{upload.id}")


@route(blp, f"GET {_ONE}", needs="media.upload", returns=UploadSchema)
def get_upload(call: Read, upload_id: str) -> Answer:
    """查看传到哪里 How much of a file has arrived, in the body and in `Upload-Offset`."""
    upload = queries.access_upload(call.session, call.actor, upload_id)
    shown = queries.present_upload(upload, media_store().arrived(upload.id))
    headers = {OFFSET: str(shown["offset"]), "Upload-Length": str(upload.size), "Cache-Control": "no-store"}
    return Answer(shown, headers=headers)


@route(
    blp,
    f"PATCH {_ONE}",
    needs="media.upload",
    returns=SilentSchema,
    status=204,
    bare=True,
    takes=PIECE_TYPE,
    asks={OFFSET: OFFSET_PATTERN},
)
def append_piece(upload_id: str) -> Answer:
    """上传一段 The next piece of a file, at most 1 MB; `Upload-Offset` says where the one after it begins."""
    said, piece = read_offset(request), read_piece(request)
    with _held(upload_id) as (upload, partial):
        if upload.media_id is not None:
            raise wrong_offset(upload.size, "这个文件已经传完了。")
        partial.judge(upload.size)
        demand_place(partial.here, said, upload.size, len(piece))
        partial.append(piece)
        partial.judge(upload.size)
        return Answer(None, headers={OFFSET: str(partial.here)})


@route(blp, f"POST {_ONE}/finish", needs="media.upload", returns=MediaSchema, status=201, again=True, bare=True)
def finish_upload(upload_id: str) -> Response | Answer:
    """完成上传 Make a file of all its pieces; sent again, it answers with the same file."""
    with _held(upload_id) as (upload, partial):
        if upload.media_id is not None:
            return _finished(upload.media_id)
        demand_whole(partial.here, upload.size)
        stored = media_store().put_partial(partial, upload.sha256)
        answer = transact(lambda unit: _enter(unit, upload_id, stored), None, 201)
    media_store().discard(upload_id)
    return answer


@route(blp, f"DELETE {_ONE}", needs="media.upload", returns=SilentSchema, status=204, bare=True)
def drop_upload(upload_id: str) -> Response:
    """放弃上传 Give an upload up; of one that is finished, the file stays."""
    answer = transact(lambda unit: actions.drop_upload(unit, upload_id), None, 204)
    media_store().discard(upload_id)
    return answer


@contextmanager
def _held(upload_id: str) -> Iterator[tuple[Upload, Partial]]:
    """Hold an upload of the caller's own, as it stands once it is held."""
    _access(upload_id)
    with media_store().partial(upload_id) as partial:
        yield _access(upload_id), partial


def _access(upload_id: str) -> Upload:
    with database().reading() as session:
        upload = queries.access_upload(session, g.actor, upload_id)
        session.expunge(upload)
        return upload


def _enter(unit: UnitOfWork, upload_id: str, stored: StoredObject) -> Answer:
    media, new = actions.finish_upload(unit, upload_id, stored)
    return enter(media, 201 if new else 200)


def _finished(media_id: str) -> Answer:
    with database().reading() as session:
        return enter(session.get_one(Media, media_id), 200)
