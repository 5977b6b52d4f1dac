"""Shapes of gatherings and sign-ups."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.community.gatherings.rules import GATHERING, IN, WAITING
from backend.forms import Flag, Form, Id, Moment, Number, Text, Timestamp

MAX_CAPACITY = 5000
MAX_PARTY = 5


class GatheringEditForm(Form):
    """Changing a draft: only the fields that are given."""

    title = Text(at_least=2, at_most=100)
    text = Text(at_most=4000)
    place = Text(at_most=200)
    town = Id(attribute="town_id")
    starts_at = Moment()
    ends_at = Moment()
    sign_up_until = Moment()
    capacity = Number(1, MAX_CAPACITY)


class GatheringForm(GatheringEditForm):
    """A gathering; `office` is needed only by who works for several, and left out for one of the media centre."""

    office = Id()
    title = Text(at_least=2, at_most=100, required=True)
    text = Text(at_most=4000, required=True)
    place = Text(at_most=200, required=True)
    town = Id(attribute="town_id", required=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    sign_up_until = Moment(required=True)
    capacity = Number(1, MAX_CAPACITY, required=True)


class GatheringReasonForm(Form):
    """Why a gathering is called off; everybody is told."""

    reason = Text(at_most=300, required=True)


class SignUpForm(Form):
    """Coming with so many people in all. `contact_ok` lets the organiser see the telephone."""

    people = Number(1, MAX_PARTY, load_default=1)
    note = Text(at_most=200, allow_none=True, load_default=None)
    contact_ok = Flag(load_default=False)


class SignOffForm(Form):
    """Taking it back."""


class GatheringOfficeSchema(Schema):
    """An office, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class GatheringPersonSchema(Schema):
    """A colleague, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class GatheringSchema(Schema):
    """A gathering; `office` null is the media centre, `reason` why it was called off."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(GATHERING.states)))
    office = fields.Nested(GatheringOfficeSchema, required=True, allow_none=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    place = fields.String(required=True)
    town = fields.String(required=True)
    starts_at = Timestamp(required=True)
    ends_at = Timestamp(required=True)
    sign_up_until = Timestamp(required=True)
    capacity = fields.Integer(required=True)
    reason = fields.String(required=True, allow_none=True)
    published_at = Timestamp(required=True, allow_none=True)


class GatheringListSchema(Schema):
    """All that are not over; there are few, and they come on one page."""

    items = fields.List(fields.Nested(GatheringSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class OrganisedGatheringSchema(GatheringSchema):
    """A gathering as those who make it see it."""

    writers = fields.List(fields.Nested(GatheringPersonSchema), required=True)
    approved_by = fields.Nested(GatheringPersonSchema, required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class PlacesSchema(Schema):
    """How many places there are, are free, and how many people wait."""

    capacity = fields.Integer(required=True)
    free = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class SignUpSchema(Schema):
    """A sign-up."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    gathering = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([IN, WAITING]))
    people = fields.Integer(required=True)
    note = fields.String(required=True, allow_none=True)
    contact_ok = fields.Boolean(required=True)
    at = Timestamp(required=True)


class OwnSignUpSchema(SignUpSchema):
    """One's own; `line` is the place in the line of those who wait, from 1."""

    line = fields.Integer(required=True, allow_none=True)


class GuestSchema(SignUpSchema):
    """A sign-up as the organiser sees it; the telephone is masked unless its owner agreed."""

    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)


class GuestListSchema(Schema):
    """All who signed up, in their order."""

    items = fields.List(fields.Nested(GuestSchema), required=True)
    next = fields.String(required=True, allow_none=True)
