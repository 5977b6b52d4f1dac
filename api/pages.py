"""The pages a browser opens: the app, the desks, the API's documentation, the figures of operation, receipts."""

from __future__ import annotations

import mimetypes
from pathlib import Path

import structlog
from flask import Blueprint, Response, current_app, redirect, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.security import safe_join
from werkzeug.wrappers import Response as Redirect

from api.first import draw_first

blp = Blueprint("pages", __name__)
_log = structlog.get_logger("pages")

# The smaller first.
ENCODINGS = {"br": ".br", "gzip": ".gz"}

# Vue makes a policy of its own for the templates it was built with; what comes from the house is rebuilt by ours.
APP_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "font-src 'self'; worker-src 'self'; manifest-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-src 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types vue ronghui-blocks"
)
# The text editor of the desks reads what is pasted into it by a policy of its own.
DESK_POLICY = f"{APP_POLICY} ProseMirrorClipboard"


@blp.get("/")
def home() -> Response:
    """Serve the citizen's app with the news of this moment; where it was not built, a page that says so, with 503.

    With `shell` in the query there is no news in it: that page is for the service worker, which keeps it.
    """
    if "shell" in request.args or not _is_built("app/index.html"):
        return _built_page("app/index.html", APP_POLICY)
    try:
        page = draw_first(Path(current_app.static_folder or "") / "app")
    except (SQLAlchemyError, OSError) as error:
        # The app comes alone, and says what it can by itself: without a database, or of a build that left no words.
        _log.warning("pages.without_news", error=type(error).__name__)
        return _built_page("app/index.html", APP_POLICY)
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = APP_POLICY
    response.add_etag()
    response.make_conditional(request)
    return response


@blp.get("/sw.js")
def worker() -> Response:
    """Serve the service worker of the app: from the root, as none has a scope above its own folder."""
    return _page("app/sw.js")


@blp.get("/desk/")
def desk_with_slash() -> Redirect:
    """Lead whoever typed one sign too many to the desks."""
    return redirect("/desk")


@blp.get("/desk")
def desk() -> Response:
    """Serve the desks of those who work here; where they were not built, a page that says so, with 503."""
    return _built_page("desk/index.html", DESK_POLICY)


@blp.get("/static/<any(app, desk):built>/assets/<path:name>")
def built_asset(built: str, name: str) -> Response:
    """Serve a file of an app, compressed as it was built. Its name changes with its content: it is kept for ever."""
    for encoding, ending in ENCODINGS.items():
        if request.accept_encodings[encoding] and _is_built(f"{built}/assets/{name}{ending}"):
            response = current_app.send_static_file(f"{built}/assets/{name}{ending}")
            response.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
            response.headers["Content-Encoding"] = encoding
            break
    else:
        response = current_app.send_static_file(f"{built}/assets/{name}")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.vary.add("Accept-Encoding")
    return response


def _built_page(name: str, policy: str) -> Response:
    if not _is_built(name):
        response = _page("unbuilt.html")
        response.status_code = 503
        return response
    response = _page(name)
    response.headers["Content-Security-Policy"] = policy
    return response


def _is_built(name: str) -> bool:
    return Path(safe_join(current_app.static_folder or "", name) or "").is_file()


@blp.get("/docs")
def docs() -> Response:
    """Serve the page that reads the OpenAPI document."""
    return _page("docs.html")


@blp.get("/operation")
def operation() -> Response:
    """Serve the page of figures, which asks for a sign-in of its own."""
    return _page("operation.html")


@blp.get("/receipts/check")
def receipts() -> Response:
    """Serve the page that checks receipts, in the browser where it can."""
    return _page("receipts.html")


def _page(name: str) -> Response:
    response = current_app.send_static_file(name)
    response.headers["Cache-Control"] = "no-cache"
    return response
