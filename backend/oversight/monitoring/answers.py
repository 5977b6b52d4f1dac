"""Shapes of what monitoring says of posts: counters, doubts, looks, latencies, limits."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Timestamp
from backend.publishing.doubts import SUSPECT
from backend.publishing.watch_queries import BASES, PENDING
from backend.publishing.watches import OUTCOMES, STEPS


def enum(words: object) -> dict[str, object]:
    """Describe a closed list of words."""
    return {"enum": list(words)}  # type: ignore[call-overload]  # every table of words is a mapping


class MonitoringPersonSchema(Schema):
    """A colleague."""

    id = fields.String(required=True)
    name = fields.String(required=True)


def person(*, allow_none: bool = True) -> fields.Nested:
    """Make the field of a colleague, who may not be there yet."""
    return fields.Nested(MonitoringPersonSchema, required=True, allow_none=allow_none)


def strings() -> fields.List[str]:
    """Make the field of a list of words."""
    return fields.List(fields.String(), required=True)


# ── counters ──


class SuspectRefSchema(Schema):
    """A doubt about a sample."""

    id = fields.String(required=True)
    state = fields.String(required=True, metadata=enum(SUSPECT.states))


class MetricSampleSchema(Schema):
    """A sample as the channel told it, and the doubt about it."""

    id = fields.String(required=True)
    metric = fields.String(required=True)
    value = fields.Integer(required=True)
    at = Timestamp(required=True)
    source = fields.String(required=True)
    batch = fields.String(required=True)
    fell = fields.Boolean(required=True)
    devices = fields.Integer(required=True, allow_none=True)
    suspect = fields.Nested(SuspectRefSchema, required=True, allow_none=True)


class CurrentMetricSchema(Schema):
    """What a counter stands at: as told last, what of it is believed, and how often it has fallen."""

    metric = fields.String(required=True)
    value = fields.Integer(required=True)
    counted = fields.Integer(required=True)
    highest = fields.Integer(required=True)
    fell = fields.Boolean(required=True)
    falls = fields.Integer(required=True)
    samples = fields.Integer(required=True)
    at = Timestamp(required=True)


class MetricsSchema(Schema):
    """The counters of a post: each one's present value, and all samples, newest first."""

    publication = fields.String(required=True)
    current = fields.List(fields.Nested(CurrentMetricSchema), required=True)
    items = fields.List(fields.Nested(MetricSampleSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class MetricSuspectSchema(Schema):
    """A sample that is not believed yet, what it was held against, and who decided.

    Streams leave out `channel_name`.
    """

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    state = fields.String(required=True, metadata=enum(SUSPECT.states))
    state_name = fields.String(required=True)
    publication = fields.String(required=True)
    headline = fields.String(required=True)
    sample = fields.String(required=True)
    channel = fields.String(required=True)
    channel_name = fields.String(required=True)
    metric = fields.String(required=True)
    value = fields.Integer(required=True)
    grown = fields.Integer(required=True)
    basis = fields.String(required=True, metadata=enum(BASES))
    basis_name = fields.String(required=True)
    normal = fields.Integer(required=True)
    limit = fields.Integer(required=True)
    found_at = Timestamp(required=True)
    decided_by = person()
    decided_at = Timestamp(required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    allowed = strings()


class SuspectsDecidedSchema(Schema):
    """What was decided: the doubt, and earlier ones of the same counter with it."""

    items = fields.List(fields.Nested(MetricSuspectSchema), required=True)


class WatchSchema(Schema):
    """A look at a post after its receipt."""

    id = fields.String(required=True)
    publication = fields.String(required=True)
    story = fields.String(required=True)
    headline = fields.String(required=True)
    url = fields.String(required=True, allow_none=True)
    channel = fields.String(required=True)
    step = fields.String(required=True, metadata=enum(STEPS))
    after_s = fields.Integer(required=True)
    due = Timestamp(required=True)
    at = Timestamp(required=True, allow_none=True)
    outcome = fields.String(required=True, metadata=enum([*OUTCOMES, PENDING]))
    outcome_name = fields.String(required=True)
    code = fields.String(required=True, allow_none=True)
    signed_hash = fields.String(required=True)
    shown_hash = fields.String(required=True, allow_none=True)
    signer = person()


class LimitsSchema(Schema):
    """The figures at which monitoring speaks up."""

    id = fields.String(required=True)
    ver = fields.Integer(required=True)
    spike_factor = fields.Integer(required=True)
    spike_floor = fields.Integer(required=True)
    few_devices_percent = fields.Integer(required=True)
    latency_app_s = fields.Integer(required=True)
    latency_own_media_s = fields.Integer(required=True)
    latency_other_s = fields.Integer(required=True)
    updated_at = Timestamp(required=True, allow_none=True)


class SlowestSchema(Schema):
    """The case that took longest."""

    case = fields.String(required=True)
    seconds = fields.Float(required=True)


class LatencyFigureSchema(Schema):
    """A latency over many cases, and the cases behind it, slowest first (the first fifty)."""

    count = fields.Integer(required=True)
    p50_s = fields.Float(required=True, allow_none=True)
    p90_s = fields.Float(required=True, allow_none=True)
    slowest = fields.Nested(SlowestSchema, required=True, allow_none=True)
    behind = strings()


class ChannelLatencySchema(LatencyFigureSchema):
    """From the decision to one channel; `late` are cases over the limit, `waiting` those still to be carried out."""

    channel = fields.String(required=True)
    name = fields.String(required=True)
    limit_s = fields.Integer(required=True)
    late = strings()
    waiting = strings()


class OverallLatencySchema(Schema):
    """The four latencies of a case."""

    detect_to_open = fields.Nested(LatencyFigureSchema, required=True)
    open_to_decision = fields.Nested(LatencyFigureSchema, required=True)
    decision_to_first = fields.Nested(LatencyFigureSchema, required=True)
    decision_to_last = fields.Nested(LatencyFigureSchema, required=True)


class LatenciesSchema(Schema):
    """How fast mistakes were put right in a span of time."""

    from_ = Timestamp(required=True, data_key="from")
    to = Timestamp(required=True)
    cases = fields.Integer(required=True)
    truncated = fields.Boolean(required=True)
    overall = fields.Nested(OverallLatencySchema, required=True)
    channels = fields.List(fields.Nested(ChannelLatencySchema), required=True)
