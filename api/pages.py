"""The pages a browser opens: the feed at `/`, the API's documentation at `/docs`."""

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


def _page(name: str) -> Response:
    response = current_app.send_static_file(name)
    response.headers["Cache-Control"] = "no-cache"
    return response
