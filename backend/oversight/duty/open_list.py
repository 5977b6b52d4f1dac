"""The open list 交接清单: what somebody who comes on duty has to look through. No database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backend.oversight.board import rules
from backend.oversight.board.fold import Card
from backend.oversight.board.view import View, write_thing

MOST = 300
# What a new duty must know of, whatever its hour: alarms, cases, the fast lane, orders that a desk has not taken, posts
# of which nobody knows whether they are out, what is halted, and what readers are excited about.
_ALWAYS = frozenset({"alarm", "case", "directive", "alert"})
_SPECIAL = {
    "channel": {"halted": "halted"},
    "exam": dict.fromkeys(("fast_open", "fast_signed", "live_unconfirmed"), "fast_lane"),
    "publication": {"uncertain": "uncertain"},
}
_ON_TIME = frozenset({"issue", "rundown"})
_NEVER = frozenset({"person", "duty", "handover", "rendition"})


def open_list(view: View) -> list[dict[str, Any]]:
    """List what the next duty must look through: each thing as the board writes it, with `key` and `why`."""
    found = list(_items(view))
    return sorted(found, key=lambda item: (item["due"] or "9", item["key"]))[:MOST]


def _items(view: View) -> Iterator[dict[str, Any]]:
    for kind in sorted(set(view.state.open) - _NEVER):
        for thing_id, card in view.open(kind):
            why = _why(view, kind, card)
            if why is not None:
                yield write_thing(view, kind, thing_id, card) | {"key": f"{kind}:{thing_id}", "why": why}


def _why(view: View, kind: str, card: Card) -> str | None:
    if kind in _ALWAYS:
        return "open"
    special = _SPECIAL.get(kind)
    if special is not None and card["state"] in special:
        return special[card["state"]]
    due = rules.due_of(card)
    if due is not None and due <= view.at:
        return "late"
    soon = due is not None and kind in _ON_TIME and due <= view.at + rules.AHEAD
    return "soon" if soon else None
