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


class ShareForm(Form):
    """Whose work a story is, in per cent; the shares of a story sum to 100."""

    id = Id(required=True)
    share = Number(1, 100, required=True)


class _StoryFields(Form):
    subtitle = Text(at_most=100, at_least=0)
    summary = Text(at_most=500, at_least=0)
    section = Id()
    towns = fields.List(Id(), validate=Size(max=20))
    class_ = Choice(rules.CLASSES, data_key="class")
    priority = Number(1, 5)
    sources = fields.List(fields.Nested(SourceForm), validate=Size(max=10))
    cover = Id(allow_none=True)
    byline = Text(at_most=100, at_least=0)
    translations = fields.Nested(TranslationsForm)


class _Provenance(Form):
    """Where a story comes from, and who gets the credit: no part of its text."""

    sensitivity = Choice(rules.SENSITIVITIES)
    language = Choice(rules.LANGUAGES)
    shares = fields.List(fields.Nested(ShareForm), validate=Size(max=10))
    topic = Id(allow_none=True)
    assignment = Id(allow_none=True)


class StoryForm(_StoryFields, _Provenance):
    """A new story."""

    headline = Text(at_most=60, required=True)
    body = Body(required=True)
    section = Id(required=True)
    targets = fields.List(Choice(rules.TARGETS), validate=Size(max=5))
    media = fields.List(Id(), validate=Size(max=50))


class StoryPatch(_StoryFields, _Provenance):
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


class LeaseForm(Form):
    """A lease taken or renewed; `draft` is what has not been saved yet, kept for a take-over."""

    reason = Text(at_most=300, at_least=0, load_default="")
    draft = fields.Nested(StoryPatch, allow_none=True)


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
    sources = fields.List(fields.Nested(SourceForm), validate=Size(max=5))
    class_ = Choice(["emergency", "official_notice"], data_key="class")
    targets = fields.List(Choice(rules.TARGETS), validate=Size(max=5))
    section = Id()
    towns = fields.List(Id(), validate=Size(max=20))
    cover = Id(allow_none=True)
    topic = Id(allow_none=True)


class PersonSchema(Schema):
    """Somebody of the house."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class StorySourceSchema(Schema):
    """A source with its check."""

    name = fields.String(required=True)
    kind = fields.String(required=True)
    verified = fields.Boolean(required=True)


class TextChangeSchema(Schema):
    """One difference between two texts; `block_id` is None outside the body."""

    field = fields.String(required=True)
    block_id = fields.String(required=True, allow_none=True)
    op = fields.String(required=True)
    before = fields.Raw(required=True, allow_none=True)
    after = fields.Raw(required=True, allow_none=True)


class CorrectionUnderWaySchema(Schema):
    """A correction that readers do not see yet: `open` where one is called for, `drafted` where it is to be signed."""

    state = fields.String(required=True)
    by = fields.Nested(PersonSchema, required=True)
    at = Timestamp(required=True)
    note = fields.String(required=True, allow_none=True)
    hash = fields.String(required=True, allow_none=True)
    why = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    changes = fields.List(fields.Nested(TextChangeSchema), required=True)


class ShareSchema(Schema):
    """A share of a story in per cent."""

    id = fields.String(required=True)
    share = fields.Integer(required=True)


class StorySchema(Schema):
    """A story as the newsroom sees it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True)
    lane = fields.String(required=True)
    headline = fields.String(required=True)
    subtitle = fields.String(required=True)
    summary = fields.String(required=True)
    body = fields.List(fields.Nested(BlockSchema), required=True)
    section = fields.String(required=True)
    towns = fields.List(fields.String(), required=True)
    class_ = fields.String(required=True, data_key="class")
    sensitivity = fields.String(required=True)
    language = fields.String(required=True)
    priority = fields.Integer(required=True)
    sources = fields.List(fields.Nested(StorySourceSchema), required=True)
    targets = fields.List(fields.String(), required=True)
    cover = fields.Nested(MediaSchema, required=True, allow_none=True)
    byline = fields.String(required=True)
    shares = fields.List(fields.Nested(ShareSchema), required=True)
    translations = fields.Dict(required=True)
    reason = fields.String(required=True, allow_none=True)
    topic = fields.String(required=True, allow_none=True)
    assignment = fields.String(required=True, allow_none=True)
    author = fields.Nested(PersonSchema, required=True)
    writers = fields.List(fields.Nested(PersonSchema), required=True)
    text_version = fields.Integer(required=True)
    content_hash = fields.String(required=True)
    exam = fields.String(required=True, allow_none=True)
    signed_by = fields.Nested(PersonSchema, required=True, allow_none=True)
    signed_hash = fields.String(required=True, allow_none=True)
    signed_at = Timestamp(required=True, allow_none=True)
    publish_at = Timestamp(required=True, allow_none=True)
    correction = fields.Nested(CorrectionUnderWaySchema, required=True, allow_none=True)
    origin = fields.String(required=True, allow_none=True)
    article_id = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class RenditionBriefSchema(Schema):
    """Where a rendition of a story stands."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    ver = fields.Integer(required=True)


class EditedStorySchema(StorySchema):
    """A story after an edit, with what became of its renditions."""

    renditions = fields.List(fields.Nested(RenditionBriefSchema), required=True)


class LeaseSchema(Schema):
    """Who works on a record, since when and until when."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    kind = fields.String(required=True)
    by = fields.Nested(PersonSchema, required=True, allow_none=True)
    since = Timestamp(required=True)
    expires_at = Timestamp(required=True)
    reason = fields.String(required=True)


class VersionSchema(Schema):
    """A text that a story had, or a draft kept beside it (`branch`)."""

    id = fields.String(required=True)
    number = fields.Integer(required=True)
    branch = fields.Boolean(required=True)
    content_hash = fields.String(required=True)
    by = fields.Nested(PersonSchema, required=True)
    at = Timestamp(required=True)
    why = fields.String(required=True)


class WholeVersionSchema(VersionSchema):
    """A version with its content, and what it changed against the one before."""

    content = fields.Dict(required=True)
    changes = fields.List(fields.Nested(TextChangeSchema), required=True)
