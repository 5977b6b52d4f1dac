"""Shapes of public twins."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Choice, Form, Text, Timestamp
from backend.requests.twins.actions import PRIVATE, PUBLIC
from backend.requests.twins.redaction import REASONS


class PrivacyForm(Form):
    """Whether a case may have a public version."""

    privacy = Choice([PRIVATE, PUBLIC], required=True)


class TwinForm(Form):
    """What is to become public; only what is given changes."""

    AT_LEAST_ONE = True

    title = Text(at_most=100)
    text = Text(at_most=4000)
    place = Text(at_most=100, allow_none=True)
    reply = Text(at_most=2000, allow_none=True)


class TwinReasonForm(Form):
    """Why a case is not made public; the citizen reads it."""

    reason = Text(at_most=200, required=True)


class TwinRefSchema(Schema):
    """Something else, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class PublicRequestSchema(Schema):
    """A case as anybody may read it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    service = fields.Nested(TwinRefSchema, required=True)
    office = fields.Nested(TwinRefSchema, required=True, allow_none=True)
    town = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    filed_on = fields.String(required=True)
    updated_on = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    place = fields.String(required=True, allow_none=True)
    reply = fields.String(required=True, allow_none=True)


class SpanSchema(Schema):
    """Characters that the rules took out of the original, and why."""

    start = fields.Integer(required=True)
    end = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"enum": list(REASONS)})
    reason = fields.String(required=True)
    replacement = fields.String(required=True)


class TwinTextsSchema(Schema):
    """The texts of a twin."""

    title = fields.String(required=True)
    text = fields.String(required=True)
    place = fields.String(required=True, allow_none=True)
    reply = fields.String(required=True, allow_none=True)


class TwinSpansSchema(Schema):
    """What was taken out of each text."""

    title = fields.List(fields.Nested(SpanSchema), required=True)
    text = fields.List(fields.Nested(SpanSchema), required=True)
    reply = fields.List(fields.Nested(SpanSchema), required=True)


class TwinSchema(Schema):
    """A twin as the dispatcher looks at it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    request = fields.Nested(TwinRefSchema, required=True)
    waiting = fields.Boolean(required=True)
    shown = fields.Boolean(required=True)
    refused = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    original = fields.Nested(TwinTextsSchema, required=True)
    draft = fields.Nested(TwinTextsSchema, required=True)
    spans = fields.Nested(TwinSpansSchema, required=True)
    public = fields.Nested(TwinTextsSchema, required=True, allow_none=True)
    approved_at = Timestamp(required=True, allow_none=True)
    filed_at = Timestamp(required=True)


class TwinStateSchema(Schema):
    """How far a case's public version is, for its citizen. `id` is there while it is shown."""

    privacy = fields.String(required=True)
    id = fields.String(required=True, allow_none=True)
    waiting = fields.Boolean(required=True)
    refused = fields.String(required=True, allow_none=True)
    public = fields.Nested(TwinTextsSchema, required=True, allow_none=True)
