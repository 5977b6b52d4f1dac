"""What follows elsewhere: live blogs and entries are shown anew when what they show has changed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.events.models import Event
from backend.feed.live.models import Live, LiveEntry, LiveEntryItem
from backend.feed.live.rules import EntryState
from backend.feed.live.steps import close_entry, close_live
from backend.feed.openings import PUBLIC
from backend.media.models import MediaUse
from backend.unit_of_work import UnitOfWork


def refresh_media(unit: UnitOfWork, event: Event) -> None:
    """Show anew what shows a film, as what is made of it has changed (`media.worked`)."""
    uses = sa.select(MediaUse.thing_id).where(MediaUse.media_id == event.entity_id)
    # The live blogs come first, as everybody locks them before their entries.
    covered = sa.select(Live).where(Live.id.in_(uses.where(MediaUse.kind == "live")), Live.state.in_(PUBLIC))
    for live in unit.session.scalars(covered.order_by(Live.id).with_for_update()).all():
        close_live(unit, live, "live.refreshed", media=event.entity_id)
    _refresh(unit, uses.where(MediaUse.kind == "live_entry"), media=event.entity_id)


def refresh_cards(unit: UnitOfWork, event: Event) -> None:
    """Show anew the entries that carry a service's card, as it was published anew or withdrawn (`catalogue.…`)."""
    carried = sa.select(LiveEntryItem.entry_id).where(LiveEntryItem.item_id == event.entity_id)
    _refresh(unit, carried, item=event.entity_id)


def _refresh(unit: UnitOfWork, ids: sa.Select[Any], **why: str) -> None:
    query = sa.select(LiveEntry).where(LiveEntry.id.in_(ids), LiveEntry.state == EntryState.SHOWN)
    for entry in unit.session.scalars(query.order_by(LiveEntry.id).with_for_update()).all():
        close_entry(unit, entry, "live_entry.refreshed", **why)
