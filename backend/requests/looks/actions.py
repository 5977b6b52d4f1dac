"""Noting looks: after the snapshot of a read is closed, and before its answer goes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.district.models import Desk, Office
from backend.ids import new_id
from backend.policy import Actor, Grant
from backend.requests.looks.models import RequestLook, ScreenLook
from backend.requests.looks.rules import ONE_LOOK, What, is_same, reading_as, start_of_day
from backend.requests.models import ServiceRequest
from backend.unit_of_work import UnitOfWork

_HOUSE = "诉求受理"
_SERVICE = "service"


def unnoted(session: Session, actor: Actor, ids: Sequence[str], what: What, now: datetime) -> list[str]:
    """Return those of the cases that the actor has not looked at in this way within the hour.

    A read asks this on its own snapshot; usually there is nothing to note, and the read stays a read.
    """
    if actor.kind != "staff" or not ids:
        return []
    query = sa.select(RequestLook.request_id, sa.func.max(RequestLook.at)).where(
        RequestLook.request_id.in_(ids),
        RequestLook.actor_id == actor.id,
        RequestLook.what == str(what),
        RequestLook.at > now - ONE_LOOK,
    )
    found: Mapping[str, datetime] = dict(session.execute(query.group_by(RequestLook.request_id)).tuples().all())
    return [case_id for case_id in ids if not is_same(found.get(case_id), now)]


def note_looks(unit: UnitOfWork, ids: Sequence[str], what: What) -> None:
    """Put a look of the actor's on these cases' lists."""
    fresh = unnoted(unit.session, unit.actor, ids, what, unit.now)
    offices = sa.select(ServiceRequest.id, ServiceRequest.office_id).where(ServiceRequest.id.in_(fresh))
    for case_id, office in unit.session.execute(offices.order_by(ServiceRequest.id)).tuples():
        grant = reading_as(unit.actor, office)
        if grant is not None:
            unit.session.add(
                RequestLook(
                    id=new_id(),
                    request_id=case_id,
                    actor_id=unit.actor.id,
                    by=label_of(unit.session, grant),
                    role=str(grant.role),
                    what=str(what),
                    at=unit.now,
                )
            )


def unopened(session: Session, actor: Actor, streams: Sequence[str], now: datetime) -> list[str]:
    """Return those of the streams with cases that the actor has not opened today."""
    wanted = [name for name in streams if _office_of(name) is not None or name == f"desk:{_SERVICE}"]
    if actor.kind != "staff" or not wanted:
        return []
    query = sa.select(ScreenLook.stream).where(
        ScreenLook.actor_id == actor.id, ScreenLook.stream.in_(wanted), ScreenLook.at >= start_of_day(now)
    )
    return sorted(set(wanted) - set(session.scalars(query)))


def note_screens(unit: UnitOfWork, streams: Sequence[str]) -> None:
    """Note that the actor has opened these streams today."""
    for name in unopened(unit.session, unit.actor, streams, unit.now):
        grant = reading_as(unit.actor, _office_of(name))
        if grant is not None:
            by, role = label_of(unit.session, grant), str(grant.role)
            look = ScreenLook(id=new_id(), stream=name, actor_id=unit.actor.id, by=by, role=role, at=unit.now)
            unit.session.add(look)


def label_of(session: Session, grant: Grant) -> str:
    """Say where somebody works, in the words a citizen may read."""
    office = session.get(Office, grant.office) if grant.office else None
    if office is not None:
        return office.name
    desk = session.get(Desk, grant.desk or _SERVICE)
    return desk.name if desk else _HOUSE


def _office_of(stream: str) -> str | None:
    kind, _, name = stream.partition(":")
    return name if kind == "office" else None
