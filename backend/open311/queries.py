"""Reading services and requests in the standard's words.

Source of the fields: wiki.open311.org/GeoReport_v2. Every field is written, None where there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.district.models import Office, Town
from backend.open311.attributes import define
from backend.open311.models import Filing
from backend.open311.moments import write_moment
from backend.open311.refusals import missing, unknown
from backend.open311.views import STATES, Area, Content, View, note_of, own_view, public_view, status_of
from backend.requests.deadlines import WORKING_DAYS
from backend.requests.models import RequestStep, Service, ServiceRequest
from backend.requests.rules import State
from backend.requests.steps import CITIZEN_LABEL
from backend.requests.twins.models import Twin

MOST = 1000
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
# When what is written here changed last; a service that changed later moves the mark on.
CHANGED = datetime(2026, 11, 26, 16, tzinfo=UTC)
_GROUPS = {"consult": "咨询", "help": "求助", "complaint": "投诉"}

Written = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Search:
    """Which requests; None is no filter. `ids` take the place of all else; `ends` itself is no more in the span."""

    begins: datetime | None = None
    ends: datetime | None = None
    ids: tuple[str, ...] | None = None
    services: tuple[str, ...] | None = None
    statuses: tuple[str, ...] | None = None
    limit: int = MOST
    offset: int = 0


def changeset(session: Session) -> str:
    """Return when the list of services and their questions changed last."""
    latest = session.scalar(sa.select(sa.func.max(Service.changed_at)))
    return write_moment(max(latest or CHANGED, CHANGED))


def list_services(session: Session) -> list[Written]:
    """List the services."""
    services = session.scalars(sa.select(Service).order_by(Service.position, Service.id))
    return [
        {
            "service_code": each.id,
            "service_name": each.name,
            "description": each.description,
            "metadata": bool(each.attributes),
            "type": each.open311_type,
            "keywords": f"{each.name},{each.name_en}",
            "group": _GROUPS.get(each.kind),
        }
        for each in services
    ]


def access_service(session: Session, code: str) -> Service:
    """Return a service.

    Raises:
        AppError: 404 for an unknown one.
    """
    found = session.get(Service, code)
    if found is None:
        raise unknown("没有这个 service_code，可用的代码见 services")
    return found


def access_definition(session: Session, code: str) -> Written:
    """Write the questions of a service; none where it has none."""
    service = access_service(session, code)
    return {"service_code": service.id, "attributes": define(service.attributes)}


def access_token(session: Session, token: str, *, sample: bool) -> list[Written]:
    """Return the number behind a token.

    Raises:
        AppError: 404 for an unknown one.
    """
    if not token:
        raise missing("token", "缺少 token")
    filing = session.get(Filing, token)
    if filing is None or (filing.request_id is None) is not sample:
        raise unknown("没有这个 token")
    return [{"service_request_id": filing.request_id or filing.id, "token": filing.id}]


def access_shown(session: Session, request_id: str, *, sample: bool, reader: str | None) -> list[Written]:
    """Return one request, in a list of its own as the standard has it.

    Raises:
        AppError: 404 for an unknown one.
    """
    found = list_shown(session, Search(ids=(request_id,)), sample=sample, reader=reader)
    if not found:
        raise unknown("没有这个 service_request_id")
    return found


def list_shown(session: Session, search: Search, *, sample: bool, reader: str | None) -> list[Written]:
    """List requests, newest first. `reader` is the id of the key of the client that asks, if it shows one."""
    return (_samples if sample else _requests)(session, search, reader)


def twins_of(session: Session, request_ids: Sequence[str]) -> Mapping[str, Content]:
    """Return the approved public versions of requests; without one a request is shown in outline only.

    What was filed through Open311 is known by its number to whoever asks, so its public version stands under it.
    """
    query = sa.select(Twin).where(Twin.request_id.in_(request_ids), Twin.shown)
    shown = ((twin.request_id, twin.public or {}) for twin in session.scalars(query))
    return {request_id: Content(said["text"], said.get("place"), None, None) for request_id, said in shown}


def _listed() -> sa.ColumnElement[bool]:
    """Say which requests are shown at all: those filed through Open311, which are public in outline.

    What a citizen told the house and nobody else is not even counted here. A public version of it has an id of its
    own, and nobody may come from that to the request.
    """
    return sa.select(Filing.id).where(Filing.request_id == ServiceRequest.id).exists()


def _requests(session: Session, search: Search, reader: str | None) -> list[Written]:
    query = sa.select(ServiceRequest).where(_listed(), *_within(search, ServiceRequest.created_at, ServiceRequest.id))
    if search.ids is None and search.services is not None:
        query = query.where(ServiceRequest.service_id.in_(search.services))
    if search.ids is None and search.statuses is not None:
        query = query.where(ServiceRequest.state.in_([state for word in search.statuses for state in STATES[word]]))
    query = query.order_by(ServiceRequest.created_at.desc(), ServiceRequest.id.desc())
    cases = session.scalars(query.limit(search.limit).offset(search.offset)).all()
    around = _Around.of(session, cases, reader)
    return [_write_case(case, around) for case in cases]


def _within(search: Search, at: Any, id: Any) -> list[sa.ColumnElement[bool]]:
    if search.ids is not None:
        return [id.in_(search.ids)]
    return [at >= search.begins, at < search.ends]


@dataclass(frozen=True, slots=True)
class _Around:
    """What requests point to, read once for all of them. `own` are the filings of the client that reads."""

    services: dict[str, Service]
    offices: dict[str, Office]
    areas: dict[str, Area]
    twins: Mapping[str, Content]
    own: dict[str, Filing]
    answers: dict[str, str]

    @classmethod
    def of(cls, session: Session, cases: Sequence[ServiceRequest], reader: str | None) -> _Around:
        ids = [case.id for case in cases]
        mine = session.scalars(sa.select(Filing).where(Filing.request_id.in_(ids), Filing.key_id == reader))
        own = {str(filing.request_id): filing for filing in (mine if reader else ())}
        return cls(
            services={row.id: row for row in session.scalars(sa.select(Service))},
            offices={row.id: row for row in session.scalars(sa.select(Office))},
            areas=_areas(session),
            twins=twins_of(session, ids),
            own=own,
            answers=_answers(session, list(own)),
        )


def _areas(session: Session) -> dict[str, Area]:
    return {row.id: Area(row.id, row.name, row.lat, row.lon) for row in session.scalars(sa.select(Town))}


def _answers(session: Session, request_ids: Sequence[str]) -> dict[str, str]:
    """Return the last words of the house that the citizen may read, by request."""
    query = sa.select(RequestStep).where(
        RequestStep.request_id.in_(request_ids),
        RequestStep.visible_to_citizen.is_(True),
        RequestStep.by != CITIZEN_LABEL,
        RequestStep.text.is_not(None),
    )
    return {step.request_id: str(step.text) for step in session.scalars(query.order_by(RequestStep.position))}


def _write_case(case: ServiceRequest, around: _Around) -> Written:
    area, filing = around.areas.get(case.town_id or ""), around.own.get(case.id)
    content = Content(case.text, case.address, case.lat, case.lon, filing.media_url if filing else None)
    view = own_view(content, area) if filing else public_view(area, around.twins.get(case.id))
    service = around.services[case.service_id]
    office = around.offices.get(case.office_id or service.office_id)
    return _write(
        case.id,
        view,
        service,
        status=status_of(case.state),
        notes=around.answers.get(case.id) or note_of(case.state),
        agency=office.name if office else None,
        requested=case.created_at,
        updated=case.closed_at or case.updated_at,
        expected=case.due,
    )


def _samples(session: Session, search: Search, reader: str | None) -> list[Written]:
    """List what was filed at the test endpoint. It stays as it was filed, so all of it is open."""
    if search.ids is None and search.statuses is not None and "open" not in search.statuses:
        return []
    query = sa.select(Filing).where(Filing.request_id.is_(None), *_within(search, Filing.at, Filing.id))
    rows = session.scalars(query.order_by(Filing.at.desc(), Filing.id.desc())).all()
    if search.ids is None and search.services is not None:
        rows = [row for row in rows if row.sample and row.sample["service"] in search.services]
    services, areas = {row.id: row for row in session.scalars(sa.select(Service))}, _areas(session)
    shown = rows[search.offset : search.offset + search.limit]
    return [_write_sample(row, services, areas, reader) for row in shown]


def _write_sample(
    filing: Filing, services: Mapping[str, Service], areas: Mapping[str, Area], reader: str | None
) -> Written:
    sample: dict[str, Any] = filing.sample or {}
    area = areas.get(sample["town"] or "")
    content = Content(sample["text"], sample["address"], sample["lat"], sample["lon"], filing.media_url)
    return _write(
        filing.id,
        own_view(content, area) if reader == filing.key_id else public_view(area),
        services[sample["service"]],
        status="open",
        notes=note_of(State.FILED),
        agency=None,
        requested=filing.at,
        updated=filing.at,
        expected=None,
    )


def _write(
    request_id: str,
    view: View,
    service: Service,
    *,
    status: str,
    notes: str,
    agency: str | None,
    requested: datetime,
    updated: datetime,
    expected: datetime | None,
) -> Written:
    return {
        "service_request_id": request_id,
        "status": status,
        "status_notes": notes,
        "service_name": service.name,
        "service_code": service.id,
        "description": view.description,
        "agency_responsible": agency,
        "service_notice": promise_of(service),
        "requested_datetime": write_moment(requested),
        "updated_datetime": write_moment(updated),
        "expected_datetime": write_moment(expected) if expected else None,
        "address": view.address,
        "address_id": view.address_id,
        # The district keeps no postal codes of places.
        "zipcode": None,
        "lat": view.lat,
        "long": view.lon,
        "media_url": view.media_url,
    }


def promise_of(service: Service) -> str:
    """Say within how many working days a service is answered."""
    return f"受理后 {WORKING_DAYS[service.kind]} 个工作日内答复。"
