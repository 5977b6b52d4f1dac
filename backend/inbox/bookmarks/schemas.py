"""Shapes of bookmarks."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Choice, Flag, Form, Id, Timestamp

KINDS = ["article", "notice", "item", "live", "special"]


class BookmarkForm(Form):
    """An outbox's wish to keep a thing, or no more."""

    kind = Choice(KINDS, required=True)
    thing = Id(required=True)
    on = Flag(required=True)


class BookmarkSchema(Schema):
    """Something kept. `title` is what it is called now, null for what was withdrawn (`gone`, 已撤回)."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    kind = fields.String(required=True)
    thing = fields.String(required=True)
    since = Timestamp(required=True)
    title = fields.String(required=True, allow_none=True)
    gone = fields.Boolean(required=True)
