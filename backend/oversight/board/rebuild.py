"""Making the board again from the log alone, and telling whether what is kept is the same, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.db import canonical
from backend.oversight.board.cards import TRACKED
from backend.oversight.board.fold import SAVED_EVERY, Card, State, Told, apply, dump
from backend.oversight.board.models import BoardCard, BoardFold
from backend.oversight.board.noting import Thing, follow, write_cards
from backend.oversight.board.past import tell
from backend.sync.queries import get_head
from backend.unit_of_work import UnitOfWork

Progress = Callable[[int, int], None]
_EVERY = 1000
_BATCH = 500


class Digest:
    """A hash over rows in their order, and how many there were."""

    def __init__(self) -> None:
        self.count, self._hash = 0, hashlib.sha256()

    def add(self, *row: Any) -> None:
        """Take a row in."""
        self.count += 1
        self._hash.update(canonical(row).encode() + b"\n")

    def __str__(self) -> str:
        return f"{self._hash.hexdigest()[:16]} ({self.count})"


@dataclass
class Replay:
    """What a walk through the log has made so far: the fold, the present card of each thing, and digests of it all.

    `cards` are the cards as they came, `ends` which card ended which, `folds` those that are saved.
    """

    state: State = field(default_factory=State)
    present: dict[Thing, BoardCard] = field(default_factory=dict)
    cards: Digest = field(default_factory=Digest)
    ends: Digest = field(default_factory=Digest)
    folds: Digest = field(default_factory=Digest)

    def take(self, told: Told) -> BoardCard | None:
        """Take an event in; return the card that it ended, if it ended one."""
        apply(self.state, told)
        ended = self._take_card(told) if "card" in told.data else None
        if self.state.seq % SAVED_EVERY == 0:
            self.folds.add(self.state.seq, dump(self.state))
        return ended

    def _take_card(self, told: Told) -> BoardCard | None:
        kind, thing_id = told.data.get("card_of") or (told.entity, told.entity_id)
        before = self.present.pop((kind, thing_id), None)
        if before is not None:
            self.ends.add(told.seq, before.from_seq)
        row = follow(before, (kind, thing_id), told.data["card"], told.seq, told.at)
        if row is not None:
            self.present[(kind, thing_id)] = row
            _add_card(self.cards, row)
        return before


def _add_card(digest: Digest, row: BoardCard) -> None:
    digest.add(row.from_seq, row.kind, row.thing_id, row.state, iso(row.since), row.story_id, row.card)


def replay(
    session: Session, progress: Progress, ended: Callable[[BoardCard], None], saved: Callable[[State], None]
) -> Replay:
    """Walk through the whole log.

    `ended` is given each card that another ended, `saved` each fold that is to be saved.
    """
    head, made = get_head(session).event_seq, Replay()
    for told in tell(session, 0, head):
        before = made.take(told)
        if before is not None:
            ended(before)
        if told.seq % SAVED_EVERY == 0:
            saved(made.state)
        if told.seq % _EVERY == 0:
            progress(told.seq, head)
    return made


@dataclass(frozen=True)
class Compared:
    """A table that was made again: what is kept, and what the log says. They are equal if these texts are."""

    name: str
    kept: str
    made: str

    @property
    def equal(self) -> bool:
        """Tell whether they are the same, byte for byte."""
        return self.kept == self.made


def check(session: Session, progress: Progress) -> list[Compared]:
    """Compare what is kept with what the log says, in one snapshot; change nothing.

    The present cards are compared with the tables themselves as well (`receipts` are those of publications), so that a
    change that went past the log would show.
    """
    made = replay(session, progress, lambda _card: None, lambda _state: None)
    return [*_read_kept(session).beside(made), *_compare_with_tables(session, made)]


@dataclass(frozen=True)
class _Kept:
    """Digests of what is kept, and the event of the last fold that was saved."""

    cards: str
    ends: str
    folds: str
    last_fold: int

    def beside(self, made: Replay) -> list[Compared]:
        """Return how it stands to what the log says."""
        found = [Compared("cards", self.cards, str(made.cards)), Compared("ends", self.ends, str(made.ends))]
        # Folds are saved once a minute, so those of the last minute may be missing; they are made when they are needed.
        if self.last_fold == made.state.seq - made.state.seq % SAVED_EVERY:
            found.append(Compared("folds", self.folds, str(made.folds)))
        return found


def _read_kept(session: Session) -> _Kept:
    cards, ends, folds = Digest(), Digest(), Digest()
    for row in session.scalars(sa.select(BoardCard).order_by(BoardCard.from_seq).execution_options(yield_per=_EVERY)):
        _add_card(cards, row)
        session.expunge(row)
    closed = sa.select(BoardCard.until_seq, BoardCard.from_seq).where(BoardCard.until_seq.is_not(None))
    for until, since in session.execute(closed.order_by(BoardCard.until_seq).execution_options(yield_per=_EVERY)):
        ends.add(until, since)
    last = 0
    for last, state in session.execute(sa.select(BoardFold.seq, BoardFold.state).order_by(BoardFold.seq)):
        folds.add(last, state)
    return _Kept(str(cards), str(ends), str(folds), last)


def _compare_with_tables(session: Session, made: Replay) -> Iterator[Compared]:
    by_kind: dict[str, dict[str, Card]] = {kind: {} for kind in TRACKED}
    for (kind, thing_id), row in made.present.items():
        by_kind[kind][thing_id] = {name: value for name, value in row.card.items() if name != "since"}
    for kind, tracked in TRACKED.items():
        ids = session.scalars(sa.select(tracked.model.id)).all()
        live = {key[1]: card for key, card in write_cards(session, [(kind, thing_id) for thing_id in ids]).items()}
        name = "receipts" if kind == "publication" else tracked.name
        yield Compared(name, _digest_of(live), _digest_of(by_kind[kind]))


def _digest_of(cards: dict[str, Card]) -> str:
    digest = Digest()
    for thing_id, card in sorted(cards.items()):
        digest.add(thing_id, card)
    return str(digest)


def rebuild(unit: UnitOfWork, progress: Progress) -> list[Compared]:
    """Throw away what is kept of the board and make it again from the log; return how it compares with what was there.

    It is one transaction: whoever reads meanwhile has the old one, and whoever writes waits.
    """
    session = unit.session
    if session.get_bind().dialect.name == "postgresql":
        # Those who write cards have their locks on them before that on the head of the log; so has this.
        session.execute(sa.text("LOCK TABLE board_card IN EXCLUSIVE MODE"))
    kept = _read_kept(session)
    session.execute(sa.delete(BoardCard))
    session.execute(sa.delete(BoardFold))
    batch: list[BoardCard] = []

    def put(card: BoardCard) -> None:
        batch.append(card)
        if len(batch) >= _BATCH:
            _insert(session, batch)

    def save(state: State) -> None:
        session.execute(sa.insert(BoardFold), [{"seq": state.seq, "state": dump(state)}])

    made = replay(session, progress, put, save)
    for card in made.present.values():
        put(card)
    _insert(session, batch)
    return kept.beside(made)


def _insert(session: Session, batch: list[BoardCard]) -> None:
    columns = [column.key for column in sa.inspect(BoardCard).columns]
    if batch:
        session.execute(sa.insert(BoardCard), [{name: getattr(row, name) for name in columns} for row in batch])
    batch.clear()
