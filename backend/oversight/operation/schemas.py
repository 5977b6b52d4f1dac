"""Shapes of samples and figures."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from backend.form_errors import fault
from backend.forms import Choice, Day, Flag, Form, Id, Moment, Number, Pattern, Shape, Size, Timestamp
from backend.oversight.operation import rules

# Long and random enough that nobody meets another's, as `crypto.getRandomValues` gives it.
INSTALLATION_PATTERN = "^[0-9A-Za-z_-]{16,64}$"
_NEEDS: dict[str, tuple[str, ...]] = {
    "open": (),
    "read": ("article", "seconds", "complete"),
    "push_opened": ("article",),
    "arrived": ("ms",),
}


class UsageSampleForm(Form):
    """One thing that happened on the phone. Which fields it has follows from `kind`."""

    SHAPES = tuple(Shape(("id", "at", "kind", *needs), (), {"kind": [kind]}) for kind, needs in _NEEDS.items())

    id = Id(required=True)
    at = Moment(required=True)
    kind = Choice(list(rules.KINDS), required=True)
    article = Id()
    seconds = Number(0, 14_400)
    complete = Flag()
    ms = Number(0, 600_000)

    @validates_schema
    def fit_together(self, data: dict[str, Any], **_: Any) -> None:
        """Demand exactly the fields of this kind."""
        given, needs = data.keys() - {"id", "at", "kind"}, set(_NEEDS[data["kind"]])
        problems = {name: fault("missing", "必须填写。").messages for name in sorted(needs - given)}
        problems |= {name: fault("unknown_field", "这类样本没有这个字段。").messages for name in sorted(given - needs)}
        if problems:
            raise ValidationError(problems)


class UsageForm(Form):
    """A batch of samples of one installation, which is a random number that the app has made for itself."""

    installation = fields.String(required=True, validate=Pattern(INSTALLATION_PATTERN))
    samples = fields.List(fields.Nested(UsageSampleForm), required=True, validate=Size(min=1, max=rules.MAX_SAMPLES))


class IgnoredSchema(Schema):
    """How many samples were not used, by reason."""

    in_future = fields.Integer()
    too_old = fields.Integer()
    unknown_article = fields.Integer()
    too_many = fields.Integer()
    opted_out = fields.Integer()


class UsageTakenSchema(Schema):
    """What became of a batch: new ones, those that had come before, and those that were not used. `now` is our time."""

    taken = fields.Integer(required=True)
    known = fields.Integer(required=True)
    ignored = fields.Nested(IgnoredSchema, required=True)
    now = Timestamp(required=True)


class OperationQuery(Form):
    """Which days, both included. Without any, the last thirty; at most 400."""

    first = Day(data_key="from")
    last = Day(data_key="to")


class OperationSettingSchema(Schema):
    """How many people a figure is about at the least."""

    ver = fields.Integer(required=True)
    floor = fields.Integer(required=True)
    least = fields.Integer(required=True)


class OperationSettingPatch(Form):
    """The same, changed. It can be raised, never below five."""

    floor = Number(rules.LEAST_PEOPLE, rules.MOST_PEOPLE, required=True)


class FigureColumnSchema(Schema):
    """A column of numbers, and what kind they are."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["number", "percent", "seconds", "ms", "days"]))


class FigureCellSchema(Schema):
    """A number. Null with `suppressed` is one that nobody may see; null alone is not there yet."""

    value = fields.Float(required=True, allow_none=True)
    suppressed = fields.Boolean()


class FigureRowSchema(Schema):
    """A row: what it is about, and a cell for each column."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    values = fields.List(fields.Nested(FigureCellSchema), required=True)


class OperationFigureSchema(Schema):
    """A figure: how it is drawn, and the table behind it. `head` heads the labels of the rows.

    The chart draws the first `drawn` columns.
    """

    id = fields.String(required=True)
    title = fields.String(required=True)
    chart = fields.String(required=True, validate=validate.OneOf(["line", "bar", "cohort"]))
    unit = fields.String(required=True)
    head = fields.String(required=True)
    columns = fields.List(fields.Nested(FigureColumnSchema), required=True)
    drawn = fields.Integer(required=True)
    rows = fields.List(fields.Nested(FigureRowSchema), required=True)
    note = fields.String(required=True)
    suppressed = fields.Integer(required=True)


class OperationSchema(Schema):
    """All figures of a range of days. `demo` says that they are made up; `counted_at` when they were counted last."""

    first = fields.String(required=True, data_key="from")
    last = fields.String(required=True, data_key="to")
    at = Timestamp(required=True)
    counted_at = Timestamp(required=True, allow_none=True)
    demo = fields.Boolean(required=True)
    settings = fields.Nested(OperationSettingSchema, required=True)
    figures = fields.List(fields.Nested(OperationFigureSchema), required=True)
