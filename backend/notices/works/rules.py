"""What may happen to planned works, when they are on, what they are called, and whether a place lies in them.

No database here. Distances are great-circle ones on the mean sphere of 6,371,008.8 m (IUGG), good to half a per cent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from backend.clock import SHANGHAI, local_day
from backend.district.geography import covers, outline_shape
from backend.errors import AppError, Code

_SPHERE_M = 6_371_008.8


class State(StrEnum):
    """Where works are on their way; when they are on is told by the clock."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


class Phase(StrEnum):
    """What the clock says of published works."""

    UPCOMING = "upcoming"
    ON = "on"
    OVER = "over"


KINDS: dict[str, str] = {"water": "停水", "power": "停电", "gas": "停气", "road": "道路施工"}
_RESUMES = {"water": "恢复供水", "power": "恢复供电", "gas": "恢复供气", "road": "恢复通行"}

TRANSITIONS: dict[str, dict[State, State]] = {
    "edit": {State.DRAFT: State.DRAFT},
    "publish": {State.DRAFT: State.PUBLISHED},
    "extend": {State.PUBLISHED: State.PUBLISHED},
    "end": {State.PUBLISHED: State.ENDED},
    "close": {State.PUBLISHED: State.ENDED},
    "withdraw": {State.DRAFT: State.WITHDRAWN, State.PUBLISHED: State.WITHDRAWN},
}
_WORDS = {
    State.DRAFT: "尚未发布",
    State.PUBLISHED: "已经发布",
    State.ENDED: "已经结束",
    State.WITHDRAWN: "已经撤回",
}


def allowed(state: State) -> list[str]:
    """List what can be done to works in this state; `close` is the clock's."""
    return [command for command, moves in TRANSITIONS.items() if state in moves and command != "close"]


def demand_move(command: str, state: State) -> State:
    """Return the state that `command` leads to.

    Raises:
        AppError: 409 `illegal_state` when it leads nowhere from here.
    """
    if state not in TRANSITIONS[command]:
        data = {"state": str(state), "allowed": allowed(state)}
        raise AppError(Code.ILLEGAL_STATE, 409, f"这项计划施工{_WORDS[state]}，不能这样操作。", data=data)
    return TRANSITIONS[command][state]


def phase_at(begins: datetime, ends: datetime, ended: datetime | None, now: datetime) -> Phase:
    """Tell by the clock whether works are still to come, on, or over."""
    if now >= (ended or ends):
        return Phase.OVER
    return Phase.ON if now >= begins else Phase.UPCOMING


@dataclass(frozen=True, slots=True)
class Area:
    """Where works are: towns, and within them a circle or a polygon where one was drawn."""

    towns: Sequence[str] = ()
    circle: tuple[float, float, int] | None = None
    polygon: Sequence[Sequence[float]] | None = None


@dataclass(frozen=True, slots=True)
class Where:
    """Where somebody is: a position, or the town at least."""

    town: str | None = None
    lat: float | None = None
    lon: float | None = None


def touches(area: Area, where: Where) -> bool | None:
    """Tell whether works are where somebody is; None where only the town is known and the works are in a part of it."""
    drawn = area.circle is not None or area.polygon is not None
    if drawn and where.lat is not None and where.lon is not None:
        return _contains(area, where.lat, where.lon)
    if where.town is None or where.town not in area.towns:
        return False
    return None if drawn else True


def _contains(area: Area, lat: float, lon: float) -> bool:
    if area.circle is not None:
        centre_lat, centre_lon, radius = area.circle
        return distance_m(centre_lat, centre_lon, lat, lon) <= radius
    return area.polygon is not None and covers(outline_shape(area.polygon), lat, lon)


def distance_m(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Return the distance of two positions in metres, by the haversine formula."""
    north, east = math.radians(lat2 - lat1), math.radians(lon2 - lon1)
    half = math.sin(north / 2) ** 2
    half += math.cos(math.radians(lat1)) * math.cos(math.radians(lat2)) * math.sin(east / 2) ** 2
    return 2 * _SPHERE_M * math.asin(math.sqrt(half))


def known_words(
    kind: str, place: str, ends: datetime, now: datetime, *, sure: bool, notice: Mapping[str, str | None] | None
) -> str:
    """Say what a citizen is told at the moment of filing, as 已知：密山二村停水，预计今天18:00恢复供水……."""
    where = f"{place}{KINDS[kind]}" if sure else f"您所在街镇的{place}{KINDS[kind]}"
    words = f"已知：{where}，预计{moment_words(ends, now)}{_RESUMES[kind]}"
    if notice is None:
        return f"{words}。"
    number = f"（{notice['doc_no'] or notice['index_no']}）"
    return f"{words}，详见公告《{notice['title']}》{number}。"


def moment_words(moment: datetime, now: datetime) -> str:
    """Say when, without the day if it is today."""
    there = moment.astimezone(SHANGHAI)
    if local_day(moment) == local_day(now):
        return f"今天{there:%H:%M}"
    return f"{there.month}月{there.day}日{there:%H:%M}"
