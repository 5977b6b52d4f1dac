"""News for readers."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from api.edge import Read, blueprint, renderings, route
from api.schemas import PageQuery, page_of
from backend.district.queries import list_offices, list_sections, list_towns, map_of_towns
from backend.feed import queries
from backend.feed.schemas import ArticleSchema, CardSchema
from backend.feed.specials.queries import neighbours
from backend.forms import Id
from backend.paging import Page
from backend.renderings import Rendering
from backend.search import related
from backend.search.schemas import RelatedListSchema

blp = blueprint("feed", "新闻 News")


class FeedQuery(PageQuery):
    """Which part of the feed."""

    section = Id()
    town = Id()


class PlaceSchema(Schema):
    """A section, town or office, with its names."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    position = fields.Integer()


class SectionsSchema(Schema):
    """The sections of the news; towns and offices come along, since every client needs them at once."""

    items = fields.List(fields.Nested(PlaceSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    towns = fields.List(fields.Nested(PlaceSchema), required=True)
    offices = fields.List(fields.Nested(PlaceSchema), required=True)


class OutlineSchema(Schema):
    """A GeoJSON MultiPolygon (RFC 7946): polygons of rings of positions, longitude first, WGS-84 degrees."""

    type = fields.Constant("MultiPolygon", required=True)
    coordinates = fields.List(
        fields.List(fields.List(fields.List(fields.Float(), metadata={"minItems": 2, "maxItems": 2}))), required=True
    )


class TownSchema(Schema):
    """A town on the map: a rough centre, and an outline that is schematic and no surveyed border."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    lat = fields.Float(required=True)
    lon = fields.Float(required=True)
    outline = fields.Nested(OutlineSchema, required=True)


class TownsSchema(Schema):
    """All towns."""

    items = fields.List(fields.Nested(TownSchema), required=True)
    next = fields.String(required=True, allow_none=True)


@route(blp, "GET /feed", needs="public.read", query=FeedQuery, returns=page_of(CardSchema, "FeedPageSchema"))
def list_feed(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """新闻流 The feed, newest first."""
    page = Page(query.get("cursor"), query["limit"])
    return queries.list_feed(call.session, section=query.get("section"), town=query.get("town"), page=page)


@route(blp, "GET /articles/<id:article_id>", needs="public.read", returns=ArticleSchema, refuses=(410,))
def get_article(call: Read, article_id: str) -> Rendering:
    """一篇稿件 One article."""
    return queries.access_article(call.session, renderings(), article_id)


@route(blp, "GET /articles/<id:article_id>/related", needs="public.read", returns=RelatedListSchema, refuses=(410,))
def list_related(call: Read, article_id: str) -> dict[str, Any]:
    """相关阅读 What else there is to read: from the same special first, then what shares rare words."""
    queries.demand_live(call.session, article_id)
    together = neighbours(call.session, article_id)[: related.MOST]
    items = related.present(call.session, "article", together)
    without = [("article", each) for each in together]
    items += related.related(call.session, "article", article_id, without=without, limit=related.MOST - len(items))
    return {"items": items, "next": None}


@route(blp, "GET /sections", needs="public.read", returns=SectionsSchema)
def get_sections(call: Read) -> dict[str, Any]:
    """栏目、街镇与单位 Sections, towns and offices."""
    return {
        "items": list_sections(call.session),
        "next": None,
        "towns": list_towns(call.session),
        "offices": list_offices(call.session),
    }


@route(blp, "GET /towns", needs="public.read", returns=TownsSchema)
def get_towns(call: Read) -> dict[str, Any]:
    """街镇地图 The towns with their outlines, for the app's own map."""
    return {"items": map_of_towns(call.session), "next": None}
