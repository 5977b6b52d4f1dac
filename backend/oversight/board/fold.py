"""The board as a fold over the event log: pure, without database or clock.

`apply` takes one event after the other; the same events give the same board, whoever applies them and when. The moment
of a board is that of its last event, so that a board asked for today and the same one asked for in a year are equal.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from backend.clock import iso, local_day
from backend.db import canonical

SAVED_EVERY = 1000
# The same weekday of eight weeks, and today.
DAYS_KEPT = 57
_BEFORE = datetime(1970, 1, 1, tzinfo=UTC)
Card = dict[str, Any]
Counts = dict[str, dict[str, int]]

# What a day is measured by: the events that count, under the name they are counted by.
MEASURES = {
    "assignment.filed": "filed",
    "story.submitted": "submitted",
    "exam.signed": "signed",
    "exam.returned": "returned",
    "article.published": "live",
    "publication.receipted": "receipted",
    "case.opened": "cases",
    "alarm.raised": "alarms",
}
# What the routing aid is measured by. A decision is given out or not, and hit or not, for the service and the office.
DECIDED, MERGED = "routing.decided", "routing.merged"
ROUTED = ("service", "office")


class Told(NamedTuple):
    """What the fold has to know of an event."""

    seq: int
    at: datetime
    type: str
    entity: str
    entity_id: str
    data: dict[str, Any]


@dataclass
class State:
    """The board as of an event.

    `open` holds the cards of what is not done with, by kind and id; each with `since` and `seq`. Of what is done only
    the number is kept (`counts`, of everything, by kind and state). `strict` holds the cards of strict stories and
    `inside` the counts of what belongs to each of them, as not everybody sees these. `days` are the measures of the
    last eight weeks, by Shanghai date.
    """

    seq: int = 0
    at: datetime = _BEFORE
    counts: Counts = field(default_factory=dict)
    open: dict[str, dict[str, Card]] = field(default_factory=dict)
    strict: dict[str, Card] = field(default_factory=dict)
    inside: dict[str, Counts] = field(default_factory=dict)
    days: dict[str, dict[str, int]] = field(default_factory=dict)


def apply(state: State, told: Told) -> None:
    """Take an event into the board. Events come in their order, each once.

    Raises:
        ValueError: for one that does not follow the last.
    """
    if told.seq != state.seq + 1:
        raise ValueError(f"event {told.seq} does not follow {state.seq}")
    state.seq, state.at = told.seq, told.at
    _measure(state, told)
    if "card" in told.data:
        _take_card(state, told)
    for story_id, counts in told.data.get("inside", {}).items():
        state.inside[story_id] = {kind: dict(by_state) for kind, by_state in counts.items()}


def routed(type: str, data: dict[str, Any]) -> dict[str, bool]:
    """Say of an event of the routing aid in what it had something to say, and whether that was what people decided."""
    if type == DECIDED:
        return {name: data[name]["given"] == data[name]["chosen"] for name in ROUTED if data[name]["given"] is not None}
    return {"duplicates": data["given"]} if type == MERGED else {}


def _measures_of(told: Told) -> list[str]:
    """Return under which names an event is counted."""
    names = [MEASURES[told.type]] if told.type in MEASURES else []
    return names + [f"routing_{name}_{'hit' if hit else 'miss'}" for name, hit in routed(told.type, told.data).items()]


def _measure(state: State, told: Told) -> None:
    names = _measures_of(told)
    if not names:
        return
    today = local_day(told.at)
    measured = state.days.setdefault(today.isoformat(), {})
    for name in names:
        measured[name] = measured.get(name, 0) + 1
    if len(state.days) > DAYS_KEPT:
        oldest = (today - timedelta(days=DAYS_KEPT - 1)).isoformat()
        for day in [day for day in state.days if day < oldest]:
            del state.days[day]


def _take_card(state: State, told: Told) -> None:
    card, was = told.data["card"], told.data.get("was")
    kind, thing_id = told.data.get("card_of") or [told.entity, told.entity_id]
    story_id = card.get("story") if card else None
    for counts in (state.counts, state.inside.get(story_id or "")):
        if counts is not None:
            _count(counts.setdefault(kind, {}), was, card)
    cards = state.open.setdefault(kind, {})
    before = cards.pop(thing_id, None)
    if card is not None and card["open"]:
        stands = before is not None and before["state"] == card["state"]
        since = before["since"] if before is not None and stands else card.get("since") or iso(told.at)
        cards[thing_id] = {**card, "since": since, "seq": told.seq}
    if kind == "story":
        _note_strict(state, thing_id, card)


def _count(counts: dict[str, int], was: str | None, card: Card | None) -> None:
    if was is not None:
        counts[was] = counts.get(was, 0) - 1
        if not counts[was]:
            del counts[was]
    if card is not None:
        counts[card["state"]] = counts.get(card["state"], 0) + 1


def _note_strict(state: State, story_id: str, card: Card | None) -> None:
    if card is None or not card["strict"]:
        state.strict.pop(story_id, None)
        state.inside.pop(story_id, None)
    else:
        state.strict[story_id] = {"state": card["state"], "writers": card["writers"]}
        state.inside.setdefault(story_id, {})


def dump(state: State) -> str:
    """Write a fold as text; equal folds are equal text."""
    return canonical(
        {
            "seq": state.seq,
            "at": state.at.isoformat(),
            "counts": state.counts,
            "open": state.open,
            "strict": state.strict,
            "inside": state.inside,
            "days": state.days,
        }
    )


def load(text: str) -> State:
    """Read a fold back."""
    given = json.loads(text)
    return State(**{**given, "at": datetime.fromisoformat(given["at"])})
