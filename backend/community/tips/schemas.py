"""Shapes of tips."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.community.tips.rules import CHOSEN, REASONS, TIP
from backend.forms import Choice, Flag, Form, Id, Moment, Size, Text, Timestamp
from backend.media.schemas import MediaSchema
from backend.requests.schemas import MAX_MEDIA, RequestPlaceForm


class TipForm(Form):
    """Sending a tip. `contact_ok` lets the newsroom see the name; the telephone it never sees."""

    text = Text(at_least=5, at_most=2000, required=True)
    happened_at = Moment()
    place = fields.Nested(RequestPlaceForm)
    media = fields.List(Id(), validate=Size(max=MAX_MEDIA))
    contact_ok = Flag(load_default=False)


class TipMessageForm(Form):
    """Saying more about one's own tip."""

    text = Text(at_most=1000, required=True)
    media = fields.List(Id(), validate=Size(max=MAX_MEDIA))


class TipTakeForm(Form):
    """Making a lead of a tip, with another title than its first words; or letting it join the lead `lead`."""

    lead = Id()
    title = Text(at_most=100)


class TipAskForm(Form):
    """What the newsroom would like to know."""

    text = Text(at_most=1000, required=True)


class TipCloseForm(Form):
    """Why a tip is not used."""

    reason = Choice(CHOSEN, required=True)


class TipPlaceSchema(Schema):
    """Where it was, in WGS-84; `datum` is what the point was given in."""

    address = fields.String(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    datum = fields.String(required=True, allow_none=True)
    town = fields.String(required=True, allow_none=True)


class TipStepSchema(Schema):
    """A step: filed, taken, asked, answered, published, unpublished, closed or withdrawn; `note` is what was said."""

    at = Timestamp(required=True)
    what = fields.String(required=True)
    note = fields.String(required=True, allow_none=True)
    media = fields.List(fields.Nested(MediaSchema), required=True)


class TipArticleSchema(Schema):
    """An article that came of it, and since when."""

    id = fields.String(required=True)
    at = Timestamp(required=True)


class TipSchema(Schema):
    """A tip with its timeline, as its citizen sees it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    code = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(TIP.states)))
    text = fields.String(required=True)
    happened_at = Timestamp(required=True, allow_none=True)
    place = fields.Nested(TipPlaceSchema, required=True, allow_none=True)
    media = fields.List(fields.Nested(MediaSchema), required=True)
    contact_ok = fields.Boolean(required=True)
    reason = fields.String(required=True, allow_none=True, validate=validate.OneOf(list(REASONS)))
    articles = fields.List(fields.Nested(TipArticleSchema), required=True)
    timeline = fields.List(fields.Nested(TipStepSchema), required=True)
    allowed = fields.List(fields.String(), required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class DeskTipSchema(TipSchema):
    """A tip as the newsroom sees it: with its lead."""

    lead = fields.String(required=True, allow_none=True)


class TipSenderSchema(Schema):
    """By what name its sender goes; null for one who did not agree to be named."""

    name = fields.String(required=True, allow_none=True)
