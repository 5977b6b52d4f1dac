"""The feed for other houses and their machines: in the formats of the trade, at the root, open to everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

from flask import Response, current_app, request
from marshmallow import Schema, fields, validate

from api.edge import HouseBlueprint, Read, View, database, route
from backend.config import Settings
from backend.feed.syndication import formats
from backend.feed.syndication.changes import TYPES, list_changes
from backend.feed.syndication.editions import Document, Editions
from backend.feed.syndication.formats import Format, ItemFormat
from backend.feed.syndication.items import Outlet
from backend.feed.syndication.queries import access_feed, access_item
from backend.forms import Cursor, Form, Id, Number, Timestamp

# No prefix: readers look for feeds at the root.
blp = HouseBlueprint("syndication", "syndication", url_prefix="", description="转载与聚合 Syndication")
_EXTENSION = "syndication_editions"
_CACHE_CONTROL = "public, max-age=60"
# HTTP counts in seconds. What changed in this very second may change in it again, and would have the same date.
_SETTLED = timedelta(seconds=1)


class FeedPartQuery(Form):
    """A part of the feed."""

    section = Id()
    town = Id()


class ChangesQuery(Form):
    """Where a partner goes on: `next` of one answer is `cursor` of the following request."""

    cursor = Cursor()
    limit = Number(1, 100, from_text=True, load_default=50)


class ArticleChangeSchema(Schema):
    """One thing that happened to an article; `data` is a ninjs 2.1 object of how it stands now."""

    seq = fields.Integer(required=True)
    type = fields.String(required=True, validate=validate.OneOf(list(TYPES)))
    id = fields.String(required=True)
    version = fields.Integer(required=True)
    at = Timestamp(required=True)
    data = fields.Dict(required=True)


class ArticleChangesSchema(Schema):
    """Changes, oldest first. `next` is there at the end too; `more` says whether it is worth asking at once."""

    items = fields.List(fields.Nested(ArticleChangeSchema), required=True)
    next = fields.String(required=True)
    more = fields.Boolean(required=True)


def _part(form: Format) -> Callable[[View], View]:
    """Declare the address of a feed that may be asked for one section or town of."""
    return route(
        blp,
        f"GET {form.path}",
        needs="public.read",
        query=FeedPartQuery,
        sends=[form.mime],
        bare=True,
        refuses=(404,),
    )


@_part(formats.RSS)
def get_rss(query: dict[str, Any]) -> Response:
    """RSS 2.0 订阅 The feed as RSS."""
    return _feed(formats.RSS, query)


@_part(formats.ATOM)
def get_atom(query: dict[str, Any]) -> Response:
    """Atom 订阅 The feed as Atom; what was withdrawn leaves a tombstone (RFC 6721)."""
    return _feed(formats.ATOM, query)


@_part(formats.JSON_FEED)
def get_json_feed(query: dict[str, Any]) -> Response:
    """JSON Feed 订阅 The feed as JSON Feed 1.1."""
    return _feed(formats.JSON_FEED, query)


@_part(formats.NINJS)
def get_ninjs_feed(query: dict[str, Any]) -> Response:
    """Ninjs 列表 The feed as ninjs 2.1: a composite whose associations are the articles."""
    return _feed(formats.NINJS, query)


@_part(formats.NEWSML)
def get_newsml_feed(query: dict[str, Any]) -> Response:
    """NewsML-G2 列表 The feed as a newsMessage of NewsML-G2 2.34."""
    return _feed(formats.NEWSML, query)


@route(blp, f"GET {formats.SITEMAP.path}", needs="public.read", sends=[formats.SITEMAP.mime], bare=True)
def get_news_sitemap() -> Response:
    """新闻站点地图 What was published within 48 hours, for search engines."""
    return _feed(formats.SITEMAP, {})


@route(blp, "GET /ninjs/<id:article_id>.json", needs="public.read", sends=[formats.NINJS_ITEM.mime], bare=True)
def get_ninjs(article_id: str) -> Response:
    """一篇稿件的 ninjs One article as ninjs 2.1; `canceled` for 30 days after it was withdrawn."""
    return _item(formats.NINJS_ITEM, article_id)


@route(blp, "GET /newsml/<id:article_id>.xml", needs="public.read", sends=[formats.NEWSML_ITEM.mime], bare=True)
def get_newsml(article_id: str) -> Response:
    """一篇稿件的 NewsML-G2 One article as a newsItem; `stat:canceled` for 30 days after it was withdrawn."""
    return _item(formats.NEWSML_ITEM, article_id)


@route(blp, "GET /api/v1/open/changes", needs="public.read", query=ChangesQuery, returns=ArticleChangesSchema)
def get_changes(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """稿件变动 What was published, corrected, confirmed and withdrawn, to be resumed at any place."""
    return list_changes(call.session, _outlet(), cursor=query.get("cursor"), limit=query["limit"])


@blp.record_once  # type: ignore[untyped-decorator]  # the library ships no types
def _install(state: Any) -> None:
    state.app.extensions[_EXTENSION] = Editions()


def _feed(form: Format, query: dict[str, Any]) -> Response:
    with database().reading() as session:
        now = database().clock.now()
        return _send(access_feed(session, _editions(), _outlet(), form, now, **query))


def _item(form: ItemFormat, article_id: str) -> Response:
    with database().reading() as session:
        now = database().clock.now()
        return _send(access_item(session, _editions(), _outlet(), form, now, article_id=article_id))


def _send(document: Document) -> Response:
    """Answer with a document, a range of it, or 304 where the reader has it."""
    charset = "; charset=utf-8" if document.mime.endswith("xml") else ""
    response = Response(document.body, content_type=document.mime + charset)
    response.set_etag(document.tag)
    response.headers["Cache-Control"] = _CACHE_CONTROL
    # Anybody may read it, so pages of other houses may too.
    response.headers["Access-Control-Allow-Origin"] = "*"
    if database().clock.now() - document.changed.replace(microsecond=0) > _SETTLED:
        response.last_modified = document.changed
    # `If-Match` protects edits, and this is none.
    conditions = {name: value for name, value in request.environ.items() if name != "HTTP_IF_MATCH"}
    response.make_conditional(conditions, accept_ranges=True, complete_length=len(document.body))
    return response


def _editions() -> Editions:
    return cast("Editions", current_app.extensions[_EXTENSION])


def _outlet() -> Outlet:
    settings = cast("Settings", current_app.extensions["settings"])
    return Outlet(settings.public_url, settings.websub_hubs)
