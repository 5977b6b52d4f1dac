"""Shapes of media, wherever they are shown."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.forms import Choice, Form
from backend.media.rules import RENDITIONS, TYPES, Kind

_COUNT = validate.Range(min=1)


class RenditionSchema(Schema):
    """A smaller picture of an image."""

    name = fields.String(required=True, validate=validate.OneOf(list(RENDITIONS)))
    width = fields.Integer(required=True, validate=_COUNT)
    height = fields.Integer(required=True, validate=_COUNT)
    url = fields.String(required=True)


class MediaSchema(Schema):
    """A file, as it stands in articles, notices and requests. Size in pixels where it has one."""

    id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([str(kind) for kind in Kind]))
    mime = fields.String(required=True, validate=validate.OneOf(list(TYPES)))
    sha256 = fields.String(required=True)
    bytes = fields.Integer(required=True, validate=_COUNT)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    url = fields.String(required=True)
    renditions = fields.List(fields.Nested(RenditionSchema), required=True)


class MediaQuery(Form):
    """Which size of an image is wanted; the original without it."""

    rendition = Choice(list(RENDITIONS))
