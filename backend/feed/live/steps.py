"""What every action on a live blog or an entry begins and ends with: its lock, its next version, and its streams."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from backend.errors import demand_version, not_found
from backend.feed.live.models import Live, LiveEntry, LiveTown
from backend.feed.live.rules import ENTRY, LIVE, EntryState, fingerprint
from backend.feed.openings import PUBLIC, State
from backend.policy import Actor, allows, demand_other_person
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

# Whoever works on live blogs sees there what is not yet before everybody.
DESK = streams.desk("editing")


def access_live(unit: UnitOfWork, live_id: str, if_match: int | None = None) -> Live:
    """Return a live blog, locked for a change, at the version that was seen."""
    live = unit.session.get(Live, live_id, with_for_update=True)
    if live is None:
        raise not_found(LIVE)
    demand_version(live.ver, if_match, "直播已被同事更新，请先读取最新版本。")
    return live


def access_entry(unit: UnitOfWork, entry_id: str, if_match: int | None = None) -> tuple[Live, LiveEntry]:
    """Return an entry and its live blog, both locked: the live blog first, as its withdrawal does it too."""
    live_id = unit.session.scalar(sa.select(LiveEntry.live_id).where(LiveEntry.id == entry_id))
    if live_id is None:
        raise not_found(ENTRY)
    live = unit.session.get_one(Live, live_id, with_for_update=True)
    entry = unit.session.get_one(LiveEntry, entry_id, with_for_update=True, populate_existing=True)
    demand_version(entry.ver, if_match, "这一条已被同事更新，请先读取最新版本。")
    return live, entry


def demand_second_person(actor: Actor, live: Live, authors: Iterable[str]) -> None:
    """Raise 409 `same_person` for somebody who would show words of their own, unless in charge of a live so marked."""
    if not (live.own_words and allows(actor, "feed.lead")):
        demand_other_person(actor, list(authors), "second_person")


def close_live(unit: UnitOfWork, live: Live, event: str, **data: object) -> None:
    """Finish an action on a live blog."""
    live.ver += 1
    live.updated_at = unit.now
    unit.session.flush()
    unit.record(event, live.id, live.ver, state=str(live.state), section=live.section, **data)
    place_live(unit, live)


def place_live(unit: UnitOfWork, live: Live) -> None:
    """Say on which streams a live blog is."""
    readers = set() if live.state == State.WITHDRAWN else {DESK}
    if live.state in PUBLIC:
        towns = unit.session.scalars(sa.select(LiveTown.town_id).where(LiveTown.live_id == live.id))
        readers |= {streams.PUBLIC, *(streams.town(town_id) for town_id in towns)}
    unit.place("live", live.id, live.ver, readers)


def close_entry(unit: UnitOfWork, entry: LiveEntry, event: str, **data: object) -> None:
    """Finish an action on an entry."""
    entry.ver += 1
    unit.session.flush()
    said = {"live": entry.live_id, "no": entry.no, "sha256": fingerprint(entry.body)}
    unit.record(event, entry.id, entry.ver, **said, **data)
    place_entry(unit, entry)


def place_entry(unit: UnitOfWork, entry: LiveEntry) -> None:
    """Say on which streams an entry is: the desk's while anything of it waits, its live blog's once it is shown."""
    readers = set()
    if entry.state == EntryState.WAITING or entry.correction is not None:
        readers.add(DESK)
    if entry.state == EntryState.SHOWN:
        readers.add(streams.live(entry.live_id))
    unit.place("live_entry", entry.id, entry.ver, readers)
