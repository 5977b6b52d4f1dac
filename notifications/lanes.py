"""The jobs of bells: one kind a lane, so that each lane has workers of its own and none waits for a later one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from backend.inbox.follows.models import Follow
from backend.inbox.models import Bell
from backend.inbox.rules import LANE_OF, TTL, Kind, Lane
from backend.jobs import queue
from backend.unit_of_work import UnitOfWork

# Within the queue of the house: warnings before all else, and a digest after everything somebody waits for.
_PLACE: Mapping[Lane, int] = {
    Lane.ALERT: queue.ALERT,
    Lane.BREAKING: queue.URGENT,
    Lane.PERSONAL: queue.PERSONAL,
    Lane.BROADCAST: queue.BROADCAST,
    Lane.DIGEST: queue.BULK,
}
SUBSCRIBE, RECONCILE = "push.subscribe", "push.reconcile"
# How many jobs of a lane a worker runs side by side. A warning's topics are rung together, and its walk beside them.
SLOTS: Mapping[str, int] = {f"push.{lane}": 2 for lane in Lane} | {
    f"push.{Lane.ALERT}": 8,
    f"push.{Lane.DIGEST}": 1,
    SUBSCRIBE: 2,
}


def job_kind(lane: Lane) -> str:
    """Name the kind of a lane's jobs."""
    return f"push.{lane}"


def lane_of(bell: Bell) -> Lane:
    """Return the lane of a bell."""
    return LANE_OF[Kind(bell.kind)]


def until_of(bell: Bell, now: datetime) -> datetime:
    """Return until when a bell that is to ring now is worth handing over."""
    usual = now + TTL[lane_of(bell)]
    return min(usual, bell.ends_at) if bell.ends_at else usual


def enqueue(unit: UnitOfWork, lane: Lane, key: str, args: dict[str, Any], *, run_at: datetime | None = None) -> None:
    """Ask for a step in a lane; `args["step"]` names it."""
    unit.enqueue(job_kind(lane), f"push:{key}"[:200], args, run_at=run_at, lane=_PLACE[lane])


def ring_all(unit: UnitOfWork, bell: Bell, topics: list[str] | None = None) -> None:
    """Begin to ring everybody whom a bell is for: first by these topics, then phone by phone those on none of them."""
    lane = lane_of(bell)
    said = {"bell": bell.id, "ver": bell.ver, "until": until_of(bell, unit.now).isoformat()}
    for topic in topics or []:
        enqueue(unit, lane, f"topic:{bell.id}:{bell.ver}:{topic}", said | {"step": "topic", "topic": topic})
    walk = said | {"step": "walk", "after": "", "topics": topics or []}
    enqueue(unit, lane, f"walk:{bell.id}:{bell.ver}:", walk)


def ring_person(unit: UnitOfWork, bell: Bell, *, reason: str, sms: bool = False) -> None:
    """Ring the one person whose bell it is. `sms`: by a text message if they have nothing else that rings."""
    said = {"bell": bell.id, "ver": bell.ver, "until": until_of(bell, unit.now).isoformat()}
    args = said | {"step": "person", "reason": reason, "sms": sms}
    enqueue(unit, lane_of(bell), f"person:{bell.id}:{bell.ver}", args)


def ring_followers(unit: UnitOfWork, about: tuple[str, str], key: str) -> None:
    """Have all told, once for each `key`, who follow what this is about; they are many at times, so it is a job."""
    if unit.session.scalar(sa.select(Follow.id).limit(1)) is not None:
        args = {"step": "followers", "about": list(about), "key": key, "after": ""}
        enqueue(unit, Lane.PERSONAL, f"followers:{about[0]}:{key}:", args)


def ring_again(unit: UnitOfWork, bell: Bell) -> None:
    """Have a bell that says something else now take the place of what it said."""
    if bell.account_id is None:
        ring_all(unit, bell)
    else:
        ring_person(unit, bell, reason="own")
