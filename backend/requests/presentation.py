"""Writing requests out: once for the citizen, once for the staff who work on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of
from backend.clock import iso, iso_or_none
from backend.district.queries import offices_by_id
from backend.media.queries import present_media
from backend.requests.behalf.queries import present_behalf
from backend.requests.clocks import explain_due, present_clock, read_clocks
from backend.requests.custody import office_of, present_custody, read_custody, sum_custody
from backend.requests.models import RequestClock, RequestCustody, RequestHelper, RequestStep, Service, ServiceRequest
from backend.requests.places import OUTSIDE_WORDS
from backend.requests.reasons import REASONS
from backend.requests.rules import (
    CONFIRM_WITHIN,
    REOPEN_WITHIN,
    Facts,
    Side,
    State,
    allowed_to,
    allowed_to_staff,
    masked,
)
from backend.requests.steps import facts_of
from backend.requests.twins.queries import with_twins
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
    clocks: dict[str, list[RequestClock]]
    custody: dict[str, list[RequestCustody]]
    helpers: dict[str, list[str]]
    leading: dict[str, str]
    followers: dict[str, list[str]]
    behalf: Written
    public: set[str]

    def facts(self, case: ServiceRequest) -> Facts:
        """Return what the rules need to know of one of them."""
        return facts_of(case, self.services[case.service_id].kind)


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
    ids = [case.id for case in cases]
    custody, helpers = read_custody(session, ids), _read_helpers(session, ids)
    held_by = [office for rows in custody.values() for row in rows if (office := office_of(row.holder))]
    helping = [office for offices in helpers.values() for office in offices]
    return _Surroundings(
        services={service.id: service for service in services},
        offices=offices_by_id(
            session, [office for office in (*_of_all("office_id", cases, all_steps), *held_by, *helping) if office]
        ),
        media=present_media(session, sorted(media_ids)),
        names=names_of(session, _people(cases, all_steps)),
        steps=steps,
        clocks=read_clocks(session, ids),
        custody=custody,
        helpers=helpers,
        leading=_read_codes(session, [case.merged_into for case in cases if case.merged_into]),
        followers=_read_followers(session, ids),
        behalf=present_behalf(session, ids),
        public=with_twins(session, ids),
    )


def _people(cases: Sequence[ServiceRequest], steps: Sequence[RequestStep]) -> list[str]:
    reviewers = [case.reviewer_id for case in cases if case.reviewer_id]
    return [case.citizen_id for case in cases] + [step.actor_id for step in steps] + reviewers


def _read_helpers(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {request_id: [] for request_id in ids}
    query = sa.select(RequestHelper).where(RequestHelper.request_id.in_(ids)).order_by(RequestHelper.office_id)
    for row in session.scalars(query):
        found[row.request_id].append(row.office_id)
    return found


def _read_codes(session: Session, ids: Sequence[str]) -> dict[str, str]:
    query = sa.select(ServiceRequest.id, ServiceRequest.code).where(ServiceRequest.id.in_(ids))
    return dict(session.execute(query).tuples().all())


def _read_followers(session: Session, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {request_id: [] for request_id in ids}
    query = sa.select(ServiceRequest.merged_into, ServiceRequest.id).where(ServiceRequest.merged_into.in_(ids))
    for leader, follower in session.execute(query.order_by(ServiceRequest.id)).tuples():
        found[str(leader)].append(follower)
    return found


def _of_all(column: str, cases: Sequence[ServiceRequest], steps: Sequence[RequestStep]) -> list[Any]:
    return [getattr(row, column) for rows in (cases, steps) for row in rows]


def _for_owner(case: ServiceRequest, around: _Surroundings) -> dict[str, Any]:
    return _common(case, around) | {
        "contact": masked(case.contact) if case.contact else None,
        "timeline": [_step_for_owner(step, around) for step in around.steps[case.id]],
        "custody": sum_custody(around.custody[case.id], case.created_at, _office_names(around)),
        "allowed": allowed_to(Side.CITIZEN, around.facts(case)),
    }


def _for_staff(case: ServiceRequest, around: _Surroundings) -> dict[str, Any]:
    return _common(case, around) | {
        "contact": case.contact,
        "citizen": {"id": case.citizen_id, "name": around.names.get(case.citizen_id, "")},
        "kind": around.services[case.service_id].kind,
        "returns": case.returns,
        "asks": case.asks,
        "redos": case.redos,
        "closing": case.closing,
        "helpers": [_office(office, around) for office in around.helpers[case.id]],
        "reviewer": _person(case.reviewer_id, around),
        "merged_into": _leading(case, around),
        "followers": around.followers[case.id],
        "custody": present_custody(around.custody[case.id], case.created_at),
        "clocks": [present_clock(clock) for clock in around.clocks[case.id]],
        "from_alerts": case.alert_ids or [],
        "attributes": case.attributes or [],
        "timeline": [_step_for_staff(step, around) for step in around.steps[case.id]],
        "allowed": allowed_to_staff(around.facts(case)),
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
        "datum": case.datum,
        "place": {
            "address": case.address,
            "lat": case.lat,
            "lon": case.lon,
            "datum": case.datum,
            "town": case.town_id,
        },
        "outside_district": case.outside_district,
        "place_note": OUTSIDE_WORDS if case.outside_district else None,
        "media": _media(case.media, around),
        "state": case.state,
        "office": _office(case.office_id, around),
        "supervised": case.supervised,
        "urgency": case.urgency,
        "due": iso_or_none(case.due),
        "due_provisional": case.due_provisional,
        "due_explained": explain_due(around.clocks[case.id]),
        "waiting": case.waiting,
        "extended": case.extended,
        "complex": case.complex,
        "merged": case.merged_into is not None,
        "callback_due": case.callback_due,
        "review": case.review,
        "declined": _declined(case),
        "confirm_until": _confirm_until(case),
        "rating": case.rating,
        "on_behalf": around.behalf.get(case.id),
        "privacy": "public_twin" if case.id in around.public else "private",
        "reopen_until": iso(case.closed_at + REOPEN_WITHIN) if case.closed_at else None,
        "created_at": iso(case.created_at),
        "updated_at": iso(case.updated_at),
    }


def _declined(case: ServiceRequest) -> dict[str, Any] | None:
    if case.state != State.DECLINED or case.decline_code is None:
        return None
    return {"code": case.decline_code, "reason": REASONS[case.decline_code].words, "where": case.decline_where}


def _confirm_until(case: ServiceRequest) -> str | None:
    waits = case.state == State.REPLIED and case.replied_at is not None
    return iso(case.replied_at + CONFIRM_WITHIN) if waits and case.replied_at else None


def _leading(case: ServiceRequest, around: _Surroundings) -> dict[str, Any] | None:
    return {"id": case.merged_into, "code": around.leading[case.merged_into]} if case.merged_into else None


def _person(account_id: str | None, around: _Surroundings) -> dict[str, Any] | None:
    return {"id": account_id, "name": around.names.get(account_id, "")} if account_id else None


def _office_names(around: _Surroundings) -> dict[str, str]:
    return {office: written["name"] for office, written in around.offices.items()}


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
