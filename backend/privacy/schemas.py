"""Shapes of consents, and of looks at people's data."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Form, Text, Timestamp


class AgreeingGuardianForm(Form):
    """Who agrees for a child, and the code that was sent to their telephone."""

    name = Text(at_least=2, at_most=40, required=True)
    phone = Text(at_most=24, required=True)
    code = Text(at_most=12, required=True)


class GuardianCodeForm(Form):
    """Where a guardian is to be asked."""

    phone = Text(at_most=24, required=True)


class AgreementForm(Form):
    """Agreeing under a version of the notice; for a child its guardian is named."""

    version = Text(at_most=16, required=True)
    guardian = fields.Nested(AgreeingGuardianForm)


class AgreedGuardianSchema(Schema):
    """Who agreed for a child; of the number the last four digits."""

    name = fields.String(required=True)
    phone = fields.String(required=True)


class AgreementSchema(Schema):
    """What was agreed to, under which version, and since when no longer."""

    purpose = fields.String(required=True)
    version = fields.String(required=True)
    guardian = fields.Nested(AgreedGuardianSchema, required=True, allow_none=True)
    at = Timestamp(required=True)
    withdrawn_at = Timestamp(required=True, allow_none=True)


class AgreementsSchema(Schema):
    """The present version of the notice, what is asked now, and all that was agreed to."""

    version = fields.String(required=True)
    asks = fields.List(fields.String(), required=True)
    items = fields.List(fields.Nested(AgreementSchema), required=True)


class ChildSchema(Schema):
    """A child for whom this person has agreed, by the name of its account."""

    id = fields.String(required=True)
    child = fields.String(required=True)
    version = fields.String(required=True)
    at = Timestamp(required=True)


class ChildrenSchema(Schema):
    """Those for whom this person has agreed."""

    items = fields.List(fields.Nested(ChildSchema), required=True)


class LookerSchema(Schema):
    """A member of staff, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class PersonLookSchema(Schema):
    """A look of a member of staff at something of a person's."""

    at = Timestamp(required=True)
    kind = fields.String(required=True)
    thing = fields.String(required=True)
    role = fields.String(required=True)
    by = fields.Nested(LookerSchema, required=True)
