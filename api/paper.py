"""The 数字报: printed issues for everybody, as JSON and as pages of plain HTML."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from api.edge import HouseBlueprint, Read, blueprint, database, route
from api.kitchen.newspaper import press
from api.paper_html import write_page
from backend.publishing.newspaper import public
from backend.publishing.newspaper.schemas import PublicIssueSchema, PublicPageSchema

blp = blueprint("paper", "数字报 The printed newspaper, for readers")
# Readers' own addresses, at the root.
reader = HouseBlueprint("paper_pages", "paper_pages", url_prefix="", description="数字报网页 The same, to read")
_HTML = "text/html"
_DAY = "/paper/<id:date>"


@route(blp, "GET /paper", needs="public.read", returns=PublicIssueSchema, refuses=(404,))
def get_latest(call: Read) -> Any:
    """最新一期 The newest printed issue."""
    return public.present_latest(call.session)


@route(blp, f"GET {_DAY}", needs="public.read", returns=PublicIssueSchema)
def get_day(call: Read, date: str) -> Any:
    """某日报纸 The issue of a day."""
    return public.present_day(call.session, date)


@route(blp, f"GET {_DAY}/<int:page>", needs="public.read", returns=PublicPageSchema)
def get_page(call: Read, date: str, page: int) -> Any:
    """数字报版面 A page: its drawing, its regions, its articles."""
    return public.present_page(call.session, date, page, press())


@route(reader, "GET /paper", needs="public.read", sends=[_HTML], refuses=(404,), bare=True)
def read_latest() -> Response:
    """读最新一期 The first page of the newest issue, to read."""
    with database().reading() as session:
        return _page(session, public.present_latest(session)["date"], 1)


@route(reader, f"GET {_DAY}", needs="public.read", sends=[_HTML], bare=True)
def read_day(date: str) -> Response:
    """读某日报纸 The first page of a day's issue, to read."""
    with database().reading() as session:
        return _page(session, date, 1)


@route(reader, f"GET {_DAY}/<int:page>", needs="public.read", sends=[_HTML], refuses=(404,), bare=True)
def read_page(date: str, page: int) -> Response:
    """读数字报版面 A page, to read."""
    with database().reading() as session:
        return _page(session, date, page)


def _page(session: Session, date: str, number: int) -> Response:
    shown = public.present_page(session, date, number, press())
    response = Response(write_page(shown), content_type=f"{_HTML}; charset=utf-8")
    response.add_etag()
    response.headers["Cache-Control"] = "public, no-cache"
    response.make_conditional(request)
    return response
