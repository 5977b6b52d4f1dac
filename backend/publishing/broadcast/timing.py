"""When each item of a rundown begins and ends, to the second, and by how much the show runs over. No database.

Durations are whole seconds, so that what people add up on a sheet comes out. An item's own time is what it is expected
to take, not the slot it was given: a slot does not make a script shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

# A show may run over or under by this much before it is locked, and on the air before somebody has to look.
TOLERANCE_S = 30


@dataclass(frozen=True, slots=True)
class Slot:
    """An item as timing sees it: what it is expected to take, and what the log of the air says of it so far."""

    id: str
    seconds: int
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands in the show.

    `starts_at` is its front time: counted from what has been aired so far, or from the beginning of the show.
    `back_at` is its back time: it has to begin then for the show to end as planned. `elapsed` are the seconds of the
    show when it has ended, `remaining` those that are left of the planned show when it begins.
    """

    starts_at: datetime
    ends_at: datetime
    back_at: datetime
    elapsed: int
    remaining: int


@dataclass(frozen=True, slots=True)
class Timing:
    """A show as it stands. `over` is positive where it runs longer than planned; `total` is what all items take."""

    places: dict[str, Place]
    total: int
    over: int
    ends_at: datetime


def whole(seconds: float) -> int:
    """Round to whole seconds, halves upwards, as people round."""
    return int(seconds + 0.5)


def span(start: datetime, end: datetime) -> int:
    """Return the whole seconds from one moment to another."""
    return round((end - start).total_seconds())


def time_items(airtime: datetime, planned: int, slots: Sequence[Slot], now: datetime | None = None) -> Timing:
    """Time a show from its beginning. With `now` it is on the air: what has been aired counts as it was.

    What stands before the item that was aired last and was not aired itself is passed by: it takes no time any more.
    What has not begun yet begins now at the earliest, and what is on the air takes at least until now.
    """
    spans: list[tuple[datetime, datetime]] = []
    cursor = airtime
    for at, slot in enumerate(slots):
        following = next((later.start for later in slots[at + 1 :] if later.start is not None), None)
        start, end = _span(slot, cursor, now, following)
        spans.append((start, end))
        cursor = max(cursor, end)
    planned_end = airtime + timedelta(seconds=planned)
    return Timing(
        places=dict(zip((slot.id for slot in slots), _places(airtime, planned_end, spans), strict=True)),
        total=sum(span(start, end) for start, end in spans),
        over=span(planned_end, cursor),
        ends_at=cursor,
    )


def _span(slot: Slot, cursor: datetime, now: datetime | None, following: datetime | None) -> tuple[datetime, datetime]:
    """Return when an item begins and ends; `following` is when a later one is known to have begun."""
    if slot.start is None:
        start = cursor if following is not None or now is None else max(cursor, _second(now))
        return start, start if following is not None else start + timedelta(seconds=slot.seconds)
    if slot.end is not None:
        return slot.start, slot.end
    if following is not None:
        return slot.start, max(slot.start, following)
    expected = slot.start + timedelta(seconds=slot.seconds)
    return slot.start, expected if now is None else max(expected, _second(now))


def _second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


def _places(airtime: datetime, planned_end: datetime, spans: Sequence[tuple[datetime, datetime]]) -> list[Place]:
    found: list[Place] = []
    back = planned_end
    for start, end in reversed(spans):
        back -= end - start
        found.append(Place(start, end, back, span(airtime, end), span(start, planned_end)))
    return found[::-1]
