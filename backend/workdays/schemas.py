"""Shapes of the working days."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Day, Flag, Form, Size, Text, Timestamp

MAX_DAYS = 366


class WorkdayForm(Form):
    """One day that is judged otherwise than its weekday, or than the package would."""

    day = Day(required=True)
    working = Flag(required=True)
    why = Text(at_most=40, required=True)


class WorkdayYearForm(Form):
    """All that the house has to say of a year; what was entered before is replaced."""

    announced = Flag(required=True)
    source = Text(at_most=200, required=True)
    days = fields.List(fields.Nested(WorkdayForm), required=True, validate=Size(max=MAX_DAYS))


class WorkdaySchema(Schema):
    """A day of the house's own table."""

    day = fields.String(required=True, metadata={"format": "date"})
    working = fields.Boolean(required=True)
    why = fields.String(required=True)


class WorkdayYearSchema(Schema):
    """A year. `announced`: its holidays are known, from the package or by hand; due dates in it are final."""

    year = fields.Integer(required=True)
    ver = fields.Integer(required=True)
    in_package = fields.Boolean(required=True)
    announced = fields.Boolean(required=True)
    source = fields.String(required=True, allow_none=True)
    set_at = Timestamp(required=True, allow_none=True)
    days = fields.List(fields.Nested(WorkdaySchema), required=True)
