"""The list of looks at a case, for its citizen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.district.models import Desk, Office
from backend.requests.looks.models import RequestLook, ScreenLook
from backend.requests.looks.rules import MOST_LISTED, What
from backend.requests.models import RequestHelper, RequestStep, ServiceRequest
from backend.sync import streams

_SERVICE = "service"
Span = tuple[str, datetime, datetime | None]


def list_looks(session: Session, case: ServiceRequest) -> dict[str, Any]:
    """List who looked at a case, newest first, at most 500; `person` tells people of one desk apart, by number.

    `screens` names the desks on whose screens the case has lain: there it moves by itself while a screen is open, and
    what is listed is the opening of such a screen, once a person and day.
    """
    spans = _spans(session, case)
    found: list[tuple[Any, str]] = [*_of_case(session, case.id), *_of_screens(session, spans)]
    found.sort(key=lambda look: (look[0].at, look[0].id))
    people: dict[str, int] = {}
    items = [
        {
            "at": iso(look.at),
            "by": look.by,
            "role": look.role,
            "person": people.setdefault(look.actor_id, len(people) + 1),
            "what": what,
        }
        for look, what in found
    ]
    return {"items": items[::-1][:MOST_LISTED], "screens": _names(session, spans), "next": None}


def _of_case(session: Session, case_id: str) -> Iterator[tuple[RequestLook, str]]:
    query = sa.select(RequestLook).where(RequestLook.request_id == case_id)
    for look in session.scalars(query.order_by(RequestLook.at.desc()).limit(MOST_LISTED)):
        yield look, look.what


def _of_screens(session: Session, spans: Sequence[Span]) -> Iterator[tuple[ScreenLook, str]]:
    for stream, since, until in spans:
        query = sa.select(ScreenLook).where(ScreenLook.stream == stream, ScreenLook.at >= since)
        if until is not None:
            query = query.where(ScreenLook.at < until)
        for look in session.scalars(query.order_by(ScreenLook.at.desc()).limit(MOST_LISTED)):
            yield look, str(What.SCREEN)


def _spans(session: Session, case: ServiceRequest) -> list[Span]:
    """Return on which streams of the house the case has lain, from when to when: all its time at the service desk."""
    spans: list[Span] = [(streams.desk(_SERVICE), case.created_at, None)]
    query = sa.select(RequestStep).where(RequestStep.request_id == case.id).order_by(RequestStep.position)
    office, since = None, case.created_at
    for step in session.scalars(query):
        # The step that sends a case back still names the office that does so.
        holder = None if step.action == "return" else step.office_id
        if holder != office:
            if office is not None:
                spans.append((streams.office(office), since, step.at))
            office, since = holder, step.at
    if office is not None:
        spans.append((streams.office(office), since, None))
    return spans + _spans_of_helpers(session, case)


def _spans_of_helpers(session: Session, case: ServiceRequest) -> list[Span]:
    """Return the streams of the offices that help now; who helped before is not kept."""
    query = sa.select(RequestHelper).where(RequestHelper.request_id == case.id).order_by(RequestHelper.office_id)
    return [(streams.office(helper.office_id), helper.since, None) for helper in session.scalars(query)]


def _names(session: Session, spans: Sequence[Span]) -> list[str]:
    names = []
    for stream, _, _ in spans:
        kind, _, name = stream.partition(":")
        found = session.get(Office, name) if kind == "office" else session.get(Desk, name)
        names.append(found.name if found else name)
    return list(dict.fromkeys(names))


def export_looks(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write who looked at a citizen's cases, for that citizen."""
    query = sa.select(ServiceRequest).where(ServiceRequest.citizen_id == account_id)
    cases = session.scalars(query.order_by(ServiceRequest.created_at)).all()
    return [{"case": case.code} | look for case in cases for look in list_looks(session, case)["items"]]
