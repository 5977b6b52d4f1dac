"""Marks that a reading of cases leaves on their citizens' lists."""

from __future__ import annotations

from collections.abc import Sequence

from api.edge import Read
from backend.requests.looks import actions
from backend.requests.looks.rules import What


def mark_looks(call: Read, ids: Sequence[str], what: What) -> None:
    """Have a look at these cases noted, unless each of them belongs to one that is noted already."""
    fresh = actions.unnoted(call.session, call.actor, ids, what, call.now)
    if fresh:
        call.marks.append(lambda unit: actions.note_looks(unit, fresh, what))


def mark_screens(call: Read, streams: Sequence[str]) -> None:
    """Have it noted that somebody opened streams on which cases lie."""
    fresh = actions.unopened(call.session, call.actor, streams, call.now)
    if fresh:
        call.marks.append(lambda unit: actions.note_screens(unit, fresh))
