"""Shapes of comments."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.community.comments.rules import REASONS
from backend.forms import Choice, Flag, Form, Id, Text, Timestamp

MAX_TEXT = 500


class CommentForm(Form):
    """What somebody says below which article, and which comment it answers if it answers one."""

    article = Id(required=True)
    text = Text(at_most=MAX_TEXT, required=True)
    reply_to = Id(allow_none=True)


class CommentIdForm(Form):
    """Which comment."""

    id = Id(required=True)


class CommentReasonForm(Form):
    """Why: one word of the list."""

    reason = Choice(list(REASONS), required=True)


class TalkForm(Form):
    """Whether people may comment."""

    open = Flag(required=True)


class TalkSchema(Schema):
    """Whether people may comment on an article, whose id this has."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    open = fields.Boolean(required=True)


class CommentSchema(Schema):
    """A comment as readers see it. Of one that is gone they see that there was one, where somebody has replied."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    article = fields.String(required=True)
    reply_to = fields.String(required=True, allow_none=True)
    thread = fields.String(required=True, allow_none=True)
    state = fields.String(required=True)
    author = fields.String(required=True, allow_none=True)
    text = fields.String(required=True)
    created_at = Timestamp(required=True)
    shown_at = Timestamp(required=True, allow_none=True)


class ReplySchema(CommentSchema):
    """A comment with how many like it."""

    likes = fields.Integer(required=True)


class ThreadSchema(ReplySchema):
    """A comment with the first replies to it; in a list of replies it has none."""

    replies = fields.List(fields.Nested(ReplySchema))
    replies_count = fields.Integer()


class CommentsSchema(Schema):
    """A page of an article's comments, and whether people may write more."""

    items = fields.List(fields.Nested(ThreadSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    open = fields.Boolean(required=True)


class OwnCommentSchema(CommentSchema):
    """One's own comment, whatever became of it, and why it was refused or removed."""

    reason = fields.String(required=True, allow_none=True)
    reason_name = fields.String(required=True, allow_none=True)


class CommentFindingSchema(Schema):
    """What the dictionary found: `span` counts characters of the text."""

    rule = fields.String(required=True)
    level = fields.String(required=True)
    span = fields.List(fields.Integer(), required=True)
    text = fields.String(required=True)
    why = fields.String(required=True)


class DeskCommentSchema(OwnCommentSchema):
    """A comment before a moderator. `reports` counts those who reported it, by reason."""

    state_name = fields.String(required=True)
    reported = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(CommentFindingSchema), required=True)
    dictionary = fields.Integer(required=True)
    allowed = fields.List(fields.String(), required=True)
    headline = fields.String(required=True)
    reply_text = fields.String(required=True, allow_none=True)
    reports = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
