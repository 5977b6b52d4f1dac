"""Shapes of notices."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate, validates_schema

from backend.blocks import BlockSchema, Body
from backend.form_errors import fault
from backend.forms import Choice, Form, Id, Moment, Size, Text, Timestamp
from backend.media.schemas import MediaSchema
from backend.notices.rules import CATEGORIES, State


def _towns() -> fields.List[Any]:
    return fields.List(Id(), validate=Size(max=30))


def _attachments() -> fields.List[Any]:
    return fields.List(Id(), validate=Size(max=20))


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

    @validates_schema
    def change_something(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse an edit that names no field."""
        if not data:
            raise fault("empty", "没有要修改的内容。")


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


class NoticeSchema(Schema):
    """A notice as readers get it. A withdrawn one has no title, body or attachments, but a reason."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
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


class OfficeNoticeSchema(NoticeSchema):
    """A notice as its own office sees it: drafts too, with the two people and what can be done now."""

    author = fields.Nested(PersonRefSchema, required=True)
    approved_by = fields.Nested(PersonRefSchema, required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)
