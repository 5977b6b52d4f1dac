"""What citizens of the demo take part in: tips, a poll, gatherings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, time, timedelta
from typing import Any

from backend.clock import SHANGHAI
from backend.community.gatherings import actions as gatherings
from backend.community.gatherings import signing_up
from backend.community.polls import actions as polls
from backend.community.tips import actions as tips
from backend.community.tips import desk
from backend.policy import Actor
from backend.unit_of_work import UnitOfWork

As = Callable[[Actor, datetime], AbstractContextManager[None]]
Clerks = Callable[[str], tuple[Actor, Actor]]


def load_taking_part(
    unit: UnitOfWork, given: Mapping[str, Any], people: Mapping[str, Actor], clerks: Clerks, as_: As
) -> None:
    """Load them, as if they had come about in the last days."""
    loader = _Loader(unit, people, as_)
    for row in given["tip"]:
        loader.tip(row)
    for row in given["poll"]:
        loader.poll(row)
    for row in given["gathering"]:
        own = row["organiser"] == "newsroom"
        loader.gathering(row, (people["editor"], people["editor2"]) if own else clerks(row["organiser"]))


class _Loader:
    def __init__(self, unit: UnitOfWork, people: Mapping[str, Actor], as_: As) -> None:
        self._unit, self._people, self._as, self._today = unit, people, as_, unit.now

    def _at(self, days: int, hour: str) -> datetime:
        day = self._today.astimezone(SHANGHAI).date() + timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(hour), SHANGHAI)

    def tip(self, row: dict[str, Any]) -> None:
        citizen = self._people[row["citizen"]]
        # A demo started before breakfast has no tips of this morning yet: they came a little earlier instead.
        at = min(self._at(-row["days_ago"], row["at"]), self._today - timedelta(minutes=50))
        with self._as(citizen, at):
            place = {name: row[name] for name in ("address", "lat", "lon")}
            tip = tips.file_tip(self._unit, text=row["text"], place=place, contact_ok=row["contact_ok"])
        if "ask" in row:
            with self._as(self._people["reporter"], at + timedelta(minutes=10)):
                desk.ask_citizen(self._unit, tip.id, text=row["ask"])
            with self._as(citizen, at + timedelta(minutes=20)):
                tips.send_message(self._unit, tip.id, text=row["answer"])

    def poll(self, row: dict[str, Any]) -> None:
        form = {name: row[name] for name in ("question", "options", "multiple", "results")}
        form["closes_at"] = self._today + timedelta(days=row["closes_in_days"])
        with self._as(self._people["editor"], self._today - timedelta(hours=20)):
            poll = polls.draft_poll(self._unit, **form)
        with self._as(self._people["editor2"], self._today - timedelta(hours=19)):
            polls.publish_poll(self._unit, poll.id)
        for phone, options in row["votes"].items():
            with self._as(self._people[phone], self._today - timedelta(hours=3)):
                polls.vote(self._unit, poll.id, options=options)

    def gathering(self, row: dict[str, Any], makers: tuple[Actor, Actor]) -> None:
        starts = self._at(row["in_days"], row["at"])
        form: dict[str, Any] = {name: row[name] for name in ("title", "text", "place", "capacity")}
        form |= {"town_id": row["town"], "starts_at": starts, "ends_at": starts + timedelta(hours=row["hours"])}
        form |= {"sign_up_until": starts - timedelta(days=1)}
        form |= {} if row["organiser"] == "newsroom" else {"office": row["organiser"]}
        with self._as(makers[0], self._today - timedelta(hours=26)):
            gathering = gatherings.draft_gathering(self._unit, **form)
        with self._as(makers[1], self._today - timedelta(hours=25)):
            gatherings.publish_gathering(self._unit, gathering.id)
        for phone, party in row["guests"].items():
            with self._as(self._people[phone], self._today - timedelta(hours=2)):
                signing_up.sign_up(self._unit, gathering.id, people=party)
