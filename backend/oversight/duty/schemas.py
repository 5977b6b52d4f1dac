"""Shapes of the duty and its hand-overs."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Form, Id, Pattern, Size, Text, Timestamp
from backend.oversight.board.schemas import BoardThingSchema

_KEY = "^[a-z_]{1,16}:[0-9A-Za-z_-]{1,64}$"


class TakeDutyForm(Form):
    """Coming on duty; whoever relieves a colleague says why."""

    reason = Text(at_most=300)


class HandoverForm(Form):
    """To whom the duty is offered, and what the next one should know beyond the list."""

    to = Id(required=True)
    note = Text(required=True, at_most=2000)


class AcceptForm(Form):
    """The keys of the open list that were looked through; all of them."""

    checked = fields.List(fields.String(validate=Pattern(_KEY)), required=True, validate=Size(max=400))


class HandoverReasonForm(Form):
    """Why a hand-over is declined or taken back."""

    reason = Text(required=True, at_most=300)


class DutyPersonSchema(Schema):
    """Somebody of the house."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class DutyItemSchema(BoardThingSchema):
    """A line of the open list: `why` is open, fast_lane, uncertain, late, soon or halted."""

    key = fields.String(required=True)
    why = fields.String(required=True)


class DutyTurnSchema(Schema):
    """A turn of duty."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True)
    holder = fields.Nested(DutyPersonSchema, required=True)
    began_at = Timestamp(required=True)
    ended_at = Timestamp(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)


class HandoverSchema(Schema):
    """A hand-over, with the open list as it was offered or, once accepted, as it was accepted."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True)
    turn = fields.String(required=True)
    from_ = fields.Nested(DutyPersonSchema, required=True, data_key="from", attribute="from")
    to = fields.Nested(DutyPersonSchema, required=True)
    note = fields.String(required=True)
    items = fields.List(fields.Nested(DutyItemSchema), required=True)
    checked = fields.List(fields.String(), required=True)
    offered_at = Timestamp(required=True)
    answer_due = Timestamp(required=True)
    answered_at = Timestamp(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)


class DutySchema(Schema):
    """Who answers for the house now."""

    turn = fields.Nested(DutyTurnSchema, required=True, allow_none=True)
    handover = fields.Nested(HandoverSchema, required=True, allow_none=True)
    open_list = fields.List(fields.Nested(DutyItemSchema), required=True)
