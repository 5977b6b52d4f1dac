"""Reading and checking reference data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.district.geography import as_geojson
from backend.district.models import Desk, Office, Section, Town, Unit
from backend.errors import invalid


def list_sections(session: Session) -> list[dict[str, Any]]:
    """List the sections in their order."""
    rows = session.scalars(sa.select(Section).order_by(Section.position, Section.id))
    return [{"id": row.id, "name": row.name, "name_en": row.name_en, "position": row.position} for row in rows]


def list_towns(session: Session) -> list[dict[str, Any]]:
    """List the towns in their order."""
    rows = session.scalars(sa.select(Town).order_by(Town.position, Town.id))
    return [{"id": row.id, "name": row.name, "name_en": row.name_en} for row in rows]


def map_of_towns(session: Session) -> list[dict[str, Any]]:
    """List the towns with their centres and outlines, for a map."""
    rows = session.scalars(sa.select(Town).order_by(Town.position, Town.id))
    return [_mapped(row) for row in rows]


def _mapped(town: Town) -> dict[str, Any]:
    names = {"id": town.id, "name": town.name, "name_en": town.name_en}
    return names | {"lat": town.lat, "lon": town.lon, "outline": as_geojson(town.outline)}


def list_offices(session: Session) -> list[dict[str, Any]]:
    """List the offices."""
    return [present_office(row) for row in session.scalars(sa.select(Office).order_by(Office.id))]


def list_units(session: Session) -> list[dict[str, Any]]:
    """List the media of the house in their order."""
    rows = session.scalars(sa.select(Unit).order_by(Unit.position, Unit.id))
    return [{"id": row.id, "name": row.name, "name_en": row.name_en, "kind": row.kind} for row in rows]


def desks_by_unit(session: Session) -> dict[str | None, list[dict[str, Any]]]:
    """Write the desks by the unit they belong to; those that serve all are under None."""
    found: dict[str | None, list[dict[str, Any]]] = {}
    for row in session.scalars(sa.select(Desk).order_by(Desk.id)):
        found.setdefault(row.unit, []).append({"id": row.id, "name": row.name, "sla": row.sla})
    return found


def list_desk_names(session: Session) -> list[dict[str, Any]]:
    """Write every desk by its name alone."""
    return [{"id": row.id, "name": row.name} for row in session.scalars(sa.select(Desk).order_by(Desk.id))]


def present_office(office: Office) -> dict[str, Any]:
    """Write an office."""
    return {"id": office.id, "name": office.name, "name_en": office.name_en}


def offices_by_id(session: Session, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Write the offices with these ids."""
    rows = session.scalars(sa.select(Office).where(Office.id.in_(set(ids))))
    return {row.id: present_office(row) for row in rows}


def demand_section(session: Session, section_id: str) -> None:
    """Raise 422 unless there is such a section."""
    if session.get(Section, section_id) is None:
        raise invalid("section", "unknown", "没有这个栏目")


def demand_towns(session: Session, town_ids: Sequence[str]) -> None:
    """Raise 422 unless there are all these towns."""
    known = set(session.scalars(sa.select(Town.id).where(Town.id.in_(town_ids))))
    for position, town_id in enumerate(town_ids):
        if town_id not in known:
            raise invalid(f"towns.{position}", "unknown", "没有这个街镇")


def demand_sections(session: Session, section_ids: Sequence[str], field: str) -> None:
    """Raise 422 unless there are all these sections."""
    known = set(session.scalars(sa.select(Section.id).where(Section.id.in_(section_ids))))
    for position, section_id in enumerate(section_ids):
        if section_id not in known:
            raise invalid(f"{field}.{position}", "unknown", "没有这个栏目")


def demand_town(session: Session, town_id: str) -> None:
    """Raise 422 unless there is such a town."""
    if session.get(Town, town_id) is None:
        raise invalid("town", "unknown", "没有这个街镇")


def demand_office(session: Session, office_id: str, field: str = "office") -> None:
    """Raise 422 unless there is such an office."""
    if session.get(Office, office_id) is None:
        raise invalid(field, "unknown", "没有这个单位")


def demand_desk(session: Session, desk_id: str) -> None:
    """Raise 422 unless there is such a desk."""
    if session.get(Desk, desk_id) is None:
        raise invalid("desk", "unknown", "没有这个工作台")
