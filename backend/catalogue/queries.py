"""Reading the catalogue: what is public now, what it was, and an office's own entries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person_or_none
from backend.catalogue.hours import open_state
from backend.catalogue.models import CatalogueEntry, CatalogueVersion
from backend.catalogue.rules import (
    CATEGORIES,
    EVENTS,
    FORMS,
    ITEM,
    NAMES,
    WINDOW,
    State,
    allowed,
    fee_words,
    material_words,
    time_words,
)
from backend.clock import iso, iso_or_none
from backend.district.queries import offices_by_id
from backend.errors import AppError, Code, invalid, not_found
from backend.paging import Page, in_order, paged
from backend.policy import Actor, Role
from backend.sync.streams import Audience
from backend.workdays.queries import read_calendar

Written = dict[str, dict[str, Any]]
_PLAIN = ("title", "summary", "category", "event", "statutory_days", "promised_days", "online_url", "service")
_REST = ("conditions", "steps", "fees", "legal_basis", "phone", "questions")


def public_items(session: Session, ids: Collection[str] | None = None) -> Sequence[CatalogueEntry]:
    """Return the items that everybody may read now, of these ids or all of them."""
    return _public(session, ITEM, ids)


def public_windows(session: Session, ids: Collection[str] | None = None) -> Sequence[CatalogueEntry]:
    """Return the windows that everybody may read now, of these ids or all of them."""
    return _public(session, WINDOW, ids)


def _public(session: Session, kind: str, ids: Collection[str] | None) -> Sequence[CatalogueEntry]:
    query = sa.select(CatalogueEntry).where(CatalogueEntry.kind == kind, CatalogueEntry.state == State.PUBLISHED)
    query = query.order_by(CatalogueEntry.id)
    return session.scalars(query if ids is None else query.where(CatalogueEntry.id.in_(ids))).all()


def load_items(session: Session, ids: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Write the items that everybody may read now, of these ids or all of them."""
    entries = public_items(session, ids)
    offices = offices_by_id(session, [entry.office_id for entry in entries])
    return [_item(entry, offices[entry.office_id], entry.content or {}) for entry in entries]


def demand_items(session: Session, ids: Sequence[str], field: str, kind: str = ITEM) -> None:
    """Raise 422 naming `field` unless all these entries are public."""
    if ids and set(ids) - {entry.id for entry in _public(session, kind, ids)}:
        raise invalid(field, "unknown", f"有{NAMES[kind]}找不到，或尚未发布")


def present_cards(session: Session, ids: Collection[str]) -> Written:
    """Write the cards of those items that are public, by id. A card changes only when its item is published anew."""
    entries = public_items(session, set(ids)) if ids else []
    offices = offices_by_id(session, [entry.office_id for entry in entries])
    return {entry.id: _service_card(entry, offices[entry.office_id]["name"]) for entry in entries}


def _service_card(entry: CatalogueEntry, office: str) -> dict[str, Any]:
    content = entry.content or {}
    return {
        "id": entry.id,
        "version": entry.version,
        "title": content["title"],
        "summary": content["summary"],
        "office": office,
        "materials": [material_words(each) for each in content["materials"]],
        "promised_days": content["promised_days"],
        "time_words": time_words(content),
        "fee_words": fee_words(content),
        "online_url": content["online_url"],
        "service": content["service"],
    }


def list_items(
    session: Session, *, category: str | None, event: str | None, office: str | None, q: str | None, page: Page
) -> dict[str, Any]:
    """List public items, those published last first. `q` is looked for in the title."""
    query = sa.select(CatalogueEntry).where(CatalogueEntry.kind == ITEM, CatalogueEntry.state == State.PUBLISHED)
    for column, value in (
        (CatalogueEntry.category, category),
        (CatalogueEntry.event, event),
        (CatalogueEntry.office_id, office),
    ):
        if value is not None:
            query = query.where(column == value)
    if q is not None:
        query = query.where(CatalogueEntry.title.icontains(q.strip(), autoescape=True))
    write = in_order(lambda rows: _cards(session, rows))
    return paged(session, query, page, moment=CatalogueEntry.published_at, id=CatalogueEntry.id, write=write)


def access_item(session: Session, item_id: str, version: int | None, now: datetime) -> dict[str, Any]:
    """Write one item with its windows as they are now, or what it said at one version.

    Raises:
        AppError: 404 if there never was one; 410 `withdrawn` with the reason if it was taken away.
    """
    entry = session.get(CatalogueEntry, item_id)
    if entry is None or entry.kind != ITEM or entry.version == 0:
        raise not_found(NAMES[ITEM])
    if entry.state == State.WITHDRAWN:
        raise AppError(Code.WITHDRAWN, 410, "该事项已撤下。", data={"reason": entry.withdrawn_reason})
    older = session.get(CatalogueVersion, (item_id, version)) if version is not None else None
    if version is not None and older is None:
        raise not_found("版本")
    no, at = (older.no, older.published_at) if older else (entry.version, entry.published_at)
    content: dict[str, Any] = older.content if older else entry.content  # type: ignore[assignment]  # it is public
    office = offices_by_id(session, [entry.office_id])[entry.office_id]
    windows = list_windows(session, now, ids=content["windows"])
    return _item(entry, office, content) | {"version": no, "published_at": iso_or_none(at), "windows": windows}


def list_windows(
    session: Session,
    now: datetime,
    *,
    ids: Collection[str] | None = None,
    office: str | None = None,
    town: str | None = None,
    open_now: bool | None = None,
) -> list[dict[str, Any]]:
    """List public windows with whether they are open, in the order of their names."""
    entries = [entry for entry in public_windows(session, ids) if office in {None, entry.office_id}]
    calendar = read_calendar(session)
    offices = offices_by_id(session, [entry.office_id for entry in entries])
    found = [
        _window(entry, offices[entry.office_id]) | {"now": open_state(entry.content or {}, now, calendar)}
        for entry in sorted(entries, key=lambda entry: (entry.title, entry.id))
        if town is None or (entry.content or {})["town"] == town
    ]
    return [each for each in found if open_now in {None, each["now"]["open"]}]


def list_office_entries(session: Session, actor: Actor, kind: str, *, page: Page) -> dict[str, Any]:
    """List the entries of the actor's offices in all states, newest first."""
    mine = CatalogueEntry.office_id.in_(clerk_offices(actor))
    query = sa.select(CatalogueEntry).where(CatalogueEntry.kind == kind, mine)
    write = in_order(lambda rows: present_entries(session, rows))
    return paged(session, query, page, moment=CatalogueEntry.created_at, id=CatalogueEntry.id, write=write)


def access_office_entry(
    session: Session, actor: Actor, kind: str, entry_id: str, *, lock: bool = False
) -> CatalogueEntry:
    """Return an entry of one of the actor's offices, locked if it is to be changed; 404 for any other."""
    entry = session.get(CatalogueEntry, entry_id, with_for_update=lock or None)
    if entry is None or entry.kind != kind or entry.office_id not in clerk_offices(actor):
        raise not_found(NAMES[kind])
    return entry


def clerk_offices(actor: Actor) -> frozenset[str]:
    """Return the offices whose entries this person writes today."""
    return frozenset(grant.office for grant in actor.grants if grant.role is Role.OFFICE_CLERK and grant.office)


def load_entries(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render the headers of entries for their office: what they say is long, and asked for where it is read."""
    if audience is not Audience.STAFF:
        return {}
    return _headers(session, session.scalars(sa.select(CatalogueEntry).where(CatalogueEntry.id.in_(ids))).all())


def present_entries(session: Session, entries: Sequence[CatalogueEntry]) -> Written:
    """Write entries as their office works on them, by id."""
    written = _headers(session, entries)
    for entry in entries:
        written[entry.id] |= {"content": entry.content, "draft": entry.draft}
    return written


def _headers(session: Session, entries: Sequence[CatalogueEntry]) -> Written:
    offices = offices_by_id(session, [entry.office_id for entry in entries])
    names = names_of(session, [person for entry in entries for person in (entry.draft_author, entry.approved_by)])
    return {
        entry.id: {
            "id": entry.id,
            "ver": entry.ver,
            "kind": entry.kind,
            "state": entry.state,
            "version": entry.version,
            "office": _named(offices[entry.office_id]),
            "title": entry.title,
            "draft_author": present_person_or_none(entry.draft_author, names),
            "approved_by": present_person_or_none(entry.approved_by, names),
            "published_at": iso_or_none(entry.published_at),
            "withdrawn_reason": entry.withdrawn_reason,
            "allowed": allowed(State(entry.state), has_draft=entry.draft is not None),
            "created_at": iso(entry.created_at),
            "updated_at": iso(entry.updated_at),
        }
        for entry in entries
    }


def _cards(session: Session, entries: Sequence[CatalogueEntry]) -> Written:
    offices = offices_by_id(session, [entry.office_id for entry in entries])
    return {entry.id: _card(entry, offices[entry.office_id], entry.content or {}) for entry in entries}


def _card(entry: CatalogueEntry, office: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in _PLAIN} | {
        "id": entry.id,
        "version": entry.version,
        "office": _named(office),
        "category_name": CATEGORIES[content["category"]],
        "event_name": EVENTS.get(content["event"]),
        "time_words": time_words(content),
        "fee_words": fee_words(content),
        "published_at": iso_or_none(entry.published_at),
    }


def _item(entry: CatalogueEntry, office: Mapping[str, Any], content: Mapping[str, Any]) -> dict[str, Any]:
    materials = [
        each | {"form_name": FORMS[each["form"]], "words": material_words(each)} for each in content["materials"]
    ]
    return _card(entry, office, content) | {name: content[name] for name in _REST} | {"materials": materials}


def _window(entry: CatalogueEntry, office: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": entry.id, "version": entry.version, "office": _named(office)} | (entry.content or {})


def _named(office: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": office["id"], "name": office["name"]}
