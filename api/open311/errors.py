"""Refusals under `/open311` in the standard's form, whatever refused: a list of `{code, description}`.

Source: wiki.open311.org/GeoReport_v2, "Errors": 404 for what does not exist, 403 for a key, "basically 400 for any
other error". What HTTP itself has a word for (method, size, quota, our own fault) keeps it.
"""

from __future__ import annotations

from flask import Flask, Response, request
from werkzeug.routing import RequestRedirect

from api.open311.formats import JSON, XML, write
from backend.errors import AppError, not_found

PREFIX = "/open311/"
_KEPT = {400, 403, 404, 405, 413, 429, 500, 503}
_HEADERS = {"Allow", "Retry-After"}


def install_refusals(app: Flask) -> None:
    """Let refusals under this prefix be written here, and no address be corrected by a redirect."""
    app.extensions["error_dialects"] = {PREFIX: write_refusal}
    app.before_request(_refuse_redirect)


def write_refusal(error: AppError) -> Response:
    """Write a refusal in the format that was asked for, in XML where that is none of ours."""
    status = error.status if error.status in _KEPT else 400
    words = [_described(each["field"], each["message"]) for each in error.errors or ()] or [error.detail]
    body = [{"code": status, "description": text} for text in words]
    response = write(_form_asked(), "errors", body, status=status)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers.update({name: value for name, value in error.headers.items() if name in _HEADERS})
    return response


def _described(field: str, message: str) -> str:
    return message if field in message else f"{field}：{message}"


def _form_asked() -> str:
    return JSON if request.path.endswith(".json") else XML


def _refuse_redirect() -> Response | None:
    if request.path.startswith(PREFIX) and isinstance(request.routing_exception, RequestRedirect):
        return write_refusal(not_found("地址"))
    return None
