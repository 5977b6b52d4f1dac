"""Shapes of the board."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Timestamp


class AlarmAboutSchema(Schema):
    """What an alarm is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)


class AlarmSchema(Schema):
    """Something is late or wrong, and to whom it was raised."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True)
    kind = fields.String(required=True)
    about = fields.Nested(AlarmAboutSchema, required=True)
    to = fields.List(fields.String(), required=True)
    text = fields.String(required=True)
    raised_at = Timestamp(required=True)
    cleared_at = Timestamp(required=True, allow_none=True)


class BoardSchema(Schema):
    """The board: what is late, and for each section its things by state."""

    as_of_seq = fields.Integer(required=True)
    escalations = fields.List(fields.Nested(AlarmSchema), required=True)
    sections = fields.Dict(required=True)
