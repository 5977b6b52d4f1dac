"""Asking for a public twin, looking at it, letting it out, and taking it back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.district.models import Town
from backend.errors import AppError, Code, demand_version, guard_failed, not_found
from backend.events.models import Event
from backend.ids import new_id
from backend.requests.models import RequestStep, ServiceRequest
from backend.requests.twins.models import Twin
from backend.requests.twins.redaction import Redacted, coarse_place, redact, still_personal
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

# Steps whose words are the office's answer, as far as the citizen may read them.
_ANSWERS = ("reply", "answer", "resolve", "decline")
PARTS = ("title", "text", "reply")
PRIVATE, PUBLIC = "private", "public_twin"


def set_privacy(unit: UnitOfWork, case: ServiceRequest, privacy: str) -> None:
    """Let a case have a public twin, or have it gone from everywhere at once. The case must be locked."""
    twin = _twin_of(unit, case.id)
    if privacy == PUBLIC:
        twin = twin or _new_twin(unit, case)
        if not twin.wanted or twin.ver == 0:
            twin.wanted = True
            _propose(unit, twin, case)
            _changed(unit, twin, "wanted")
    elif twin is not None and twin.wanted:
        twin.wanted = twin.waiting = twin.shown = False
        twin.public, twin.draft, twin.found = None, {}, {}
        _changed(unit, twin, "withdrawn")


def edit_twin(unit: UnitOfWork, twin_id: str, form: dict[str, Any], if_match: int | None) -> Twin:
    """Change what will become public; it then waits for approval again."""
    twin = _access(unit, twin_id, if_match)
    twin.draft = twin.draft | form
    twin.waiting = True
    _changed(unit, twin, "edited")
    return twin


def approve_twin(unit: UnitOfWork, twin_id: str, if_match: int | None) -> Twin:
    """Let a draft out as it stands.

    Raises:
        AppError: 409 `still_personal` if a number or a plate is left in it; 409 `illegal_state` if nothing waits.
    """
    twin = _access(unit, twin_id, if_match)
    _demand_waiting(twin)
    left = [span for part in PARTS for span in still_personal(twin.draft[part] or "")]
    if left:
        words = "、".join(dict.fromkeys(span.reason for span in left))
        raise guard_failed("still_personal", f"文字里还有{words}，请先隐去再公开。")
    twin.public = {"title": twin.draft["title"], "text": twin.draft["text"], "reply": twin.draft["reply"]}
    twin.public |= {"place": twin.draft["place"]}
    twin.shown, twin.waiting, twin.refused = True, False, None
    twin.approved_by, twin.approved_at = unit.actor.id, unit.now
    _changed(unit, twin, "approved")
    return twin


def refuse_twin(unit: UnitOfWork, twin_id: str, reason: str, if_match: int | None) -> Twin:
    """Decide that a case is not made public, or no longer is; the citizen reads why."""
    twin = _access(unit, twin_id, if_match)
    _demand_waiting(twin)
    twin.shown = twin.waiting = False
    twin.public, twin.refused = None, reason
    _changed(unit, twin, "refused")
    return twin


def follow_case(unit: UnitOfWork, event: Event) -> None:
    """Let a twin show its case's state, and propose the office's answer (hook for `request.`)."""
    twin = _twin_of(unit, event.entity_id)
    case = unit.session.get(ServiceRequest, event.entity_id)
    if twin is None or case is None or not twin.wanted:
        return
    reply = _reply(unit, case)
    changed = (twin.case_state, twin.office_id) != (case.state, case.office_id)
    twin.case_state, twin.office_id = case.state, case.office_id
    if reply.text != (twin.found.get("proposed") or ""):
        twin.draft = twin.draft | {"reply": reply.text or None}
        twin.found = twin.found | {"reply": _spans(reply), "proposed": reply.text}
        twin.waiting, changed = twin.refused is None, True
    if changed:
        _changed(unit, twin, "followed")


def forget_twins(unit: UnitOfWork, account_id: str) -> None:
    """Take back the twins of somebody who closes their account."""
    query = sa.select(ServiceRequest).where(ServiceRequest.citizen_id == account_id).order_by(ServiceRequest.id)
    for case in unit.session.scalars(query.with_for_update()).all():
        set_privacy(unit, case, PRIVATE)


def _new_twin(unit: UnitOfWork, case: ServiceRequest) -> Twin:
    twin = Twin(id=new_id(), ver=0, request_id=case.id, wanted=True, shown=False, waiting=True, draft={}, found={})
    twin.service_id, twin.town_id, twin.office_id = case.service_id, case.town_id, case.office_id
    twin.case_state, twin.filed_at, twin.updated_at = case.state, case.created_at, unit.now
    unit.session.add(twin)
    return twin


def _propose(unit: UnitOfWork, twin: Twin, case: ServiceRequest) -> None:
    """Write the draft that the rules make of a case."""
    known = _known(unit, case)
    town = unit.session.get(Town, case.town_id) if case.town_id else None
    title, text, reply = redact(case.title, known), redact(case.text, known), _reply(unit, case)
    place = coarse_place(town.name if town else None, case.address)
    twin.draft = {"title": title.text, "text": text.text, "place": place, "reply": reply.text or None}
    twin.found = {"title": _spans(title), "text": _spans(text), "reply": _spans(reply), "proposed": reply.text}
    twin.waiting, twin.refused = True, None
    twin.case_state, twin.office_id = case.state, case.office_id


def _reply(unit: UnitOfWork, case: ServiceRequest) -> Redacted:
    query = sa.select(RequestStep.text).where(
        RequestStep.request_id == case.id,
        RequestStep.action.in_(_ANSWERS),
        RequestStep.visible_to_citizen,
        RequestStep.text.is_not(None),
    )
    text = unit.session.scalar(query.order_by(RequestStep.position.desc()).limit(1))
    return redact(text or "", _known(unit, case))


def _known(unit: UnitOfWork, case: ServiceRequest) -> list[str]:
    """Return names and numbers of the people of a case: its citizen and whoever took a step."""
    steps = sa.select(RequestStep.actor_id).where(RequestStep.request_id == case.id)
    people = sa.select(Account.name).where(sa.or_(Account.id == case.citizen_id, Account.id.in_(steps)))
    return [*unit.session.scalars(people), *([case.contact] if case.contact else [])]


def _spans(redacted: Redacted) -> list[dict[str, Any]]:
    return [
        {
            "start": span.start,
            "end": span.end,
            "kind": span.kind,
            "reason": span.reason,
            "replacement": span.replacement,
        }
        for span in redacted.spans
    ]


def _changed(unit: UnitOfWork, twin: Twin, verb: str) -> None:
    twin.ver += 1
    twin.updated_at = unit.now
    unit.session.flush()
    unit.record(f"twin.{verb}", twin.id, twin.ver, request=twin.request_id, shown=twin.shown)
    unit.place("public_request", twin.id, twin.ver, {streams.PUBLIC} if twin.shown else set())


def _twin_of(unit: UnitOfWork, request_id: str) -> Twin | None:
    query = sa.select(Twin).where(Twin.request_id == request_id)
    return unit.session.scalars(query.with_for_update()).one_or_none()


def _access(unit: UnitOfWork, twin_id: str, if_match: int | None) -> Twin:
    twin = unit.session.get(Twin, twin_id, with_for_update=True)
    if twin is None or not twin.wanted:
        raise not_found("公开件")
    demand_version(twin.ver, if_match, "公开件有了变化，请先读取最新版本。")
    return twin


def _demand_waiting(twin: Twin) -> None:
    if not twin.waiting:
        state = "approved" if twin.shown else "refused"
        raise AppError(
            Code.ILLEGAL_STATE, 409, "这份公开件现在没有待审的内容。", data={"state": state, "allowed": ["edit"]}
        )
