"""Shapes of planned works."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.forms import Choice, Coordinate, Form, Id, Moment, Number, Size, Text, Timestamp
from backend.notices.schemas import OfficeRefSchema, PersonRefSchema
from backend.notices.works.rules import KINDS, Phase, State


class WorkPointForm(Form):
    """A corner of a polygon, WGS-84."""

    lat = Coordinate(90, required=True)
    lon = Coordinate(180, required=True)


class _WorkFields(Form):
    notice = Id(allow_none=True)
    text = Text(at_most=1000)
    towns = fields.List(Id(), validate=Size(max=30))
    services = fields.List(Id(), validate=Size(min=1, max=20))
    lat = Coordinate(90, allow_none=True)
    lon = Coordinate(180, allow_none=True)
    radius_m = Number(10, 20_000, allow_none=True)
    polygon = fields.List(fields.Nested(WorkPointForm), validate=Size(min=3, max=200), allow_none=True)


class WorkForm(_WorkFields):
    """Announcing works. `services` are what people would ask for because of them, by `GET /services`."""

    office = Id()
    kind = Choice(list(KINDS), required=True)
    title = Text(at_most=60, required=True)
    text = Text(at_most=1000, required=True)
    place = Text(at_most=100, required=True)
    services = fields.List(Id(), validate=Size(min=1, max=20), required=True)
    begins_at = Moment(required=True)
    ends_at = Moment(required=True)


class WorkEditForm(_WorkFields):
    """Changing a draft; what is left out stays as it is."""

    AT_LEAST_ONE = True

    title = Text(at_most=60)
    place = Text(at_most=100)
    begins_at = Moment()
    ends_at = Moment()


class WorkExtendForm(Form):
    """Moving the end of works; the reason is public."""

    ends_at = Moment(required=True)
    reason = Text(at_most=300, required=True)


class WorkWithdrawForm(Form):
    """Taking works back that do not come; the reason is public."""

    reason = Text(at_most=300, required=True)


class WorkPointSchema(Schema):
    """A corner of a polygon, WGS-84."""

    lat = fields.Float(required=True)
    lon = fields.Float(required=True)


class WorkChangeSchema(Schema):
    """That the end of works was moved."""

    at = Timestamp(required=True)
    ends_at = Timestamp(required=True)
    reason = fields.String(required=True, allow_none=True)


class WorkSchema(Schema):
    """Planned works as everybody gets them; whether they are on follows from the two moments and the reader's clock."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in State]))
    office = fields.Nested(OfficeRefSchema, required=True)
    notice = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    kind_name = fields.String(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    place = fields.String(required=True)
    towns = fields.List(fields.String(), required=True)
    services = fields.List(fields.String(), required=True)
    lat = fields.Float(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    radius_m = fields.Integer(required=True, allow_none=True)
    polygon = fields.List(fields.Nested(WorkPointSchema), required=True, allow_none=True)
    begins_at = Timestamp(required=True)
    ends_at = Timestamp(required=True)
    ended_at = Timestamp(required=True, allow_none=True)
    changes = fields.List(fields.Nested(WorkChangeSchema), required=True)
    published_at = Timestamp(required=True, allow_none=True)


class WorkNowSchema(WorkSchema):
    """Planned works with what the clock says of them."""

    phase = fields.String(required=True, validate=validate.OneOf([str(phase) for phase in Phase]))


class WorkListSchema(Schema):
    """Works that are to come or on."""

    items = fields.List(fields.Nested(WorkNowSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class OfficeWorkSchema(WorkSchema):
    """Works as their office sees them."""

    author = fields.Nested(PersonRefSchema, required=True)
    approved_by = fields.Nested(PersonRefSchema, required=True, allow_none=True)
    withdrawn_reason = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class WorkNoticeSchema(Schema):
    """The notice that works were announced in."""

    id = fields.String(required=True)
    title = fields.String(required=True)
    doc_no = fields.String(required=True, allow_none=True)
    index_no = fields.String(required=True, allow_none=True)


class KnownWorkSchema(Schema):
    """Works that a request is about as far as one can tell; `sure` is false where only the town is known."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    ends_at = Timestamp(required=True)
    sure = fields.Boolean(required=True)
    notice = fields.Nested(WorkNoticeSchema, required=True, allow_none=True)
    words = fields.String(required=True)


class KnownWorkListSchema(Schema):
    """What is known before one files."""

    items = fields.List(fields.Nested(KnownWorkSchema), required=True)
    next = fields.String(required=True, allow_none=True)
