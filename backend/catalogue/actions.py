"""Writing, publishing and withdrawing entries of the catalogue: two people of the office each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from backend.catalogue import rules
from backend.catalogue.models import CatalogueEntry, CatalogueVersion
from backend.catalogue.queries import access_office_entry, clerk_offices, demand_items
from backend.catalogue.rules import ITEM, WINDOW, State
from backend.district.queries import demand_town
from backend.errors import AppError, Code, demand_version, guard_failed, invalid
from backend.ids import new_id
from backend.policy import demand_other_person
from backend.requests.models import Service
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

_EMPTY: dict[str, dict[str, Any]] = {
    ITEM: {
        "event": None,
        "conditions": [],
        "materials": [],
        "steps": [],
        "fees": [],
        "legal_basis": [],
        "windows": [],
        "online_url": None,
        "phone": None,
        "questions": [],
        "service": None,
    },
    WINDOW: {"town": None, "lat": None, "lon": None, "phone": None, "hours": [], "special": [], "note": None},
}


def draft_entry(unit: UnitOfWork, kind: str, *, office: str | None = None, **given: Any) -> CatalogueEntry:
    """Write a new item or window for one of the actor's offices; nobody outside sees it before it is published."""
    draft = _EMPTY[kind] | given
    entry = CatalogueEntry(
        id=new_id(),
        kind=kind,
        ver=0,
        state=State.DRAFT,
        office_id=_choose_office(unit, office),
        version=0,
        title="",
        created_at=unit.now,
        updated_at=unit.now,
    )
    _set_draft(unit, entry, draft)
    unit.session.add(entry)
    _close(unit, entry, "catalogue.drafted")
    return entry


def edit_entry(
    unit: UnitOfWork, kind: str, entry_id: str, given: dict[str, Any], if_match: int | None = None
) -> CatalogueEntry:
    """Change a draft, or begin one from what is public, which stays as it is until the second person publishes.

    While a draft waits only its author changes it, so that whoever approves has written none of it.
    """
    entry = _access(unit, kind, entry_id, if_match)
    rules.demand_move("edit", State(entry.state), has_draft=entry.draft is not None)
    if entry.draft is not None and entry.draft_author != unit.actor.id:
        raise guard_failed("author_only", "同事的修改正等待审核，请先审核或放弃它。")
    _set_draft(unit, entry, (entry.draft or entry.content or {}) | given)
    _close(unit, entry, "catalogue.edited")
    return entry


def publish_entry(unit: UnitOfWork, kind: str, entry_id: str, if_match: int | None = None) -> CatalogueEntry:
    """Put the draft before everybody as the next version, as a second person."""
    entry = _access(unit, kind, entry_id, if_match)
    entry.state = rules.demand_move("publish", State(entry.state), has_draft=entry.draft is not None)
    demand_other_person(unit.actor, [str(entry.draft_author)], "second_person")
    content, author = entry.draft or {}, str(entry.draft_author)
    _demand_sound(unit, entry, content)
    entry.content, entry.draft, entry.draft_author = content, None, None
    entry.version += 1
    entry.published_at, entry.approved_by = unit.now, unit.actor.id
    _name(entry, content)
    version = CatalogueVersion(
        entry_id=entry.id,
        no=entry.version,
        content=entry.content,
        author_id=author,
        approved_by=unit.actor.id,
        published_at=unit.now,
    )
    unit.session.add(version)
    _close(unit, entry, "catalogue.published", no=entry.version)
    return entry


def discard_entry(unit: UnitOfWork, kind: str, entry_id: str, if_match: int | None = None) -> CatalogueEntry:
    """Give up the changes that wait; what is public stays."""
    entry = _access(unit, kind, entry_id, if_match)
    rules.demand_move("discard", State(entry.state), has_draft=entry.draft is not None)
    entry.draft = entry.draft_author = None
    _close(unit, entry, "catalogue.discarded")
    return entry


def withdraw_entry(
    unit: UnitOfWork, kind: str, entry_id: str, *, reason: str, if_match: int | None = None
) -> CatalogueEntry:
    """Take an entry away, with all its versions; articles and notices lose its card in the same moment."""
    entry = _access(unit, kind, entry_id, if_match)
    entry.state = rules.demand_move("withdraw", State(entry.state), has_draft=entry.draft is not None)
    entry.content = entry.draft = entry.draft_author = None
    entry.title, entry.withdrawn_reason = "", reason
    versions = sa.update(CatalogueVersion).where(CatalogueVersion.entry_id == entry.id)
    unit.session.execute(versions.values(content=None))
    _close(unit, entry, "catalogue.withdrawn")
    return entry


def _choose_office(unit: UnitOfWork, office: str | None) -> str:
    own = clerk_offices(unit.actor)
    if office is None:
        if len(own) != 1:
            raise invalid("office", "missing", "请写明是哪个单位的事项")
        return next(iter(own))
    if office not in own:
        raise AppError(Code.OFFICE_FORBIDDEN, 403, "只能编写本单位的办事指南。", data={"office": office})
    return office


def _access(unit: UnitOfWork, kind: str, entry_id: str, if_match: int | None) -> CatalogueEntry:
    entry = access_office_entry(unit.session, unit.actor, kind, entry_id, lock=True)
    demand_version(entry.ver, if_match, "内容已被更新，请先读取最新版本。")
    return entry


def _set_draft(unit: UnitOfWork, entry: CatalogueEntry, draft: Mapping[str, Any]) -> None:
    _demand_sound(unit, entry, draft)
    entry.draft, entry.draft_author = dict(draft), unit.actor.id
    if entry.state == State.DRAFT:
        _name(entry, draft)


def _name(entry: CatalogueEntry, content: Mapping[str, Any]) -> None:
    entry.title = content["title"]
    entry.category, entry.event = content.get("category"), content.get("event")


def _demand_sound(unit: UnitOfWork, entry: CatalogueEntry, draft: Mapping[str, Any]) -> None:
    """Check what no form can: that what is named exists, and that times follow each other."""
    (_demand_item if entry.kind == ITEM else _demand_window)(unit, draft)


def _demand_item(unit: UnitOfWork, draft: Mapping[str, Any]) -> None:
    if draft["promised_days"] > draft["statutory_days"]:
        raise invalid("promised_days", "order", "承诺时限不能长于法定时限")
    if draft["service"] is not None and unit.session.get(Service, draft["service"]) is None:
        raise invalid("service", "unknown", "没有这项服务")
    demand_items(unit.session, draft["windows"], "windows", kind=WINDOW)


def _demand_window(unit: UnitOfWork, draft: Mapping[str, Any]) -> None:
    if draft["town"] is not None:
        demand_town(unit.session, draft["town"])
    if (draft["lat"] is None) != (draft["lon"] is None):
        raise invalid("lon", "mismatch", "经纬度要成对填写")
    _demand_hours("hours", [(each["days"], each) for each in draft["hours"]])
    for number, day in enumerate(draft["special"]):
        _demand_hours(f"special.{number}.hours", [(day["date"], each) for each in day["hours"]])


def _demand_hours(field: str, given: list[tuple[str, Mapping[str, Any]]]) -> None:
    """Raise 422 for hours that end before they begin or overlap with others of the same day."""
    until: dict[str, str] = {}
    for day, each in sorted(given, key=lambda one: (one[0], one[1]["opens"])):
        if each["closes"] <= max(each["opens"], until.get(day, "")) or each["opens"] < until.get(day, ""):
            raise invalid(field, "order", "办公时段要先开后关，互不重叠")
        until[day] = each["closes"]


def _close(unit: UnitOfWork, entry: CatalogueEntry, event: str, **data: Any) -> None:
    entry.ver += 1
    entry.updated_at = unit.now
    unit.session.flush()
    facts = {"office": entry.office_id, "kind": entry.kind, "state": str(entry.state)}
    unit.record(event, entry.id, entry.ver, **facts, **data)
    # In every state: a colleague's list has what was withdrawn, too.
    unit.place("catalogue_entry", entry.id, entry.ver, {streams.notices_desk(entry.office_id)})
