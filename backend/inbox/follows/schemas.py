"""Shapes of what is followed."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Choice, Form, Text, Timestamp

KINDS = ["topic", "section", "office", "public_request", "live"]


class FollowForm(Form):
    """What to follow: of a topic its words, of anything else its id."""

    kind = Choice(KINDS, required=True)
    thing = Text(at_least=2, at_most=40, required=True)


class FollowSchema(Schema):
    """Something followed."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    kind = fields.String(required=True)
    thing = fields.String(required=True)
    since = Timestamp(required=True)


class FollowsSchema(Schema):
    """All that somebody follows; there are few, and they come on one page."""

    items = fields.List(fields.Nested(FollowSchema), required=True)
    next = fields.String(required=True, allow_none=True)
