"""The one place that turns whatever went wrong into `application/problem+json`."""

from __future__ import annotations

import errno
import json
from typing import Any, cast

import structlog
from flask import Flask, Response, current_app, request
from gunicorn.http.errors import NoMoreData, ParseException  # type: ignore[import-untyped]  # it ships no types
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import ClientDisconnected, HTTPException

from backend.errors import AppError, Code

_CODES = {
    400: (Code.BAD_REQUEST, "请求无法读懂。"),
    404: (Code.NOT_FOUND, "没有这个地址。"),
    405: (Code.METHOD_NOT_ALLOWED, "这个地址不支持这种操作。"),
    406: (Code.NOT_ACCEPTABLE, "无法按要求的格式回答。"),
    408: (Code.BODY_TRUNCATED, "请求没有发完。"),
    413: (Code.TOO_LARGE, "内容太大。"),
    415: (Code.UNSUPPORTED_MEDIA_TYPE, "不支持这种内容类型。"),
    416: (Code.BAD_HEADER, "请求的范围超出文件。"),
    431: (Code.TOO_LARGE, "请求头太大。"),
}
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS}
_log = structlog.get_logger(__name__)


def install_errors(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(HTTPException, _http_error)
    for broken in (NoMoreData, ParseException, ClientDisconnected):
        app.register_error_handler(broken, _truncated)
    for gone in (OperationalError, InterfaceError, PoolTimeout):
        app.register_error_handler(gone, _unavailable)
    app.register_error_handler(OSError, _disk)
    app.register_error_handler(Exception, _unexpected)


def problem_response(error: AppError) -> Response:
    """Write a refusal as an HTTP answer, where a standard rules in that standard's form."""
    dialects = current_app.extensions.get("error_dialects", {})
    dialect = next((write for prefix, write in dialects.items() if request.path.startswith(prefix)), None)
    return cast("Response", dialect(error)) if dialect else _problem(error)


def _problem(error: AppError) -> Response:
    body = json.dumps(error.as_problem(), ensure_ascii=False)
    # HTTP wants every 401 to say how one signs in.
    headers = ({"WWW-Authenticate": "Bearer"} if error.status == 401 else {}) | error.headers
    return Response(body, error.status, headers, content_type="application/problem+json")


def _app_error(error: AppError) -> Response:
    return problem_response(error)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    code, detail = _CODES.get(status, (Code.BAD_REQUEST if status < 500 else Code.INTERNAL, "请求没有成功。"))
    headers = {name: value for name, value in error.get_headers() if name in {"Allow", "Content-Range", "Retry-After"}}
    return problem_response(AppError(code, status, detail, headers=headers))


def _truncated(_error: Any) -> Response:
    return problem_response(AppError(Code.BODY_TRUNCATED, 400, "请求正文没有发完整。"))


def _disk(error: OSError) -> Response:
    """Say that nothing can be written now; any other trouble with the system is none that we have an answer for."""
    return _unavailable(error) if error.errno in _NO_ROOM else _unexpected(error)


def _unavailable(error: SQLAlchemyError | OSError) -> Response:
    """Say that database or disk cannot be had now.

    Where the connection broke while a transaction was being committed, nobody here can tell whether it was. With an
    `Idempotency-Key` that need not be known: the request is sent again, and is done once. Without one it is looked up.
    """
    _log.error("http.unavailable", path=request.path, method=request.method, exc_info=error)
    if request.method in {"GET", "HEAD", "OPTIONS"} or isinstance(error, PoolTimeout):
        detail = "服务暂时繁忙，请稍后再试。"
    elif {"Idempotency-Key", "Authorization"} <= set(request.headers.keys()):
        # A stranger's key is not minded: see `edge.read_key`.
        detail = "服务暂时繁忙，刚才的操作可能还没有生效。请稍后再试一次，同一个操作不会办两遍。"
    else:
        detail = "服务暂时繁忙，刚才的操作可能生效了，也可能没有。请稍后先看一看，没有再重做。"
    return problem_response(AppError(Code.UNAVAILABLE, 503, detail, headers={"Retry-After": "2"}))


def _unexpected(error: Exception) -> Response:
    _log.error("http.unexpected", path=request.path, method=request.method, exc_info=error)
    return problem_response(AppError(Code.INTERNAL, 500, "服务出了问题，我们已经记下，请稍后再试。"))
