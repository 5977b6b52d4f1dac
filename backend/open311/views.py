"""What of a request may be shown to whom, and in which words. No database here.

Everybody reads status, service, town and times. What the citizen wrote, the exact place and pictures are shown when an
approved public version of it exists, and to the client that filed it.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.requests.rules import OPEN, State


@dataclass(frozen=True, slots=True)
class Area:
    """A town as the coarse place of something in it, with its centre in WGS-84 degrees."""

    id: str
    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Content:
    """What a citizen said and where."""

    text: str
    address: str | None
    lat: float | None
    lon: float | None
    media_url: str | None = None


@dataclass(frozen=True, slots=True)
class View:
    """The parts of a request that depend on who reads."""

    description: str | None
    address: str | None
    address_id: str | None
    lat: float | None
    lon: float | None
    media_url: str | None


DISTRICT = "上海市宝山区"


def public_view(area: Area | None, twin: Content | None = None) -> View:
    """Return what everybody may read: the approved public version, or else only the town that it is in.

    The one place that decides what of a citizen's request Open311 makes public.
    """
    if twin is None:
        twin = Content("", None, None, None)
    exact = twin.lat is not None and twin.lon is not None
    return View(
        description=twin.text or None,
        address=twin.address or (f"{area.name}，{DISTRICT}" if area else DISTRICT),
        address_id=area.id if area else None,
        lat=twin.lat if exact else area.lat if area else None,
        lon=twin.lon if exact else area.lon if area else None,
        media_url=twin.media_url,
    )


def own_view(content: Content, area: Area | None) -> View:
    """Return what the client that filed a request may read of it: all that it sent."""
    exact = content.lat is not None
    return View(
        description=content.text,
        address=content.address or (f"{area.name}，{DISTRICT}" if area else None),
        address_id=area.id if area else None,
        lat=content.lat if exact else area.lat if area else None,
        lon=content.lon if exact else area.lon if area else None,
        media_url=content.media_url,
    )


def status_of(state: str) -> str:
    """Return the standard's word for a state: closed when the house has no more to do with it."""
    return "open" if state in OPEN else "closed"


STATES = {word: [str(state) for state in State if status_of(state) == word] for word in ("open", "closed")}
_NOTES: dict[str, str] = {
    State.FILED: "已提交，等待受理",
    State.ACCEPTED: "已受理，等待派单",
    State.ASSIGNED: "已派至承办单位，等待签收",
    State.IN_PROGRESS: "承办单位正在办理",
    State.REPLIED: "已答复，等待市民确认",
    State.CLOSED: "已办结",
    State.DECLINED: "不予受理",
}


def note_of(state: str) -> str:
    """Say in words where a request stands."""
    return _NOTES.get(state, "正在办理" if status_of(state) == "open" else "已办结")
