"""Converting positions between the three datums in use in China.

WGS-84 is what receivers and open standards speak. GCJ-02 is the shifted datum that Chinese maps must use; BD-09 is
Baidu's further shift of it. No authority publishes either; the formulas here are the ones that are public knowledge
and agree with the published samples in the tests. Everything inside the house is WGS-84, and this is the only place
that converts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from enum import StrEnum

Point = tuple[float, float]

# The ellipsoid of Krasovsky 1940, on which GCJ-02 computes its shift: semi-major axis in metres, eccentricity squared.
_AXIS_M = 6_378_245.0
_ECCENTRICITY2 = 0.006_693_421_622_965_943
_BD_TURN = math.pi * 3000.0 / 180.0
_BD_LAT, _BD_LON = 0.006, 0.0065
# The rectangle in which maps shift. It is coarse: the sea and parts of the neighbours lie within.
_SOUTH, _NORTH, _WEST, _EAST = 0.8293, 55.8271, 72.004, 137.8347
# About a tenth of a millimetre. Each round of the iteration gains two digits or more, so ten are plenty.
_NEAR_DEGREES, _MOST_ROUNDS = 1e-9, 10


class Datum(StrEnum):
    """What a pair of degrees refers to."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def from_wgs84(lat: float, lon: float, datum: Datum) -> Point:
    """Convert WGS-84 degrees into another datum; outside China all datums are the same."""
    if datum is Datum.WGS84 or not _in_china(lat, lon):
        return lat, lon
    return _SHIFTS[datum](lat, lon)


def to_wgs84(lat: float, lon: float, datum: Datum) -> Point:
    """Convert degrees of another datum into WGS-84, to well under a metre; outside China they stay as they are.

    The shift has no closed inverse: the point that is shifted to where we are is approached step by step. Within a
    kilometre of the edge of the rectangle (far at sea and abroad) a position may belong to either side of it.
    """
    if datum is Datum.WGS84 or not _in_china(lat, lon):
        return lat, lon
    return _unshift(_SHIFTS[datum], lat, lon)


def _unshift(shift: Callable[[float, float], Point], lat: float, lon: float) -> Point:
    guess_lat, guess_lon = lat, lon
    for _ in range(_MOST_ROUNDS):
        there_lat, there_lon = shift(guess_lat, guess_lon)
        off_lat, off_lon = lat - there_lat, lon - there_lon
        guess_lat, guess_lon = guess_lat + off_lat, guess_lon + off_lon
        if abs(off_lat) < _NEAR_DEGREES and abs(off_lon) < _NEAR_DEGREES:
            break
    return guess_lat, guess_lon


def _in_china(lat: float, lon: float) -> bool:
    return _SOUTH <= lat <= _NORTH and _WEST <= lon <= _EAST


def _to_gcj02(lat: float, lon: float) -> Point:
    north_m, east_m = _shift_m(lon - 105.0, lat - 35.0)
    angle = math.radians(lat)
    bend = 1.0 - _ECCENTRICITY2 * math.sin(angle) ** 2
    meridian_m = _AXIS_M * (1.0 - _ECCENTRICITY2) / bend**1.5
    parallel_m = _AXIS_M * math.cos(angle) / math.sqrt(bend)
    return lat + math.degrees(north_m / meridian_m), lon + math.degrees(east_m / parallel_m)


def _shift_m(x: float, y: float) -> Point:
    """Say how far a place is shifted to the north and to the east, in metres, from degrees off 105 °E 35 °N."""
    root, both = math.sqrt(abs(x)), _waves(x, (20.0, 6.0), (20.0, 2.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root
    north += both + _waves(y, (20.0, 1.0), (40.0, 1 / 3)) + _waves(y, (160.0, 1 / 12), (320.0, 1 / 30))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root
    east += both + _waves(x, (20.0, 1.0), (40.0, 1 / 3)) + _waves(x, (150.0, 1 / 12), (300.0, 1 / 30))
    return north, east


def _waves(along: float, *waves: tuple[float, float]) -> float:
    """Add up waves of (height, turns per degree times two), two thirds of each."""
    return sum(height * math.sin(along * turns * math.pi) for height, turns in waves) * 2.0 / 3.0


def _to_bd09(lat: float, lon: float) -> Point:
    y, x = _to_gcj02(lat, lon)
    far = math.hypot(x, y) + 0.00002 * math.sin(y * _BD_TURN)
    angle = math.atan2(y, x) + 0.000003 * math.cos(x * _BD_TURN)
    return far * math.sin(angle) + _BD_LAT, far * math.cos(angle) + _BD_LON


_SHIFTS: dict[Datum, Callable[[float, float], Point]] = {Datum.GCJ02: _to_gcj02, Datum.BD09: _to_bd09}
