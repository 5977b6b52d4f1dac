"""Which ground a message covers, and which towns that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from backend.alerts.rules import read_circle
from backend.district.geography import circle_shape, covers, polygon_shape, towns_touching
from backend.district.queries import demand_town
from backend.errors import AppError, invalid

Infos = Sequence[Mapping[str, Any]]
# Codes under this name are towns of the district; CAP leaves the names of codes to whoever uses them.
TOWN_CODE = "town"


def towns_of(session: Session, infos: Infos) -> list[str]:
    """List the towns that a message is about: those its shapes cover part of, and those it names."""
    found = {town for shape in shapes_of(infos) for town in towns_touching(session, shape)}
    return sorted(found | named_towns(infos))


def named_towns(infos: Infos) -> set[str]:
    """Return the towns that a message names by their code."""
    return {code["value"] for area in _areas(infos) for code in area["geocode"] if code["valueName"] == TOWN_CODE}


def shapes_of(infos: Infos) -> Iterator[BaseGeometry]:
    """Give the shapes that a message draws."""
    for area in _areas(infos):
        yield from (polygon_shape(text) for text in area["polygon"])
        yield from (circle_shape(*read_circle(text)) for text in area["circle"])


def is_inside(infos: Infos, lat: float, lon: float) -> bool:
    """Tell whether a position lies in one of the shapes that a message draws."""
    return any(covers(shape, lat, lon) for shape in shapes_of(infos))


def demand_known_towns(session: Session, infos: Infos) -> None:
    """Raise 422 for a town code that is no town's."""
    for number, info in enumerate(infos):
        for place, area in enumerate(info["area"]):
            for position, code in enumerate(area["geocode"]):
                if code["valueName"] == TOWN_CODE:
                    _demand(session, code["value"], f"info.{number}.area.{place}.geocode.{position}.value")


def _demand(session: Session, town: str, field: str) -> None:
    try:
        demand_town(session, town)
    except AppError:
        raise invalid(field, "unknown", "没有这个街镇") from None


def _areas(infos: Infos) -> Iterable[Mapping[str, Any]]:
    return [area for info in infos for area in info["area"]]
