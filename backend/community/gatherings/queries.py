"""Reading gatherings, one's own sign-ups, and for the organiser all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.community.gatherings.models import Gathering, SignUp
from backend.community.gatherings.rules import GATHERING, IN, Party, ahead_of, taken
from backend.district.queries import offices_by_id
from backend.errors import not_found
from backend.notices.rules import clerk_offices
from backend.paging import Page, in_order, paged
from backend.policy import Actor, allows
from backend.requests.rules import masked
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]


def is_editor(actor: Actor) -> bool:
    """Tell whether somebody makes the media centre's own gatherings."""
    return allows(actor, "story.handle")


def list_gatherings(session: Session, *, town: str | None, now: datetime) -> list[dict[str, Any]]:
    """List the gatherings that are not over, those that begin first at the head."""
    query = sa.select(Gathering).where(Gathering.published_at.is_not(None), Gathering.ends_at > now)
    query = query if town is None else query.where(Gathering.town_id == town)
    rows = session.scalars(query.order_by(Gathering.starts_at, Gathering.id)).all()
    written = present_gatherings(session, rows)
    return [written[row.id] for row in rows]


def list_organised(session: Session, actor: Actor, page: Page) -> dict[str, Any]:
    """List the gatherings that the actor's house makes, newest first."""
    query = sa.select(Gathering).where(_organised_by(actor))
    write = in_order(lambda rows: present_organised(session, rows))
    return paged(session, query, page, moment=Gathering.created_at, id=Gathering.id, write=write)


def _organised_by(actor: Actor) -> sa.ColumnElement[bool]:
    ours = Gathering.office_id.in_(clerk_offices(actor))
    return sa.or_(ours, Gathering.office_id.is_(None)) if is_editor(actor) else ours


def access_gathering(session: Session, gathering_id: str, *, lock: bool = False) -> Gathering:
    """Return an announced gathering, locked if its places are to be given; 404 for any other."""
    gathering = session.get(Gathering, gathering_id, with_for_update=lock or None)
    if gathering is None or gathering.published_at is None:
        raise not_found("活动")
    return gathering


def access_organised(session: Session, actor: Actor, gathering_id: str, *, lock: bool = False) -> Gathering:
    """Return a gathering that the actor's house makes, locked if it is to be changed; 404 for any other."""
    gathering = session.get(Gathering, gathering_id, with_for_update=lock or None)
    ours = gathering is not None and (
        is_editor(actor) if gathering.office_id is None else gathering.office_id in clerk_offices(actor)
    )
    if gathering is None or not ours:
        raise not_found("活动")
    return gathering


def read_places(session: Session, gathering_id: str) -> dict[str, Any]:
    """Return how many places there are, are free, and how many people wait, at this moment."""
    gathering = access_gathering(session, gathering_id)
    parties = _parties(session, gathering.id)
    used, all_ = taken(parties), sum(party.people for party in parties)
    return {"capacity": gathering.capacity, "free": gathering.capacity - used, "waiting": all_ - used}


def access_sign_up(session: Session, actor: Actor, gathering_id: str) -> dict[str, Any]:
    """Write the actor's own sign-up with the place in the line; 404 if there is none."""
    mine = sa.select(SignUp).where(SignUp.gathering_id == gathering_id, SignUp.account_id == actor.id)
    row = session.scalars(mine).one_or_none()
    if row is None:
        raise not_found("报名")
    return present_sign_up(row) | {"line": ahead_of(_parties(session, gathering_id), row.id)}


def list_sign_ups(session: Session, actor: Actor, gathering_id: str) -> list[dict[str, Any]]:
    """List who signed up, in their order, for the organiser; telephones whole only of those who agreed to it."""
    gathering = access_organised(session, actor, gathering_id)
    query = sa.select(SignUp, Account).join(Account, Account.id == SignUp.account_id)
    rows = session.execute(query.where(SignUp.gathering_id == gathering.id).order_by(SignUp.number)).tuples()
    return [
        present_sign_up(row) | {"name": account.name, "phone": _phone(account.phone, whole=row.contact_ok)}
        for row, account in rows
    ]


def guests_of(session: Session, gathering_id: str) -> dict[str, str]:
    """Return whose each sign-up is."""
    query = sa.select(SignUp.id, SignUp.account_id).where(SignUp.gathering_id == gathering_id)
    return dict(session.execute(query).tuples().all())


def _phone(phone: str | None, *, whole: bool) -> str | None:
    return phone if phone is None or whole else masked(phone)


def _parties(session: Session, gathering_id: str) -> list[Party]:
    query = sa.select(SignUp).where(SignUp.gathering_id == gathering_id).order_by(SignUp.number)
    return [Party(row.id, row.state, row.people) for row in session.scalars(query)]


def load_gatherings(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render gatherings: announced ones for everybody, drafts for who makes them."""
    query = sa.select(Gathering).where(Gathering.id.in_(ids))
    if audience is Audience.STAFF:
        return present_organised(session, session.scalars(query).all())
    return present_gatherings(session, session.scalars(query.where(Gathering.published_at.is_not(None))).all())


def load_guest_lists(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render that there is a list of guests, and which; who stands on it is asked for, and noted."""
    if audience is not Audience.STAFF:
        return {}
    query = sa.select(Gathering.id, Gathering.line_told).where(Gathering.id.in_(ids))
    return {row.id: {"id": row.id, "ver": row.line_told} for row in session.execute(query)}


def load_sign_ups(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render sign-ups, each for whoever made it."""
    if audience is not Audience.OWNER:
        return {}
    return {row.id: present_sign_up(row) for row in session.scalars(sa.select(SignUp).where(SignUp.id.in_(ids)))}


def export_sign_ups(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write a person's sign-ups, for that person."""
    rows = session.scalars(sa.select(SignUp).where(SignUp.account_id == account_id).order_by(SignUp.at, SignUp.id))
    return [present_sign_up(row) for row in rows]


def present_sign_up(row: SignUp) -> dict[str, Any]:
    """Write a sign-up; the place in the line moves by itself and is asked for."""
    return {
        "id": row.id,
        "ver": row.ver,
        "gathering": row.gathering_id,
        "state": row.state,
        "people": row.people,
        "note": row.note,
        "contact_ok": row.contact_ok,
        "at": iso(row.at),
    }


def present_gatherings(session: Session, rows: Sequence[Gathering]) -> Written:
    """Write gatherings as everybody gets them, by id."""
    offices = offices_by_id(session, [row.office_id for row in rows if row.office_id])
    return {
        row.id: {
            "id": row.id,
            "ver": row.ver,
            "state": row.state,
            "office": {"id": row.office_id, "name": offices[row.office_id]["name"]} if row.office_id else None,
            "title": row.title,
            "text": row.text,
            "place": row.place,
            "town": row.town_id,
            "starts_at": iso(row.starts_at),
            "ends_at": iso(row.ends_at),
            "sign_up_until": iso(row.sign_up_until),
            "capacity": row.capacity,
            "reason": row.reason,
            "published_at": iso_or_none(row.published_at),
        }
        for row in rows
    }


def present_organised(session: Session, rows: Sequence[Gathering]) -> Written:
    """Write gatherings as those who make them see them, by id."""
    names = names_of(session, [person for row in rows for person in (*row.writers, row.approved_by)])
    written = present_gatherings(session, rows)
    for row in rows:
        written[row.id] |= {
            "writers": [present_person(person, names) for person in row.writers],
            "approved_by": present_person_or_none(row.approved_by, names),
            "created_at": iso(row.created_at),
            "updated_at": iso(row.updated_at),
            "allowed": GATHERING.allowed(row.state),
        }
    return written


def parties_after(session: Session, gathering_id: str, after: str, limit: int, *, only_in: bool) -> Sequence[SignUp]:
    """Return sign-ups in the order of their accounts, beginning behind one, to be told something."""
    query = sa.select(SignUp).where(SignUp.gathering_id == gathering_id, SignUp.account_id > after)
    query = query.where(SignUp.state == IN) if only_in else query
    return session.scalars(query.order_by(SignUp.account_id).limit(limit)).all()
