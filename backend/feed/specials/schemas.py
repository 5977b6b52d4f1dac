"""Shapes of specials."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from backend.feed.openings import State
from backend.feed.schemas import CardSchema
from backend.forms import Choice, Form, Id, Size, Text, Timestamp
from backend.media.schemas import MediaSchema


class SpecialGroupForm(Form):
    """A group of articles under a title; its title may be empty where there is only one."""

    title = Text(at_most=60, at_least=0, required=True)
    articles = fields.List(Id(), required=True, validate=Size(max=50))


def _groups() -> fields.List[Any]:
    return fields.List(fields.Nested(SpecialGroupForm), validate=Size(max=20))


class SpecialForm(Form):
    """Making a special ready."""

    title = Text(at_most=200, required=True)
    intro = Text(at_most=500, at_least=0)
    cover = Id(allow_none=True)
    groups = _groups()


class SpecialEditForm(Form):
    """Changing a special; what is left out stays as it is."""

    AT_LEAST_ONE = True

    title = Text(at_most=200)
    intro = Text(at_most=500, at_least=0)
    cover = Id(allow_none=True)
    groups = _groups()


class SpecialReasonForm(Form):
    """Taking a special back; the reason is public."""

    reason = Text(at_most=300, required=True)


class SpecialGroupSchema(Schema):
    """A group of articles, by their ids."""

    title = fields.String(required=True)
    articles = fields.List(fields.String(), required=True)


class SpecialCardsSchema(Schema):
    """A group of articles, as lists show them."""

    title = fields.String(required=True)
    articles = fields.List(fields.Nested(CardSchema), required=True)


class SpecialSchema(Schema):
    """A special, as readers get it. Its groups name what is live now."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = Choice([str(state) for state in State], required=True)
    title = fields.String(required=True)
    intro = fields.String(required=True)
    cover = fields.Nested(MediaSchema, required=True, allow_none=True)
    groups = fields.List(fields.Nested(SpecialGroupSchema), required=True)
    opened_at = Timestamp(required=True, allow_none=True)
    closed_at = Timestamp(required=True, allow_none=True)


class SpecialPageSchema(Schema):
    """A special with the cards of its articles."""

    special = fields.Nested(SpecialSchema, required=True)
    groups = fields.List(fields.Nested(SpecialCardsSchema), required=True)


class DeskSpecialSchema(SpecialSchema):
    """A special, as the desk sees it."""

    authors = fields.List(fields.String(), required=True)
    withdrawn_reason = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)
