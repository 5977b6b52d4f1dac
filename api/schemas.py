"""Shapes that every resource shares: the error body and pages."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Cursor, Form, Number


class FieldErrorSchema(Schema):
    """One offending field."""

    field = fields.String(required=True)
    code = fields.String(required=True)
    message = fields.String(required=True)


class ProblemSchema(Schema):
    """Every refusal: RFC 9457 with `code`, `errors` where fields are to blame, and what some codes say besides."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldErrorSchema))
    # What is needed to go on: the right or office that lacks, the rule that does not hold, what would be allowed.
    permission = fields.String()
    office = fields.String()
    stream = fields.String()
    guard = fields.String()
    needs = fields.String()
    state = fields.String()
    allowed = fields.List(fields.String())
    reason = fields.String(allow_none=True)
    limit = fields.Integer(allow_none=True)
    retry_after_s = fields.Integer()
    # Who holds a record, since when, until when.
    by = fields.Dict(allow_none=True)
    since = fields.String()
    expires_at = fields.String()
    # What an edit that came too late would have changed, and where its draft is kept.
    diff = fields.List(fields.Dict())
    draft = fields.String(allow_none=True)
    # What a guard is about: the findings, the persons, the seconds a script takes.
    findings = fields.List(fields.Dict())
    persons = fields.List(fields.String())
    assignments = fields.List(fields.String())
    estimated_seconds = fields.Float()
    planned_seconds = fields.Integer()
    until = fields.String()
    # Where things stand: the current version, how much of an upload is here, the next outbox entry, the log.
    ver = fields.Integer()
    offset = fields.Integer()
    expected = fields.Integer()
    epoch = fields.String()
    head = fields.Integer()
    floor = fields.Integer()


class PageQuery(Form):
    """How lists are paged: `next` of one page is `cursor` of the following request."""

    cursor = Cursor()
    limit = Number(1, 100, from_text=True, load_default=20)


def page_of(item: type[Schema], name: str) -> type[Schema]:
    """Make the schema of `{items, next}` for one kind of item."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next": fields.String(required=True, allow_none=True),
        },
        name=name,
    )


class SilentSchema(Schema):
    """Nothing: the status says it all."""


class ExportSchema(Schema):
    """Everything held about a person, by domain."""

    account = fields.Dict(required=True)
    sessions = fields.List(fields.Dict())
    requests = fields.List(fields.Dict())
    receipts = fields.List(fields.Dict())
    looks = fields.List(fields.Dict())
    reads = fields.List(fields.Dict())
    consents = fields.List(fields.Dict())
    trusts = fields.List(fields.Dict())
    twins = fields.List(fields.Dict())
    tips = fields.List(fields.Dict())
    votes = fields.List(fields.Dict())
    sign_ups = fields.List(fields.Dict())
    inbox = fields.List(fields.Dict())
    devices = fields.List(fields.Dict())
    preferences = fields.List(fields.Dict())
    follows = fields.List(fields.Dict())
    bookmarks = fields.List(fields.Dict())
    rings = fields.List(fields.Dict())
    identity = fields.List(fields.Dict())
    comments = fields.List(fields.Dict())
    comment_reports = fields.List(fields.Dict())
    likes = fields.List(fields.Dict())
    places = fields.List(fields.Dict())
    media = fields.List(fields.Dict())
    uploads = fields.List(fields.Dict())
