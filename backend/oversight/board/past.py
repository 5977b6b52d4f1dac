"""The board as of any event: from the nearest saved fold, and the events after it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from copy import deepcopy

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.errors import invalid
from backend.events.models import Event
from backend.oversight.board.fold import SAVED_EVERY, State, Told, apply, dump, load
from backend.oversight.board.models import BoardFold
from backend.sync.queries import get_head
from backend.unit_of_work import UnitOfWork

_BATCH = 1000
# A person who goes through the past looks at neighbouring moments.
_PASTS_KEPT = 4


def tell(session: Session, after: int, until: int) -> Iterator[Told]:
    """Read the events after one number, up to and with another, in their order."""
    columns = (Event.seq, Event.at, Event.type, Event.entity, Event.entity_id, Event.data)
    query = sa.select(*columns).where(Event.seq > after, Event.seq <= until).order_by(Event.seq)
    for row in session.execute(query.execution_options(yield_per=_BATCH)):
        yield Told(*row)


def fold_at(session: Session, seq: int) -> State:
    """Fold the log up to an event, beginning from the nearest fold that was saved."""
    saved = session.scalars(
        sa.select(BoardFold).where(BoardFold.seq <= seq).order_by(BoardFold.seq.desc()).limit(1)
    ).one_or_none()
    state = load(saved.state) if saved is not None else State()
    for told in tell(session, state.seq, seq):
        apply(state, told)
    return state


class Boards:
    """The folds that a process keeps at hand; threads share it.

    There is that of the present, which only has to take in what is new, and a few of the past.
    """

    def __init__(self) -> None:
        self._present = State()
        self._lock = threading.Lock()
        self._past: OrderedDict[int, State] = OrderedDict()

    def present(self, session: Session) -> State:
        """Return a fold of the log as this snapshot of the database has it. Nobody changes it afterwards."""
        head = get_head(session).event_seq
        with self._lock:
            if self._present.seq == 0 or head - self._present.seq > SAVED_EVERY:
                self._present = fold_at(session, head)
            elif self._present.seq < head:
                # Whoever has got the old one goes on reading it.
                state = _copy(self._present)
                for told in tell(session, state.seq, head):
                    apply(state, told)
                self._present = state
            if self._present.seq == head:
                return self._present
        return self.past(session, head)

    def past(self, session: Session, seq: int) -> State:
        """Return the fold as of an event.

        Raises:
            AppError: 422 `unknown` for one that has not happened.
        """
        if seq > get_head(session).event_seq:
            raise invalid("as_of_seq", "unknown", "日志还没有记到这一条")
        with self._lock:
            known = self._past.get(seq)
            if known is not None:
                self._past.move_to_end(seq)
                return known
        state = fold_at(session, seq)
        with self._lock:
            self._past[seq] = state
            while len(self._past) > _PASTS_KEPT:
                self._past.popitem(last=False)
        return state


def _copy(state: State) -> State:
    """Copy what `apply` changes in place: the tables, and not the cards in them, which it only replaces."""
    return State(
        seq=state.seq,
        at=state.at,
        counts={kind: dict(by_state) for kind, by_state in state.counts.items()},
        open={kind: dict(cards) for kind, cards in state.open.items()},
        strict=dict(state.strict),
        inside=deepcopy(state.inside),
        days={day: dict(measured) for day, measured in state.days.items()},
    )


def save_folds(unit: UnitOfWork) -> int:
    """Save the folds that are due, one every `SAVED_EVERY` events; return how many."""
    head = get_head(unit.session).event_seq
    last = unit.session.scalar(sa.select(sa.func.max(BoardFold.seq))) or 0
    if head - last < SAVED_EVERY:
        return 0
    state, saved = fold_at(unit.session, last), 0
    for told in tell(unit.session, last, head - head % SAVED_EVERY):
        apply(state, told)
        if state.seq % SAVED_EVERY == 0:
            unit.session.add(BoardFold(seq=state.seq, state=dump(state)))
            saved += 1
    return saved
