"""Shapes of live blogs."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.blocks import BlockSchema, Body
from backend.feed.live.queries import NEWEST, OLDEST
from backend.feed.live.rules import EntryState
from backend.feed.openings import State
from backend.forms import Choice, Cursor, Flag, Form, Id, Number, Size, Text, Timestamp
from backend.media.schemas import MediaSchema


class LiveForm(Form):
    """Making a live blog ready. `story` is an article about the same thing."""

    headline = Text(at_most=200, required=True)
    intro = Text(at_most=500, at_least=0)
    section = Id(required=True)
    towns = fields.List(Id(), validate=Size(max=30))
    cover = Id(allow_none=True)
    story = Id(allow_none=True)


class LiveEditForm(Form):
    """Changing a live blog; what is left out stays as it is."""

    AT_LEAST_ONE = True

    headline = Text(at_most=200)
    intro = Text(at_most=500, at_least=0)
    section = Id()
    towns = fields.List(Id(), validate=Size(max=30))
    cover = Id(allow_none=True)
    story = Id(allow_none=True)


class LiveReasonForm(Form):
    """Taking a live blog or an entry back; the reason is public."""

    reason = Text(at_most=300, required=True)


class OwnWordsForm(Form):
    """Whether those in charge may show their own words in a live blog, and why."""

    on = Flag(required=True)
    reason = Text(at_most=300, required=True)


class LiveEntryForm(Form):
    """Writing an entry. `byline` is who readers see as its author; `key` marks 重点."""

    body = Body(required=True)
    byline = Text(at_most=100)
    key = Flag()


class OutboxLiveEntryForm(LiveEntryForm):
    """An entry as it waits in the phone of whoever stands where there is no signal."""

    live = Id(required=True)


class ShowEntryForm(Form):
    """Showing an entry; with `key` the editor decides whether it is 重点."""

    key = Flag()


class CorrectEntryForm(Form):
    """What an entry is to say instead, and what readers are told about it."""

    body = Body(required=True)
    note = Text(at_most=300, required=True)


class EntriesQuery(Form):
    """Where a long live blog goes on, and in which order it is read."""

    order = Choice([NEWEST, OLDEST], load_default=NEWEST)
    cursor = Cursor()
    limit = Number(1, 100, from_text=True, load_default=20)


class LiveSchema(Schema):
    """A live blog, as readers get it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = Choice([str(state) for state in State], required=True)
    headline = fields.String(required=True)
    intro = fields.String(required=True)
    section = fields.String(required=True)
    towns = fields.List(fields.String(), required=True)
    cover = fields.Nested(MediaSchema, required=True, allow_none=True)
    story = fields.String(required=True, allow_none=True)
    opened_at = Timestamp(required=True, allow_none=True)
    closed_at = Timestamp(required=True, allow_none=True)


class DeskLiveSchema(LiveSchema):
    """A live blog, as the desk sees it."""

    authors = fields.List(fields.String(), required=True)
    own_words = fields.Boolean(required=True)
    own_words_reason = fields.String(required=True, allow_none=True)
    withdrawn_reason = fields.String(required=True, allow_none=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class LiveEntrySchema(Schema):
    """An entry, as readers get it. `no` is its number; `note` says what was corrected last."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    live = fields.String(required=True)
    no = fields.Integer(required=True, allow_none=True)
    body = fields.List(fields.Nested(BlockSchema), required=True)
    byline = fields.String(required=True)
    pinned = fields.Boolean(required=True)
    key = fields.Boolean(required=True)
    shown_at = Timestamp(required=True, allow_none=True)
    corrected_at = Timestamp(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


class WaitingCorrectionSchema(Schema):
    """A correction that waits for a second person."""

    body = fields.List(fields.Nested(BlockSchema), required=True)
    note = fields.String(required=True)
    author = fields.String(required=True)
    at = Timestamp(required=True)


class DeskEntrySchema(LiveEntrySchema):
    """An entry, as the desk sees it. `no` is null until it was shown."""

    state = Choice([str(state) for state in EntryState], required=True)
    author = fields.String(required=True)
    shown_by = fields.String(required=True, allow_none=True)
    written_at = Timestamp(required=True)
    withdrawn_reason = fields.String(required=True, allow_none=True)
    correction = fields.Nested(WaitingCorrectionSchema, required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)


class LiveEntriesSchema(Schema):
    """A page of entries in the order that was asked for."""

    items = fields.List(fields.Nested(LiveEntrySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class LiveSummarySchema(Schema):
    """What whoever comes late needs first; `next` goes on in the list of entries, the newest first."""

    live = fields.Nested(LiveSchema, required=True)
    pinned = fields.List(fields.Nested(LiveEntrySchema), required=True)
    key = fields.List(fields.Nested(LiveEntrySchema), required=True)
    entries = fields.List(fields.Nested(LiveEntrySchema), required=True)
    next = fields.String(required=True, allow_none=True)
