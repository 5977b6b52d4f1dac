"""Shapes of channels, publications and cases."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.feed.schemas import CorrectionChangeSchema
from backend.forms import Choice, Flag, Form, Id, Moment, Number, Size, Text, Timestamp
from backend.publishing import rules
from backend.publishing.rules import CASE, CHANNEL, PUBLICATION, TARGET


class PublishingPersonSchema(Schema):
    """Somebody of the house."""

    id = fields.String(required=True)
    name = fields.String(required=True)


class ChannelSchema(Schema):
    """A channel. `queue` counts what waits for it, by state; streams leave out it, `failures` and `last_ok_at`."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(CHANNEL.states)})
    takes = fields.List(fields.String(), required=True)
    capabilities = fields.Dict(required=True)
    per_minute = fields.Integer(required=True)
    parallel = fields.Integer(required=True)
    ordered = fields.String(required=True)
    parked_until = Timestamp(required=True, allow_none=True)
    parked_code = fields.String(required=True, allow_none=True)
    failures = fields.Integer(required=True)
    last_ok_at = Timestamp(required=True, allow_none=True)
    halted_by = fields.Nested(PublishingPersonSchema, required=True, allow_none=True)
    halted_at = Timestamp(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)
    queue = fields.Dict(keys=fields.String(), values=fields.Integer())


class ChannelListSchema(Schema):
    """All channels."""

    items = fields.List(fields.Nested(ChannelSchema), required=True)


class ChannelPatch(Form):
    """What a channel is held to."""

    AT_LEAST_ONE = True

    name = Text(at_most=60)
    per_minute = Number(1, 10_000)


class HaltForm(Form):
    """Which channels to stop or to let go on, all of them if none is named, and why."""

    channels = fields.List(Id(), validate=Size(min=1, max=50))
    reason = Text(at_most=300, required=True)


class RenditionPublishForm(Form):
    """Where and when to publish a rendition; on all channels that take it, and now, unless told otherwise."""

    channels = fields.List(Id(), validate=Size(max=50))
    not_before = Moment()
    embargo = Flag()


class PublicationForm(RenditionPublishForm):
    """Which story to publish with all its cleared renditions."""

    story = Id(required=True)


class ResendForm(Form):
    """Whether to send it anew beside what is there, and why."""

    force = Flag()
    reason = Text(at_most=300)


class SettleForm(Form):
    """What a person found on the channel: whether it is out, and under which id."""

    out = Flag(required=True)
    external_id = Text(at_most=200)
    told = Text(at_most=300, required=True)


class CancelForm(Form):
    """Why."""

    reason = Text(at_most=300, required=True)


class PublicationSchema(Schema):
    """A publication with its receipt. `shown` says what the channel was seen to show: same, other or unread.

    Streams leave out `attempts`, `next_at` and `evidence`.
    """

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(PUBLICATION.states)})
    state_name = fields.String(required=True)
    story = fields.String(required=True)
    headline = fields.String(required=True)
    rendition = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    kind_name = fields.String(required=True)
    channel = fields.String(required=True)
    number = fields.Integer(required=True)
    action = fields.String(required=True, metadata={"enum": list(rules.ACTIONS)})
    action_name = fields.String(required=True)
    about = fields.String(required=True, allow_none=True)
    case = fields.String(required=True, allow_none=True)
    key = fields.String(required=True)
    hash = fields.String(required=True)
    exam = fields.String(required=True, allow_none=True)
    not_before = Timestamp(required=True, allow_none=True)
    embargo = fields.Boolean(required=True)
    force_reason = fields.String(required=True, allow_none=True)
    attempts = fields.Integer(required=True)
    next_at = Timestamp(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    words = fields.String(required=True, allow_none=True)
    field = fields.String(required=True, allow_none=True)
    external_id = fields.String(required=True, allow_none=True)
    url = fields.String(required=True, allow_none=True)
    evidence = fields.Dict(required=True)
    shown = fields.String(required=True, metadata={"enum": ["same", "other", "unread"]})
    queued_by = fields.Nested(PublishingPersonSchema, required=True)
    queued_at = Timestamp(required=True)
    sent_at = Timestamp(required=True, allow_none=True)
    receipted_at = Timestamp(required=True, allow_none=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class PublicationsSchema(Schema):
    """What was queued."""

    items = fields.List(fields.Nested(PublicationSchema), required=True)


class SampleSchema(Schema):
    """What a counter stood at. `fell` marks one below the sample before it; `devices` where the channel tells them."""

    metric = fields.String(required=True)
    value = fields.Integer(required=True)
    at = Timestamp(required=True)
    source = fields.String(required=True)
    batch = fields.String(required=True)
    fell = fields.Boolean(required=True)
    devices = fields.Integer(required=True, allow_none=True)


class CaseForm(Form):
    """A correction to be made, or a withdrawal that is carried out at once. Its reason may come within an hour."""

    kind = Choice(["correction", "withdrawal"], required=True)
    story = Id(required=True)
    severity = Choice(list(rules.SEVERITIES))
    cause_step = Choice(["P1", "R1", "P2", "R2", "P3", "R3", "fast", "channel", "source"])
    found_by = Text(at_most=100)
    detected_at = Moment()
    reason = Text(at_most=300)


class CaseReasonForm(Form):
    """Why a story was taken back, or why a case is none."""

    reason = Text(at_most=300, required=True)


class ProofForm(Form):
    """What was done by hand, and a file that shows it."""

    told = Text(at_most=300, required=True)
    proof = Id()


class CaseTargetSchema(Schema):
    """What a case does about one publication. `latency_s` counts from the decision."""

    id = fields.String(required=True)
    channel = fields.String(required=True)
    channel_name = fields.String(required=True)
    publication = fields.String(required=True)
    action = fields.String(required=True, metadata={"enum": list(rules.TARGET_ACTIONS)})
    action_name = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(TARGET.states)})
    state_name = fields.String(required=True)
    orders = fields.List(fields.String(), required=True)
    words = fields.String(required=True, allow_none=True)
    proof = fields.String(required=True, allow_none=True)
    told = fields.String(required=True, allow_none=True)
    proved_by = fields.Nested(PublishingPersonSchema, required=True, allow_none=True)
    applied_at = Timestamp(required=True, allow_none=True)
    verified_at = Timestamp(required=True, allow_none=True)
    latency_s = fields.Float(required=True, allow_none=True)
    late_at = Timestamp(required=True, allow_none=True)


class LatencySchema(Schema):
    """How long a case took, in seconds, and which channel was the slowest."""

    detect_to_open_s = fields.Float(required=True, allow_none=True)
    open_to_decision_s = fields.Float(required=True, allow_none=True)
    decision_to_first_s = fields.Float(required=True, allow_none=True)
    decision_to_last_s = fields.Float(required=True, allow_none=True)
    slowest = fields.String(required=True, allow_none=True)


class CaseSchema(Schema):
    """A correction or a withdrawal with what it does on every channel."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata={"enum": list(CASE.states)})
    state_name = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": ["correction", "withdrawal"]})
    story = fields.String(required=True)
    headline = fields.String(required=True)
    severity = fields.String(required=True, metadata={"enum": list(rules.SEVERITIES)})
    cause_step = fields.String(required=True, allow_none=True)
    found_by = fields.String(required=True)
    detected_at = Timestamp(required=True)
    reason = fields.String(required=True, allow_none=True)
    reason_due = Timestamp(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    changes = fields.List(fields.Nested(CorrectionChangeSchema), required=True)
    opened_by = fields.Nested(PublishingPersonSchema, required=True)
    opened_at = Timestamp(required=True)
    drafted_at = Timestamp(required=True, allow_none=True)
    decided_by = fields.Nested(PublishingPersonSchema, required=True, allow_none=True)
    decided_at = Timestamp(required=True, allow_none=True)
    done_at = Timestamp(required=True, allow_none=True)
    targets = fields.List(fields.Nested(CaseTargetSchema), required=True)
    latencies = fields.Nested(LatencySchema, required=True)
    from_alerts = fields.List(fields.String(), required=True)
    from_scan_hits = fields.List(fields.String(), required=True)
    updated_at = Timestamp(required=True)
    allowed = fields.List(fields.String(), required=True)


class PublicCorrectionSchema(Schema):
    """An admitted mistake, or that something was taken back: when, and what it says now."""

    id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"enum": ["correction", "withdrawal"]})
    article = fields.String(required=True)
    headline = fields.String(required=True, allow_none=True)
    at = Timestamp(required=True)
    note = fields.String(required=True, allow_none=True)
    changes = fields.List(fields.Nested(CorrectionChangeSchema), required=True)
