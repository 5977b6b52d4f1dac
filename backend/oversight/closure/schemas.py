"""Shapes of statistics of requests."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Choice, Form, Pattern, Timestamp
from backend.oversight.closure.rules import GROUPS, MARKS, RATES

_MONTH = "^20[0-9]{2}-(0[1-9]|1[0-2])$"


class StatisticsQuery(Form):
    """Which months of filing, and by what the numbers are broken down."""

    by = Choice(list(GROUPS), load_default="office")
    from_ = fields.String(validate=Pattern(_MONTH), data_key="from", attribute="first")
    to = fields.String(validate=Pattern(_MONTH), attribute="last")


def _numbers(name: str) -> type[Schema]:
    whole = {mark: fields.Integer(required=True, allow_none=True) for mark in ("filed", *MARKS)}
    return Schema.from_dict(dict(whole), name=name)


NumbersSchema = _numbers("StatisticsNumbers")
RatesSchema = Schema.from_dict(
    {rate: fields.Float(required=True, allow_none=True) for rate in RATES}, name="StatisticsRates"
)


class StatisticsLineSchema(Schema):
    """A group's numbers; null is hidden, or nothing to divide by."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    numbers = fields.Nested(NumbersSchema, required=True)
    rates = fields.Nested(RatesSchema, required=True)


class StatisticsRowSchema(Schema):
    """A case behind the numbers; `marks` are those it counts in."""

    id = fields.String(required=True)
    code = fields.String(required=True)
    state = fields.String(required=True)
    filed_at = Timestamp(required=True)
    due = Timestamp(required=True, allow_none=True)
    marks = fields.List(fields.String(), required=True)


class DeskStatisticsLineSchema(StatisticsLineSchema):
    """A group's numbers with the cases behind them."""

    rows = fields.List(fields.Nested(StatisticsRowSchema), required=True)
    rows_left_out = fields.Integer(required=True)


class StatisticsSchema(Schema):
    """Numbers of requests for everybody."""

    by = fields.String(required=True)
    from_ = fields.String(required=True, data_key="from")
    to = fields.String(required=True)
    floor = fields.Integer(required=True)
    items = fields.List(fields.Nested(StatisticsLineSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class DeskStatisticsSchema(Schema):
    """Numbers of requests with the cases behind them."""

    by = fields.String(required=True)
    from_ = fields.String(required=True, data_key="from")
    to = fields.String(required=True)
    items = fields.List(fields.Nested(DeskStatisticsLineSchema), required=True)
    next = fields.String(required=True, allow_none=True)
