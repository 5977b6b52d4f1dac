"""Giving cards to what was there before there was a board."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from backend.clock import iso
from backend.oversight.board.cards import TRACKED
from backend.oversight.board.models import BoardCard
from backend.oversight.board.noting import COUNTED, write_cards
from backend.sync.queries import get_head
from backend.unit_of_work import UnitOfWork


def take_census(unit: UnitOfWork) -> int:
    """Write the cards of all that there is into the log, once, in a house that is older than its board.

    Returns how many were written. A house that is new has cards from its first event on, and needs none.
    """
    if get_head(unit.session).event_seq == 0 or unit.session.scalar(sa.select(BoardCard.from_seq).limit(1)) is not None:
        return 0
    counted = 0
    for kind, tracked in TRACKED.items():
        ids = unit.session.scalars(sa.select(tracked.model.id).order_by(tracked.model.id)).all()
        moved = _moved(unit, kind)
        for (_, thing_id), card in write_cards(unit.session, [(kind, thing_id) for thing_id in ids]).items():
            since = {"since": iso(moved[thing_id])} if thing_id in moved else {}
            unit.record(COUNTED, thing_id, 1, card_of=[kind, thing_id], card={**card, **since}, was=None)
            counted += 1
    return counted


def _moved(unit: UnitOfWork, kind: str) -> dict[str, datetime]:
    """Return when each thing of a kind changed last, which is as near as one can come to since when it is so."""
    model = TRACKED[kind].model
    column = getattr(model, "updated_at", None)
    if column is None:
        return {}
    return dict(unit.session.execute(sa.select(model.id, column)).tuples().all())
