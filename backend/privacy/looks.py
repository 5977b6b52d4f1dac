"""Who of the house had somebody's data before them: noting it, telling that person, and listing it for the auditor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person
from backend.clock import iso
from backend.ids import new_id
from backend.paging import Page, paged
from backend.policy import PERMISSIONS, Actor
from backend.privacy.models import PersonLook
from backend.privacy.rules import ONE_LOOK, Seen
from backend.requests.looks.models import RequestLook
from backend.unit_of_work import UnitOfWork

REQUEST = "request"
_NEEDS = {Seen.TIP: "tip.read", Seen.SIGN_UP: "gathering.write"}


def unnoted(session: Session, actor: Actor, people: Mapping[str, str], now: datetime) -> dict[str, str]:
    """Return those of the things (with whose each is) that the actor has not looked at within the hour."""
    query = sa.select(PersonLook.thing_id).where(
        PersonLook.thing_id.in_(people), PersonLook.actor_id == actor.id, PersonLook.at > now - ONE_LOOK
    )
    known = set(session.scalars(query)) if people and actor.kind == "staff" else set(people)
    return {thing: person for thing, person in people.items() if thing not in known}


def note_looks(unit: UnitOfWork, kind: Seen, people: Mapping[str, str]) -> None:
    """Note that the actor has these things before them."""
    for thing, person in unnoted(unit.session, unit.actor, people, unit.now).items():
        look = {"actor_id": unit.actor.id, "role": _role(unit.actor, kind), "at": unit.now}
        unit.session.add(PersonLook(id=new_id(), account_id=person, kind=str(kind), thing_id=thing, **look))


def _role(actor: Actor, kind: Seen) -> str:
    """Return the role by which the actor may see this: somebody with two of them reads by the one that lets them."""
    readers = {str(role) for role in PERMISSIONS[_NEEDS[kind]]}
    return next((str(grant.role) for grant in actor.grants if str(grant.role) in readers), actor.acting_role)


def export_reads(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write who looked at what somebody sent besides requests, by role, for that person."""
    query = sa.select(PersonLook).where(PersonLook.account_id == account_id).order_by(PersonLook.at, PersonLook.id)
    return [
        {"at": iso(look.at), "kind": look.kind, "thing": look.thing_id, "role": look.role}
        for look in session.scalars(query)
    ]


def list_looks(session: Session, kind: str, actor_id: str | None, page: Page) -> dict[str, Any]:
    """List looks of one kind by name, the last ones first; of one member of staff if asked for."""
    table: type[RequestLook | PersonLook] = RequestLook if kind == REQUEST else PersonLook
    query = sa.select(table)
    if table is PersonLook:
        query = query.where(PersonLook.kind == kind)
    if actor_id is not None:
        query = query.where(table.actor_id == actor_id)

    def write(rows: Any) -> list[dict[str, Any]]:
        names = names_of(session, [row.actor_id for row in rows])
        return [
            {
                "at": iso(row.at),
                "kind": kind,
                "thing": row.request_id if isinstance(row, RequestLook) else row.thing_id,
                "role": row.role,
                "by": present_person(row.actor_id, names),
            }
            for row in rows
        ]

    return paged(session, query, page, moment=table.at, id=table.id, write=write)
