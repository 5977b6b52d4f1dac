"""Reading one piece of an upload, and where its sender means it to go."""

from __future__ import annotations

import re

from flask import Request

from backend.errors import AppError, Code
from backend.media.rules import PIECE, PIECE_TYPE, too_large, unsupported

OFFSET = "Upload-Offset"
OFFSET_PATTERN = "^[0-9]{1,12}$"


def read_offset(request: Request) -> int:
    """Return what `Upload-Offset` says.

    Raises:
        AppError: 400 where it is missing or no number of bytes.
    """
    said = request.headers.get(OFFSET)
    if said is None or not re.fullmatch(OFFSET_PATTERN, said, re.ASCII):
        words = f"{OFFSET} 要写明这一段从第几个字节开始。"
        error_code = "missing" if said is None else "invalid"
        raise AppError(
            Code.BAD_HEADER, 400, words, errors=[{"field": OFFSET, "code": error_code, "message": "要一个字节数。"}]
        )
    return int(said)


def read_piece(request: Request) -> bytes:
    """Return the body. All of it is here before anything is locked, so that a slow phone keeps nobody waiting.

    Raises:
        AppError: 415 for another content type, 413 for more than a piece may be.
    """
    if request.mimetype != PIECE_TYPE:
        raise unsupported(f"每一段要用 {PIECE_TYPE}。")
    if (request.content_length or 0) > PIECE:
        raise too_large(None, PIECE)
    # The end of a chunked body that is too long is silent, so one byte more is let in to tell.
    request.max_content_length = PIECE + 1
    piece = request.get_data(cache=False)
    if len(piece) > PIECE:
        raise too_large(None, PIECE)
    return piece
