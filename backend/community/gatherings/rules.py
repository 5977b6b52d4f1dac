"""The way of a gathering, and who gets a place. No database here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from backend.clock import SHANGHAI
from backend.errors import guard_failed
from backend.newsroom.machine import Machine, Way

IN, WAITING = "in", "waiting"
PUBLIC = ("open", "closed", "cancelled")
REMIND_AT = time(10)

GATHERING: Machine[None] = Machine(
    name="gathering",
    noun="活动",
    states={"draft": "草稿", "open": "报名中", "closed": "报名截止", "cancelled": "已取消"},
    start=("draft",),
    ways=(
        Way("edit", ("draft",), None, "gathering.write", "修改"),
        Way("publish", ("draft",), "open", "gathering.publish", "发布"),
        Way("cancel", ("draft", "open", "closed"), "cancelled", "gathering.write", "取消"),
        Way("close", ("open",), "closed", None, "到时截止报名"),
    ),
    ends=("cancelled",),
)


@dataclass(frozen=True, slots=True)
class Party:
    """Who signed up together, in the order in which they did."""

    id: str
    state: str
    people: int


def taken(parties: Sequence[Party]) -> int:
    """Return how many places are taken."""
    return sum(party.people for party in parties if party.state == IN)


def state_for(capacity: int, parties: Sequence[Party], people: int) -> str:
    """Say whether somebody new is in. Nobody goes past those who wait, even where there would be room for few."""
    waits = any(party.state == WAITING for party in parties)
    return IN if not waits and taken(parties) + people <= capacity else WAITING


def let_in(capacity: int, parties: Sequence[Party]) -> list[str]:
    """Return who of those that wait get a place now: in their order, and as long as the next party fits."""
    free, found = capacity - taken(parties), []
    for party in parties:
        if party.state != WAITING:
            continue
        if party.people > free:
            break
        free -= party.people
        found.append(party.id)
    return found


def ahead_of(parties: Sequence[Party], party_id: str) -> int | None:
    """Return the place in the line, from 1; None for who has a place at the gathering."""
    line = [party.id for party in parties if party.state == WAITING]
    return line.index(party_id) + 1 if party_id in line else None


def remind_at(starts_at: datetime) -> datetime:
    """Return ten in the morning of the day before, in Shanghai."""
    day = starts_at.astimezone(SHANGHAI).date() - timedelta(days=1)
    return datetime.combine(day, REMIND_AT, SHANGHAI)


def demand_sign_up(state: str, until: datetime, now: datetime) -> None:
    """Raise 409 `sign_up_open` unless one may sign up at this moment."""
    if state != "open" or now >= until:
        raise guard_failed("sign_up_open", "这项活动现在不能报名。")


def demand_before_start(state: str, starts_at: datetime, now: datetime) -> None:
    """Raise 409 `not_begun` once a gathering has begun or was cancelled."""
    if state == "cancelled" or now >= starts_at:
        raise guard_failed("not_begun", "活动已经开始或取消，不能再改报名。")
