"""Shapes of packages and renditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, fields, validate

from backend.blocks import Body
from backend.form_errors import fault
from backend.forms import DAY_PATTERN, Choice, Flag, Form, Id, Number, Size, Text, Timestamp
from backend.newsroom.editing.packages.limits import KINDS
from backend.newsroom.editing.packages.rules import EDITED, MECHANICAL, RENDITION

MAX_TEXT = 20_000
MAX_SECONDS = 7200


class Day(fields.Date):
    """A day of the calendar, `YYYY-MM-DD`, of the years 1900 to 2199."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="iso", metadata={"pattern": DAY_PATTERN}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch(DAY_PATTERN, value):
            raise fault("invalid", "要填日期，例如 2026-08-02。")
        return date.fromisoformat(value)


class Seconds(fields.Float):
    """Seconds, with fractions."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_nan=False, validate=validate.Range(min=0, max=MAX_SECONDS), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if type(value) not in (int, float):
            raise fault("wrong_type", "要填数字。")
        return super()._deserialize(value, attr, data, **kwargs)


def _clips() -> fields.List[Any]:
    return fields.List(Id(), validate=Size(max=20))


class NestedOrNull(fields.Nested):
    """A form; null, which is what an answer has where there is none, is taken back too.

    The document only speaks of the form: for `allow_none` it would let in any object.
    """

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """Read it."""
        return None if value is None else super().deserialize(value, attr, data, **kwargs)


class PageSlotForm(Form):
    """Where a page has room for a story; the headline's width in full characters."""

    issue_date = Day(required=True)
    page_no = Number(1, 200, required=True)
    slot_no = Number(1, 100, required=True)
    headline_width = Number(1, 100, required=True)
    max_chars = Number(1, MAX_TEXT, required=True)
    columns = Number(1, 12, required=True)


class RundownItemForm(Form):
    """Where a show has time for a story. The length of clips is known from their files, unless it is given."""

    show = Text(at_most=60, required=True)
    order = Number(1, 500, required=True)
    planned_seconds = Number(1, MAX_SECONDS, required=True)
    type = Choice(["spoken", "crawl"])
    clip_ids = _clips()
    clip_seconds = Seconds()


class PackageForm(Form):
    """Making the renditions of a story, or those that are missing or stale; `rederive` names others."""

    story = Id(required=True)
    page_slot = fields.Nested(PageSlotForm)
    rundown_item = fields.Nested(RundownItemForm)
    rederive = fields.List(Choice(list(KINDS)), validate=Size(max=len(KINDS)))


class RederiveForm(Form):
    """Making one rendition anew, and where a page or a show has it now."""

    page_slot = fields.Nested(PageSlotForm)
    rundown_item = fields.Nested(RundownItemForm)


class CropForm(Form):
    """A part of a picture, in its pixels."""

    x = Number(0, 100_000, required=True)
    y = Number(0, 100_000, required=True)
    width = Number(1, 100_000, required=True)
    height = Number(1, 100_000, required=True)


class CoverForm(Form):
    """The picture in front."""

    media = Id(required=True)
    alt = Text(at_most=300, at_least=0)
    crop = NestedOrNull(CropForm)


class PictureForm(Form):
    """A picture of a post."""

    media = Id(required=True)
    alt = Text(at_most=300, at_least=0)


class GeoForm(Form):
    """Whom it concerns."""

    towns = fields.List(Id(), required=True, validate=Size(max=20))


class RenditionFieldsForm(Form):
    """What may be changed; which of these there are follows from the kind. Text may be longer than a channel takes."""

    AT_LEAST_ONE = True

    title = Text(at_most=200)
    headline = Text(at_most=200)
    digest = Text(at_most=500, at_least=0)
    push_text = Text(at_most=500)
    text = Text(at_most=MAX_TEXT)
    script = Text(at_most=MAX_TEXT)
    body = Body()
    cover = NestedOrNull(CoverForm)
    images = fields.List(fields.Nested(PictureForm), validate=Size(max=50))
    video = Id(allow_none=True)
    tags = fields.List(Text(at_most=20), validate=Size(max=50))
    topics = fields.List(Text(at_most=30), validate=Size(max=50))
    lower_thirds = fields.List(Text(at_most=100), validate=Size(max=50))
    geo = fields.Nested(GeoForm)
    original_flag = Flag()
    issue_date = Day()
    page_no = Number(1, 200)
    slot_no = Number(1, 100)
    headline_width = Number(1, 100)
    max_chars = Number(1, MAX_TEXT)
    columns = Number(1, 12)
    type = Choice(["spoken", "crawl"])
    show = Text(at_most=60)
    order = Number(1, 500)
    planned_seconds = Number(1, MAX_SECONDS)
    clip_ids = _clips()
    clip_seconds = Seconds()


class RenditionPatch(Form):
    """A change: only the fields that are given."""

    changes = fields.Nested(RenditionFieldsForm, required=True, data_key="fields")


class RenditionPersonSchema(Schema):
    """Somebody of the house."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class RenditionFileSchema(Schema):
    """A file that a rendition shows."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    mime = fields.String(required=True)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    url = fields.String(required=True)


class LimitProblemSchema(Schema):
    """A limit of the channel that does not hold."""

    field = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class StoryRenditionSchema(Schema):
    """A rendition. `fields` are exactly what `text_hash` is made of; `new_sentences` are those its story has not."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(RENDITION.states)})
    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    kind_name = fields.String(required=True)
    package = fields.String(required=True)
    story = fields.String(required=True)
    story_version = fields.Integer(required=True)
    story_hash = fields.String(required=True)
    text_fields = fields.Dict(required=True, data_key="fields")
    media = fields.List(fields.Nested(RenditionFileSchema), required=True)
    measures = fields.Dict(required=True)
    problems = fields.List(fields.Nested(LimitProblemSchema), required=True)
    transform = fields.String(required=True, metadata={"enum": [MECHANICAL, EDITED]})
    new_sentences = fields.List(fields.String(), required=True)
    needs_own_examination = fields.Boolean(required=True)
    text_hash = fields.String(required=True)
    signed_hash = fields.String(required=True, allow_none=True)
    exam = fields.String(required=True, allow_none=True)
    writers = fields.List(fields.Nested(RenditionPersonSchema), required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class PackageSchema(Schema):
    """A package: one story, one rendition a kind."""

    id = fields.String(required=True)
    story = fields.String(required=True)
    renditions = fields.List(fields.Nested(StoryRenditionSchema), required=True)
    created_by = fields.Nested(RenditionPersonSchema, required=True)
    created_at = Timestamp(required=True)
