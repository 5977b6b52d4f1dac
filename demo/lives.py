"""The live blogs of the demo: written by reporters, opened and shown by editors, minute by minute."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from backend.feed.live import actions, entries
from backend.policy import Actor
from backend.unit_of_work import UnitOfWork


@dataclass(frozen=True)
class Newsroom:
    """Whoever works in it; `act_as` lets somebody do something at a time, `picture` and `story` give ids."""

    unit: UnitOfWork
    people: Mapping[str, Actor]
    act_as: Callable[[Actor, datetime], AbstractContextManager[None]]
    picture: Callable[[str], str]
    story: Callable[[str], str]

    def at(self, name: str, moment: datetime) -> AbstractContextManager[None]:
        """Let what follows be done by somebody at some time."""
        return self.act_as(self.people[name], moment)


def load_live(room: Newsroom, row: dict[str, Any]) -> None:
    """Load a live blog with its entries."""
    now = room.unit.now
    opened = now - timedelta(minutes=row["opened_minutes_ago"])
    with room.at("editor", opened - timedelta(minutes=30)):
        form = {name: row[name] for name in ("headline", "intro", "section", "towns")}
        form |= {"cover": room.picture(row["cover"]), "story": room.story(row["article"])}
        live = actions.draft_live(room.unit, form)
    with room.at("head", opened):
        actions.open_live(room.unit, live.id)
    for given in row["entry"]:
        _entry(room, live.id, given, now)


def _entry(room: Newsroom, live_id: str, row: dict[str, Any], now: datetime) -> None:
    at, correction = now - timedelta(minutes=row["minutes_ago"]), row.get("correct")
    said = correction["before"] if correction else row["text"]
    with room.at("reporter", at - timedelta(minutes=2)):
        key = row.get("key", False)
        entry = entries.write_entry(room.unit, live_id, body=said.strip(), byline=row["byline"], key=key)
    with room.at("editor", at):
        entries.show_entry(room.unit, entry.id)
        if row.get("pinned"):
            entries.pin_entry(room.unit, entry.id, pinned=True)
    if correction:
        later = now - timedelta(minutes=correction["minutes_ago"])
        with room.at("reporter", later - timedelta(minutes=2)):
            entries.correct_entry(room.unit, entry.id, body=row["text"].strip(), note=correction["note"])
        with room.at("editor", later):
            entries.show_entry(room.unit, entry.id)
