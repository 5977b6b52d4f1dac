"""Reading twins: the public ones for everybody, those that wait for the dispatcher."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none, local_day
from backend.district.models import Office, Town
from backend.errors import not_found
from backend.paging import Page, in_order, paged
from backend.requests.models import RequestStep, Service, ServiceRequest
from backend.requests.twins.models import Twin
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
_FILTERS = {"service": Twin.service_id, "town": Twin.town_id, "office": Twin.office_id, "state": Twin.case_state}


def list_public(session: Session, filters: Mapping[str, str], page: Page) -> dict[str, Any]:
    """List what is public, newest first; `filters` are service, town, office and state."""
    query = sa.select(Twin).where(Twin.shown)
    for name, value in filters.items():
        query = query.where(_FILTERS[name] == value)
    write = in_order(lambda rows: present_public(session, rows))
    return paged(session, query, page, moment=Twin.filed_at, id=Twin.id, write=write)


def access_public(session: Session, twin_id: str) -> dict[str, Any]:
    """Write a public twin; 404 for one that is not public, whatever the reason."""
    twin = session.get(Twin, twin_id)
    if twin is None or not twin.shown:
        raise not_found("公开件")
    return present_public(session, [twin])[twin.id]


def load_public(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render twins for the public stream."""
    del audience
    return present_public(session, session.scalars(sa.select(Twin).where(Twin.id.in_(ids), Twin.shown)).all())


def present_public(session: Session, twins: Sequence[Twin]) -> Written:
    """Write what anybody may read: no code, no hour, no pictures, and of the place the road."""
    names = _names(session, twins)
    return {
        twin.id: {
            "id": twin.id,
            "ver": twin.ver,
            "service": _named(names, twin.service_id),
            "office": _named(names, twin.office_id),
            "town": twin.town_id,
            "state": twin.case_state,
            "filed_on": local_day(twin.filed_at).isoformat(),
            "updated_on": local_day(twin.updated_at).isoformat(),
            **(twin.public or {}),
        }
        for twin in twins
    }


def _names(session: Session, twins: Sequence[Twin]) -> dict[str, str]:
    names: dict[str, str] = {}
    tables: tuple[tuple[Any, str], ...] = ((Service, "service_id"), (Office, "office_id"), (Town, "town_id"))
    for table, column in tables:
        ids = {getattr(twin, column) for twin in twins}
        names |= {row.id: row.name for row in session.scalars(sa.select(table).where(table.id.in_(ids)))}
    return names


def _named(names: Mapping[str, str], id: str | None) -> dict[str, str] | None:
    return {"id": id, "name": names.get(id, "")} if id else None


def list_waiting(session: Session, state: str, page: Page) -> dict[str, Any]:
    """List twins on the dispatcher's desk, by what is to be done: waiting, shown or refused."""
    chosen = {
        "waiting": Twin.waiting,
        "shown": sa.and_(Twin.shown, sa.not_(Twin.waiting)),
        "refused": Twin.refused.is_not(None),
    }
    query = sa.select(Twin).where(Twin.wanted, chosen[state])
    write = in_order(lambda rows: present_twins(session, rows))
    return paged(session, query, page, moment=Twin.filed_at, id=Twin.id, write=write)


def access_twin(session: Session, twin_id: str) -> Twin:
    """Return a twin for the dispatcher; 404 for one that its citizen does not want any more."""
    twin = session.get(Twin, twin_id)
    if twin is None or not twin.wanted:
        raise not_found("公开件")
    return twin


def present_twins(session: Session, twins: Sequence[Twin]) -> Written:
    """Write twins with the originals beside them, for whoever is to look."""
    ids = [twin.request_id for twin in twins]
    cases = {case.id: case for case in session.scalars(sa.select(ServiceRequest).where(ServiceRequest.id.in_(ids)))}
    replies = _replies(session, ids)
    return {twin.id: _present(twin, cases[twin.request_id], replies.get(twin.request_id)) for twin in twins}


def _present(twin: Twin, case: ServiceRequest, reply: str | None) -> dict[str, Any]:
    return {
        "id": twin.id,
        "ver": twin.ver,
        "request": {"id": case.id, "name": case.code},
        "waiting": twin.waiting,
        "shown": twin.shown,
        "refused": twin.refused,
        "state": twin.case_state,
        "original": {"title": case.title, "text": case.text, "place": case.address, "reply": reply},
        "draft": twin.draft,
        "spans": {part: twin.found.get(part, []) for part in ("title", "text", "reply")},
        "public": twin.public,
        "approved_at": iso_or_none(twin.approved_at),
        "filed_at": iso(twin.filed_at),
    }


def _replies(session: Session, ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(RequestStep.request_id, RequestStep.text).where(
        RequestStep.request_id.in_(ids),
        RequestStep.action.in_(("reply", "answer", "resolve", "decline")),
        RequestStep.visible_to_citizen,
        RequestStep.text.is_not(None),
    )
    return {request: text or "" for request, text in session.execute(query.order_by(RequestStep.position)).tuples()}


def with_twins(session: Session, ids: Sequence[str]) -> set[str]:
    """Return those of the cases whose citizens let them have a public version."""
    return set(session.scalars(sa.select(Twin.request_id).where(Twin.request_id.in_(ids), Twin.wanted)))


def twin_state(session: Session, request_id: str) -> dict[str, Any]:
    """Write how far a case's public version is, for its citizen; it moves without the case, so it is apart from it."""
    query = sa.select(Twin).where(Twin.request_id == request_id, Twin.wanted)
    twin = session.scalars(query).one_or_none()
    if twin is None:
        return {"privacy": "private", "id": None, "waiting": False, "refused": None, "public": None}
    shown = {"id": twin.id if twin.shown else None, "public": twin.public, "refused": twin.refused}
    return {"privacy": "public_twin", "waiting": twin.waiting} | shown


def export_twins(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write the public versions of a citizen's cases, for that citizen."""
    query = sa.select(Twin).join(ServiceRequest, ServiceRequest.id == Twin.request_id)
    query = query.where(ServiceRequest.citizen_id == account_id, Twin.wanted)
    keys = ("request", "waiting", "shown", "refused", "draft", "public", "approved_at")
    written = present_twins(session, session.scalars(query.order_by(Twin.id)).all())
    return [{key: twin[key] for key in keys} for twin in written.values()]
