"""Who holds a request: at every moment exactly one, so that the times of all holders add up to its age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none
from backend.requests.models import RequestCustody, ServiceRequest
from backend.requests.rules import Facts, State
from backend.unit_of_work import UnitOfWork

CITIZEN, DESK, SUPERVISOR, ARCHIVE = "citizen", "desk", "supervisor", "archive"
_OFFICE = "office:"
_WORDS = {CITIZEN: "市民", DESK: "受理台", SUPERVISOR: "督办专员", ARCHIVE: "已归档"}
Written = list[dict[str, Any]]


def holder_of(facts: Facts, office: str | None) -> str:
    """Return who has to act next: citizen, desk, supervisor, an office, or the archive once nobody has to."""
    if facts.review_open:
        return SUPERVISOR
    if facts.state in {State.CLOSED, State.DECLINED}:
        return ARCHIVE
    if facts.state is State.REPLIED:
        return DESK if facts.callback_due else CITIZEN
    if facts.waiting:
        return CITIZEN
    if facts.for_supervisor:
        return SUPERVISOR
    return f"{_OFFICE}{office}" if office and facts.state in {State.ASSIGNED, State.IN_PROGRESS} else DESK


def hand_over(unit: UnitOfWork, case: ServiceRequest, holder: str) -> None:
    """Let somebody hold the request from now on. Whoever held it for no time at all has not held it."""
    query = sa.select(RequestCustody).where(RequestCustody.request_id == case.id, RequestCustody.ends_at.is_(None))
    now_held = unit.session.scalars(query).one_or_none()
    if now_held is None:
        _begin(unit, case, holder, 1)
    elif now_held.holder != holder:
        if now_held.begins_at == unit.now:
            now_held.holder = holder
        else:
            now_held.ends_at = unit.now
            _begin(unit, case, holder, now_held.position + 1)
    unit.session.flush()


def _begin(unit: UnitOfWork, case: ServiceRequest, holder: str, position: int) -> None:
    unit.session.add(RequestCustody(request_id=case.id, position=position, holder=holder, begins_at=unit.now))


def read_custody(session: Session, ids: Sequence[str]) -> dict[str, list[RequestCustody]]:
    """Return who held each of these requests, in order."""
    found: dict[str, list[RequestCustody]] = {request_id: [] for request_id in ids}
    query = sa.select(RequestCustody).where(RequestCustody.request_id.in_(ids)).order_by(RequestCustody.position)
    for row in session.scalars(query):
        found[row.request_id].append(row)
    return found


def present_custody(rows: Sequence[RequestCustody], filed_at: datetime) -> Written:
    """Write every stretch. The last one is open: its length is what has passed since, and is left to the reader."""
    return [
        {
            "holder": row.holder,
            "from": iso(row.begins_at),
            "to": iso_or_none(row.ends_at),
            "seconds": None if row.ends_at is None else seconds_of(row.begins_at, row.ends_at, filed_at),
        }
        for row in rows
    ]


def seconds_of(begins: datetime, ends: datetime, filed_at: datetime) -> int:
    """Return the whole seconds of a stretch, so cut that stretches lying end to end add up to the second."""
    return int((ends - filed_at).total_seconds()) - int((begins - filed_at).total_seconds())


def sum_custody(rows: Sequence[RequestCustody], filed_at: datetime, offices: dict[str, str]) -> Written:
    """Write how long each held it, all told, and since when the present holder has; with names for the citizen."""
    sums: dict[str, dict[str, Any]] = {}
    for row in rows:
        held = sums.setdefault(row.holder, {"holder": words_of(row.holder, offices), "seconds": 0, "since": None})
        if row.ends_at is None:
            held["since"] = iso(row.begins_at)
        else:
            held["seconds"] += seconds_of(row.begins_at, row.ends_at, filed_at)
    return list(sums.values())


def words_of(holder: str, offices: dict[str, str]) -> str:
    """Name a holder in words a citizen reads. `offices` gives names by id."""
    return _WORDS.get(holder) or offices.get(holder.removeprefix(_OFFICE), "承办单位")


def office_of(holder: str) -> str | None:
    """Return the office that this holder is, or None."""
    return holder.removeprefix(_OFFICE) if holder.startswith(_OFFICE) else None
