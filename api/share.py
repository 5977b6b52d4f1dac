"""Share pages `/s/<kind>/<id>`: what a link in a messenger leads to, to be read without the app and its scripts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, current_app, request
from sqlalchemy.orm import Session

from api.edge import database
from api.share_html import Part, Shared, said_at, write_gone, write_missing, write_page
from backend.errors import AppError, Code, not_found, withdrawn
from backend.feed import queries as feed
from backend.feed.live import queries as lives
from backend.feed.specials import queries as specials
from backend.feed.syndication.words import UNCONFIRMED
from backend.notices.models import Notice
from backend.notices.queries import present_notices
from backend.notices.rules import READABLE, State
from backend.sync.streams import Audience

blp = Blueprint("share", __name__)
# Nothing runs here and nothing is sent; pictures, films and the sheet are our own.
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)


@blp.get("/s/<id:kind>/<id:thing_id>")
def read(kind: str, thing_id: str) -> Response:
    """Write the page. Whatever a messenger has added to the address is let be."""
    if kind not in _KINDS:
        return _html(write_missing(), 404)
    noun, load = _KINDS[kind]
    try:
        with database().reading() as session:
            shared = load(session, thing_id)
    except AppError as refused:
        if refused.code is Code.WITHDRAWN:
            return _html(write_gone(noun, refused.data["reason"]), 410)
        if refused.code is not Code.NOT_FOUND:
            raise
        return _html(write_missing(), 404)
    public_url = current_app.extensions["settings"].public_url
    response = _html(write_page(shared, f"{public_url}/s/{kind}/{quote(thing_id, safe='')}", public_url), 200)
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    response.make_conditional(request)
    return response


def _html(page: str, status: int) -> Response:
    response = Response(page, status, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _CSP
    return response


def _article(session: Session, article_id: str) -> Shared:
    feed.demand_live(session, article_id)
    article = feed.load_articles(session, [article_id], Audience.PUBLIC)[article_id]
    corrections = [f"更正（{said_at(each['at'])}）：{each['note']}" for each in reversed(article["corrections"])]
    return Shared(
        label="快讯" if article["breaking"] else "新闻",
        title=article["headline"],
        summary=article["summary"],
        app=f"/#/news/{article_id}",
        at=article["published_at"],
        by=article["byline"],
        cover=article["cover"],
        notes=[*([] if article["confirmed"] else [UNCONFIRMED]), *corrections],
        parts=[Part(article["body"])],
    )


def _notice(session: Session, notice_id: str) -> Shared:
    row = session.get(Notice, notice_id)
    if row is not None and row.state == State.WITHDRAWN:
        raise withdrawn("该公告", row.withdrawn_reason)
    if row is None or row.state not in READABLE:
        raise not_found("公告")
    notice = present_notices(session, [row])[notice_id]
    numbers = [f"{name}：{notice[key]}" for name, key in (("索引号", "index_no"), ("文号", "doc_no")) if notice[key]]
    stands = {State.SUPERSEDED: ["本公告已被新的公告替代。"], State.EXPIRED: ["本公告已经失效。"]}
    return Shared(
        label=notice["category_name"],
        title=notice["title"],
        summary="",
        app=f"/#/notices/{notice_id}",
        at=notice["published_at"],
        by=notice["office"]["name"],
        notes=stands.get(State(row.state), []),
        parts=[
            Part(notice["body"]),
            *([Part(meta="　".join(numbers))] if numbers else []),
            *_attachments(notice["attachments"]),
        ],
    )


def _attachments(files: Sequence[Mapping[str, Any]]) -> list[Part]:
    links = [(file["url"], f"附件 {number}") for number, file in enumerate(files, 1)]
    return [Part(heading="附件", links=links)] if links else []


def _live(session: Session, live_id: str) -> Shared:
    shown = lives.summarise(session, live_id)
    live = shown["live"]
    first = {entry["id"] for entry in shown["pinned"]}
    entries = [*shown["pinned"], *(entry for entry in shown["entries"] if entry["id"] not in first)]
    return Shared(
        label="图文直播 · 进行中" if live["state"] == "open" else "图文直播 · 已结束",
        title=live["headline"],
        summary=live["intro"],
        app=f"/#/news/live/{live_id}",
        at=live["opened_at"],
        cover=live["cover"],
        parts=[_entry(entry) for entry in entries],
    )


def _entry(entry: Mapping[str, Any]) -> Part:
    marks = "".join(mark for mark, on in (("【置顶】", entry["pinned"]), ("【重点】", entry["key"])) if on)
    note = f"更正：{entry['note']}" if entry["note"] else ""
    return Part(entry["body"], meta=f"{marks}{said_at(entry['shown_at'])}　{entry['byline']}", note=note)


def _special(session: Session, special_id: str) -> Shared:
    shown = specials.access_special(session, special_id)
    special = shown["special"]
    return Shared(
        label="专题",
        title=special["title"],
        summary=special["intro"],
        app=f"/#/news/special/{special_id}",
        at=special["opened_at"],
        cover=special["cover"],
        parts=[
            Part(
                heading=group["title"],
                links=[(f"/s/article/{card['id']}", card["headline"]) for card in group["articles"]],
            )
            for group in shown["groups"]
        ],
    )


_KINDS: Mapping[str, tuple[str, Callable[[Session, str], Shared]]] = {
    "article": ("稿件", _article),
    "notice": ("公告", _notice),
    "live": ("直播", _live),
    "special": ("专题", _special),
}
