"""Shapes of services and requests."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from backend.form_errors import MISSING
from backend.forms import Coordinate, Form, Id, Number, Shape, Size, Text, Timestamp
from backend.media.schemas import MediaSchema
from backend.requests.deadlines import WORKING_DAYS
from backend.requests.rules import State

MAX_MEDIA = 9


def _media() -> fields.List[Any]:
    return fields.List(Id(), validate=Size(max=MAX_MEDIA))


class RequestForm(Form):
    """Filing a request. The place is an address, a point (WGS-84), both or neither."""

    SHAPES = (
        Shape(("service", "title", "text"), ("address", "town", "media", "contact")),
        Shape(("service", "title", "text", "lat", "lon"), ("address", "town", "media", "contact")),
    )

    service = Id(required=True)
    title = Text(at_most=100, required=True)
    text = Text(at_most=4000, required=True)
    address = Text(at_most=200)
    lat = Coordinate(90)
    lon = Coordinate(180)
    town = Id()
    media = _media()
    contact = Text(at_most=60)

    @validates_schema
    def give_a_whole_point(self, data: dict[str, Any], **_: Any) -> None:
        """Demand both coordinates or none."""
        for given, lacking in (("lat", "lon"), ("lon", "lat")):
            if given in data and lacking not in data:
                raise ValidationError({lacking: [MISSING]})


class MessageForm(Form):
    """Adding to one's own request."""

    text = Text(at_most=2000, required=True)
    media = _media()


class RatingForm(Form):
    """Rating a request, from 1 (bad) to 5 (good)."""

    attitude = Number(1, 5, required=True)
    result = Number(1, 5, required=True)
    comment = Text(at_most=500)


class ReopenForm(Form):
    """Sending an answer back."""

    reason = Text(at_most=2000, required=True)


class DeskNoteForm(Form):
    """A command that may carry words."""

    text = Text(at_most=2000)


class DeskWordsForm(Form):
    """A command that must carry words."""

    text = Text(at_most=2000, required=True)


class DeskReasonForm(Form):
    """A command that must give a reason."""

    reason = Text(at_most=2000, required=True)


class AssignForm(Form):
    """Handing over to an office; by default to the one the service belongs to."""

    office = Id()
    text = Text(at_most=2000)


class RequestRefSchema(Schema):
    """Something else, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class ServiceSchema(Schema):
    """What one can ask for."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(WORKING_DAYS)))
    office = fields.Nested(RequestRefSchema, required=True)
    description = fields.String(required=True)
    description_en = fields.String(required=True)


class ServiceListSchema(Schema):
    """All services."""

    items = fields.List(fields.Nested(ServiceSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RatingSchema(Schema):
    """A rating that was given."""

    attitude = fields.Integer(required=True)
    result = fields.Integer(required=True)
    comment = fields.String(required=True, allow_none=True)
    at = Timestamp(required=True)


class StepSchema(Schema):
    """A step on the way, as the citizen reads it; `by` is an office, a desk or the citizen."""

    id = fields.String(required=True)
    at = Timestamp(required=True)
    action = fields.String(required=True)
    state = fields.String(required=True)
    by = fields.String(required=True)
    office = fields.Nested(RequestRefSchema, required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    media = fields.List(fields.Nested(MediaSchema), required=True)
    rating = fields.Nested(RatingSchema, required=True, allow_none=True)


class DeskStepSchema(StepSchema):
    """A step as staff read it."""

    visible_to_citizen = fields.Boolean(required=True)
    actor = fields.Nested(RequestRefSchema, required=True)


class RequestSchema(Schema):
    """A request as its citizen sees it; `contact` is masked, `allowed` says what the citizen can do now."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    code = fields.String(required=True)
    service = fields.Nested(RequestRefSchema, required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    town = fields.String(required=True, allow_none=True)
    media = fields.List(fields.Nested(MediaSchema), required=True)
    contact = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in State]))
    office = fields.Nested(RequestRefSchema, required=True, allow_none=True)
    supervised = fields.Boolean(required=True)
    due = Timestamp(required=True, allow_none=True)
    timeline = fields.List(fields.Nested(StepSchema), required=True)
    rating = fields.Nested(RatingSchema, required=True, allow_none=True)
    reopen_until = Timestamp(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class DeskRequestSchema(RequestSchema):
    """A request as staff see it; `allowed` says what the house can do now, whoever of it."""

    citizen = fields.Nested(RequestRefSchema, required=True)
    kind = fields.String(required=True)
    returns = fields.Integer(required=True)
    timeline = fields.List(fields.Nested(DeskStepSchema), required=True)
