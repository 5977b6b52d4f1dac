"""The names of the district by which an item is known to be about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso_or_none
from backend.district.models import Town
from backend.errors import demand_version, not_found
from backend.oversight.monitoring.models import TownPlaces
from backend.oversight.monitoring.rules import Place, town_names
from backend.unit_of_work import UnitOfWork


def gazetteer_of(session: Session) -> list[Place]:
    """List every name of the district: towns in full and in short, and the places noted with them."""
    noted = {row.town_id: row.names for row in session.scalars(sa.select(TownPlaces))}
    found: list[Place] = []
    for town in session.scalars(sa.select(Town).order_by(Town.position, Town.id)):
        names = dict.fromkeys([*town_names(town.name), *noted.get(town.id, [])])
        found += [Place(name, town.id) for name in names]
    return found


def list_places(session: Session) -> dict[str, Any]:
    """Write each town with the places that are noted with it."""
    noted = {row.town_id: row for row in session.scalars(sa.select(TownPlaces))}
    towns = session.scalars(sa.select(Town).order_by(Town.position, Town.id)).all()
    return {"items": [_write(town, noted.get(town.id)) for town in towns]}


def access_places(session: Session, town_id: str) -> dict[str, Any]:
    """Write one town with its places; 404 if there is none."""
    town = session.get(Town, town_id)
    if town is None:
        raise not_found("街镇")
    return _write(town, session.get(TownPlaces, town_id))


def _write(town: Town, noted: TownPlaces | None) -> dict[str, Any]:
    return {
        "id": town.id,
        "ver": noted.ver if noted else 0,
        "name": town.name,
        "called": town_names(town.name),
        "names": noted.names if noted else [],
        "updated_at": iso_or_none(noted.updated_at if noted else None),
    }


def set_places(unit: UnitOfWork, town_id: str, names: Sequence[str], if_match: int | None = None) -> None:
    """Note what places of a town are called, in the place of what was noted before."""
    if unit.session.get(Town, town_id) is None:
        raise not_found("街镇")
    row = unit.session.get(TownPlaces, town_id, with_for_update=True)
    demand_version(row.ver if row else 0, if_match, "地名刚被同事改过，请先读取最新的。")
    if row is None:
        row = TownPlaces(town_id=town_id, ver=0, names=[], updated_at=unit.now)
        unit.session.add(row)
    row.names, row.ver, row.updated_at = list(dict.fromkeys(names)), row.ver + 1, unit.now
    unit.session.flush()
    unit.record("town_places.set", town_id, row.ver, names=len(row.names))
