"""The hash chain over events: each hash covers the event and the hash before it (SHA-256, hex)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.db import canonical
from backend.events.models import Event

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a check: `broken_seq` is the first event that does not fit, or None.

    `checked` is how many were looked at, `next` the event to go on after where not all were.
    """

    checked: int
    broken_seq: int | None
    why: str
    next: int | None = None


def hash_of(event: Any) -> str:
    """Return the hash that `event`, or a row that has all its columns, must carry, given its `prev_hash`."""
    fields = [
        event.seq,
        iso(event.at),
        event.actor,
        event.acting_role,
        event.command_id,
        event.entity,
        event.entity_id,
        event.entity_version,
        event.type,
        event.data,
        event.prev_hash,
    ]
    return hashlib.sha256(canonical(fields).encode()).hexdigest()


def verify(
    session: Session,
    head_seq: int,
    head_hash: str,
    progress: Callable[[int], None] = lambda _: None,
    *,
    after: int = 0,
    limit: int | None = None,
) -> Verdict:
    """Walk through the log and compare it with itself and with the recorded head.

    Args:
        session: a snapshot.
        head_seq: the last number as the head row has it; a log cut short shows here.
        head_hash: the last hash as the head row has it.
        progress: told the number of the event that was checked, every 1,000.
        after: the event to go on after, whose own hash is taken as it is.
        limit: how many to look at; None for all.
    """
    previous = GENESIS if after == 0 else session.scalar(sa.select(Event.hash).where(Event.seq == after)) or ""
    checked = 0
    # The text as it lies in the database: what is read out of it could be the same and its bytes others.
    stored = sa.cast(Event.data, sa.Text).label("stored")
    query = sa.select(*sa.inspect(Event).columns, stored).where(Event.seq > after).order_by(Event.seq).limit(limit)
    for event in session.execute(query.execution_options(yield_per=1000)):
        checked += 1
        broken = _what_is_broken(event, after + checked, previous)
        if broken is not None:
            return Verdict(checked, min(event.seq, after + checked), broken)
        previous = event.hash
        if event.seq % 1000 == 0:
            progress(event.seq)
    last = after + checked
    if checked == limit and last < head_seq:
        return Verdict(checked, None, "已查部分完整 (intact so far)", next=last)
    if (last, previous) != (head_seq, head_hash):
        return Verdict(checked, last + 1, "日志末尾缺失 (the end of the log is missing)")
    return Verdict(checked, None, "完整 (intact)")


def _what_is_broken(event: Any, seq: int, previous: str) -> str | None:
    if event.seq != seq:
        return "编号不连续 (a number is missing)"
    if event.prev_hash != previous:
        return "与前一条的散列不相接 (does not follow the one before)"
    if event.stored != canonical(event.data) or event.hash != hash_of(event):
        return "内容与散列不符 (content does not match its hash)"
    return None
