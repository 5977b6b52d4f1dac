"""Reading assignments and materials, for the newsroom only, and what editing asks about media."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.accounts.queries import names_of, present_person, present_person_or_none
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.media.models import Media
from backend.media.queries import present_media
from backend.newsroom.editing.models import Story
from backend.newsroom.interview import rules
from backend.newsroom.interview.models import Assignment, AssignmentMaterial, Material
from backend.newsroom.planning.models import Topic
from backend.newsroom.roster import person_of, persons_of
from backend.paging import Page, in_order, narrowed, paged
from backend.policy import Actor, allows
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
# Editing finds here all that it asks about media.
MediaState = rules.MediaState
demand_media_allowed = rules.demand_media_allowed


# ── assignments ──


def list_assignments(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    state: str | None,
    topic: str | None,
    mine: bool,
    overdue: bool,
    page: Page,
) -> dict[str, Any]:
    """List assignments, those changed last first; `mine` are those of the actor's person under any account."""
    query = sa.select(Assignment)
    query = narrowed(query, (Assignment.state, state), (Assignment.topic_id, topic))
    if mine:
        query = query.where(_names_one_of(accounts_of_person(session, actor.id)))
    if overdue:
        query = query.where(Assignment.state.in_(rules.IN_HAND), Assignment.due < now)

    return paged(
        session,
        query,
        page,
        moment=Assignment.updated_at,
        id=Assignment.id,
        write=in_order(lambda rows: present_assignments(session, rows, now)),
    )


def accounts_of_person(session: Session, account_id: str) -> list[str]:
    """List all accounts of the person behind one."""
    query = sa.select(Account.id).where(Account.person_id == person_of(session, account_id))
    return list(session.scalars(query.order_by(Account.id)))


def _names_one_of(account_ids: Sequence[str]) -> sa.ColumnElement[bool]:
    # The list is canonical JSON, in which an id stands in quotes and nowhere else.
    text = sa.type_coerce(Assignment.reporters, sa.Text)
    return sa.or_(sa.false(), *(text.contains(f'"{account_id}"', autoescape=True) for account_id in account_ids))


def access_assignment(session: Session, assignment_id: str, *, lock: bool = False) -> Assignment:
    """Return an assignment, locked if it is to be changed; 404 if there is none."""
    row = session.get(Assignment, assignment_id, with_for_update=lock or None)
    if row is None:
        raise not_found("任务")
    return row


def load_assignments(session: Session, ids: Sequence[str], audience: Audience, now: datetime) -> Written:
    """Render assignments for the desks' streams; nobody else ever holds one."""
    if audience is not Audience.STAFF:
        return {}
    return present_assignments(session, session.scalars(sa.select(Assignment).where(Assignment.id.in_(ids))).all(), now)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What assignments point to, read once for all of them."""

    topics: dict[str, str]
    names: dict[str, str]
    materials: dict[str, list[str]]
    successors: dict[str, str]


def present_assignments(session: Session, rows: Sequence[Assignment], now: datetime) -> Written:
    """Write assignments, by id."""
    ids = [row.id for row in rows]
    people = [one["id"] for row in rows for one in row.reporters]
    people += [person for row in rows for person in (row.created_by, *row.tried)]
    around = _Surroundings(
        topics=_titles(session, {row.topic_id for row in rows}),
        names=names_of(session, people),
        materials=_linked(session, AssignmentMaterial.assignment_id, AssignmentMaterial.material_id, ids),
        successors=successors(session, ids),
    )
    return {row.id: _write_assignment(row, around, now) for row in rows}


def _titles(session: Session, topic_ids: Collection[str]) -> dict[str, str]:
    rows = session.execute(sa.select(Topic.id, Topic.title).where(Topic.id.in_(topic_ids)))
    return {row.id: row.title for row in rows}


def _linked(session: Session, near: Any, far: Any, ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {near_id: [] for near_id in ids}
    for near_id, far_id in session.execute(sa.select(near, far).where(near.in_(ids)).order_by(far)):
        found[near_id].append(far_id)
    return found


def successors(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Return the assignment that took the place of each, by id; one that stands is missing."""
    rows = session.execute(sa.select(Assignment.replaces, Assignment.id).where(Assignment.replaces.in_(ids)))
    return {str(replaced): successor for replaced, successor in rows}


def _write_assignment(row: Assignment, around: _Surroundings, now: datetime) -> dict[str, Any]:
    successor = around.successors.get(row.id)
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "topic": {"id": row.topic_id, "title": around.topics[row.topic_id]},
        "coverage_no": row.coverage_no,
        "kind": row.kind,
        "desk": row.desk,
        "reporters": [present_person(one["id"], around.names) | {"share": one["share"]} for one in row.reporters],
        "place": row.place,
        "due": iso(row.due),
        "overdue": rules.is_overdue(row.state, row.due, now),
        "gear": row.gear,
        "contact": row.contact,
        "priority": row.priority,
        "emergency": row.emergency,
        "safety_note": row.safety_note,
        "reason": row.reason,
        "replaces": row.replaces,
        "replaced_by": successor,
        "tried": [present_person(account_id, around.names) for account_id in row.tried],
        "materials": around.materials[row.id],
        "created_by": present_person(row.created_by, around.names),
        "answer_due": iso_or_none(_awaited_until(row)),
        **{name: iso_or_none(getattr(row, name)) for name in _MOMENTS},
        "allowed": rules.allowed_for_assignment(row.state, taken_over=successor is not None),
    }


_MOMENTS = ("created_at", "updated_at", "dispatched_at", "answered_at", "on_site_at", "filed_at", "done_at")


def _awaited_until(row: Assignment) -> datetime | None:
    if row.state != "dispatched" or row.dispatched_at is None:
        return None
    return rules.answer_due(row.dispatched_at, emergency=row.emergency)


def count_pieces(session: Session, assignment_id: str) -> int:
    """Count what has come of an assignment: materials that are linked with it, and stories written for it."""
    materials = sa.select(sa.func.count()).where(AssignmentMaterial.assignment_id == assignment_id)
    stories = sa.select(sa.func.count()).where(Story.assignment_id == assignment_id)
    return (session.scalar(materials) or 0) + (session.scalar(stories) or 0)


# ── materials ──


def list_materials(
    session: Session,
    actor: Actor,
    now: datetime,
    *,
    state: str | None,
    kind: str | None,
    assignment: str | None,
    sha256: str | None,
    mine: bool,
    page: Page,
) -> dict[str, Any]:
    """List materials, those changed last first; with `sha256`, those of the same bytes."""
    query = sa.select(Material)
    for column, wanted in ((Material.state, state), (Material.kind, kind), (Material.sha256, sha256)):
        if wanted is not None:
            query = query.where(column == wanted)
    if assignment is not None:
        linked = sa.select(AssignmentMaterial.material_id).where(AssignmentMaterial.assignment_id == assignment)
        query = query.where(Material.id.in_(linked))
    if mine:
        query = query.where(Material.uploaded_by.in_(accounts_of_person(session, actor.id)))

    return paged(
        session,
        query,
        page,
        moment=Material.updated_at,
        id=Material.id,
        write=in_order(lambda rows: present_materials(session, rows, actor, now)),
    )


def access_material(session: Session, material_id: str, *, lock: bool = False) -> Material:
    """Return a material, locked if it is to be changed; 404 if there is none."""
    row = session.get(Material, material_id, with_for_update=lock or None)
    if row is None:
        raise not_found("素材")
    return row


def load_materials(session: Session, ids: Sequence[str], audience: Audience, now: datetime) -> Written:
    """Render materials for the desks' streams, without what is personal about their sources."""
    if audience is not Audience.STAFF:
        return {}
    rows = session.scalars(sa.select(Material).where(Material.id.in_(ids))).all()
    return present_materials(session, rows, None, now)


def present_materials(session: Session, rows: Sequence[Material], reader: Actor | None, now: datetime) -> Written:
    """Write materials for a reader, or for a desk, by id."""
    ids = [row.id for row in rows]
    names = names_of(session, [person for row in rows for person in (row.uploaded_by, row.checked_by)])
    media = present_media(session, {row.media_id for row in rows})
    assignments = _linked(session, AssignmentMaterial.material_id, AssignmentMaterial.assignment_id, ids)
    trusted = _who_is_trusted(session, rows, reader)
    return {
        row.id: _write_material(row, media[row.media_id], names, now)
        | {"assignments": assignments[row.id]}
        | _about_the_source(row, trusted=row.id in trusted)
        for row in rows
    }


def _who_is_trusted(session: Session, rows: Sequence[Material], reader: Actor | None) -> set[str]:
    """Return the materials about whose sources the reader may know: all for those who check, else their own."""
    if reader is None:
        return set()
    if allows(reader, "material.check"):
        return {row.id for row in rows}
    persons = persons_of(session, {reader.id, *(row.uploaded_by for row in rows)})
    return {row.id for row in rows if persons[row.uploaded_by] == persons.get(reader.id)}


def _about_the_source(row: Material, *, trusted: bool) -> dict[str, Any]:
    return {
        "source_contact": row.source_contact if trusted else None,
        "consent": row.consent | {"by": row.consent["by"] if trusted else None} if row.consent else None,
    }


def _write_material(row: Material, media: dict[str, Any], names: Mapping[str, str], now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "ver": row.ver,
        "state": row.state,
        "kind": row.kind,
        "media": media,
        "sha256": row.sha256,
        "title": row.title,
        "captured_at": iso_or_none(row.captured_at),
        "place": row.place,
        "rights": row.rights | {"expired": rules.has_expired(expiry_of(row), now)},
        "subjects": row.subjects,
        "consent_missing": rules.lacks_consent(row.subjects, has_consent=row.consent is not None),
        "transcript": row.transcript,
        "uploaded_by": present_person(row.uploaded_by, names),
        "checked_by": present_person_or_none(row.checked_by, names),
        "reason": row.reason,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "allowed": rules.MATERIAL.allowed(row.state),
    }


def expiry_of(row: Material) -> datetime | None:
    """Return when the licence of a material runs out; None for one that does not."""
    expires = row.rights["expires"]
    return datetime.fromisoformat(expires) if expires else None


def keeps_media(session: Session, media_id: str) -> bool:
    """Tell whether a file was registered as a material."""
    return session.scalar(sa.select(sa.exists().where(Material.media_id == media_id))) or False


def may_see_media(session: Session, actor: Actor, media_id: str) -> bool:
    """Let the newsroom see every file that was registered as a material, whoever uploaded it."""
    if not allows(actor, "kitchen.read"):
        return False
    return session.scalar(sa.select(sa.exists().where(Material.media_id == media_id))) or False


# ── what editing asks ──


def media_states(session: Session, media_ids: Iterable[str], now: datetime) -> dict[str, MediaState]:
    """Return what is known of each of these files, by id.

    All materials of the same bytes count, under whichever upload, and the strictest decides: a picture that was
    rejected does not become usable by being uploaded once more.
    """
    wanted = list(dict.fromkeys(media_ids))
    hashes = dict(session.execute(sa.select(Media.id, Media.sha256).where(Media.id.in_(wanted))).tuples().all())
    found: dict[str, list[Material]] = {}
    query = sa.select(Material).where(Material.sha256.in_(set(hashes.values())))
    for row in session.scalars(query.order_by(Material.id)):
        found.setdefault(row.sha256, []).append(row)
    return {media_id: _state_of(media_id, found.get(hashes.get(media_id, ""), []), now) for media_id in wanted}


def _state_of(media_id: str, rows: Sequence[Material], now: datetime) -> MediaState:
    strictest = min(rows, key=lambda row: rules.STRICTNESS.index(row.state), default=None)
    return MediaState(
        media_id=media_id,
        material_id=strictest.id if strictest else None,
        state=strictest.state if strictest else None,
        licence_expired=any(rules.has_expired(expiry_of(row), now) for row in rows),
        consent_missing=any(rules.lacks_consent(row.subjects, has_consent=row.consent is not None) for row in rows),
        uploaded_by=tuple(sorted({row.uploaded_by for row in rows})),
    )
