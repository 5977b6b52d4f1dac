"""What the aid learns from, and what it says: to a citizen about services only, to the desk about everything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none
from backend.district.queries import offices_by_id
from backend.policy import Actor
from backend.requests.models import Service, ServiceRequest
from backend.requests.queries import access_desk_request
from backend.requests.rules import State
from backend.routing import rules
from backend.routing.models import RoutingSuggestion, RoutingWord

LEARNT_FROM, LOOKED_AT = 300, 400
# A degree of latitude is 111 km; of longitude, here at 31° north, 95 km.
_NEAR_LAT, _NEAR_LON = 0.003, 0.0035


@dataclass(frozen=True, slots=True)
class Suggestion:
    """All that is suggested for one request."""

    services: list[rules.ServiceHint]
    office: rules.OfficeHint | None
    duplicates: list[rules.DuplicateHint]


def make_aid(session: Session, *, without: str | None = None) -> rules.Aid:
    """Teach an aid the services and the latest cases that went to an office, but for one."""
    query = sa.select(ServiceRequest).where(ServiceRequest.office_id.is_not(None), ServiceRequest.id != (without or ""))
    newest = query.order_by(ServiceRequest.created_at.desc(), ServiceRequest.id.desc()).limit(LEARNT_FROM)
    return rules.Aid(_offers(session), [past_of(case) for case in session.scalars(newest)])


def _offers(session: Session) -> list[rules.Offer]:
    words: dict[str, dict[str, float]] = {}
    for row in session.scalars(sa.select(RoutingWord).order_by(RoutingWord.service_id, RoutingWord.word)):
        words.setdefault(row.service_id, {})[row.word] = row.weight
    services = session.scalars(sa.select(Service).order_by(Service.id)).all()
    return [
        rules.Offer(each.id, each.name, each.kind, each.office_id, each.description, words.get(each.id, {}))
        for each in services
    ]


def told_of(case: ServiceRequest) -> rules.Told:
    """Return what a request tells."""
    return rules.Told(case.title, case.text, case.address, case.lat, case.lon, case.town_id)


def past_of(case: ServiceRequest) -> rules.Past:
    """Return a request as an earlier case."""
    return rules.Past(case.id, told_of(case), case.service_id, case.office_id, case.created_at)


def suggest_for(session: Session, case: ServiceRequest, now: datetime) -> Suggestion:
    """Suggest for a request, from its words and its place alone: what its citizen chose is no evidence of itself."""
    aid, told = make_aid(session, without=case.id), told_of(case)
    services = aid.services(told)
    office = aid.office(services[0].service, told.town) if services else None
    in_question = {case.service_id, *(hint.service for hint in services[:1])}
    kinds = frozenset(session.scalars(sa.select(Service.kind).where(Service.id.in_(in_question))))
    return Suggestion(services, office, aid.duplicates(told, kinds, now, _recent(session, case, now)))


def _recent(session: Session, case: ServiceRequest, now: datetime) -> list[rules.Past]:
    """Return the latest cases that may be near; whether they are, the rules say."""
    near = [ServiceRequest.town_id == case.town_id] if case.town_id is not None else []
    near += [ServiceRequest.address == case.address] if case.address is not None else []
    if case.lat is not None and case.lon is not None:
        in_lat = ServiceRequest.lat.between(case.lat - _NEAR_LAT, case.lat + _NEAR_LAT)
        near.append(sa.and_(in_lat, ServiceRequest.lon.between(case.lon - _NEAR_LON, case.lon + _NEAR_LON)))
    query = sa.select(ServiceRequest).where(
        sa.or_(sa.false(), *near),
        ServiceRequest.created_at >= now - rules.WITHIN,
        ServiceRequest.id != case.id,
        ServiceRequest.state != State.DECLINED,
    )
    newest = query.order_by(ServiceRequest.created_at.desc(), ServiceRequest.id.desc()).limit(LOOKED_AT)
    return [past_of(each) for each in session.scalars(newest)]


# ── for a citizen ──


def suggest_services(session: Session, told: rules.Told) -> list[dict[str, Any]]:
    """Write which services somebody may mean who is about to file; the words are their own, and nobody else's."""
    hints = make_aid(session).services(told)
    services = _services(session, [hint.service for hint in hints])
    return [services[hint.service] | {"why": rules.explain_service(hint, cases=False)} for hint in hints]


def _services(session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    rows = session.scalars(sa.select(Service).where(Service.id.in_(ids))).all()
    offices = offices_by_id(session, [row.office_id for row in rows])
    return {
        row.id: {
            "service": {"id": row.id, "name": row.name},
            "office": {"id": row.office_id, "name": offices[row.office_id]["name"]},
        }
        for row in rows
    }


# ── for the desk ──


def read_routing(session: Session, actor: Actor, request_id: str, now: datetime) -> dict[str, Any]:
    """Write what is suggested for a request to whoever dispatches it, with the reasons.

    What was kept at filing is shown as it was; a request of before there was an aid is looked at now.

    Raises:
        AppError: 404 for a request that is not on the actor's desk.
    """
    case = access_desk_request(session, actor, request_id)
    kept = session.get(RoutingSuggestion, case.id)
    made = read_back(kept) if kept is not None else suggest_for(session, case, now)
    decided = kept is not None and kept.decided_at is not None
    return {
        "request": case.id,
        "kept": kept is not None,
        "made_at": iso(kept.made_at if kept is not None else now),
        "services": _written_services(session, made),
        "office": _written_office(session, made),
        "duplicates": _written_duplicates(session, made),
        "decision": _written_decision(kept) if kept is not None and decided else None,
    }


def read_back(row: RoutingSuggestion) -> Suggestion:
    """Read a suggestion that was kept."""
    return Suggestion(
        [rules.ServiceHint(**hint) for hint in row.services],
        rules.OfficeHint(**row.office) if row.office is not None else None,
        [rules.DuplicateHint(**hint) for hint in row.duplicates],
    )


def columns_of(made: Suggestion) -> dict[str, Any]:
    """Write a suggestion as it is kept."""
    return {
        "services": [asdict(hint) for hint in made.services],
        "office": asdict(made.office) if made.office is not None else None,
        "duplicates": [asdict(hint) for hint in made.duplicates],
    }


def _written_services(session: Session, made: Suggestion) -> list[dict[str, Any]]:
    services = _services(session, [hint.service for hint in made.services])
    codes = _codes(session, [case_id for hint in made.services for case_id in hint.cases])
    return [
        services[hint.service]
        | {
            "score": hint.score,
            "words": hint.words or hint.described,
            "cases": [{"id": case_id, "code": codes[case_id]} for case_id in hint.cases if case_id in codes],
            "why": rules.explain_service(hint, cases=True),
        }
        for hint in made.services
        if hint.service in services
    ]


def _codes(session: Session, ids: Sequence[str]) -> dict[str, str]:
    rows = session.execute(sa.select(ServiceRequest.id, ServiceRequest.code).where(ServiceRequest.id.in_(set(ids))))
    return dict(rows.tuples().all())


def _written_office(session: Session, made: Suggestion) -> dict[str, Any] | None:
    hint = made.office
    if hint is None:
        return None
    name = offices_by_id(session, [hint.office])[hint.office]["name"]
    return {"id": hint.office, "name": name, "why": rules.explain_office(hint, name)}


def _written_duplicates(session: Session, made: Suggestion) -> list[dict[str, Any]]:
    query = sa.select(ServiceRequest).where(ServiceRequest.id.in_([hint.request for hint in made.duplicates]))
    cases = {case.id: case for case in session.scalars(query)}
    return [
        {
            "id": hint.request,
            "code": cases[hint.request].code,
            "title": cases[hint.request].title,
            "state": cases[hint.request].state,
            "metres": hint.metres,
            "days": hint.days,
            "likeness": hint.likeness,
            "why": rules.explain_duplicate(hint),
        }
        for hint in made.duplicates
        if hint.request in cases
    ]


def _written_decision(row: RoutingSuggestion) -> dict[str, Any]:
    first = row.services[0]["service"] if row.services else None
    office = row.office["office"] if row.office else None
    return {
        "at": iso_or_none(row.decided_at),
        "service": {"given": first, "chosen": row.chosen_service},
        "office": {"given": office, "chosen": row.chosen_office},
        "merged_into": row.merged_into,
    }
