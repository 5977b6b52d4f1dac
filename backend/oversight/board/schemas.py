"""Shapes of the board."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from backend.forms import Choice, Form, Id, Number, Text, Timestamp


def _many(schema: type[Schema]) -> Any:
    return fields.List(fields.Nested(schema), required=True)


class BoardAboutSchema(Schema):
    """What an alarm is about."""

    kind = fields.String(required=True)
    id = fields.String(required=True)


class BoardAlarmSchema(Schema):
    """Something is late or wrong, and to whom it was raised."""

    id = fields.String(required=True)
    state = fields.String(required=True)
    kind = fields.String(required=True)
    about = fields.Nested(BoardAboutSchema, required=True)
    to = fields.List(fields.String(), required=True)
    text = fields.String(required=True)
    raised_at = Timestamp(required=True)
    seq = fields.Integer(required=True)


class BoardThingSchema(Schema):
    """A thing as the board names it. `colour` is null for what is done with; `seq` is the event that says so."""

    kind = fields.String(required=True)
    id = fields.String(required=True)
    state = fields.String(required=True)
    since = Timestamp(required=True)
    due = Timestamp(required=True, allow_none=True)
    colour = fields.String(required=True, allow_none=True)
    holders = fields.List(fields.String(), required=True)
    seq = fields.Integer(required=True)


class BoardDutySchema(Schema):
    """Who is on duty (`holders` of `turn`), and to whom the duty has been offered."""

    turn = fields.Nested(BoardThingSchema, required=True, allow_none=True)
    handover = fields.Nested(BoardThingSchema, required=True, allow_none=True)


class BoardTopicSchema(BoardThingSchema):
    """A breaking topic."""

    priority = fields.Integer(required=True)


class BoardFastSchema(BoardThingSchema):
    """A fast item whose clock runs."""

    story = fields.String(required=True)


class BoardTickSchema(Schema):
    """How far a case is on a channel."""

    channel = fields.String(required=True)
    state = fields.String(required=True)


class BoardCaseSchema(BoardThingSchema):
    """A correction or withdrawal under way."""

    story = fields.String(required=True)
    type = fields.String(required=True)
    severity = fields.String(required=True)
    ticks = _many(BoardTickSchema)


class BoardNowSchema(Schema):
    """What everybody looks at now."""

    breaking_topics = _many(BoardTopicSchema)
    fast_lane = _many(BoardFastSchema)
    cases = _many(BoardCaseSchema)


class BoardStateSchema(Schema):
    """How many are in a state; `rows` is where they are listed as of this board, `list` where they are listed now."""

    title = fields.String(required=True)
    count = fields.Integer(required=True)
    rows = fields.String(required=True)
    list = fields.String(required=True, allow_none=True)


class BoardNumberSchema(Schema):
    """A number and the address of what is behind it."""

    count = fields.Integer(required=True)
    rows = fields.String(required=True)


class BoardHolderSchema(Schema):
    """How many lie with a person."""

    id = fields.String(required=True)
    count = fields.Integer(required=True)


class BoardThingsSchema(Schema):
    """The things of one kind. `unheld` are those that lie with nobody."""

    title = fields.String(required=True)
    states = fields.Dict(keys=fields.String(), values=fields.Nested(BoardStateSchema), required=True)
    open = fields.Nested(BoardNumberSchema, required=True)
    red = fields.Nested(BoardNumberSchema, required=True)
    amber = fields.Nested(BoardNumberSchema, required=True)
    oldest = fields.Nested(BoardThingSchema, required=True, allow_none=True)
    holders = _many(BoardHolderSchema)
    unheld = fields.Integer(required=True)


class BoardSectionSchema(Schema):
    """A section of the kitchen, by the names of its things."""

    title = fields.String(required=True)
    things = fields.Dict(keys=fields.String(), values=fields.Nested(BoardThingsSchema), required=True)


class BoardPersonSchema(Schema):
    """Somebody on duty, and what lies with them by kind."""

    id = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    desks = fields.List(fields.String(), required=True)
    load_ = fields.Integer(required=True, data_key="load", attribute="load")
    holds = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    rows = fields.String(required=True)


class BoardChannelSchema(Schema):
    """How a channel is, and what waits for it; `queue_since` is the oldest that waits."""

    id = fields.String(required=True)
    state = fields.String(required=True)
    parked_until = Timestamp(required=True, allow_none=True)
    queue = fields.Integer(required=True)
    queue_since = Timestamp(required=True, allow_none=True)
    states = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    uncertain = fields.Integer(required=True)
    rows = fields.String(required=True)
    seq = fields.Integer(required=True)


class BoardPageSchema(Schema):
    """How full a page is."""

    page = fields.Integer(required=True)
    filled = fields.Integer(required=True)
    slots = fields.Integer(required=True)


class BoardPaperSchema(BoardThingSchema):
    """An issue that is not printed yet."""

    date = fields.String(required=True)
    pages = _many(BoardPageSchema)


class BoardRundownSchema(BoardThingSchema):
    """A show of today that has not been aired; `over_seconds` is negative where it runs short."""

    airtime = Timestamp(required=True)
    medium = fields.String(required=True)
    planned_seconds = fields.Integer(required=True)
    filled_seconds = fields.Integer(required=True)
    over_seconds = fields.Integer(required=True)


class BoardHourSchema(Schema):
    """Something that falls due, begins or is released within the next four hours."""

    at = Timestamp(required=True)
    what = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    id = fields.String(required=True)
    seq = fields.Integer(required=True)


class BoardDirectiveSchema(BoardThingSchema):
    """A directive, and the desks that have not acknowledged it."""

    desks = fields.List(fields.String(), required=True)
    unacked = fields.List(fields.String(), required=True)


class BoardAlertSchema(BoardThingSchema):
    """What readers are excited about."""

    level = fields.String(required=True)
    heat = fields.Integer(required=True)


class BoardMeasureSchema(Schema):
    """What was done today, beside the median of the same weekday."""

    today = fields.Integer(required=True)
    usual = fields.Float(required=True, allow_none=True)


class BoardTodaySchema(Schema):
    """Today beside the same weekday of the last eight weeks."""

    date = fields.String(required=True)
    measures = fields.Dict(keys=fields.String(), values=fields.Nested(BoardMeasureSchema), required=True)


class BoardRateSchema(Schema):
    """How often the aid had something to say (`given`), and how often people decided so; `rows` are the cases."""

    given = fields.Integer(required=True)
    hit = fields.Integer(required=True)
    rate = fields.Float(required=True, allow_none=True)
    rows = fields.String(required=True)


class BoardRoutingSchema(Schema):
    """How good the routing aid was in the last `days` days. Of cases that were merged, `duplicates` had been seen."""

    days = fields.Integer(required=True)
    service = fields.Nested(BoardRateSchema, required=True)
    office = fields.Nested(BoardRateSchema, required=True)
    duplicates = fields.Nested(BoardRateSchema, required=True)


class BoardRoutingRowSchema(Schema):
    """A case behind a rate: what was suggested (of duplicates: whether it was) and what people chose."""

    seq = fields.Integer(required=True)
    at = Timestamp(required=True)
    request = fields.String(required=True)
    hit = fields.Boolean(required=True)
    given = fields.String(required=True, allow_none=True)
    chosen = fields.String(required=True)


class BoardRoutingRowsSchema(Schema):
    """The cases behind a rate of the board, in their order; `next` goes on after the last."""

    as_of_seq = fields.Integer(required=True)
    items = _many(BoardRoutingRowSchema)
    next = fields.Integer(required=True, allow_none=True)


class BoardSchema(Schema):
    """The board as of an event; `at` is that event's moment. `names` is there only when it was asked for."""

    as_of_seq = fields.Integer(required=True)
    at = Timestamp(required=True)
    escalations = _many(BoardAlarmSchema)
    duty = fields.Nested(BoardDutySchema, required=True)
    now = fields.Nested(BoardNowSchema, required=True)
    sections = fields.Dict(keys=fields.String(), values=fields.Nested(BoardSectionSchema), required=True)
    people = _many(BoardPersonSchema)
    channels = _many(BoardChannelSchema)
    paper = _many(BoardPaperSchema)
    rundowns = _many(BoardRundownSchema)
    next_hours = _many(BoardHourSchema)
    directives = _many(BoardDirectiveSchema)
    alerts = _many(BoardAlertSchema)
    today = fields.Nested(BoardTodaySchema, required=True)
    routing = fields.Nested(BoardRoutingSchema, required=True)
    names = fields.Dict(keys=fields.String(), values=fields.String())


class BoardRowSchema(BoardThingSchema):
    """A row behind a number."""

    story = fields.String(required=True, allow_none=True)


class BoardRowsSchema(Schema):
    """Rows behind a number, by the event that each stands there since; `next` goes on after the last.

    `names` is there only when it was asked for.
    """

    as_of_seq = fields.Integer(required=True)
    items = _many(BoardRowSchema)
    next = fields.Integer(required=True, allow_none=True)
    names = fields.Dict(keys=fields.String(), values=fields.String())


class PriorityForm(Form):
    """What is to be put before or behind others, and why; 1 is first."""

    kind = Choice(["assignment", "story", "topic"], required=True)
    id = Id(required=True)
    priority = Number(1, 5, required=True)
    reason = Text(required=True, at_most=300)


class BoardOrderPersonSchema(Schema):
    """Who gave an order."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class BoardOrderSchema(Schema):
    """An order of the command desk."""

    id = fields.String(required=True)
    command = fields.String(required=True)
    about = fields.Nested(BoardAboutSchema, required=True)
    value = fields.String(required=True)
    reason = fields.String(required=True)
    by = fields.Nested(BoardOrderPersonSchema, required=True)
    at = Timestamp(required=True)
