"""Shapes of likes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from backend.community.likes.actions import KINDS
from backend.forms import Choice, Flag, Form, Id, Pattern, Timestamp

_IDS = "^[0-9A-Za-z_-]{1,64}(,[0-9A-Za-z_-]{1,64}){0,49}$"


class Ids(fields.String):
    """Up to fifty ids, separated by commas."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=Pattern(_IDS), **kwargs)


class LikesQuery(Form):
    """Of which things."""

    kind = Choice(KINDS, required=True)
    ids = Ids(required=True)


class LikeSetForm(Form):
    """In an outbox: whether to like a thing."""

    kind = Choice(KINDS, required=True)
    id = Id(required=True)
    liked = Flag(required=True)


class LikeSchema(Schema):
    """That one likes a thing."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    kind = fields.String(required=True)
    thing = fields.String(required=True)
    at = Timestamp(required=True)


class LikeCountSchema(Schema):
    """How many like a thing."""

    id = fields.String(required=True)
    likes = fields.Integer(required=True)


class LikeCountsSchema(Schema):
    """How many like each."""

    items = fields.List(fields.Nested(LikeCountSchema), required=True)
    next = fields.String(required=True, allow_none=True)
