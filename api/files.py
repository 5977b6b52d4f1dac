"""Sending stored files: whole, in part, or not at all where the client has them (RFC 9110)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header
from werkzeug.wsgi import wrap_file

from backend.errors import AppError, Code

_PIECE = 64 * 1024


def send_file(path: Path, *, mime: str, tag: str, headers: dict[str, str]) -> Response:
    """Answer with a file, the one range of it that is asked for, or 304.

    Raises:
        AppError: 416 for a range beyond its end.
        FileNotFoundError: when it is not there.
    """
    file = path.open("rb")
    size = path.stat().st_size
    response = Response(
        wrap_file(request.environ, file, _PIECE), headers=headers, content_type=mime, direct_passthrough=True
    )
    response.content_length = size
    response.set_etag(tag)
    try:
        response.make_conditional(_conditions(tag), accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise AppError(
            Code.BAD_HEADER,
            416,
            "要读取的部分超出了文件末尾。",
            errors=[{"field": "Range", "code": "out_of_range", "message": f"文件共 {size} 字节"}],
            headers={"Content-Range": f"bytes */{size}", "Cache-Control": "no-store"},
        ) from None
    return response


def _conditions(tag: str) -> dict[str, Any]:
    """Return the request's environment without the conditions that do not count here.

    A range that is malformed, multiple or not in bytes is to be ignored, and one is not looked at where the client has
    the whole already. `If-Match` protects edits, and this is none.
    """
    conditions = dict(request.environ)
    conditions.pop("HTTP_IF_MATCH", None)
    wanted = parse_range_header(conditions.get("HTTP_RANGE"))
    is_single = wanted is not None and wanted.units == "bytes" and len(wanted.ranges) == 1
    if not is_single or request.if_none_match.contains(tag):
        conditions.pop("HTTP_RANGE", None)
    return conditions
