"""Shapes of looks."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.forms import Timestamp
from backend.requests.looks.rules import What


class LookSchema(Schema):
    """A look. `by` is an office or desk, `person` a number that tells its people apart on this case."""

    at = Timestamp(required=True)
    by = fields.String(required=True)
    role = fields.String(required=True)
    person = fields.Integer(required=True)
    what = fields.String(required=True, validate=validate.OneOf([str(what) for what in What]))


class LooksSchema(Schema):
    """Who looked at a case, newest first, and on whose screens it lay."""

    items = fields.List(fields.Nested(LookSchema), required=True)
    screens = fields.List(fields.String(), required=True)
    next = fields.String(required=True, allow_none=True)
