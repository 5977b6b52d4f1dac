"""Reading one uploaded file from a multipart body (RFC 7578), piece by piece as it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Event, Field, File, MultipartDecoder, NeedData

from backend.errors import AppError, Code, invalid
from backend.media.rules import LARGEST, too_large, unsupported

_PIECE = 64 * 1024
# What is not yet told apart: headers of a part, or a piece that may hold the beginning of a boundary.
_MAX_BUFFER = 4 * _PIECE
# Boundaries and headers come on top of the file.
_MAX_BODY = LARGEST + _MAX_BUFFER


class Sink(Protocol):
    """Anything that takes bytes."""

    def write(self, data: bytes) -> object:
        """Take the next bytes; may raise to refuse them."""


def read_file(request: Request, name: str, sink: Sink) -> None:
    """Write the file of the part called `name` to `sink`. It must be the only part.

    Raises:
        AppError: 415 for another content type, 400 for a body that is no multipart or stops early, 413 for one that is
            longer than any file may be, 422 for a missing, repeated or unknown part; and whatever `sink` raises.
    """
    try:
        _copy_part(_events(request), name, sink)
    except RequestEntityTooLarge:
        raise too_large(None, LARGEST) from None
    except ValueError:
        # The decoder's word for bad headers, bad UTF-8 in them, and an end without the closing boundary.
        raise AppError(Code.BODY_TRUNCATED, 400, "上传的内容不完整，请重试。") from None


def _copy_part(events: Iterator[Event], name: str, sink: Sink) -> None:
    parts = 0
    for event in events:
        if isinstance(event, (Field, File)):
            if not event.name:
                raise ValueError("a part without a name")
            if event.name != name:
                raise invalid(event.name[:64], "unknown_field", "没有这个字段")
            parts += 1
            if parts > 1:
                raise invalid(name, "repeated", "一次只能上传一个文件")
        if isinstance(event, Data):
            sink.write(event.data)
    if not parts:
        raise invalid(name, "missing", "请选择要上传的文件")


def _events(request: Request) -> Iterator[Event]:
    decoder = MultipartDecoder(_boundary(request), _MAX_BUFFER)
    request.max_content_length = _MAX_BODY
    stream, event = request.stream, None
    while not isinstance(event, Epilogue):
        piece = stream.read(_PIECE)
        try:
            decoder.receive_data(piece or None)
        except RequestEntityTooLarge:
            raise ValueError("no end of a part's headers, or no part at all") from None
        while not isinstance(event := decoder.next_event(), (NeedData, Epilogue)):
            yield event


def _boundary(request: Request) -> bytes:
    if request.mimetype != "multipart/form-data":
        raise unsupported("上传要用 multipart/form-data。")
    boundary = request.mimetype_params.get("boundary", "")
    if not 1 <= len(boundary) <= 70 or not boundary.isascii():
        raise AppError(
            Code.BAD_HEADER,
            400,
            "Content-Type 里缺少有效的 boundary。",
            errors=[{"field": "Content-Type", "code": "invalid", "message": "缺少 boundary"}],
        )
    return boundary.encode()
