"""Shapes of trust and of filing for somebody."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.forms import Choice, Flag, Form, Moment, Pattern, Shape, Text, Timestamp
from backend.requests.behalf.rules import CODE_PATTERN, CONSENTS, TrustState
from backend.requests.schemas import RequestForm


class TrustForm(Form):
    """Inviting a relative or, with the telephone of the elder, asking to be one. `label`: 女儿, 外孙, 邻居."""

    label = Text(at_most=20, required=True)
    phone = Text(at_most=24)


class TrustInvitationForm(Form):
    """Taking up an invitation."""

    code = fields.String(required=True, validate=Pattern(CODE_PATTERN))


class HiddenForm(Form):
    """Whether the relative who filed a case may see it."""

    hidden = Flag(required=True)


class CallerForm(Form):
    """Somebody who calls."""

    phone = Text(at_most=24, required=True)
    name = Text(at_most=40)


class ConsentForm(Form):
    """How and when a caller agreed that this is filed in their name."""

    how = Choice(list(CONSENTS), required=True)
    at = Moment(required=True)
    note = Text(at_most=200)


class BehalfForm(RequestForm):
    """Filing for a caller."""

    SHAPES = tuple(
        Shape((*shape.needs, "caller", "consent"), tuple(name for name in shape.may if name != "on_behalf_of"))
        for shape in RequestForm.SHAPES
    )

    class Meta(Form.Meta):
        """Marshmallow's options."""

        exclude = ("on_behalf_of",)

    caller = fields.Nested(CallerForm, required=True)
    consent = fields.Nested(ConsentForm, required=True)


class TrustPersonSchema(Schema):
    """One side of a trust."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class TrustSchema(Schema):
    """A trust. `code` is there once: in the answer to the invitation."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    label = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in TrustState]))
    elder = fields.Nested(TrustPersonSchema, required=True, allow_none=True)
    relative = fields.Nested(TrustPersonSchema, required=True, allow_none=True)
    created_at = Timestamp(required=True)
    expires_at = Timestamp(required=True, allow_none=True)
    accepted_at = Timestamp(required=True, allow_none=True)
    ended_at = Timestamp(required=True, allow_none=True)
    code = fields.String()


class TrustListSchema(Schema):
    """All trusts of a person."""

    items = fields.List(fields.Nested(TrustSchema), required=True)
    next = fields.String(required=True, allow_none=True)
