"""Shapes of notices."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from backend.blocks import BlockSchema, Body, ServiceCardSchema
from backend.forms import Choice, Form, Id, Moment, Size, Text, Timestamp
from backend.media.schemas import MediaSchema
from backend.notices.rules import CATEGORIES, State


def _towns() -> fields.List[Any]:
    return fields.List(Id(), validate=Size(max=30))


def _attachments() -> fields.List[Any]:
    return fields.List(Id(), validate=Size(max=20))


def _services() -> fields.List[Any]:
    return fields.List(Id(), validate=Size(max=10))


class NoticeForm(Form):
    """Drafting a notice. `office` may be left out by a clerk of one office."""

    office = Id()
    title = Text(at_most=200, required=True)
    body = Body(required=True)
    category = Choice(list(CATEGORIES), required=True)
    index_no = Text(at_most=60, allow_none=True)
    doc_no = Text(at_most=60, allow_none=True)
    towns = _towns()
    attachments = _attachments()
    effective_from = Moment(allow_none=True)
    effective_to = Moment(allow_none=True)
    services = _services()
    supersedes = Id(allow_none=True)


class NoticeEditForm(Form):
    """Changing a draft; what is left out stays as it is."""

    AT_LEAST_ONE = True

    title = Text(at_most=200)
    body = Body()
    category = Choice(list(CATEGORIES))
    index_no = Text(at_most=60, allow_none=True)
    doc_no = Text(at_most=60, allow_none=True)
    towns = _towns()
    attachments = _attachments()
    effective_from = Moment(allow_none=True)
    effective_to = Moment(allow_none=True)
    services = _services()
    supersedes = Id(allow_none=True)


class NoticeReturnForm(Form):
    """Giving a notice back to its author."""

    reason = Text(at_most=300, required=True)


class NoticeCorrectForm(Form):
    """What is to be changed in a published notice, and what readers are told about it."""

    note = Text(at_most=300, required=True)
    title = Text(at_most=200)
    body = Body()
    category = Choice(list(CATEGORIES))
    doc_no = Text(at_most=60, allow_none=True)
    towns = _towns()
    attachments = _attachments()
    effective_from = Moment(allow_none=True)
    effective_to = Moment(allow_none=True)
    services = _services()


class ExplanationForm(Form):
    """An explanation in plain words."""

    text = Text(at_most=2000, required=True)


class NoticeWithdrawForm(Form):
    """Taking a published notice back; the reason is public."""

    reason = Text(at_most=300, required=True)


class OfficeRefSchema(Schema):
    """An office, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class PersonRefSchema(Schema):
    """A colleague, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class NoticeVersionSchema(Schema):
    """That a notice was published, or published corrected; `sha256` is the fingerprint of what it said."""

    version = fields.Integer(required=True)
    published_at = Timestamp(required=True)
    note = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True)


class NoticeVersionListSchema(Schema):
    """All versions of a notice."""

    items = fields.List(fields.Nested(NoticeVersionSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class ExplanationSchema(Schema):
    """An office's explanation of its own notice 解读."""

    text = fields.String(required=True)
    published_at = Timestamp(required=True)


class NoticeSchema(Schema):
    """A notice as readers get it. A withdrawn one has no title, body or attachments, but a reason.

    Asked for at one version it has the `sha256` of that version, and no `ver`.
    """

    id = fields.String(required=True)
    ver = fields.Integer()
    sha256 = fields.String()
    version = fields.Integer(required=True)
    versions = fields.List(fields.Nested(NoticeVersionSchema), required=True)
    services = fields.List(fields.Nested(ServiceCardSchema), required=True)
    explanation = fields.Nested(ExplanationSchema, required=True, allow_none=True)
    supersedes = fields.String(required=True, allow_none=True)
    superseded_by = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in State]))
    index_no = fields.String(required=True, allow_none=True)
    doc_no = fields.String(required=True, allow_none=True)
    office = fields.Nested(OfficeRefSchema, required=True)
    category = fields.String(required=True, validate=validate.OneOf(list(CATEGORIES)))
    category_name = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.List(fields.Nested(BlockSchema), required=True)
    attachments = fields.List(fields.Nested(MediaSchema), required=True)
    towns = fields.List(fields.String(), required=True)
    published_at = Timestamp(required=True, allow_none=True)
    effective_from = Timestamp(required=True, allow_none=True)
    effective_to = Timestamp(required=True, allow_none=True)
    withdrawn_reason = fields.String(required=True, allow_none=True)


class NoticeCorrectionSchema(Schema):
    """A correction that waits for its second person; `changes` are the fields that change, as they are stored."""

    changes = fields.Dict(required=True)
    note = fields.String(required=True)
    author = fields.Nested(PersonRefSchema, required=True)
    at = Timestamp(required=True)


class ExplanationDraftSchema(Schema):
    """An explanation that waits for its second person."""

    text = fields.String(required=True)
    author = fields.Nested(PersonRefSchema, required=True)
    at = Timestamp(required=True)


class OfficeNoticeSchema(NoticeSchema):
    """A notice as its own office sees it: drafts too, with the two people and what can be done now."""

    return_reason = fields.String(required=True, allow_none=True)
    correction = fields.Nested(NoticeCorrectionSchema, required=True, allow_none=True)
    explanation_draft = fields.Nested(ExplanationDraftSchema, required=True, allow_none=True)
    author = fields.Nested(PersonRefSchema, required=True)
    approved_by = fields.Nested(PersonRefSchema, required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)
