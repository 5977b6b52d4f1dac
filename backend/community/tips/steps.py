"""What every step of a tip does alike: next version, the line its readers see, history, and where the tip belongs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from backend import idempotency
from backend.community.tips.models import Tip, TipMedia, TipStep
from backend.community.tips.rules import PLANNING_DESK
from backend.sync import streams
from backend.unit_of_work import UnitOfWork


def step(
    unit: UnitOfWork, tip: Tip, what: str, *, note: str | None = None, media: Sequence[str] = (), **data: Any
) -> None:
    """Write a step of a locked tip, and tell history; `data` is what history keeps besides, ids and codes only."""
    _move_on(unit, tip)
    unit.session.add(
        TipStep(
            tip_id=tip.id,
            # The tip is locked and each step raises its version, so versions number the steps.
            position=tip.ver,
            at=unit.now,
            actor_id=unit.actor.id,
            what=what,
            note=note,
            media=list(dict.fromkeys(media)),
        )
    )
    unit.session.flush()
    _keep_media(unit, tip.id, media)
    unit.record(f"tip.{what}", tip.id, tip.ver, state=tip.state, **data)
    place(unit, tip)


def touch(unit: UnitOfWork, tip: Tip, event: str) -> None:
    """Show a tip anew though nothing has happened to it: something it shows has changed."""
    _move_on(unit, tip)
    unit.session.flush()
    unit.record(event, tip.id, tip.ver, state=tip.state)
    place(unit, tip)


def place(unit: UnitOfWork, tip: Tip) -> None:
    """Say who holds the tip: its citizen, and the planners until it is taken back."""
    holders = set() if tip.forgotten else {streams.user(tip.citizen_id)}
    if not tip.forgotten and tip.state != "withdrawn":
        holders.add(streams.desk(PLANNING_DESK))
    unit.place("tip", tip.id, tip.ver, holders)


def empty(unit: UnitOfWork, tip: Tip) -> None:
    """Take the words and the pictures out of a tip and all its steps."""
    tip.text, tip.media, tip.contact_ok = "", [], False
    tip.happened_at = tip.address = tip.lat = tip.lon = tip.datum = tip.town_id = None
    unit.session.execute(sa.update(TipStep).where(TipStep.tip_id == tip.id).values(note=None, media=[]))
    unit.session.execute(sa.delete(TipMedia).where(TipMedia.tip_id == tip.id))
    idempotency.forget_answers(unit.session, tip.id)


def _move_on(unit: UnitOfWork, tip: Tip) -> None:
    tip.ver += 1
    tip.updated_at = unit.now


def _keep_media(unit: UnitOfWork, tip_id: str, media: Sequence[str]) -> None:
    known = set(unit.session.scalars(sa.select(TipMedia.media_id).where(TipMedia.tip_id == tip_id)))
    fresh = [each for each in dict.fromkeys(media) if each not in known]
    unit.session.add_all(TipMedia(tip_id=tip_id, media_id=each) for each in fresh)
