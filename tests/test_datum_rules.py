"""The datums agree with what is published of them, and the way back meets the way there."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.district.datum import Datum, Point, from_wgs84, to_wgs84

# From the tests of eviltransform (github.com/googollee/eviltransform): Shanghai, Shenzhen, Beijing.
_WGS_AND_GCJ = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]
# What Baidu's own geoconv service answers for the point of its documentation, and what wandergis/coordtransform and its
# ports print for 39.915, 116.404.
_WGS_AND_BD = [
    ((29.575429778924, 114.21892734521), (29.57908428837437, 114.2307519546763)),
    ((39.915, 116.404), (39.922699552216216, 116.41662724378733)),
]
_ABROAD = [(48.8566, 2.3522), (35.6812, 139.7671), (-33.8688, 151.2093), (40.7128, -74.006), (0.0, 0.0)]

# Baoshan and what lies around it, and the whole of the country a little inside the rectangle of the shift.
_near = st.tuples(st.floats(31.2, 31.6), st.floats(121.2, 121.6))
_far = st.tuples(st.floats(1.0, 55.6), st.floats(72.2, 137.6))
_shifted = st.sampled_from([Datum.GCJ02, Datum.BD09])


def metres(here: Point, there: Point) -> float:
    """The distance of two near points in metres."""
    north = (there[0] - here[0]) * 111_320
    east = (there[1] - here[1]) * 111_320 * math.cos(math.radians(here[0]))
    return math.hypot(north, east)


@pytest.mark.parametrize(("wgs", "gcj"), _WGS_AND_GCJ)
def test_gcj02_is_the_published_one(wgs: Point, gcj: Point) -> None:
    assert metres(from_wgs84(*wgs, Datum.GCJ02), gcj) < 0.05
    assert metres(to_wgs84(*gcj, Datum.GCJ02), wgs) < 0.05


def test_gcj02_is_the_published_one_to_the_last_digit() -> None:
    assert from_wgs84(39.915, 116.404, Datum.GCJ02) == pytest.approx((39.91640428150164, 116.41024449916938), abs=1e-12)


@pytest.mark.parametrize(("wgs", "bd"), _WGS_AND_BD)
def test_bd09_is_the_published_one(wgs: Point, bd: Point) -> None:
    assert metres(from_wgs84(*wgs, Datum.BD09), bd) < 1.0
    assert metres(to_wgs84(*bd, Datum.BD09), wgs) < 1.0


@pytest.mark.parametrize("datum", Datum)
@pytest.mark.parametrize("point", _ABROAD)
def test_abroad_nothing_is_shifted(point: Point, datum: Datum) -> None:
    assert from_wgs84(*point, datum) == point
    assert to_wgs84(*point, datum) == point


@given(_near, _shifted)
def test_there_and_back_in_the_district_is_the_same_place(point: Point, datum: Datum) -> None:
    assert metres(to_wgs84(*from_wgs84(*point, datum), datum), point) < 0.01


@given(_far, _shifted)
def test_there_and_back_anywhere_in_the_country_is_within_a_metre(point: Point, datum: Datum) -> None:
    assert metres(to_wgs84(*from_wgs84(*point, datum), datum), point) < 1.0


@given(_near, _shifted)
def test_back_and_there_is_the_same_place(point: Point, datum: Datum) -> None:
    assert metres(from_wgs84(*to_wgs84(*point, datum), datum), point) < 0.01


@given(_near, _shifted)
def test_a_shift_is_some_hundreds_of_metres(point: Point, datum: Datum) -> None:
    """A datum that is forgotten shows: everything lies in another street."""
    assert 300 < metres(from_wgs84(*point, datum), point) < 1_500


@given(_far)
def test_wgs84_stays_what_it_is(point: Point) -> None:
    assert from_wgs84(*point, Datum.WGS84) == to_wgs84(*point, Datum.WGS84) == point
