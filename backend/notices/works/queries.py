"""Reading planned works, and whether what somebody is about to report is one of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.district.geography import town_at
from backend.district.queries import offices_by_id
from backend.errors import not_found
from backend.notices.models import Notice
from backend.notices.rules import State as NoticeState
from backend.notices.rules import clerk_offices
from backend.notices.works.models import PlannedWork
from backend.notices.works.rules import KINDS, Area, Phase, State, Where, allowed, known_words, phase_at, touches
from backend.paging import Page, in_order, paged
from backend.policy import Actor
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]


def matching(
    session: Session, service: str, *, town: str | None, lat: float | None, lon: float | None, now: datetime
) -> list[dict[str, Any]]:
    """Return the works that explain a request for `service` at a place, those that end first at the head.

    With a position (WGS-84) the outline decides; with a town alone, works in a part of it are told as not `sure`.
    """
    if town is None and lat is not None and lon is not None:
        town = town_at(session, lat, lon)
    where = Where(town, lat, lon)
    query = sa.select(PlannedWork).where(
        PlannedWork.state == State.PUBLISHED, PlannedWork.begins_at <= now, PlannedWork.ends_at > now
    )
    rows = session.scalars(query.order_by(PlannedWork.ends_at, PlannedWork.id)).all()
    found = [(row, touches(area_of(row), where)) for row in rows if service in row.services]
    notices = _notices(session, [row.notice_id for row, there in found if there is not False])
    return [_known(row, notices, now, sure=bool(there)) for row, there in found if there is not False]


def _known(row: PlannedWork, notices: Written, now: datetime, *, sure: bool) -> dict[str, Any]:
    notice = notices.get(row.notice_id or "")
    return {
        "id": row.id,
        "kind": row.kind,
        "title": row.title,
        "ends_at": iso(row.ends_at),
        "sure": sure,
        "notice": notice,
        "words": known_words(row.kind, row.place, row.ends_at, now, sure=sure, notice=notice),
    }


def _notices(session: Session, ids: Sequence[str | None]) -> Written:
    query = sa.select(Notice).where(
        Notice.id.in_({each for each in ids if each}), Notice.state == NoticeState.PUBLISHED
    )
    return {
        row.id: {"id": row.id, "title": row.title, "doc_no": row.doc_no, "index_no": row.index_no}
        for row in session.scalars(query)
    }


def area_of(row: PlannedWork) -> Area:
    """Return where works are."""
    if row.lat is None or row.lon is None or row.radius_m is None:
        return Area(row.towns, None, row.polygon)
    return Area(row.towns, (row.lat, row.lon, row.radius_m), row.polygon)


def list_works(session: Session, *, town: str | None, now: datetime) -> list[dict[str, Any]]:
    """List the works that at `now` are on or to come, those that begin first at the head."""
    query = sa.select(PlannedWork).where(PlannedWork.state.in_((State.PUBLISHED, State.ENDED)))
    query = query.where(PlannedWork.ends_at > now).order_by(PlannedWork.begins_at, PlannedWork.id)
    rows = [row for row in session.scalars(query) if town is None or town in row.towns]
    written = present_works(session, rows)
    phases = {row.id: phase_at(row.begins_at, row.ends_at, row.ended_at, now) for row in rows}
    return [written[row.id] | {"phase": phases[row.id]} for row in rows if phases[row.id] is not Phase.OVER]


def public_works(session: Session, ids: Collection[str] | None = None) -> Sequence[PlannedWork]:
    """Return the works that are published and not over, of these ids or all of them."""
    query = sa.select(PlannedWork).where(PlannedWork.state == State.PUBLISHED).order_by(PlannedWork.id)
    return session.scalars(query if ids is None else query.where(PlannedWork.id.in_(ids))).all()


def list_office_works(session: Session, actor: Actor, page: Page) -> dict[str, Any]:
    """List the works of the actor's offices in all states, newest first."""
    query = sa.select(PlannedWork).where(PlannedWork.office_id.in_(clerk_offices(actor)))
    write = in_order(lambda rows: present_office_works(session, rows))
    return paged(session, query, page, moment=PlannedWork.created_at, id=PlannedWork.id, write=write)


def access_office_work(session: Session, actor: Actor, work_id: str, *, lock: bool = False) -> PlannedWork:
    """Return works of one of the actor's offices, locked if they are to be changed; 404 for any other."""
    work = session.get(PlannedWork, work_id, with_for_update=lock or None)
    if work is None or work.office_id not in clerk_offices(actor):
        raise not_found("计划施工")
    return work


def load_works(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render works for the public streams: the same for everybody."""
    del audience
    return present_works(session, public_works(session, ids))


def load_work_drafts(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render drafts of works for the stream of their office; nobody else ever gets one."""
    if audience is not Audience.STAFF:
        return {}
    query = sa.select(PlannedWork).where(PlannedWork.id.in_(ids), PlannedWork.state == State.DRAFT)
    return present_office_works(session, session.scalars(query).all())


def present_works(session: Session, works: Sequence[PlannedWork]) -> Written:
    """Write works as everybody gets them, by id."""
    offices = offices_by_id(session, [work.office_id for work in works])
    return {work.id: _write(work, offices[work.office_id]) for work in works}


def present_office_works(session: Session, works: Sequence[PlannedWork]) -> Written:
    """Write works as their office sees them, by id."""
    written = present_works(session, works)
    names = names_of(session, [person for work in works for person in (work.author_id, work.approved_by)])
    for work in works:
        written[work.id] |= {
            "author": present_person(work.author_id, names),
            "approved_by": present_person_or_none(work.approved_by, names),
            "withdrawn_reason": work.withdrawn_reason,
            "created_at": iso(work.created_at),
            "updated_at": iso(work.updated_at),
            "allowed": allowed(State(work.state)),
        }
    return written


def _write(work: PlannedWork, office: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": work.id,
        "ver": work.ver,
        "state": work.state,
        "office": {"id": office["id"], "name": office["name"]},
        "notice": work.notice_id,
        "kind": work.kind,
        "kind_name": KINDS[work.kind],
        "title": work.title,
        "text": work.text,
        "place": work.place,
        "towns": work.towns,
        "services": work.services,
        "lat": work.lat,
        "lon": work.lon,
        "radius_m": work.radius_m,
        "polygon": work.polygon and [{"lat": lat, "lon": lon} for lat, lon in work.polygon],
        "begins_at": iso(work.begins_at),
        "ends_at": iso(work.ends_at),
        "ended_at": iso_or_none(work.ended_at),
        "changes": work.changes,
        "published_at": iso_or_none(work.published_at),
    }
