"""What the actions on a live blog and on a special do alike: who changes what is public, opening, ending, covers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from backend.errors import not_found, withdrawn
from backend.feed.live.models import Live
from backend.feed.openings import PUBLIC, State, demand_move
from backend.feed.specials.models import Special
from backend.media.actions import show
from backend.media.queries import demand_usable
from backend.policy import demand
from backend.unit_of_work import UnitOfWork

T = TypeVar("T", Live, Special)


def begin_edit(unit: UnitOfWork, thing: Live | Special, noun: str) -> None:
    """Make the actor one of its authors. Once it is before readers, only those in charge may: nobody looks again."""
    thing.state = demand_move(noun, "edit", State(thing.state))
    if thing.state in PUBLIC:
        demand(unit.actor, "feed.lead")
    thing.authors = sorted({*thing.authors, unit.actor.id})


def open_to_readers(unit: UnitOfWork, thing: Live | Special, noun: str, demand_second: Callable[[], None]) -> None:
    """Open it, the first time only past `demand_second`; or go on with a closed one."""
    first = thing.state == State.DRAFT
    thing.state = demand_move(noun, "open", State(thing.state))
    if first:
        demand_second()
        thing.opened_at = unit.now
        show_cover(unit, thing)
    thing.closed_at = None


def end(unit: UnitOfWork, thing: Live | Special, noun: str) -> None:
    """Say that nothing will be added; it stays to be read."""
    thing.state, thing.closed_at = demand_move(noun, "close", State(thing.state)), unit.now


def demand_cover(unit: UnitOfWork, thing: Live | Special, form: dict[str, Any]) -> None:
    """Refuse a cover that the actor may not use; the one it has stays usable."""
    if form.get("cover") is not None:
        held = [thing.cover] if thing.cover else []
        demand_usable(unit.session, unit.actor, [form["cover"]], "cover", held=held)


def show_cover(unit: UnitOfWork, thing: Live | Special) -> None:
    """Let everybody see the cover of what is before readers, and of nothing else."""
    kind = "live" if isinstance(thing, Live) else "special"
    show(unit, kind, thing.id, [thing.cover] if thing.cover and thing.state in PUBLIC else [])


def demand_public(thing: T | None, noun: str) -> T:
    """Return what is before everybody.

    Raises:
        AppError: 404 if it never was; 410 `withdrawn` with the reason if it was taken away.
    """
    if thing is None or thing.opened_at is None:
        raise not_found(noun)
    if thing.state not in PUBLIC:
        raise withdrawn(f"该{noun}", thing.withdrawn_reason)
    return thing
