"""When something on the board is late, or nearly, and from which role on a person counts as on duty. No database."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backend.oversight.board.fold import Card, State

# A thing turns amber when less than this share of the time it was given is left.
AMBER_SHARE = 0.25
AHEAD = timedelta(hours=4)
# Today is held against the same weekday of so many weeks.
WEEKS = 8
# The routing aid is measured over so many days, today among them.
ROUTING_DAYS = 30


def due_of(card: Card) -> datetime | None:
    """Return when something must be done: by its own hour, or by how long its desk lets it stay where it is."""
    if card.get("due"):
        return datetime.fromisoformat(card["due"])
    if card.get("minutes"):
        return entered(card) + timedelta(minutes=card["minutes"])
    return None


def entered(card: Card) -> datetime:
    """Return since when a thing is where it is; an examination is where its step is."""
    return datetime.fromisoformat(card.get("entered") or card["since"])


def amber_of(card: Card) -> datetime | None:
    """Return when a thing turns amber; None for one that is never late."""
    due = due_of(card)
    if due is None:
        return None
    return due - max(timedelta(), due - entered(card)) * AMBER_SHARE


def colour(card: Card, at: datetime) -> str:
    """Say how a thing stands at a moment: `red`, `amber` or `green`."""
    due, amber = due_of(card), amber_of(card)
    if due is None or amber is None or at < amber:
        return "green"
    return "amber" if at < due else "red"


def passed_since(state: State, now: datetime) -> bool:
    """Tell whether any hour of the board has passed between its last event and now, so that it would look different."""
    return any(state.at < hour <= now for hour in _hours(state))


def _hours(state: State) -> list[datetime]:
    found: list[datetime | None] = []
    for kind, cards in state.open.items():
        for card in cards.values():
            if kind == "person":
                found += [_moment(grant[name]) for grant in card["grants"] for name in ("from", "to")]
            else:
                found += [due_of(card), amber_of(card)]
                found += [_moment(card.get(name)) for name in ("starts", "publish_at", "not_before", "embargo")]
    return [hour for hour in found if hour is not None]


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None
