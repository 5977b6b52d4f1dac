"""Writing requests out: once for the citizen, once for the staff who work on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of
from backend.clock import iso
from backend.district.queries import offices_by_id
from backend.media.queries import present_media
from backend.requests.models import RequestStep, Service, ServiceRequest
from backend.requests.rules import REOPEN_WITHIN, Side, allowed_to, allowed_to_staff, masked
from backend.requests.steps import facts_of
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What requests point to, read once for all of them."""

    services: dict[str, Service]
    offices: Written
    media: Written
    names: dict[str, str]
    steps: dict[str, list[RequestStep]]


def present_requests(session: Session, cases: Sequence[ServiceRequest], audience: Audience) -> Written:
    """Write requests for their owner or for staff, by id."""
    around = _read_surroundings(session, cases)
    write = _for_staff if audience is Audience.STAFF else _for_owner
    return {case.id: write(case, around) for case in cases}


def _read_surroundings(session: Session, cases: Sequence[ServiceRequest]) -> _Surroundings:
    steps: dict[str, list[RequestStep]] = {case.id: [] for case in cases}
    query = sa.select(RequestStep).where(RequestStep.request_id.in_(steps)).order_by(RequestStep.position)
    for step in session.scalars(query):
        steps[step.request_id].append(step)
    all_steps = [step for of_case in steps.values() for step in of_case]
    services = session.scalars(sa.select(Service).where(Service.id.in_({case.service_id for case in cases})))
    media_ids = {media_id for ids in _of_all("media", cases, all_steps) for media_id in ids}
    return _Surroundings(
        services={service.id: service for service in services},
        offices=offices_by_id(
            session, [office_id for office_id in _of_all("office_id", cases, all_steps) if office_id]
        ),
        media=present_media(session, sorted(media_ids)),
        names=names_of(session, [case.citizen_id for case in cases] + [step.actor_id for step in all_steps]),
        steps=steps,
    )


def _of_all(column: str, cases: Sequence[ServiceRequest], steps: Sequence[RequestStep]) -> list[Any]:
    return [getattr(row, column) for rows in (cases, steps) for row in rows]


def _for_owner(case: ServiceRequest, around: _Surroundings) -> dict[str, Any]:
    return _common(case, around) | {
        "contact": masked(case.contact) if case.contact else None,
        "timeline": [_step_for_owner(step, around) for step in around.steps[case.id]],
        "allowed": allowed_to(Side.CITIZEN, facts_of(case)),
    }


def _for_staff(case: ServiceRequest, around: _Surroundings) -> dict[str, Any]:
    return _common(case, around) | {
        "contact": case.contact,
        "citizen": {"id": case.citizen_id, "name": around.names.get(case.citizen_id, "")},
        "kind": around.services[case.service_id].kind,
        "returns": case.returns,
        "timeline": [_step_for_staff(step, around) for step in around.steps[case.id]],
        "allowed": allowed_to_staff(facts_of(case)),
    }


def _common(case: ServiceRequest, around: _Surroundings) -> dict[str, Any]:
    return {
        "id": case.id,
        "ver": case.ver,
        "code": case.code,
        "service": {"id": case.service_id, "name": around.services[case.service_id].name},
        "title": case.title,
        "text": case.text,
        "address": case.address,
        "lat": case.lat,
        "lon": case.lon,
        "town": case.town_id,
        "media": _media(case.media, around),
        "state": case.state,
        "office": _office(case.office_id, around),
        "supervised": case.supervised,
        "due": iso(case.due) if case.due else None,
        "rating": case.rating,
        "reopen_until": iso(case.closed_at + REOPEN_WITHIN) if case.closed_at else None,
        "created_at": iso(case.created_at),
        "updated_at": iso(case.updated_at),
    }


def _step_for_owner(step: RequestStep, around: _Surroundings) -> dict[str, Any]:
    return {
        "id": step.id,
        "at": iso(step.at),
        "action": step.action,
        "state": step.to_state,
        "by": step.by,
        "office": _office(step.office_id, around),
        "text": step.text if step.visible_to_citizen else None,
        "media": _media(step.media, around),
        "rating": step.rating,
    }


def _step_for_staff(step: RequestStep, around: _Surroundings) -> dict[str, Any]:
    return _step_for_owner(step, around) | {
        "text": step.text,
        "visible_to_citizen": step.visible_to_citizen,
        "actor": {"id": step.actor_id, "name": around.names.get(step.actor_id, "")},
    }


def _office(office_id: str | None, around: _Surroundings) -> dict[str, Any] | None:
    return {"id": office_id, "name": around.offices[office_id]["name"]} if office_id else None


def _media(ids: Sequence[str], around: _Surroundings) -> list[dict[str, Any]]:
    return [around.media[media_id] for media_id in ids if media_id in around.media]
