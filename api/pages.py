"""The pages a browser opens: the feed at `/`, the API's documentation at `/docs`, figures at `/operation`."""

from __future__ import annotations

from flask import Blueprint, Response, current_app

blp = Blueprint("pages", __name__)


@blp.get("/")
def home() -> Response:
    """Serve the first page."""
    return _page("index.html")


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
