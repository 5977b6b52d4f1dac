"""Shapes of the newspaper."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from backend.form_errors import fault
from backend.forms import Choice, Day, Form, Id, Moment, Number, Shape, Size, Text, Timestamp
from backend.publishing.newspaper.layout.formats import FORMATS
from backend.publishing.newspaper.rules import ISSUE, KINDS, LOWEST_ROWS, MAX_SLOTS
from backend.publishing.newspaper.steps import MOST
from backend.publishing.newspaper.templates import TEMPLATES

_MARKS = [kind for kind in KINDS if kind != "notice"]
_MOST_ROWS = 120
_MOST_COLUMNS = 12


class IssueForm(Form):
    """A day's newspaper. Without a number it gets the next one."""

    date = Day(required=True)
    press_deadline = Moment(required=True)
    template = Choice(list(TEMPLATES), required=True)
    editor = Text(at_most=40, at_least=0)
    number = Number(1, 1_000_000)


class IssueEditForm(Form):
    """Changing when it goes to press, or who answers for it."""

    AT_LEAST_ONE = True

    press_deadline = Moment()
    editor = Text(at_most=40, at_least=0)


class PaperSlotForm(Form):
    """A slot in columns and lines of the page's grid."""

    no = Number(1, MOST, required=True)
    kind = Choice(list(KINDS), load_default="story")
    x = Number(0, _MOST_COLUMNS, required=True)
    y = Number(0, _MOST_ROWS, required=True)
    w = Number(1, _MOST_COLUMNS, required=True)
    h = Number(LOWEST_ROWS, _MOST_ROWS, required=True)
    columns = Number(1, _MOST_COLUMNS, required=True)
    headline_width = Number(4, 40, required=True)
    picture_columns = Number(0, _MOST_COLUMNS, load_default=0)
    words = fields.List(Text(at_most=20), validate=Size(max=4), load_default=list)


class PaperSlotsForm(Form):
    """All slots of a page."""

    slots = fields.List(fields.Nested(PaperSlotForm), required=True, validate=Size(min=1, max=MAX_SLOTS))


class PlacingForm(Form):
    """Which rendition stands in a slot, with which picture of its story, over how many columns."""

    rendition = Id(required=True)
    picture = Id()
    picture_columns = Number(1, _MOST_COLUMNS)


class MovingForm(Form):
    """Where a story goes; what stands there comes in exchange."""

    to_page = Number(1, MOST, required=True)
    to_slot = Number(1, MOST, required=True)


class SlotMarkForm(Form):
    """What a slot is for; `words` are the lines of an advertisement of the house's own."""

    kind = Choice(_MARKS, required=True)
    words = fields.List(Text(at_most=20), validate=Size(max=4), load_default=list)


class IssueReasonForm(Form):
    """Why; colleagues read it."""

    reason = Text(at_most=300, required=True)


class PaperNoticeForm(Form):
    """Which target of a case the notice is for, and where it stands; `text` for a case without words of its own."""

    SHAPES = (Shape(("target",), ("text",)), Shape(("target", "page", "slot"), ("text",)))

    target = Id(required=True)
    text = Text(at_most=300)
    page = Number(1, MOST)
    slot = Number(1, MOST)

    @validates_schema
    def name_both(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a page without a slot, and the reverse."""
        if ("page" in data) != ("slot" in data):
            missing = "slot" if "page" in data else "page"
            raise ValidationError({missing: fault("missing", "版面和版位要一起写。").messages})


class PaperPersonSchema(Schema):
    """A colleague, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class PaperRenditionSchema(Schema):
    """A rendition as it stands now."""

    id = fields.String(required=True)
    state = fields.String(required=True)
    ver = fields.Integer(required=True)
    text_hash = fields.String(required=True)


class PaperBoxSchema(Schema):
    """A rectangle on a page, in millimetres from its upper left corner."""

    x = fields.Float(required=True)
    y = fields.Float(required=True)
    w = fields.Float(required=True)
    h = fields.Float(required=True)


class PaperFitSchema(Schema):
    """How a text fits: characters over 溢文, lines empty 缺文, what the slot takes, and the same in words."""

    state = fields.String(required=True, validate=validate.OneOf(["fits", "overset", "underset"]))
    over = fields.Integer(required=True)
    headline_over = fields.Integer(required=True)
    empty = fields.Integer(required=True)
    room = fields.Integer(required=True)
    words = fields.String(required=True)


class PaperCorrectionSchema(Schema):
    """What was corrected after printing."""

    note = fields.String(required=True)
    at = Timestamp(required=True)


class PaperSlotSchema(Schema):
    """A slot, what stands in it, and how it fits.

    `stage` is how far its text has come, in words; `chars` how long the text is, as the house counts.
    """

    no = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    kind_name = fields.String(required=True)
    x = fields.Integer(required=True)
    y = fields.Integer(required=True)
    w = fields.Integer(required=True)
    h = fields.Integer(required=True)
    columns = fields.Integer(required=True)
    headline_width = fields.Integer(required=True)
    max_chars = fields.Integer(required=True)
    picture_columns = fields.Integer(required=True)
    picture = fields.String(required=True, allow_none=True)
    words = fields.List(fields.String(), required=True)
    rendition = fields.Nested(PaperRenditionSchema, required=True, allow_none=True)
    story = fields.String(required=True, allow_none=True)
    stage = fields.String(required=True, allow_none=True)
    publication = fields.String(required=True, allow_none=True)
    headline = fields.String(required=True, allow_none=True)
    chars = fields.Integer(required=True, allow_none=True)
    box = fields.Nested(PaperBoxSchema, required=True)
    notice = fields.String(required=True, allow_none=True)
    target = fields.String(required=True, allow_none=True)
    withdrawn_at = Timestamp(required=True, allow_none=True)
    correction = fields.Nested(PaperCorrectionSchema, required=True, allow_none=True)
    fit = fields.Nested(PaperFitSchema, required=True, allow_none=True)


class PaperPageSchema(Schema):
    """A page with its slots, and how large its sheet is, in millimetres; `hash` is that of its page model."""

    number = fields.Integer(required=True)
    label = fields.String(required=True)
    name = fields.String(required=True)
    width = fields.Float(required=True)
    height = fields.Float(required=True)
    hash = fields.String(required=True)
    slots = fields.List(fields.Nested(PaperSlotSchema), required=True)


class IssueBriefSchema(Schema):
    """An issue without what is on its pages."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(ISSUE.states)))
    state_name = fields.String(required=True)
    date = fields.String(required=True)
    number = fields.Integer(required=True)
    format = fields.String(required=True, validate=validate.OneOf(list(FORMATS)))
    press_deadline = Timestamp(required=True)
    editor = fields.String(required=True)
    laid_out_by = fields.List(fields.Nested(PaperPersonSchema), required=True)
    reason = fields.String(required=True, allow_none=True)
    created_by = fields.Nested(PaperPersonSchema, required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    signed_by = fields.Nested(PaperPersonSchema, required=True, allow_none=True)
    signed_at = Timestamp(required=True, allow_none=True)
    printed_at = Timestamp(required=True, allow_none=True)
    page_count = fields.Integer(required=True)
    allowed = fields.List(fields.String(), required=True)


class IssueSchema(IssueBriefSchema):
    """An issue with its pages."""

    pages = fields.List(fields.Nested(PaperPageSchema), required=True)


class PageModelSchema(Schema):
    """A page as it is set: lines, rules and pictures with their places in millimetres."""

    number = fields.Integer(required=True)
    name = fields.String(required=True)
    width = fields.Float(required=True)
    height = fields.Float(required=True)
    furniture = fields.List(fields.Dict(), required=True)
    rules = fields.List(fields.Dict(), required=True)
    slots = fields.List(fields.Dict(), required=True)


class PublicPageLinkSchema(Schema):
    """A page of a printed issue."""

    number = fields.Integer(required=True)
    label = fields.String(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True)


class PublicIssueSchema(Schema):
    """A printed issue, and the days of those before and after it."""

    date = fields.String(required=True)
    number = fields.Integer(required=True)
    pages = fields.List(fields.Nested(PublicPageLinkSchema), required=True)
    before = fields.String(required=True, allow_none=True)
    after = fields.String(required=True, allow_none=True)


class PublicRegionSchema(Schema):
    """Where an article stands on its page, in per cent of it, and where it leads."""

    slot = fields.Integer(required=True)
    state = fields.String(required=True)
    headline = fields.String(required=True)
    href = fields.String(required=True)
    x = fields.Float(required=True)
    y = fields.Float(required=True)
    w = fields.Float(required=True)
    h = fields.Float(required=True)


class PublicArticleSchema(Schema):
    """An article of a page; one that was withdrawn has no text any more."""

    slot = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["printed", "corrected", "withdrawn"]))
    headline = fields.String(required=True)
    byline = fields.String(required=True)
    text = fields.String(required=True)
    href = fields.String(required=True)
    story = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class PublicPageSchema(PublicIssueSchema):
    """A printed page: its drawing as SVG, the regions on it, and its articles."""

    page = fields.Integer(required=True)
    label = fields.String(required=True)
    name = fields.String(required=True)
    width = fields.Float(required=True)
    height = fields.Float(required=True)
    hash = fields.String(required=True)
    svg = fields.String(required=True)
    regions = fields.List(fields.Nested(PublicRegionSchema), required=True)
    articles = fields.List(fields.Nested(PublicArticleSchema), required=True)
