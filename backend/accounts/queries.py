"""Reading accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account, LoginSession, RoleGrant
from backend.clock import iso, iso_or_none
from backend.db import canonical
from backend.district.queries import desks_by_unit, list_units
from backend.errors import not_found
from backend.paging import Page, narrowed, paged
from backend.policy import PERMISSIONS, Actor, Grant, Role, allows, own_streams
from backend.sync.streams import Audience


def get_by_username(session: Session, username: str) -> Account | None:
    """Return the staff account of this name."""
    return session.scalars(sa.select(Account).where(Account.username == username)).one_or_none()


def get_actor(session: Session, account_id: str, session_id: str | None, now: datetime) -> Actor | None:
    """Return the account as an actor with its rights of now; None if it is closed or the session has ended."""
    account = session.get(Account, account_id)
    if account is None or account.disabled_at is not None:
        return None
    if session_id is not None:
        login = session.get(LoginSession, session_id)
        if login is None or login.account_id != account_id or login.ended_at is not None:
            return None
    lines = _lines(session, account_id, now)
    later = min((line.valid_from for line in lines if line.valid_from > now), default=None)
    return Actor(account.id, account.kind, _held(lines, now), session_id, later)


def _lines(session: Session, account_id: str, now: datetime) -> Sequence[RoleGrant]:
    """List a person's lines of the roster that hold now or will."""
    query = sa.select(RoleGrant).where(
        RoleGrant.account_id == account_id,
        sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > now),
    )
    return session.scalars(query.order_by(RoleGrant.id)).all()


def _held(lines: Sequence[RoleGrant], now: datetime) -> tuple[Grant, ...]:
    held = [line for line in lines if line.valid_from <= now]
    return tuple(Grant(Role(line.role), line.desk, line.office, line.valid_to) for line in held)


def list_roster(session: Session, *, username: str | None, page: Page) -> dict[str, Any]:
    """List lines of the roster, of one person or of all; those that begin last come first."""
    query = sa.select(RoleGrant)
    if username is not None:
        query = query.join(Account, Account.id == RoleGrant.account_id).where(Account.username == username)
    return paged(
        session,
        query,
        page,
        moment=RoleGrant.valid_from,
        id=RoleGrant.id,
        write=lambda rows: present_roster(session, rows),
    )


def list_staff(session: Session, page: Page) -> dict[str, Any]:
    """List staff accounts, the newest first, whatever their roles."""
    return paged(
        session,
        sa.select(Account).where(Account.kind == "staff"),
        page,
        moment=Account.created_at,
        id=Account.id,
        write=lambda rows: [
            {
                "username": row.username,
                "name": row.name,
                "title": row.title,
                "unit": row.unit,
                "gone": row.disabled_at is not None,
            }
            for row in rows
        ],
    )


def access_grant(session: Session, grant_id: str) -> RoleGrant:
    """Return a line of the roster, or raise 404."""
    grant = session.get(RoleGrant, grant_id)
    if grant is None:
        raise not_found("排班")
    return grant


def present_roster(session: Session, rows: Sequence[RoleGrant]) -> list[dict[str, Any]]:
    """Write lines of the roster with whose they are."""
    query = sa.select(Account).where(Account.id.in_({row.account_id for row in rows}))
    people = {account.id: account for account in session.scalars(query)}
    return [
        {
            "id": row.id,
            "username": people[row.account_id].username,
            "name": people[row.account_id].name,
            "role": row.role,
            "desk": row.desk,
            "office": row.office,
            "valid_from": iso(row.valid_from),
            "valid_to": iso_or_none(row.valid_to),
        }
        for row in rows
    ]


def first_account(session: Session, person_id: str) -> str | None:
    """Return the first account of a person: what stands for the person where no staff number may stand."""
    query = sa.select(Account.id).where(Account.person_id == person_id)
    return session.scalars(query.order_by(Account.created_at, Account.id).limit(1)).one_or_none()


def names_of(session: Session, ids: Sequence[str | None]) -> dict[str, str]:
    """Return the names of these accounts."""
    wanted = {account_id for account_id in ids if account_id}
    return {row.id: row.name for row in session.scalars(sa.select(Account).where(Account.id.in_(wanted)))}


def list_house(session: Session, now: datetime) -> dict[str, Any]:
    """List the units with their desks and people. Desks and people that serve all units stand in `shared`."""
    desks = desks_by_unit(session)
    people: dict[str | None, list[dict[str, Any]]] = {}
    for person in present_people(session, session.scalars(_staff(now).order_by(Account.name, Account.id)).all(), now):
        people.setdefault(person["unit"], []).append(person)
    items = [
        unit | {"desks": desks.get(unit["id"], []), "people": people.get(unit["id"], [])}
        for unit in list_units(session)
    ]
    return {"items": items, "next": None, "shared": {"desks": desks.get(None, []), "people": people.get(None, [])}}


def list_people(
    session: Session, *, unit: str | None, skill: str | None, on_duty: bool | None, now: datetime, page: Page
) -> dict[str, Any]:
    """List the people of the newsroom, those who joined last first."""
    query = _staff(now)
    query = narrowed(query, (Account.unit, unit))
    if skill is not None:
        # The list is kept as canonical text, in which a skill stands in its quotation marks and nothing else does.
        skills = sa.type_coerce(Account.skills, sa.Text)
        query = query.where(sa.func.replace(skills, canonical(skill), "") != skills)
    if on_duty is not None:
        serving = Account.id.in_(sa.select(RoleGrant.account_id).where(_holds(now)))
        query = query.where(serving if on_duty else sa.not_(serving))
    return paged(
        session,
        query,
        page,
        moment=Account.created_at,
        id=Account.id,
        write=lambda rows: present_people(session, rows, now),
    )


def _staff(now: datetime) -> sa.Select[Account]:
    """Choose the colleagues of the newsroom: who belongs to a unit, or has a role there now or later.

    Clerks of government offices have accounts too, and are none of them.
    """
    # The assessor counts what the others do and reads none of it, and still is one of them.
    roles = [str(role) for role in (*PERMISSIONS["kitchen.read"], Role.ASSESSOR)]
    lines = sa.select(RoleGrant.account_id).where(RoleGrant.role.in_(roles), _ends_later(now))
    ours = sa.or_(Account.unit.is_not(None), Account.id.in_(lines))
    return sa.select(Account).where(Account.kind == "staff", Account.disabled_at.is_(None), ours)


def _holds(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(RoleGrant.valid_from <= now, _ends_later(now))


def _ends_later(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > now)


def present_people(session: Session, people: Sequence[Account], now: datetime) -> list[dict[str, Any]]:
    """Write colleagues as all of the newsroom may know them, with what they do today."""
    held: dict[str, list[RoleGrant]] = {}
    query = sa.select(RoleGrant).where(RoleGrant.account_id.in_([one.id for one in people]), _holds(now))
    for line in session.scalars(query.order_by(RoleGrant.id)):
        held.setdefault(line.account_id, []).append(line)
    return [
        {
            "id": person.id,
            "name": person.name,
            "title": person.title,
            "unit": person.unit,
            "skills": person.skills,
            "roles": [_role(grant) for grant in _held(held.get(person.id, []), now)],
            "on_duty": person.id in held,
        }
        for person in people
    ]


def _role(grant: Grant) -> dict[str, Any]:
    return {
        "role": str(grant.role),
        "desk": grant.desk,
        "office": grant.office,
        "until": iso_or_none(grant.until),
    }


def present_person(account_id: str, names: Mapping[str, str]) -> dict[str, Any]:
    """Write who it was, with the name from `names_of`."""
    return {"id": account_id, "name": names.get(account_id, "")}


def present_person_or_none(account_id: str | None, names: Mapping[str, str]) -> dict[str, Any] | None:
    """Write who it was, if it was anybody."""
    return present_person(account_id, names) if account_id else None


def present_me(session: Session, account_id: str, now: datetime) -> dict[str, Any]:
    """Write an account as its owner sees it."""
    account = session.get_one(Account, account_id)
    actor = Actor(account.id, account.kind, _held(_lines(session, account_id, now), now))
    return {
        "id": account.id,
        "ver": account.ver,
        "kind": account.kind,
        "name": account.name,
        "phone": account.phone,
        "username": account.username,
        "title": account.title,
        "email": account.email,
        "town": account.town,
        "locale": account.locale,
        "totp": account.totp_secret is not None,
        "roles": [_role(grant) for grant in actor.grants],
        "streams": own_streams(actor),
        "permissions": sorted(each for each in PERMISSIONS if allows(actor, each)),
    }


def load_me(session: Session, ids: Sequence[str], audience: Audience, now: datetime) -> dict[str, dict[str, Any]]:
    """Render accounts for the sync stream; only their owner ever holds them."""
    if audience is not Audience.OWNER:
        return {}
    return {account_id: present_me(session, account_id, now) for account_id in ids}


def load_sessions(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render a person's open sign-ins."""
    if audience is not Audience.OWNER:
        return {}
    query = sa.select(LoginSession).where(LoginSession.id.in_(ids), LoginSession.ended_at.is_(None))
    return {row.id: {"id": row.id, "ver": 1, "opened_at": iso(row.opened_at)} for row in session.scalars(query)}


def list_sign_ins(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """List the actor's open sign-ins, the latest first; `here` is the one that asks."""
    query = sa.select(LoginSession).where(LoginSession.account_id == actor.id, LoginSession.ended_at.is_(None))
    rows = session.scalars(query.order_by(LoginSession.opened_at.desc(), LoginSession.id.desc()))
    return [{"id": row.id, "opened_at": iso(row.opened_at), "here": row.id == actor.session_id} for row in rows]
