"""Places on the map of the district: which town a position lies in, and which towns an area covers part of.

All degrees are WGS-84 (`datum.py` converts the others). Shapes are shapely's, with x for longitude and y for latitude;
texts are written as in CAP 1.2: "lat,lon lat,lon …" for a polygon, "lat,lon radius" with kilometres for a circle.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import shapely
import sqlalchemy as sa
from shapely import affinity
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from backend.district.models import Town

# Of a degree of latitude on the mean sphere, 6,371 km in radius.
_KM_A_DEGREE = 111.195
_QUARTER = 16
# Square degrees, about a square metre: less is a line drawn with rounded digits.
_LEAST_AREA = 1e-10
_POINT = re.compile(r"(-?[0-9]{1,2}(?:\.[0-9]{1,12})?),(-?[0-9]{1,3}(?:\.[0-9]{1,12})?)")


def town_at(session: Session, lat: float, lon: float) -> str | None:
    """Return the town that a position lies in, None outside the district.

    A border belongs to the first town on it, in their order, so that each position has one town.
    """
    here = shapely.Point(lon, lat)
    return next((town for town, land in _lands(session) if land.intersects(here)), None)


def towns_touching(session: Session, shape: BaseGeometry) -> list[str]:
    """List the towns that have ground in common with a shape, in their order; a mere border in common is none."""
    return [town for town, land in _lands(session) if _shares_ground(land, shape)]


def covers(shape: BaseGeometry, lat: float, lon: float) -> bool:
    """Tell whether a position lies in a shape or on its edge."""
    return bool(shape.intersects(shapely.Point(lon, lat)))


@lru_cache(maxsize=512)
def polygon_shape(text: str) -> BaseGeometry:
    """Make the shape of a polygon; what crosses itself is repaired so that all that it encloses counts.

    Raises:
        ValueError: for text that is no closed polygon of at least four points, or that encloses nothing.
    """
    points = read_points(text)
    if len(points) < 4 or points[0] != points[-1]:
        raise ValueError(text[:40])
    shape = outline_shape(points)
    if shape.area < _LEAST_AREA:
        raise ValueError(text[:40])
    shapely.prepare(shape)
    return shape


def outline_shape(corners: Sequence[Sequence[float]]) -> BaseGeometry:
    """Make the shape that at least three corners enclose, each a latitude and a longitude."""
    return shapely.make_valid(shapely.Polygon([(lon, lat) for lat, lon in corners]))


@lru_cache(maxsize=512)
def circle_shape(lat: float, lon: float, radius_km: float) -> BaseGeometry:
    """Make the shape of a circle: a polygon drawn around it, so that nobody inside the circle is left out.

    A radius of nothing is a point, as CAP allows.
    """
    if not radius_km:
        return shapely.Point(lon, lat)
    tall = radius_km / _KM_A_DEGREE / math.cos(math.pi / (4 * _QUARTER))
    # Towards the poles the meridians close up; no district lies there, and a circle must not become endless.
    wide = tall / max(math.cos(math.radians(lat)), 0.01)
    shape = affinity.scale(shapely.Point(lon, lat).buffer(1.0, quad_segs=_QUARTER), wide, tall)
    shapely.prepare(shape)
    return shape


def read_points(text: str) -> list[tuple[float, float]]:
    """Read "lat,lon lat,lon …" as pairs of latitude and longitude.

    Raises:
        ValueError: for anything else, and for degrees that there are not.
    """
    points = []
    for pair in text.split(" "):
        found = _POINT.fullmatch(pair)
        if found is None:
            raise ValueError(pair[:40])
        lat, lon = float(found[1]), float(found[2])
        if abs(lat) > 90 or abs(lon) > 180:
            raise ValueError(pair[:40])
        points.append((lat, lon))
    return points


def as_geojson(outline: Iterable[str]) -> dict[str, Any]:
    """Write an outline as a GeoJSON MultiPolygon (RFC 7946), longitude first."""
    rings = [[[[lon, lat] for lat, lon in read_points(text)]] for text in outline]
    return {"type": "MultiPolygon", "coordinates": rings}


def _shares_ground(land: BaseGeometry, shape: BaseGeometry) -> bool:
    return bool(land.intersects(shape)) and (not shape.area or not land.touches(shape))


def _lands(session: Session) -> list[tuple[str, BaseGeometry]]:
    rows = session.execute(sa.select(Town.id, Town.outline).order_by(Town.position, Town.id))
    return [(town, _land(tuple(outline))) for town, outline in rows]


@lru_cache(maxsize=256)
def _land(outline: tuple[str, ...]) -> BaseGeometry:
    """Make the shape of a town, once for each outline: it is asked of for every case and alert."""
    land = shapely.union_all([polygon_shape(text) for text in outline])
    shapely.prepare(land)
    return land
