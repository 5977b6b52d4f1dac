"""Filing what a client reports: as a request of the house, or as a sample that reaches nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import delete_some
from backend.district.geography import town_at
from backend.district.models import Town
from backend.events.models import Event
from backend.ids import new_id
from backend.open311.attributes import answer, strangers
from backend.open311.keys import use_key
from backend.open311.models import Filing
from backend.open311.queries import access_service, promise_of
from backend.open311.refusals import bad, fault, raise_if
from backend.open311.reports import Report, contact_of, title_of
from backend.requests.actions import file_request
from backend.requests.models import Service, ServiceRequest
from backend.requests.steps import place
from backend.requests.twins.actions import PUBLIC
from backend.unit_of_work import UnitOfWork

SAMPLES_KEPT = timedelta(days=7)
BATCH = "batch"
MEDIA = "media_url"


@dataclass(frozen=True, slots=True)
class Repeat:
    """The client's own mark for sending the same again, and a fingerprint of what it sent."""

    key: str | None
    body_hash: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a client is told: the number or a token, never both."""

    service_request_id: str | None
    token: str | None
    service_notice: str
    account_id: str | None


@dataclass(frozen=True, slots=True)
class _Where:
    """The place of a report: the town it lies in, if it is in the district, and what it was called."""

    town: Town | None
    address: str | None
    outside: bool


def file_report(unit: UnitOfWork, key_id: str, report: Report, *, sample: bool, repeat: Repeat) -> Receipt:
    """File what a client reports, as the account of its key.

    Raises:
        AppError: 404 for an unknown service; 400 for wrong answers to its questions, for an address id that we have
            not given out, and for a repeated mark with something else; 429 beyond the quota.
    """
    service = access_service(unit.session, report.service_code)
    earlier = _earlier(unit.session, key_id, repeat)
    if earlier is not None:
        return _receipt(earlier, service)
    where = _locate(unit.session, report)
    answers, faults = answer(service.attributes, report.attributes)
    raise_if(faults)
    use_key(unit, key_id)
    notice = _notice(service, report, where, sample=sample)
    filing = Filing(
        id=new_id(),
        key_id=key_id,
        person=report.person,
        media_url=report.media_url,
        notice=notice,
        repeat_key=repeat.key,
        body_hash=repeat.body_hash,
        at=unit.now,
    )
    if sample:
        filing.sample = _sample(service, report, where, answers)
    else:
        case = _file(unit, service, report, where, answers)
        filing.request_id, filing.notice = case.id, f"已提交，编号 {case.code}。{notice}"
    unit.session.add(filing)
    unit.session.flush()
    unit.record("open311_filing.made", filing.id, 1, client=key_id, service=service.id, request=filing.request_id)
    return _receipt(filing, service)


def forget_person(unit: UnitOfWork, event: Event) -> None:
    """Forget who a client said was behind a request whose words are forgotten (hook for `request.forgotten`)."""
    change = sa.update(Filing).where(Filing.request_id == event.entity_id)
    unit.session.execute(change.values(person={}, media_url=None))


def forget_samples(session: Session, before: datetime, most: int) -> bool:
    """Delete so many of those filed at the test endpoint before a moment; tell whether more may be left."""
    return delete_some(session, Filing, sa.and_(Filing.request_id.is_(None), Filing.at < before), most)


def _earlier(session: Session, key_id: str, repeat: Repeat) -> Filing | None:
    if repeat.key is None:
        return None
    query = sa.select(Filing).where(Filing.key_id == key_id, Filing.repeat_key == repeat.key)
    found = session.scalars(query).one_or_none()
    if found is not None and found.body_hash != repeat.body_hash:
        raise bad(fault("Idempotency-Key", "conflict", "这个 Idempotency-Key 已用于另一件诉求"))
    return found


def _locate(session: Session, report: Report) -> _Where:
    """Find the town. Of addresses we know only those ids that we give out ourselves, which are the towns'."""
    town = session.get(Town, report.address_id) if report.address_id else None
    if report.lat is not None and report.lon is not None:
        found = town_at(session, report.lat, report.lon)
        return _Where(session.get(Town, found) if found else None, report.address, outside=found is None)
    if town is None and report.address is None:
        raise bad(fault("address_id", "unknown", "没有这个 address_id，请改填 address_string 或 lat 和 long"))
    return _Where(town, report.address or (town.name if town else None), outside=False)


def _file(
    unit: UnitOfWork, service: Service, report: Report, where: _Where, answers: list[dict[str, Any]]
) -> ServiceRequest:
    case = file_request(
        unit,
        service=service.id,
        title=title_of(report.description, service.name),
        text=_text(service, report),
        address=where.address,
        lat=report.lat,
        lon=report.lon,
        town=where.town.id if where.town else None,
        contact=contact_of(report.person),
        # Who reports through an open interface means the report to be public; what is shown of it is looked at first.
        privacy=PUBLIC,
    )
    case.attributes = answers + _link(report)
    place(unit, case)
    return case


def _text(service: Service, report: Report) -> str:
    return report.description or f"{service.name}（没有写说明）"


def _link(report: Report) -> list[dict[str, Any]]:
    """Keep a picture's address as text: what is behind it nobody has looked at, and we fetch it from nowhere."""
    if report.media_url is None:
        return []
    return [
        {"code": MEDIA, "question": "图片或视频的外部网址（未经核实，本系统没有下载）", "answers": [report.media_url]}
    ]


def _sample(service: Service, report: Report, where: _Where, answers: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "service": service.id,
        "text": _text(service, report),
        "address": where.address,
        "lat": report.lat,
        "lon": report.lon,
        "town": where.town.id if where.town else None,
        "attributes": answers,
    }


def _notice(service: Service, report: Report, where: _Where, *, sample: bool) -> str:
    parts = []
    if sample:
        parts.append("这是测试端点：不会转给任何单位，一周后自动删除。")
    parts.append(promise_of(service))
    if where.outside:
        parts.append("所填位置在宝山区以外，本区可能无法办理，请同时向当地 12345 反映。")
    ignored = strangers(service.attributes, report.attributes)
    if ignored:
        parts.append("这项服务不问的附加信息没有采用。")
    return "".join(parts)


def _receipt(filing: Filing, service: Service) -> Receipt:
    by_token = service.open311_type == BATCH
    return Receipt(
        service_request_id=None if by_token else filing.request_id or filing.id,
        token=filing.id if by_token else None,
        service_notice=filing.notice,
        account_id=filing.person.get("account_id"),
    )
