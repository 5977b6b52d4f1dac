"""Shapes of what became of bells."""

from __future__ import annotations

from marshmallow import Schema, fields

from backend.forms import Timestamp


def _counts() -> fields.Dict:
    return fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class PushRoundSchema(Schema):
    """How one version of a bell fared, by device; `last_at` is when its last batch was handed over.

    `p50_ms` and `p99_ms` say how long after the sign-off so much of it had been.
    """

    ver = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    expired = fields.Integer(required=True)
    codes = _counts()
    last_at = Timestamp(required=True, allow_none=True)
    p50_ms = fields.Integer(required=True, allow_none=True)
    p99_ms = fields.Integer(required=True, allow_none=True)


class PushReportSchema(Schema):
    """How the bells about a thing fared.

    By recipient: `planned`, `states`, `held` and `suppressed` by rule, `opened`, `by_topic`. By device: `sent`, `dead`,
    `failed`, `expired`, `codes` of what failed. `pending` are jobs under way, `devices` those that can ring now.
    """

    planned = fields.Integer(required=True)
    states = _counts()
    held = _counts()
    suppressed = _counts()
    opened = fields.Integer(required=True)
    by_topic = fields.Integer(required=True)
    sent = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    failed = fields.Integer(required=True)
    expired = fields.Integer(required=True)
    codes = _counts()
    pending = fields.Integer(required=True)
    devices = fields.Integer(required=True)
    rounds = fields.List(fields.Nested(PushRoundSchema), required=True)


class RingWhySchema(Schema):
    """Why an entry rang, or why not. All but `bell` and `words` are null where nothing was decided, or it is forgotten.

    `reason` says why it was for this person, `rule` what was decided by; `words` says both in a sentence. `told_at` is
    when it rang or a digest told of it, `due_at` when it will be told of.
    """

    bell = fields.String(required=True)
    words = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    rule = fields.String(required=True, allow_none=True)
    state = fields.String(required=True, allow_none=True)
    planned_at = Timestamp(required=True, allow_none=True)
    due_at = Timestamp(required=True, allow_none=True)
    told_at = Timestamp(required=True, allow_none=True)
    opened_at = Timestamp(required=True, allow_none=True)
    digest = fields.Boolean(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
