"""Shapes of services and requests."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from backend.district.datum import Datum
from backend.form_errors import MISSING
from backend.forms import Choice, Coordinate, Form, Id, Number, Shape, Size, Text, Timestamp
from backend.media.schemas import MediaSchema
from backend.requests.closing import CALLBACK_OUTCOMES, REVIEW_OUTCOMES
from backend.requests.deadlines import WORKING_DAYS
from backend.requests.reasons import REASONS
from backend.requests.rules import Closing, State, Urgency

MAX_MEDIA = 9
MAX_HELPERS = 8
MAX_EXTENSION = 15


def _media() -> fields.List[Any]:
    return fields.List(Id(), validate=Size(max=MAX_MEDIA))


class _PointForm(Form):
    """A place with an address, a point, both or neither."""

    address = Text(at_most=200)
    lat = Coordinate(90)
    lon = Coordinate(180)
    datum = Choice([str(datum) for datum in Datum])
    town = Id()

    @validates_schema
    def give_a_whole_point(self, data: dict[str, Any], **_: Any) -> None:
        """Demand both coordinates or none."""
        for given, lacking in (("lat", "lon"), ("lon", "lat")):
            if given in data and lacking not in data:
                raise ValidationError({lacking: [MISSING]})


class RequestPlaceForm(_PointForm):
    """A place as one thing."""

    SHAPES = (
        Shape((), ("address", "town", "datum")),
        Shape(("lat", "lon"), ("address", "town", "datum")),
    )


_OPTIONAL = ("place", "address", "town", "datum", "media", "contact", "privacy", "on_behalf_of")


class RequestForm(_PointForm):
    """Filing a request. The place is `place`, or its fields beside the others; where both name one, `place` holds."""

    SHAPES: ClassVar[tuple[Shape, ...]] = (
        Shape(("service", "title", "text"), _OPTIONAL),
        Shape(("service", "title", "text", "lat", "lon"), _OPTIONAL),
    )

    service = Id(required=True)
    title = Text(at_most=100, required=True)
    text = Text(at_most=4000, required=True)
    place = fields.Nested(RequestPlaceForm)
    media = _media()
    contact = Text(at_most=60)
    privacy = Choice(["private", "public_twin"])
    on_behalf_of = Id()

    @post_load
    def lay_flat(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Put the fields of the place beside the others, as the action takes them."""
        place: dict[str, Any] = data.pop("place", {})
        return data | place


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


class DeclineForm(Form):
    """Declining. `code` is one of the list of reasons; `where` is where to go, by default what the list says."""

    reason = Text(at_most=2000, required=True)
    code = Choice(list(REASONS))
    where = Text(at_most=500)


class DecideForm(Form):
    """Deciding where a request goes that was returned twice."""

    office = Id(required=True)
    text = Text(at_most=2000, required=True)


class ExtendForm(Form):
    """More working days."""

    days = Number(1, MAX_EXTENSION, required=True)
    reason = Text(at_most=2000, required=True)


class JoinForm(Form):
    """Offices that are to help."""

    offices = fields.List(Id(), required=True, validate=Size(min=1, max=MAX_HELPERS))
    text = Text(at_most=2000)


class UrgencyForm(Form):
    """How urgent it is."""

    urgency = Choice([str(urgency) for urgency in Urgency], required=True)
    text = Text(at_most=2000)


class MergeForm(Form):
    """The request that leads."""

    into = Id(required=True)
    text = Text(at_most=2000)


class CallbackForm(Form):
    """What the citizen said on the telephone."""

    outcome = Choice(list(CALLBACK_OUTCOMES), required=True)
    text = Text(at_most=2000, required=True)


class ReviewForm(Form):
    """How the review of a low rating ends."""

    outcome = Choice(list(REVIEW_OUTCOMES), required=True)
    text = Text(at_most=2000, required=True)


class RequestReasonForm(Form):
    """A decision with its reason, which the citizen reads."""

    reason = Text(at_most=2000, required=True)


class ConfirmForm(Form):
    """Confirming an answer."""

    text = Text(at_most=500)


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


class RequestPlaceSchema(Schema):
    """A place. `lat` and `lon` are WGS-84 whatever `datum` the point was given in."""

    address = fields.String(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    datum = fields.String(required=True, allow_none=True)
    town = fields.String(required=True, allow_none=True)


class DueStepSchema(Schema):
    """A stretch of the way to a due date; `counted` working days, or office hours."""

    from_ = Timestamp(required=True, data_key="from")
    to = Timestamp(required=True)
    counted = fields.Float(required=True)
    why = fields.String(required=True)


class DueSchema(Schema):
    """A due date with its reasons; provisional where the holidays of a year are not known yet."""

    due = Timestamp(required=True)
    provisional = fields.Boolean(required=True)
    steps = fields.List(fields.Nested(DueStepSchema), required=True)


class ClockSchema(DueSchema):
    """A limit: of the answer, of signing, of a supervision or of a review. `late` is said when it has ended."""

    from_ = Timestamp(required=True, data_key="from")
    name = fields.String(required=True)
    unit = fields.String(required=True)
    limit = fields.Float(required=True)
    paused_since = Timestamp(required=True, allow_none=True)
    ended_at = Timestamp(required=True, allow_none=True)
    late = fields.Boolean(required=True, allow_none=True)


class HeldSchema(Schema):
    """How long somebody held a request all told; whoever has `since` holds it now, and time goes on from there."""

    holder = fields.String(required=True)
    seconds = fields.Integer(required=True)
    since = Timestamp(required=True, allow_none=True)


class CustodySchema(Schema):
    """Who held a request; the last one has neither end nor length yet."""

    from_ = Timestamp(required=True, data_key="from")
    holder = fields.String(required=True)
    to = Timestamp(required=True, allow_none=True)
    seconds = fields.Integer(required=True, allow_none=True)


class DeclinedSchema(Schema):
    """Why it was declined, and where to go."""

    code = fields.String(required=True)
    reason = fields.String(required=True)
    where = fields.String(required=True, allow_none=True)


class DeclineReasonListSchema(Schema):
    """All reasons to decline."""

    items = fields.List(fields.Nested(DeclinedSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ConsentSchema(Schema):
    """How a caller agreed."""

    how = fields.String(required=True)
    at = Timestamp(required=True)
    note = fields.String(required=True, allow_none=True)


class BehalfSchema(Schema):
    """By whom a case was filed for its citizen. `shared`: the relative sees it now."""

    kind = fields.String(required=True, validate=validate.OneOf(["relative", "staff"]))
    label = fields.String(required=True, allow_none=True)
    consent = fields.Nested(ConsentSchema, required=True, allow_none=True)
    hidden = fields.Boolean(required=True)
    shared = fields.Boolean(required=True)


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
    datum = fields.String(required=True, allow_none=True)
    place = fields.Nested(RequestPlaceSchema, required=True)
    outside_district = fields.Boolean(required=True)
    place_note = fields.String(required=True, allow_none=True)
    media = fields.List(fields.Nested(MediaSchema), required=True)
    contact = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in State]))
    office = fields.Nested(RequestRefSchema, required=True, allow_none=True)
    supervised = fields.Boolean(required=True)
    urgency = fields.String(required=True, validate=validate.OneOf([str(urgency) for urgency in Urgency]))
    due = Timestamp(required=True, allow_none=True)
    due_provisional = fields.Boolean(required=True)
    due_explained = fields.Nested(DueSchema, required=True, allow_none=True)
    waiting = fields.Boolean(required=True)
    extended = fields.Boolean(required=True)
    complex = fields.Boolean(required=True)
    merged = fields.Boolean(required=True)
    callback_due = fields.Boolean(required=True)
    review = fields.String(required=True, allow_none=True)
    declined = fields.Nested(DeclinedSchema, required=True, allow_none=True)
    confirm_until = Timestamp(required=True, allow_none=True)
    custody: Any = fields.List(fields.Nested(HeldSchema), required=True)
    timeline = fields.List(fields.Nested(StepSchema), required=True)
    rating = fields.Nested(RatingSchema, required=True, allow_none=True)
    on_behalf = fields.Nested(BehalfSchema, required=True, allow_none=True)
    privacy = fields.String(required=True, validate=validate.OneOf(["private", "public_twin"]))
    reopen_until = Timestamp(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class LeadingSchema(Schema):
    """The request that leads, by its code."""

    id = fields.String(required=True)
    code = fields.String(required=True)


class AttributeAnswerSchema(Schema):
    """The answers to one of the service's further questions, with the question as it stood then."""

    question = fields.String(required=True)
    answers = fields.List(fields.String(), required=True)


class DeskRequestSchema(RequestSchema):
    """A request as staff see it; `allowed` says what the house can do now, whoever of it."""

    citizen = fields.Nested(RequestRefSchema, required=True)
    kind = fields.String(required=True)
    returns = fields.Integer(required=True)
    asks = fields.Integer(required=True)
    redos = fields.Integer(required=True)
    closing = fields.String(required=True, allow_none=True, validate=validate.OneOf([str(each) for each in Closing]))
    helpers = fields.List(fields.Nested(RequestRefSchema), required=True)
    reviewer = fields.Nested(RequestRefSchema, required=True, allow_none=True)
    merged_into = fields.Nested(LeadingSchema, required=True, allow_none=True)
    followers = fields.List(fields.String(), required=True)
    custody = fields.List(fields.Nested(CustodySchema), required=True)
    clocks = fields.List(fields.Nested(ClockSchema), required=True)
    from_alerts = fields.List(fields.String(), required=True)
    attributes = fields.List(fields.Nested(AttributeAnswerSchema), required=True)
    timeline = fields.List(fields.Nested(DeskStepSchema), required=True)
