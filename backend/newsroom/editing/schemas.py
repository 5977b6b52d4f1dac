"""Shapes of stories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from backend.blocks import BlockSchema, Body
from backend.form_errors import fault
from backend.forms import Choice, Flag, Form, Id, Moment, Number, Size, Text, Timestamp, text_document
from backend.media.schemas import MediaSchema
from backend.newsroom.editing import rules


class SourceForm(Form):
    """Where the facts come from, and whether somebody checked."""

    name = Text(at_most=100, required=True)
    kind = Choice(rules.SOURCE_KINDS, load_default="official")
    verified = Flag(load_default=False)


class TranslationForm(Form):
    """The same story in another language."""

    headline = Text(at_most=200, required=True)
    summary = Text(at_most=500, at_least=0, load_default="")
    body = Text(at_most=20_000, at_least=0, load_default="")


class TranslationsForm(Form):
    """Languages beside Chinese."""

    en = fields.Nested(TranslationForm)


class _StoryFields(Form):
    summary = Text(at_most=500, at_least=0)
    section = Id()
    towns = fields.List(Id(), validate=Size(max=20))
    class_ = Choice(rules.CLASSES, data_key="class")
    priority = Number(1, 5)
    sources = fields.List(fields.Nested(SourceForm), validate=Size(max=10))
    cover = Id(allow_none=True)
    byline = Text(at_most=100, at_least=0)
    translations = fields.Nested(TranslationsForm)


class StoryForm(_StoryFields):
    """A new story."""

    headline = Text(at_most=60, required=True)
    body = Body(required=True)
    section = Id(required=True)
    targets = fields.List(Choice(rules.TARGETS), validate=Size(max=5))
    media = fields.List(Id(), validate=Size(max=50))


class StoryPatch(_StoryFields):
    """A change: only the fields that are given."""

    headline = Text(at_most=60)
    body = Body()
    targets = fields.List(Choice(rules.TARGETS), validate=Size(max=5))


class CorrectionForm(_StoryFields):
    """A correction of a live story; `note` tells readers what was wrong."""

    note = Text(at_most=300, required=True)
    headline = Text(at_most=60)
    body = Body()


class PublishForm(Form):
    """When to publish; now, unless `publish_at` lies ahead."""

    publish_at = Moment(allow_none=True)


class ReasonForm(Form):
    """Why."""

    reason = Text(at_most=300, required=True)


class SourceOrName(fields.Field[Any]):
    """A source as an object, or just the name of an official one that the opener vouches for."""

    def __init__(self, **kwargs: Any) -> None:
        as_text = {"type": "string"} | text_document(at_most=100)
        either = [as_text, {"$ref": "#/components/schemas/SourceForm"}]
        super().__init__(metadata={"anyOf": either}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, str):
            return Text(at_most=100).deserialize(value, attr, data)
        if not isinstance(value, dict):
            raise fault("wrong_type", "来源要写名称，或 {name, kind, verified}。")
        return fields.Nested(SourceForm).deserialize(value, attr, data)


class BreakingForm(Form):
    """Breaking news: short, sourced, and with the reason for the fast lane."""

    headline = Text(at_most=60, required=True)
    text = Text(at_most=rules.MAX_BREAKING_TEXT, required=True)
    source = SourceOrName(required=True)
    reason = Text(at_most=300, required=True)
    section = Id()
    towns = fields.List(Id(), validate=Size(max=20))
    cover = Id(allow_none=True)


class PersonSchema(Schema):
    """Somebody of the house."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class StorySourceSchema(Schema):
    """A source with its check."""

    name = fields.String(required=True)
    kind = fields.String(required=True)
    verified = fields.Boolean(required=True)


class StorySchema(Schema):
    """A story as the newsroom sees it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True)
    lane = fields.String(required=True)
    headline = fields.String(required=True)
    summary = fields.String(required=True)
    body = fields.List(fields.Nested(BlockSchema), required=True)
    section = fields.String(required=True)
    towns = fields.List(fields.String(), required=True)
    class_ = fields.String(required=True, data_key="class")
    priority = fields.Integer(required=True)
    sources = fields.List(fields.Nested(StorySourceSchema), required=True)
    targets = fields.List(fields.String(), required=True)
    cover = fields.Nested(MediaSchema, required=True, allow_none=True)
    byline = fields.String(required=True)
    translations = fields.Dict(required=True)
    reason = fields.String(required=True, allow_none=True)
    author = fields.Nested(PersonSchema, required=True)
    content_hash = fields.String(required=True)
    signed_by = fields.Nested(PersonSchema, required=True, allow_none=True)
    signed_hash = fields.String(required=True, allow_none=True)
    signed_at = Timestamp(required=True, allow_none=True)
    publish_at = Timestamp(required=True, allow_none=True)
    article_id = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)
