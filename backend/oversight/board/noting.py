"""Writing cards down: into the events of a unit of work as it closes, and beside them into the table of cards."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.events.models import Event
from backend.oversight.board.cards import TRACKED
from backend.oversight.board.fold import Card, Counts
from backend.oversight.board.models import BoardCard
from backend.unit_of_work import Database, UnitOfWork

Thing = tuple[str, str]
COUNTED = "board.counted"
# Events of these are events of a thing that the board knows by another name.
_KINDS = {"account": "person", "fastlane": "exam", "metric": "suspect", "scan": "scan_hit"}
_OF_NOTHING = frozenset({"metric.batch"})
_AT_ONCE = 300


def install(database: Database) -> None:
    """Have the cards of all that happens written down."""
    database.on_close(note_cards)


def thing_of(event: Event) -> Thing | None:
    """Return the thing whose card may have changed with an event; None where the board shows none."""
    if event.entity == "roster":
        return "person", event.data["account"]
    if event.type in _OF_NOTHING:
        return None
    kind = _KINDS.get(event.entity, event.entity)
    return (kind, event.entity_id) if kind in TRACKED else None


def note_cards(unit: UnitOfWork) -> None:
    """Put into the last event of each thing its card, and the state it had before, unless the card is as it was."""
    counted = [(tuple(event.data["card_of"]), event) for event in unit.events if event.type == COUNTED]
    if counted:
        unit.when_numbered.append(lambda _seq: keep(unit.session, counted, {}))
    last = {thing: event for event in unit.events if (thing := thing_of(event)) is not None}
    if not last:
        return
    before = present_cards(unit.session, last)
    cards = write_cards(unit.session, last)
    moved: list[tuple[Thing, Event]] = []
    for thing, event in last.items():
        card, was = cards.get(thing), before.get(thing)
        if card == (was.card if was is not None else None):
            continue
        event.data = {**event.data, "card": card, "was": was.state if was is not None else None}
        if thing != (event.entity, event.entity_id):
            event.data["card_of"] = list(thing)
        moved.append((thing, event))
    if not moved:
        return
    _tell_insides(unit, moved, before)
    unit.when_numbered.append(lambda _seq: keep(unit.session, moved, before))


def write_cards(session: Session, things: Collection[Thing]) -> dict[Thing, Card]:
    """Write the cards of things as they stand now; one that is not there, or is no concern of the board, has none."""
    found: dict[Thing, Card] = {}
    for kind, ids in _by_kind(things).items():
        tracked = TRACKED[kind]
        for some in _some(ids):
            query = sa.select(tracked.model).where(tracked.model.id.in_(some))
            # What was only read in this unit of work may have moved on since.
            for row in session.scalars(query.execution_options(populate_existing=True)).all():
                if kind != "person" or row.kind == "staff":
                    found[(kind, row.id)] = tracked.write(session, row)
    return found


def present_cards(session: Session, things: Collection[Thing]) -> dict[Thing, BoardCard]:
    """Return the present cards of things, locked, so that two units of work that touch one thing follow each other."""
    found = _lock_cards(session, things)
    missing = [thing for thing in things if thing not in found]
    # A card that another unit of work ended while this one waited for it is not found the first time, nor is the one
    # that took its place; a second look has both.
    return found | _lock_cards(session, missing) if missing else found


def _lock_cards(session: Session, things: Collection[Thing]) -> dict[Thing, BoardCard]:
    found: dict[Thing, BoardCard] = {}
    for kind, ids in _by_kind(things).items():
        for some in _some(ids):
            query = sa.select(BoardCard).where(
                BoardCard.kind == kind, BoardCard.thing_id.in_(some), BoardCard.until_seq.is_(None)
            )
            rows = session.scalars(query.order_by(BoardCard.thing_id).with_for_update())
            found |= {(row.kind, row.thing_id): row for row in rows}
    return found


def keep(session: Session, moved: Sequence[tuple[Thing, Event]], before: dict[Thing, BoardCard]) -> None:
    """Add the cards of events that have their numbers now, each ending the one before."""
    for thing, event in moved:
        row = follow(before.get(thing), thing, event.data["card"], event.seq, event.at)
        if row is not None:
            session.add(row)


def follow(was: BoardCard | None, thing: Thing, card: Card | None, seq: int, at: datetime) -> BoardCard | None:
    """End the card that a thing had, and make the row of the one that an event brings; None where it has none now."""
    if was is not None:
        was.until_seq = seq
    if card is None:
        return None
    began = datetime.fromisoformat(card["since"]) if "since" in card else at
    return BoardCard(
        from_seq=seq,
        until_seq=None,
        kind=thing[0],
        thing_id=thing[1],
        state=card["state"],
        since=was.since if was is not None and was.state == card["state"] else began,
        story_id=card.get("story"),
        card=card,
    )


def _tell_insides(unit: UnitOfWork, moved: Sequence[tuple[Thing, Event]], before: dict[Thing, BoardCard]) -> None:
    """Where a story has become strict, say in the unit's last event what belongs to it, as it stands after the unit.

    The fold counts what is inside of strict stories from then on; what was there before it cannot know.
    """
    strict = [
        thing[1]
        for thing, event in moved
        if thing[0] == "story"
        and event.data["card"] is not None
        and event.data["card"]["strict"]
        and thing in before
        and not before[thing].card["strict"]
    ]
    if not strict:
        return
    event = max((event for _, event in moved), key=unit.events.index)
    event.data = {**event.data, "inside": {story: _inside(unit.session, story, moved, before) for story in strict}}


def _inside(
    session: Session, story_id: str, moved: Sequence[tuple[Thing, Event]], before: dict[Thing, BoardCard]
) -> Counts:
    rows = session.execute(
        sa.select(BoardCard.kind, BoardCard.state, sa.func.count())
        .where(BoardCard.story_id == story_id, BoardCard.until_seq.is_(None))
        .group_by(BoardCard.kind, BoardCard.state)
    )
    counts: Counts = {}
    for kind, state, number in rows:
        counts.setdefault(kind, {})[state] = number
    for thing, event in moved:
        was, card = before.get(thing), event.data["card"]
        if was is not None and was.story_id == story_id:
            _add(counts, thing[0], was.state, -1)
        if card is not None and card.get("story") == story_id:
            _add(counts, thing[0], card["state"], 1)
    return {kind: {state: n for state, n in by_state.items() if n} for kind, by_state in counts.items()}


def _add(counts: Counts, kind: str, state: str, number: int) -> None:
    by_state = counts.setdefault(kind, {})
    by_state[state] = by_state.get(state, 0) + number


def _by_kind(things: Collection[Thing]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, thing_id in things:
        found.setdefault(kind, []).append(thing_id)
    return found


def _some(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
