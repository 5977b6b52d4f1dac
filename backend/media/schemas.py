"""Shapes of media, wherever they are shown."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.forms import Choice, Form, Number, Pattern, Text
from backend.media.rules import LARGEST, RENDITIONS, TYPES, Kind, Purpose, Work

_COUNT = validate.Range(min=1)


class RenditionSchema(Schema):
    """A smaller picture of an image."""

    name = fields.String(required=True, validate=validate.OneOf(list(RENDITIONS)))
    width = fields.Integer(required=True, validate=_COUNT)
    height = fields.Integer(required=True, validate=_COUNT)
    url = fields.String(required=True)


class LoudnessSchema(Schema):
    """How loud a programme is, by EBU R 128: LUFS, dBTP (null for silence), LU (null for what is too short)."""

    lufs = fields.Float(required=True)
    peak = fields.Float(required=True, allow_none=True)
    range = fields.Float(required=True, allow_none=True)


class MediaSchema(Schema):
    """A file, as it stands in articles, notices and requests. Size in pixels where it has one.

    What is made of a film or sound stands here when all of it is done; `GET /media/<id>/facts` tells how far it is.
    """

    id = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([str(kind) for kind in Kind]))
    mime = fields.String(required=True, validate=validate.OneOf(list(TYPES)))
    sha256 = fields.String(required=True)
    bytes = fields.Integer(required=True, validate=_COUNT)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    url = fields.String(required=True)
    renditions = fields.List(fields.Nested(RenditionSchema), required=True)
    duration_s = fields.Float(required=True, allow_none=True)
    loudness = fields.Nested(LoudnessSchema, required=True, allow_none=True)
    poster = fields.String(required=True, allow_none=True)
    hls = fields.String(required=True, allow_none=True)
    work = fields.String(required=True, validate=validate.OneOf([str(state) for state in Work]))
    progress = fields.Integer(required=True, validate=validate.Range(min=0, max=100))


class VariantSchema(Schema):
    """A stream that a player may choose, in bits a second; size in pixels, null for sound."""

    name = fields.String(required=True)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    bandwidth = fields.Integer(required=True)


class MediaFactsSchema(MediaSchema):
    """A file as it stands at this moment, while it is being worked on; and why it could not be, in words."""

    streams = fields.List(fields.Nested(VariantSchema), required=True)
    problem = fields.String(required=True, allow_none=True)


class MediaQuery(Form):
    """Which size of an image is wanted; the original without it."""

    rendition = Choice(list(RENDITIONS))


class UploadForm(Form):
    """A file that will come in pieces; `sha256` of the whole is checked in the end, where it is given."""

    name = Text(at_most=200, required=True)
    # What is larger than any file may be is refused with the limit (413), as it is of a file that comes at once.
    size = Number(1, 10**12, required=True, metadata={"maximum": LARGEST})
    sha256 = fields.String(validate=Pattern("^[0-9a-f]{64}$"))
    purpose = Choice([str(purpose) for purpose in Purpose])


class UploadSchema(Schema):
    """An upload in pieces: how many bytes are here, how long a piece may be, and what became of it."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    size = fields.Integer(required=True, validate=_COUNT)
    sha256 = fields.String(required=True, allow_none=True)
    purpose = fields.String(required=True, validate=validate.OneOf([str(purpose) for purpose in Purpose]))
    offset = fields.Integer(required=True, validate=validate.Range(min=0))
    piece = fields.Integer(required=True, validate=_COUNT)
    created_at = fields.String(required=True)
    expires_at = fields.String(required=True)
    media = fields.String(required=True, allow_none=True)
