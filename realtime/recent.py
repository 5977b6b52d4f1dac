"""What the pump has read lately, kept so that phones that come back need not ask the database where they stand.

Every process has its own, filled by its pump alone, and always before the pump writes to phones: a phone that joins
meanwhile is either written to, or told of a head that it has not reached.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.district.queries import list_towns
from backend.sync import streams
from backend.sync.models import Row, Stream
from backend.sync.queries import get_head
from backend.sync.streams import Audience, audience_of

# Streams that are remembered with their last row: at most twice as many.
GENERATION = 50_000
# Rows of the log that are looked through at the start, and numbers kept of each public stream.
LOOKED_THROUGH = 20_000
KEPT_NUMBERS = 500


class Recent:
    """Where the log stands, and where each stream stands as far as this process has seen it move."""

    def __init__(self) -> None:
        self.epoch, self.position = "", 0
        # How often something public has moved; who keeps public words compares it.
        self.public_changes = 0
        # Of each stream with a row after `_since`, the last one. Two generations, so that the old one can be let go.
        self._since = self._young_since = 0
        self._old: dict[str, int] = {}
        self._young: dict[str, int] = {}
        self._public: dict[str, list[int]] = {}
        self._lock = threading.Lock()

    def begin(self, session: Session) -> None:
        """Read where the log stands now. Called before the first phone comes, and when the log is another one."""
        head = get_head(session)
        since = max(head.floor, head.seq - LOOKED_THROUGH)
        moved = sa.select(Row.stream, sa.func.max(Row.seq)).where(Row.seq > since).group_by(Row.stream)
        names = [streams.PUBLIC, *(streams.town(town["id"]) for town in list_towns(session))]
        heads = dict(session.execute(sa.select(Stream.name, Stream.head).where(Stream.name.in_(names))).tuples().all())
        with self._lock:
            self.epoch, self.position = head.epoch, head.seq
            self._since = self._young_since = since
            self._old, self._young = {}, dict(session.execute(moved).tuples().all())
            self._public = {name: _numbers(session, name) if name in heads else [0] for name in names}
            self.public_changes += 1

    def learn(self, rows: Iterable[Row]) -> None:
        """Take note of the next rows of the log, in order; those it knows already change nothing."""
        with self._lock:
            for row in rows:
                if row.seq <= self.position:
                    continue
                self.position = row.seq
                self._young[row.stream] = row.seq
                if audience_of(row.stream) is Audience.PUBLIC:
                    numbers = self._public.setdefault(row.stream, [row.prev])
                    numbers.append(row.seq)
                    del numbers[:-KEPT_NUMBERS]
                    self.public_changes += 1
            if len(self._young) > GENERATION:
                self._old, self._young = self._young, {}
                self._since, self._young_since = self._young_since, self.position

    def head_of(self, stream: str, cursor: int | None) -> int | None:
        """Return the last seq of a stream, or None if only the database knows.

        For a phone that knows everything up to `cursor`, and a stream on which nothing has happened since, that is
        the answer: it is as good as the true number, which is not above it.
        """
        with self._lock:
            numbers = self._public.get(stream)
            if numbers is not None:
                return numbers[-1]
            moved = self._young.get(stream) or self._old.get(stream)
            if moved is not None:
                return moved
            return cursor if cursor is not None and self._since <= cursor <= self.position else None

    def moved(self, names: Iterable[str]) -> Mapping[str, int]:
        """Return the last seq of those of the streams that have moved lately, or are public."""
        with self._lock:
            found: dict[str, int] = {}
            for name in names:
                numbers = self._public.get(name)
                seq = numbers[-1] if numbers is not None else self._young.get(name) or self._old.get(name)
                if seq is not None:
                    found[name] = seq
            return found

    def row_before(self, stream: str, cursor: int) -> int | None:
        """Return the number of a public stream's last row that is not after `cursor`; None if that is too long ago."""
        with self._lock:
            numbers = self._public.get(stream)
            at = bisect_right(numbers, cursor) if numbers else 0
            return numbers[at - 1] if numbers and at else None


def _numbers(session: Session, stream: str) -> list[int]:
    query = sa.select(Row.seq).where(Row.stream == stream).order_by(Row.seq.desc()).limit(KEPT_NUMBERS)
    numbers = sorted(session.scalars(query))
    if numbers:
        return numbers
    # All its rows have been pruned: it stands where the stream's own line says.
    return [session.scalars(sa.select(Stream.head).where(Stream.name == stream)).one_or_none() or 0]
