"""Service requests, as the house works on them: what is beyond the straight way of `api.desk`."""

from __future__ import annotations

from typing import Any

from api.desk import CASE, written
from api.edge import Read, Write, blueprint, commands, route
from backend.requests import closing, handling, merging
from backend.requests import desk as service_desk
from backend.requests.reasons import REASONS
from backend.requests.schemas import (
    CallbackForm,
    DecideForm,
    DeclineReasonListSchema,
    DeskRequestSchema,
    DeskWordsForm,
    ExtendForm,
    JoinForm,
    MergeForm,
    RequestReasonForm,
    ReviewForm,
    UrgencyForm,
)

blp = blueprint("desk flow", "诉求办理（二） The desk for service requests, continued")
_command = commands(blp, CASE, DeskRequestSchema)


@route(blp, "GET /desk/decline-reasons", needs="request.read", returns=DeclineReasonListSchema)
def list_decline_reasons(_call: Read) -> Any:
    """不予受理理由 Why a request may be declined, and where to go instead."""
    items = [{"code": each.code, "reason": each.words, "where": each.where} for each in REASONS.values()]
    return {"items": items, "next": None}


@_command("answer", "request.dispatch", DeskWordsForm)
def answer_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """直接答复 Answer a question at once, without an office."""
    return written(call, service_desk.answer_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("decide", "request.supervise", DecideForm)
def decide_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """裁定承办 Decide which office takes what was returned twice."""
    return written(call, service_desk.decide_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("ask", "request.handle", DeskWordsForm)
def ask_citizen(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """请市民补充 Ask the citizen; the clock stands until they write."""
    return written(call, handling.ask_citizen(call.unit, request_id, if_match=call.if_match, **form))


@_command("extend", "request.supervise", ExtendForm)
def extend_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """延期 Give more working days, once."""
    return written(call, handling.extend_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("complex", "request.supervise", RequestReasonForm)
def allow_complex(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """批准疑难件 Approve that it is complex and has fifteen working days."""
    return written(call, handling.allow_complex(call.unit, request_id, if_match=call.if_match, **form))


@_command("join", "request.lead_on", JoinForm)
def join_offices(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """协办 Let other offices help the one that leads."""
    return written(call, handling.join_offices(call.unit, request_id, if_match=call.if_match, **form))


@_command("note", "request.handle", DeskWordsForm)
def note_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """内部记录 Add a note for the house, as the office in the lead or a helper."""
    return written(call, handling.note_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("urgency", "request.lead_on", UrgencyForm)
def rank_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """定紧急程度 Say how urgent it is."""
    return written(call, handling.rank_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("merge", "request.dispatch", MergeForm)
def merge_request(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """并案 Merge it into another about the same matter."""
    return written(call, merging.merge_request(call.unit, request_id, if_match=call.if_match, **form))


@_command("callback", "request.dispatch", CallbackForm)
def record_callback(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """回访 Write down what the citizen said when they were called."""
    return written(call, closing.record_callback(call.unit, request_id, if_match=call.if_match, **form))


@_command("review", "request.supervise", ReviewForm)
def conclude_review(call: Write, request_id: str, form: dict[str, Any]) -> Any:
    """低分核查 End the review of a low rating."""
    return written(call, closing.conclude_review(call.unit, request_id, if_match=call.if_match, **form))
