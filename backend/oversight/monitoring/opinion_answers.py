"""Shapes of what monitoring says of the district: items, rules, alerts, names of places."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Timestamp
from backend.oversight.monitoring.answers import enum, person, strings
from backend.oversight.monitoring.rules import ALERT, LEVELS, LINK_KINDS, RULE, STANCES, WHERE


class OpinionItemSchema(Schema):
    """Something said in public; `heat` is its last value, `alerts` those it is in."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    source = fields.String(required=True)
    url = fields.String(required=True)
    text = fields.String(required=True)
    stance = fields.String(required=True, metadata=enum(STANCES))
    stance_name = fields.String(required=True)
    topic_ref = fields.String(required=True, allow_none=True)
    towns = strings()
    heat = fields.Integer(required=True)
    heat_at = Timestamp(required=True)
    alerts = strings()
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)


class HeatSchema(Schema):
    """How much an item was talked about at a moment."""

    at = Timestamp(required=True)
    heat = fields.Integer(required=True)


class OpinionDetailSchema(OpinionItemSchema):
    """An item with its heat as a series, oldest first (the last two hundred)."""

    heats = fields.List(fields.Nested(HeatSchema), required=True)


class OpinionsTakenSchema(Schema):
    """What was taken in: the items in their order, which are new, and the alerts that were raised or joined."""

    items = fields.List(fields.Nested(OpinionItemSchema), required=True)
    new = strings()
    alerts = strings()


class GrowthSchema(Schema):
    """By how much heat has to rise within so many minutes."""

    by = fields.Integer(required=True)
    minutes = fields.Integer(required=True)


class RuleContentSchema(Schema):
    """What a rule asks of an item."""

    words = strings()
    all_words = strings()
    not_words = strings()
    where = fields.String(required=True, metadata=enum(WHERE))
    towns = strings()
    places = strings()
    stances = strings()
    min_heat = fields.Integer(required=True)
    growth = fields.Nested(GrowthSchema, required=True, allow_none=True)
    level = fields.String(required=True, metadata=enum(LEVELS))


class OpinionRuleSchema(RuleContentSchema):
    """A rule; `number` is its version."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata=enum(RULE.states))
    state_name = fields.String(required=True)
    name = fields.String(required=True)
    number = fields.Integer(required=True)
    created_by = person(allow_none=False)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = strings()


class RuleVersionSchema(Schema):
    """A version that a rule had."""

    number = fields.Integer(required=True)
    name = fields.String(required=True)
    content = fields.Nested(RuleContentSchema, required=True)
    by = person(allow_none=False)
    at = Timestamp(required=True)
    reason = fields.String(required=True, allow_none=True)


class OpinionRuleDetailSchema(OpinionRuleSchema):
    """A rule with its versions, the last first."""

    versions = fields.List(fields.Nested(RuleVersionSchema), required=True)


class PlaceFoundSchema(Schema):
    """A name of the district that was found, and the town it is in."""

    name = fields.String(required=True)
    town = fields.String(required=True, allow_none=True)


class GrowthFoundSchema(Schema):
    """By how much heat has risen, from when to when."""

    from_ = fields.Integer(required=True, data_key="from")
    to = fields.Integer(required=True)
    by = fields.Integer(required=True)
    from_at = Timestamp(required=True)
    to_at = Timestamp(required=True)
    minutes = fields.Integer(required=True)


class WhySchema(Schema):
    """Why a rule took an item in: what it found there."""

    words = strings()
    places = fields.List(fields.Nested(PlaceFoundSchema), required=True)
    stance = fields.String(required=True)
    heat = fields.Integer(required=True)
    growth = fields.Nested(GrowthFoundSchema, required=True, allow_none=True)


class TrialHitSchema(Schema):
    """An item that a rule would have taken in, when, and why."""

    item = fields.String(required=True)
    text = fields.String(required=True)
    url = fields.String(required=True)
    at = Timestamp(required=True)
    why = fields.Nested(WhySchema, required=True)


class RuleTrialSchema(Schema):
    """What a rule would have taken in of so many items, and how many alerts that would have been."""

    looked_at = fields.Integer(required=True)
    items = fields.List(fields.Nested(TrialHitSchema), required=True)
    alerts = fields.Integer(required=True)


class AlertRuleSchema(Schema):
    """The rule that raised an alert, in the version of that time; streams leave its name out."""

    id = fields.String(required=True)
    number = fields.Integer(required=True)
    name = fields.String()


class AlertItemSchema(Schema):
    """An item of an alert, and why it is in it. Streams have id, `why` and `at` only: heat goes on by itself."""

    id = fields.String(required=True)
    why = fields.Nested(WhySchema, required=True)
    at = Timestamp(required=True)
    source = fields.String()
    url = fields.String()
    text = fields.String()
    stance = fields.String()
    heat = fields.Integer()


class AlertLinkSchema(Schema):
    """What an alert was turned into. Of a request the newsroom is shown its code."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata=enum(LINK_KINDS))
    kind_name = fields.String(required=True)
    thing = fields.String(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)
    replied_at = Timestamp(required=True, allow_none=True)
    by = person(allow_none=False)
    at = Timestamp(required=True)


class AlertSchema(Schema):
    """An alert: why it was raised, who holds it until when, and what it was turned into."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata=enum(ALERT.states))
    state_name = fields.String(required=True)
    title = fields.String(required=True)
    level = fields.String(required=True, metadata=enum(LEVELS))
    level_name = fields.String(required=True)
    rule = fields.Nested(AlertRuleSchema, required=True)
    heat = fields.Integer(required=True)
    owner = person()
    due_at = Timestamp(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    triaged_by = person()
    triaged_at = Timestamp(required=True, allow_none=True)
    assigned_by = person()
    assigned_at = Timestamp(required=True, allow_none=True)
    handled_by = person()
    handled_at = Timestamp(required=True, allow_none=True)
    closed_by = person()
    closed_at = Timestamp(required=True, allow_none=True)
    items = fields.List(fields.Nested(AlertItemSchema), required=True)
    links = fields.List(fields.Nested(AlertLinkSchema), required=True)
    created_at = Timestamp(required=True)
    updated_at = Timestamp(required=True)
    allowed = strings()


class TownPlacesSchema(Schema):
    """A town: what it is called, and the places noted with it."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    name = fields.String(required=True)
    called = strings()
    names = strings()
    updated_at = Timestamp(required=True, allow_none=True)


class TownPlacesListSchema(Schema):
    """All towns with their places."""

    items = fields.List(fields.Nested(TownPlacesSchema), required=True)
