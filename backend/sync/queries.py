"""Reading the change log: rows after a cursor, a snapshot in pages, and digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.cursors import read_parts, write_parts
from backend.errors import AppError, Code
from backend.forms import is_clean
from backend.sync.log import NO_ITEMS, is_one_of
from backend.sync.models import HEAD_ID, Head, Item, Row, Stream
from backend.sync.renderers import Renderers
from backend.sync.streams import Audience, audience_of

MAX_BEHIND = 2000
SNAPSHOT_PAGE = 200
Change = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tail:
    """Rendered rows after a cursor; `cursor` is up to where the reader knows everything afterwards."""

    epoch: str
    changes: list[Change]
    cursor: int
    more: bool


def get_head(session: Session) -> Head:
    """Return the counter row."""
    return session.execute(sa.select(Head).where(Head.id == HEAD_ID)).scalar_one()


def stream_heads(session: Session, names: Sequence[str]) -> dict[str, int]:
    """Return the last seq of each stream, 0 for one without rows."""
    rows = session.execute(sa.select(Stream.name, Stream.head).where(Stream.name.in_(names)))
    return dict.fromkeys(names, 0) | dict(rows.tuples().all())


def digest(session: Session, stream: str) -> dict[str, Any]:
    """Return `{head, count, hash}` of what a holder of `stream` must hold."""
    row = session.get(Stream, stream)
    if row is None:
        return {"head": 0, "count": 0, "hash": NO_ITEMS}
    return {"head": row.head, "count": row.count, "hash": row.hash}


def changes(
    session: Session, renderers: Renderers, *, names: list[str], since: int, epoch: str | None, limit: int
) -> Tail:
    """Return up to `limit` rows after `since` on these streams, each with the thing's current state.

    Raises:
        AppError: 410 `resync` when the cursor is of another epoch, outside the log, or too far behind.
    """
    head = get_head(session)
    behind = sa.select(Row.seq).where(Row.stream.in_(names), Row.seq > since)
    if (
        (epoch is not None and epoch != head.epoch)
        or not head.floor <= since <= head.seq
        or _counts_more_than(session, behind, MAX_BEHIND)
    ):
        raise resync(head)
    query = sa.select(Row).where(Row.stream.in_(names), Row.seq > since).order_by(Row.seq).limit(limit + 1)
    rows = session.scalars(query).all()
    more, rows = len(rows) > limit, rows[:limit]
    return Tail(head.epoch, render_rows(session, renderers, rows), rows[-1].seq if more else head.seq, more)


def resync(head: Head) -> AppError:
    """Make the 410 that sends a client back to a snapshot."""
    return AppError(
        Code.RESYNC, 410, "离线太久，需要重新载入。", data={"epoch": head.epoch, "head": head.seq, "floor": head.floor}
    )


def _counts_more_than(session: Session, query: sa.Select[Any], bound: int) -> bool:
    counted = session.scalar(sa.select(sa.func.count()).select_from(query.limit(bound + 1).subquery()))
    return (counted or 0) > bound


def rows_after(session: Session, seq: int, limit: int) -> Sequence[Row]:
    """Return rows of all streams after `seq`, in order."""
    return session.scalars(sa.select(Row).where(Row.seq > seq).order_by(Row.seq).limit(limit)).all()


def rows_of(session: Session, stream: str, since: int, limit: int) -> Sequence[Row]:
    """Return up to `limit` rows of one stream after `since`, in order."""
    query = sa.select(Row).where(Row.stream == stream, Row.seq > since).order_by(Row.seq).limit(limit)
    return session.scalars(query).all()


def render_rows(session: Session, renderers: Renderers, rows: Sequence[Row]) -> list[Change]:
    """Write rows as they travel.

    A `put` carries the thing's state of now; what has meanwhile left the stream, or may no longer be seen, travels
    as `del`, so that history can never leak a withdrawn text.
    """
    puts = [row for row in rows if row.op == "put"]
    members = _members(session, puts)
    things = [(row.stream, row.kind, row.item_id) for row in puts if _key(row) in members]
    rendered = _render(session, renderers, things)
    return [_change(row, rendered.get(_key(row)) if row.op == "put" else None) for row in rows]


def _key(row: Row | Item) -> tuple[str, str, str]:
    return row.stream, row.kind, row.item_id


def _render(
    session: Session, renderers: Renderers, things: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Render (stream, kind, id), once for each audience."""
    audiences: dict[Audience, list[tuple[str, str]]] = {}
    for stream, kind, item_id in things:
        audiences.setdefault(audience_of(stream), []).append((kind, item_id))
    rendered = {audience: renderers.render(session, audience, wanted) for audience, wanted in audiences.items()}
    found = ((thing, rendered[audience_of(thing[0])].get(thing[1:])) for thing in things)
    return {thing: data for thing, data in found if data is not None}


def _members(session: Session, rows: Sequence[Row]) -> set[tuple[str, str, str]]:
    """Return (stream, kind, id) of the things of these rows, wherever they are now."""
    if not rows:
        return set()
    things = {(row.kind, row.item_id) for row in rows}
    query = sa.select(Item.stream, Item.kind, Item.item_id).where(is_one_of(things))
    return set(session.execute(query).tuples())


def _change(row: Row, data: dict[str, Any] | None) -> Change:
    change: Change = {
        "seq": row.seq,
        "stream": row.stream,
        "prev": row.prev,
        "kind": row.kind,
        "id": row.item_id,
        "ver": row.ver,
        "op": "del" if data is None else "put",
    }
    if data is not None:
        change["data"] = data
    return change


def snapshot(session: Session, renderers: Renderers, *, names: list[str], page: str | None) -> dict[str, Any]:
    """Return one page of everything on these streams: `{epoch, cursor, items, next}`.

    `cursor` is the head before the first page; changes after it heal whatever moved while the pages were read.
    Newest first within a kind, since ids grow with time.
    """
    head = get_head(session)
    cursor, position = _read_page(page, names, head) if page else (head.seq, None)
    key = sa.tuple_(Item.stream, Item.kind, Item.item_id)
    query = sa.select(Item).where(Item.stream.in_(names))
    if position is not None:
        query = query.where(key < sa.tuple_(*position))
    query = query.order_by(Item.stream.desc(), Item.kind.desc(), Item.item_id.desc()).limit(SNAPSHOT_PAGE + 1)
    items = session.scalars(query).all()
    more, items = len(items) > SNAPSHOT_PAGE, items[:SNAPSHOT_PAGE]
    last = [items[-1].stream, items[-1].kind, items[-1].item_id] if more else None
    return {
        "epoch": head.epoch,
        "cursor": cursor,
        "items": _render_items(session, renderers, items),
        "next": last and _write_page(head.epoch, cursor, names, last),
    }


def _render_items(session: Session, renderers: Renderers, items: Sequence[Item]) -> list[dict[str, Any]]:
    rendered = _render(session, renderers, [_key(item) for item in items])
    return [
        {"stream": item.stream, "kind": item.kind, "id": item.item_id, "ver": item.ver, "data": rendered[_key(item)]}
        for item in items
        if _key(item) in rendered
    ]


def _write_page(epoch: str, cursor: int, names: list[str], last: list[str]) -> str:
    return write_parts(epoch, cursor, names, last)


def _read_page(page: str, names: list[str], head: Head) -> tuple[int, list[str]]:
    def understand(parts: Any) -> tuple[Any, int, list[str]]:
        epoch, cursor, of, last = parts
        stream, kind, item_id = (str(part) for part in last)
        if of != names or type(cursor) is not int or not is_clean(stream + kind + item_id):
            raise ValueError(parts)
        return epoch, cursor, [stream, kind, item_id]

    epoch, cursor, last = read_parts(page, understand)
    if epoch != head.epoch or cursor < head.floor:
        raise resync(head)
    return cursor, last
