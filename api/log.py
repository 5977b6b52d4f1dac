"""The event log, for those who have to be sure of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from api.edge import Read, blueprint, route
from backend.events.chain import verify
from backend.forms import Form, Number
from backend.sync.queries import get_head

blp = blueprint("log", "日志 The event log")
_MOST = 200_000


class VerifyQuery(Form):
    """Which part of the log: what comes after an event, and how much of it."""

    after = Number(0, 2**53, from_text=True, load_default=0)
    limit = Number(1, _MOST, from_text=True, load_default=_MOST)


class LogVerdictSchema(Schema):
    """Whether the log is what it was. `next` is what to go on `after` where not all of it was looked at."""

    intact = fields.Boolean(required=True)
    checked = fields.Integer(required=True)
    head = fields.Integer(required=True)
    broken_seq = fields.Integer(required=True, allow_none=True)
    why = fields.String(required=True)
    next = fields.Integer(required=True, allow_none=True)


@route(blp, "GET /log/verify", needs="log.verify", query=VerifyQuery, returns=LogVerdictSchema)
def verify_log(call: Read, query: dict[str, Any]) -> dict[str, Any]:
    """校验日志 Check the hash chain of the event log; name the first event that does not fit."""
    head = get_head(call.session)
    after = min(query["after"], head.event_seq)
    verdict = verify(call.session, head.event_seq, head.event_hash, after=after, limit=query["limit"])
    return {
        "intact": verdict.broken_seq is None,
        "checked": verdict.checked,
        "head": head.event_seq,
        "broken_seq": verdict.broken_seq,
        "why": verdict.why,
        "next": verdict.next,
    }
