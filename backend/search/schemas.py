"""Shapes of search."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from backend.forms import Cursor, Day, Form, Id, Number, Pattern, Text, Timestamp
from backend.search.rules import KINDS
from backend.search.words import MAX_QUERY

_KIND = f"({'|'.join(KINDS)})"


class SearchQuery(Form):
    """What is looked for, and in which part of what is public. `kind` is one or several, with commas between them."""

    q = Text(at_most=MAX_QUERY, required=True)
    kind = fields.String(validate=Pattern(f"^{_KIND}(,{_KIND}){{0,9}}$"))
    section = Id()
    office = Id()
    town = Id()
    from_ = Day(data_key="from")
    to = Day()
    cursor = Cursor()
    limit = Number(1, 50, from_text=True, load_default=20)


class SuggestQuery(Form):
    """What has been typed so far."""

    q = Text(at_most=40, required=True)


class MarkSchema(Schema):
    """Where a word that was asked for stands: characters `start` up to `end` (code points, not bytes)."""

    start = fields.Integer(required=True)
    end = fields.Integer(required=True)


def _marks() -> Any:
    return fields.List(fields.Nested(MarkSchema), required=True)


class SnippetSchema(Schema):
    """A piece of the text; `at` is where it was cut out, `marks` are places in the piece."""

    text = fields.String(required=True)
    at = fields.Integer(required=True)
    marks = _marks()


class FoundSchema(Schema):
    """Something that was found. What has no date, such as a service, has null for it."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    title = fields.String(required=True)
    title_marks = _marks()
    snippet = fields.Nested(SnippetSchema, required=True)
    section = fields.String(required=True, allow_none=True)
    office = fields.String(required=True, allow_none=True)
    towns = fields.List(fields.String(), required=True)
    published_at = Timestamp(required=True, allow_none=True)


class FoundPageSchema(Schema):
    """A page of what was found, the best first. `more_exist`: older things match too, that were not looked at."""

    items = fields.List(fields.Nested(FoundSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    found = fields.Integer(required=True)
    more_exist = fields.Boolean(required=True)


class RelatedSchema(Schema):
    """Something to read on with."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    title = fields.String(required=True)
    section = fields.String(required=True, allow_none=True)
    office = fields.String(required=True, allow_none=True)
    published_at = Timestamp(required=True, allow_none=True)


class RelatedListSchema(Schema):
    """A few things to read on with, the nearest first."""

    items = fields.List(fields.Nested(RelatedSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class SuggestionSchema(Schema):
    """A title that may have been meant."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    title = fields.String(required=True)
    title_marks = _marks()


class SuggestionsSchema(Schema):
    """Titles that may have been meant, the likeliest first."""

    items = fields.List(fields.Nested(SuggestionSchema), required=True)
    next = fields.String(required=True, allow_none=True)
