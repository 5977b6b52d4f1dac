"""The demo's outlines fill the district once, and shapes of alerts meet the towns that they should."""

from __future__ import annotations

import itertools
import math
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shapely
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backend.district.geography import as_geojson, circle_shape, covers, polygon_shape, town_at, towns_touching
from backend.district.models import Town

_DEMO = Path(__file__).parents[1] / "demo" / "data"
_TOWNS: list[dict[str, Any]] = tomllib.loads((_DEMO / "towns.toml").read_text(encoding="utf-8"))["town"]
_CASES: list[dict[str, Any]] = tomllib.loads((_DEMO / "cases.toml").read_text(encoding="utf-8"))["case"]
_DISTRICT = shapely.union_all([polygon_shape(text) for town in _TOWNS for text in town["outline"]])

_points = st.tuples(st.floats(31.25, 31.55), st.floats(121.25, 121.55))


def outline_of(town: str) -> str:
    return str(next(row for row in _TOWNS if row["id"] == town)["outline"][0])


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """The demo's towns in a database of their own."""
    engine = sa.create_engine("sqlite://")
    Town.__table__.create(engine)  # type: ignore[attr-defined]  # a table, whatever its type says
    with Session(engine) as session:
        session.add_all(Town(**row) for row in _TOWNS)
        session.add(Town(id="nowhere", name="无界镇", name_en="Nowhere", position=99, lat=31.4, lon=121.4))
        session.flush()
        yield session


def test_the_towns_tile_the_district_without_gap_or_overlap() -> None:
    assert _DISTRICT.geom_type == "Polygon"
    assert not shapely.get_num_interior_rings(_DISTRICT)
    lands = [polygon_shape(outline_of(row["id"])) for row in _TOWNS]
    for one, other in itertools.combinations(lands, 2):
        assert one.intersection(other).area == pytest.approx(0, abs=1e-12)


def test_each_town_has_its_own_centre_and_its_own_cases(session: Session) -> None:
    for row in _TOWNS:
        assert town_at(session, row["lat"], row["lon"]) == row["id"]
    for case in _CASES:
        if "lat" in case:
            assert town_at(session, case["lat"], case["lon"]) == case["town"]


@given(_points)
def test_a_position_is_in_a_town_exactly_when_it_is_in_the_district(
    session: Session, point: tuple[float, float]
) -> None:
    assert (town_at(session, *point) is not None) == covers(_DISTRICT, *point)


@given(_points)
def test_the_town_of_a_position_is_touched_by_a_circle_around_it(session: Session, point: tuple[float, float]) -> None:
    town = town_at(session, *point)
    touched = towns_touching(session, circle_shape(*point, 0.5))
    assert town is None or town in touched


def test_outside_the_district_there_is_no_town(session: Session) -> None:
    for place in ((31.2304, 121.4737), (31.63, 121.40), (39.9, 116.4), (-90, 180)):
        assert town_at(session, *place) is None


def test_a_border_has_one_town_the_first_in_order(session: Session) -> None:
    # A corner that Youyilu, Wusong and Yanghang share.
    assert town_at(session, 31.3836, 121.4725) == "youyilu"


def test_an_area_that_is_one_town_touches_no_neighbour(session: Session) -> None:
    for row in _TOWNS:
        assert towns_touching(session, polygon_shape(row["outline"][0])) == [row["id"]]


def test_an_area_over_all_touches_all_but_the_town_without_ground(session: Session) -> None:
    everything = polygon_shape("31,121 31,122 32,122 32,121 31,121")
    assert towns_touching(session, everything) == [row["id"] for row in _TOWNS]


def test_a_circle_of_nothing_is_a_point(session: Session) -> None:
    assert towns_touching(session, circle_shape(31.413, 121.345, 0)) == ["luodian"]
    assert towns_touching(session, circle_shape(31.2, 121.3, 0)) == []


@given(_points, st.floats(0.05, 30), st.floats(0, 2 * math.pi), st.floats(0, 0.995))
def test_nobody_inside_a_circle_is_left_out(
    point: tuple[float, float], radius: float, turn: float, share: float
) -> None:
    north, east = radius * share * math.sin(turn), radius * share * math.cos(turn)
    lat = point[0] + north / 111.195
    lon = point[1] + east / (111.195 * math.cos(math.radians(point[0])))
    assert covers(circle_shape(*point, radius), lat, lon)


def test_a_circle_ends_where_it_should() -> None:
    circle = circle_shape(31.4, 121.4, 2)
    assert not covers(circle, 31.4 + 2.02 / 111.195, 121.4)
    assert not covers(circle, 31.4, 121.4 + 2.02 / (111.195 * math.cos(math.radians(31.4))))


def test_a_polygon_that_crosses_itself_counts_all_that_it_encloses() -> None:
    bow = polygon_shape("31.3,121.3 31.5,121.5 31.3,121.5 31.5,121.3 31.3,121.3")
    assert covers(bow, 31.32, 121.4) or covers(bow, 31.4, 121.32)
    assert covers(bow, 31.48, 121.4) or covers(bow, 31.4, 121.48)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31.3,121.3",
        "31.3,121.3 31.5,121.5 31.3,121.3",  # three points
        "31.3,121.3 31.5,121.5 31.3,121.5 31.4,121.4",  # open
        "31.3,121.3 31.4,121.4 31.5,121.5 31.3,121.3",  # a line
        "31.3;121.3 31.5;121.5 31.3;121.5 31.3;121.3",
        "91,121.3 31.5,121.5 31.3,121.5 91,121.3",
        "nan,inf 31.5,121.5 31.3,121.5 nan,inf",
        "31.3,121.3  31.5,121.5 31.3,121.5 31.3,121.3",
    ],
)
def test_what_is_no_polygon_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # there is nothing more to say about it
        polygon_shape(text)


def test_geojson_has_longitude_first() -> None:
    written = as_geojson(["31.3,121.3 31.5,121.5 31.3,121.5 31.3,121.3"])
    assert written == {
        "type": "MultiPolygon",
        "coordinates": [[[[121.3, 31.3], [121.5, 31.5], [121.5, 31.3], [121.3, 31.3]]]],
    }
