"""Telling those who follow a live blog of what matters in it.

Every entry that is key is a bell of its own in the inbox. On a phone's screen all of one live blog have one place, so
an entry that is corrected or withdrawn leaves alone what a later one has put there.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.blocks import plain_text
from backend.events.models import Event
from backend.feed.live.models import Live, LiveEntry
from backend.feed.live.rules import EntryState
from backend.feed.openings import PUBLIC
from backend.inbox import actions as inbox
from backend.inbox.models import Bell
from backend.inbox.rings.queries import covered
from backend.unit_of_work import UnitOfWork
from notifications import lanes, words

KIND = "live"


def shown(unit: UnitOfWork, event: Event) -> None:
    """Tell followers of an entry that is key (hook for `live_entry.shown`)."""
    if event.data["key"]:
        lanes.ring_followers(unit, _about(event), event.entity_id)


def corrected(unit: UnitOfWork, event: Event) -> None:
    """Have bells about an entry say its new words; tell followers of one that is key only now."""
    live, entry = unit.session.get_one(Live, event.data["live"]), unit.session.get_one(LiveEntry, event.entity_id)
    said = words.live_entry(live.headline, plain_text(entry.body), corrected=True)
    _ring_uncovered(unit, event, inbox.rewrite(unit, _about(event), said, key=_key(event)))
    shown(unit, event)


def withdrawn(unit: UnitOfWork, event: Event) -> None:
    """Take bells about an entry out of every inbox."""
    _ring_uncovered(unit, event, inbox.silence(unit, _about(event), key=_key(event)))


def words_of(session: Session, live_id: str, entry_id: str) -> inbox.Words | None:
    """Return what followers are told of an entry as it is now; None if there is nothing to tell any more.

    The entry is kept as it is until they have been told: a withdrawal then finds all bells that it is to silence.
    """
    entry = session.get_one(LiveEntry, entry_id, with_for_update={"read": True})
    live = session.get_one(Live, live_id)
    if live.state not in PUBLIC or entry.state != EntryState.SHOWN or not entry.is_key:
        return None
    return words.live_entry(live.headline, plain_text(entry.body))


def _ring_uncovered(unit: UnitOfWork, event: Event, bells: Sequence[Bell]) -> None:
    hidden = covered(unit.session, _about(event), _key(event)) if bells else set()
    for bell in bells:
        if bell.id not in hidden:
            lanes.ring_again(unit, bell)


def _about(event: Event) -> tuple[str, str]:
    return KIND, event.data["live"]


def _key(event: Event) -> str:
    return f"follow:{KIND}:{event.entity_id}:"
