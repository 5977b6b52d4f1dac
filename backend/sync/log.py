"""Appending to the change log: the last step of every unit of work.

An action never writes puts and dels. It says on which streams a thing belongs at which version (`Placement`); the
difference to what the streams hold now becomes the rows. So a thing that leaves a reader's sight is a `del` there,
whatever the reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.ids import new_id
from backend.sync.models import HEAD_ID, Head, Item, Row, Stream

NO_ITEMS = "0" * 32


@dataclass(frozen=True, slots=True)
class Placement:
    """A thing at a version belongs on exactly these streams."""

    kind: str
    item_id: str
    ver: int
    streams: frozenset[str]


def lock_head(session: Session) -> Head:
    """Take the counter row; until commit no other unit of work can number its rows."""
    query = sa.select(Head).where(Head.id == HEAD_ID).with_for_update()
    # What this session may have read before the lock is old by now.
    return session.execute(query.execution_options(populate_existing=True)).scalar_one()


def begin_epoch(session: Session) -> None:
    """Say that history is no longer the same history, so that every phone starts afresh."""
    lock_head(session).epoch = new_id()


def item_hash(kind: str, item_id: str, ver: int) -> int:
    """Return the 128-bit hash of one item, as digests add it up by XOR."""
    return int.from_bytes(hashlib.sha256(f"{kind}\n{item_id}\n{ver}".encode()).digest()[:16], "big")


def append(session: Session, head: Head, placements: Iterable[Placement], at: datetime) -> None:
    """Turn placements into numbered rows. `head` must be locked; its seq moves on."""
    wanted = {(placement.kind, placement.item_id): placement for placement in placements}
    if not wanted:
        return
    held = _held(session, list(wanted))
    rows: list[Row] = []
    for thing, placement in wanted.items():
        rows += _difference(placement, held.get(thing, {}), at)
    if rows:
        _number(session, head, rows, held)
        session.add_all(rows)


def _held(session: Session, things: Sequence[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Item]]:
    held: dict[tuple[str, str], dict[str, Item]] = {}
    query = sa.select(Item).where(is_one_of(things))
    for item in session.scalars(query.execution_options(populate_existing=True)):
        held.setdefault((item.kind, item.item_id), {})[item.stream] = item
    return held


def is_one_of(things: Iterable[tuple[str, str]]) -> sa.ColumnElement[bool]:
    """Make the condition that an item is one of these things, given as (kind, id).

    Kind by kind: SQLite reads a whole table for a list of pairs, and uses the index for this.
    """
    ids: dict[str, list[str]] = {}
    for kind, item_id in things:
        ids.setdefault(kind, []).append(item_id)
    return sa.or_(*(sa.and_(Item.kind == kind, Item.item_id.in_(wanted)) for kind, wanted in ids.items()))


def _difference(placement: Placement, held: dict[str, Item], at: datetime) -> list[Row]:
    def row(stream: str, op: str) -> Row:
        return Row(stream=stream, kind=placement.kind, item_id=placement.item_id, ver=placement.ver, op=op, at=at)

    gone = [row(stream, "del") for stream in sorted(held.keys() - placement.streams)]
    fresh = [stream for stream in sorted(placement.streams) if stream not in held or held[stream].ver != placement.ver]
    return gone + [row(stream, "put") for stream in fresh]


def _number(session: Session, head: Head, rows: list[Row], held: dict[tuple[str, str], dict[str, Item]]) -> None:
    names = sorted({row.stream for row in rows})
    streams = {stream.name: stream for stream in session.scalars(sa.select(Stream).where(Stream.name.in_(names)))}
    for row in rows:
        stream = streams.get(row.stream)
        if stream is None:
            stream = streams[row.stream] = Stream(name=row.stream, head=0, count=0, hash=NO_ITEMS)
            session.add(stream)
        head.seq += 1
        row.seq, row.prev = head.seq, stream.head
        stream.head = head.seq
        _hold(session, stream, row, held.get((row.kind, row.item_id), {}).get(row.stream))


def _hold(session: Session, stream: Stream, row: Row, item: Item | None) -> None:
    """Bring the stream's contents and digest to what the row says."""
    digest = int(stream.hash, 16)
    if item is not None:
        digest ^= item_hash(item.kind, item.item_id, item.ver)
        stream.count -= 1
    if row.op == "put":
        digest ^= item_hash(row.kind, row.item_id, row.ver)
        stream.count += 1
        if item is None:
            session.add(Item(stream=row.stream, kind=row.kind, item_id=row.item_id, ver=row.ver))
        else:
            item.ver = row.ver
    elif item is not None:
        session.delete(item)
    stream.hash = f"{digest:032x}"
