"""Putting the HTTP side together: blueprints, ids in addresses, request ids, security headers, the OpenAPI document."""

from __future__ import annotations

import re
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.routing import BaseConverter

from api import (
    alerts,
    auth,
    behalf,
    bookmarks,
    catalogue,
    comments,
    desk,
    desk_flow,
    editor,
    feed,
    follows,
    gatherings,
    identity,
    inbox,
    likes,
    lives,
    log,
    me,
    media,
    moderation,
    mutations,
    notices,
    pages,
    paper,
    places,
    polls,
    privacy,
    receipts,
    requests,
    roster,
    routing,
    search,
    share,
    specials,
    statistics,
    sync,
    syndication,
    tips,
    twins,
    uploads,
    usage,
    workdays,
    works,
)
from api.document import PROBLEM_SCHEMA, HouseApi
from api.errors import install_errors
from api.kitchen import (
    assessment,
    board,
    broadcast,
    dictionary,
    duty,
    examination,
    interview,
    monitoring,
    newspaper,
    operation,
    opinions,
    packages,
    planning,
    publishing,
    units,
)
from api.kitchen import tips as desk_tips
from api.open311 import resources as open311
from api.open311.errors import install_refusals
from api.operations import REFUSALS, REQUESTS, install_operations
from api.schemas import ProblemSchema
from api.shedding import install_shedding
from backend.blocks import BlockForm
from backend.ids import new_id

_log = structlog.get_logger("http")
_KITCHEN = (
    *(planning, interview, packages, examination, dictionary, publishing, newspaper, broadcast),
    *(assessment, monitoring, opinions, operation, board, duty, units),
    desk_tips,
)
BLUEPRINTS = (
    auth,
    catalogue,
    me,
    places,
    follows,
    bookmarks,
    feed,
    identity,
    comments,
    moderation,
    likes,
    lives,
    specials,
    notices,
    alerts,
    search,
    editor,
    *_KITCHEN,
    requests,
    routing,
    desk,
    desk_flow,
    receipts,
    behalf,
    twins,
    tips,
    polls,
    privacy,
    gatherings,
    statistics,
    inbox,
    log,
    media,
    uploads,
    roster,
    sync,
    mutations,
    syndication,
    paper,
    usage,
    works,
    workdays,
)
# Its words are the standard's, which this document's strictness would only contradict.
OPEN311_TAG = {
    "name": "open311",
    "description": "Open311 GeoReport v2，地址在 /open311/v2 和 /open311/test/v2，说明见 docs/open311.md",
    "externalDocs": {"url": "http://wiki.open311.org/GeoReport_v2/"},
}
_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)


_ID = "[0-9A-Za-z_-]{1,64}"


class IdConverter(BaseConverter):
    """An opaque id in an address. Anything else is no address of ours, hence a 404."""

    # `/requests/suggest` is an address of its own, and not that of a request.
    regex = f"(?!suggest$){_ID}"


def install_api(app: Flask) -> None:
    """Register everything under `/api/v1`, and the document that describes it."""
    app.url_map.converters["id"] = IdConverter
    app.config |= {
        "API_TITLE": "融汇 Ronghui",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.0.3",
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
        # Every multipart body is read by our own bounded reader; this bound is for whatever else may come.
        "MAX_CONTENT_LENGTH": 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 64 * 1024,
        "MAX_FORM_PARTS": 20,
    }
    api = HouseApi(app, [OPEN311_TAG])
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    api.register_converter(IdConverter, lambda _: {"type": "string", "pattern": f"^{_ID}$"})
    # No form names it directly; a body refers to it by name.
    api.spec.components.schema("BlockForm", schema=BlockForm)
    api.spec.components.schema(PROBLEM_SCHEMA, schema=ProblemSchema)
    for module in BLUEPRINTS:
        api.register_blueprint(module.blp)
    api.register_blueprint(paper.reader)
    api.register_blueprint(alerts.cap_blp)
    install_errors(app)
    install_operations(app)
    app.register_blueprint(open311.blp)
    app.register_blueprint(pages.blp)
    app.register_blueprint(share.blp)
    app.before_request(_begin)
    install_shedding(app)
    install_refusals(app)
    app.after_request(_end)


def _begin() -> None:
    given = request.headers.get("X-Request-Id", "")
    g.request_id = given if re.fullmatch(r"[0-9A-Za-z_-]{8,64}", given) else new_id()
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.request_id
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Content-Security-Policy", _CSP)
    response.headers.setdefault("Referrer-Policy", "same-origin")
    if response.status_code >= 400 or request.method != "GET":
        response.headers.setdefault("Cache-Control", "no-store")
    seconds = time.perf_counter() - g.started
    REQUESTS.labels(request.method, request.endpoint or "none", response.status_code).observe(seconds)
    if response.status_code >= 400:
        REFUSALS.labels(response.status_code).inc()
    actor: Any = g.get("actor")
    _log.info(
        "http.answered",
        method=request.method,
        endpoint=request.endpoint,
        status=response.status_code,
        ms=round(seconds * 1000, 1),
        actor=actor.id if actor else None,
    )
    return response
