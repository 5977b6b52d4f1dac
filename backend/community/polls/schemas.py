"""Shapes of polls and votes."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from backend.community.polls.rules import AFTER_VOTE, POLL, RESULTS
from backend.forms import Choice, Form, Id, Moment, Number, Size, Text, Timestamp

MAX_OPTIONS = 10


class PollEditForm(Form):
    """Changing a draft: only the fields that are given. New options take the place of all old ones."""

    question = Text(at_least=4, at_most=200)
    options = fields.List(Text(at_most=80), validate=Size(min=2, max=MAX_OPTIONS))
    closes_at = Moment()
    multiple = Number(1, MAX_OPTIONS)
    results = Choice(RESULTS)
    article = Id(attribute="article_id", allow_none=True)


class PollForm(PollEditForm):
    """A question, two to ten answers, and until when; `multiple` is how many of them one may choose."""

    question = Text(at_least=4, at_most=200, required=True)
    options = fields.List(Text(at_most=80), validate=Size(min=2, max=MAX_OPTIONS), required=True)
    closes_at = Moment(required=True)
    multiple = Number(1, MAX_OPTIONS, load_default=1)
    results = Choice(RESULTS, load_default=AFTER_VOTE)


class PollReasonForm(Form):
    """Why a poll is withdrawn; readers who look for it are told."""

    reason = Text(at_most=300, required=True)


class VoteForm(Form):
    """What one chooses: ids of options."""

    options = fields.List(Id(), validate=Size(min=1, max=MAX_OPTIONS), required=True)


class PollOptionSchema(Schema):
    """One answer."""

    id = fields.String(required=True)
    text = fields.String(required=True)


class PollSchema(Schema):
    """A poll. `counts` (votes by option) and `voters` stand in it once it is closed."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(POLL.states)))
    question = fields.String(required=True)
    options = fields.List(fields.Nested(PollOptionSchema), required=True)
    multiple = fields.Integer(required=True)
    results = fields.String(required=True, validate=validate.OneOf(RESULTS))
    closes_at = Timestamp(required=True)
    article = fields.String(required=True, allow_none=True)
    published_at = Timestamp(required=True, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True, allow_none=True)
    voters = fields.Integer(required=True, allow_none=True)


class PollPersonSchema(Schema):
    """A colleague, by name."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class EditorPollSchema(PollSchema):
    """A poll as editors see it; never who voted."""

    writers = fields.List(fields.Nested(PollPersonSchema), required=True)
    approved_by = fields.Nested(PollPersonSchema, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class VoteSchema(Schema):
    """One's own vote."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    poll = fields.String(required=True)
    options = fields.List(fields.String(), required=True)
    at = Timestamp(required=True)


class PollTurnoutSchema(Schema):
    """How many have voted by now; `final` once the poll is closed."""

    voters = fields.Integer(required=True)
    final = fields.Boolean(required=True)


class PollCountsSchema(Schema):
    """How a poll stands at this moment; `final` once it is closed."""

    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    voters = fields.Integer(required=True)
    final = fields.Boolean(required=True)
