"""Shapes of the routing aid."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from backend.form_errors import MISSING
from backend.forms import Coordinate, Form, Id, Shape, Text, Timestamp
from backend.requests.schemas import RequestRefSchema


class SuggestForm(Form):
    """What somebody is about to file. The place may be left out."""

    SHAPES = (Shape(("title", "text"), ("town",)), Shape(("title", "text", "lat", "lon"), ("town",)))

    title = Text(at_most=100, required=True)
    text = Text(at_most=4000, required=True)
    lat = Coordinate(90)
    lon = Coordinate(180)
    town = Id()

    @validates_schema
    def give_a_whole_point(self, data: dict[str, Any], **_: Any) -> None:
        """Demand both coordinates or none."""
        for given, lacking in (("lat", "lon"), ("lon", "lat")):
            if given in data and lacking not in data:
                raise ValidationError({lacking: [MISSING]})


class ServiceSuggestionSchema(Schema):
    """A service that may be meant, and why."""

    service = fields.Nested(RequestRefSchema, required=True)
    office = fields.Nested(RequestRefSchema, required=True)
    why = fields.List(fields.String(), required=True)


class ServiceSuggestionsSchema(Schema):
    """The services that may be meant, the likeliest first; none where nothing speaks for any."""

    items = fields.List(fields.Nested(ServiceSuggestionSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class RoutingCaseSchema(Schema):
    """An earlier case."""

    id = fields.String(required=True)
    code = fields.String(required=True)


class RoutingServiceSchema(ServiceSuggestionSchema):
    """A service, with the words and the earlier cases that speak for it."""

    score = fields.Float(required=True)
    words = fields.List(fields.String(), required=True)
    cases = fields.List(fields.Nested(RoutingCaseSchema), required=True)


class RoutingOfficeSchema(RequestRefSchema):
    """An office that such cases go to."""

    why = fields.String(required=True)


class RoutingDuplicateSchema(RoutingCaseSchema):
    """An earlier case that may be the same; `metres` is null where one of them has no point."""

    title = fields.String(required=True)
    state = fields.String(required=True)
    metres = fields.Integer(required=True, allow_none=True)
    days = fields.Integer(required=True)
    likeness = fields.Float(required=True)
    why = fields.String(required=True)


class RoutingChoiceSchema(Schema):
    """What was suggested and what was chosen."""

    given = fields.String(required=True, allow_none=True)
    chosen = fields.String(required=True, allow_none=True)


class RoutingDecisionSchema(Schema):
    """What the dispatcher chose when the request was first assigned."""

    at = Timestamp(required=True)
    service = fields.Nested(RoutingChoiceSchema, required=True)
    office = fields.Nested(RoutingChoiceSchema, required=True)
    merged_into = fields.String(required=True, allow_none=True)


class RoutingSchema(Schema):
    """What is suggested for a request. `kept`: made when it was filed, and not changed since."""

    request = fields.String(required=True)
    kept = fields.Boolean(required=True)
    made_at = Timestamp(required=True)
    services = fields.List(fields.Nested(RoutingServiceSchema), required=True)
    office = fields.Nested(RoutingOfficeSchema, required=True, allow_none=True)
    duplicates = fields.List(fields.Nested(RoutingDuplicateSchema), required=True)
    decision = fields.Nested(RoutingDecisionSchema, required=True, allow_none=True)
