"""Shapes of articles."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.blocks import BlockSchema
from backend.forms import Timestamp
from backend.media.schemas import MediaSchema


class SourceSchema(Schema):
    """Where the facts come from."""

    name = fields.String(required=True)
    kind = fields.String(required=True)


class CorrectionChangeSchema(Schema):
    """What was said before, and what is said now."""

    field = fields.String(required=True)
    before = fields.String(required=True)
    after = fields.String(required=True)


class CorrectionSchema(Schema):
    """An admitted mistake."""

    at = Timestamp(required=True)
    note = fields.String(required=True)
    changes = fields.List(fields.Nested(CorrectionChangeSchema), required=True)


class CardSchema(Schema):
    """An article as lists show it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    headline = fields.String(required=True)
    summary = fields.String(required=True)
    section = fields.String(required=True)
    towns = fields.List(fields.String(), required=True)
    class_ = fields.String(required=True, data_key="class")
    priority = fields.Integer(required=True)
    breaking = fields.Boolean(required=True)
    confirmed = fields.Boolean(required=True)
    cover = fields.Nested(MediaSchema, required=True, allow_none=True)
    byline = fields.String(required=True)
    sources = fields.List(fields.Nested(SourceSchema), required=True)
    published_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    corrections = fields.List(fields.Nested(CorrectionSchema), required=True)
    translations = fields.Dict(required=True)


class ArticleSchema(CardSchema):
    """A whole article."""

    body = fields.List(fields.Nested(BlockSchema), required=True)
