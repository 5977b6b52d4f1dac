"""Where a request is about: one point in WGS-84, and the town it lies in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.district.datum import Datum, to_wgs84
from backend.district.geography import town_at
from backend.district.queries import demand_town

OUTSIDE_WORDS = "这个地点不在本区范围内，诉求照常收下；如需由所在区办理，受理台会告诉您去处。"


@dataclass(frozen=True, slots=True)
class Where:
    """A place as it is kept. `datum` is the one it was given in."""

    lat: float | None
    lon: float | None
    datum: str | None
    town: str | None
    outside: bool


def find_place(session: Session, lat: float | None, lon: float | None, datum: str, town: str | None) -> Where:
    """Return the point in WGS-84 and its town; a point in the district knows better than who picks from a list.

    Raises:
        AppError: 422 for a town that there is not.
    """
    if town is not None:
        demand_town(session, town)
    if lat is None or lon is None:
        return Where(None, None, None, town, outside=False)
    lat, lon = to_wgs84(lat, lon, Datum(datum))
    found = town_at(session, lat, lon)
    return Where(lat, lon, datum, found or town, outside=found is None)
