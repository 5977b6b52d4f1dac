"""The hash chain over events: each hash covers the event and the hash before it (SHA-256, hex)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.db import canonical
from backend.events.models import Event

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a check: `broken_seq` is the first event that does not fit, or None."""

    checked: int
    broken_seq: int | None
    why: str


def hash_of(event: Event) -> str:
    """Return the hash that `event` must carry, given its `prev_hash`."""
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
    session: Session, head_seq: int, head_hash: str, progress: Callable[[int], None] = lambda _: None
) -> Verdict:
    """Walk the whole log and compare it with itself and with the recorded head.

    Args:
        session: a snapshot.
        head_seq: the last number as the head row has it; a log cut short shows here.
        head_hash: the last hash as the head row has it.
        progress: told the number of events checked so far, every 1,000.
    """
    previous, checked = GENESIS, 0
    for event in session.scalars(sa.select(Event).order_by(Event.seq).execution_options(yield_per=1000)):
        checked += 1
        if event.seq != checked:
            return Verdict(checked, checked, "编号不连续 (a number is missing)")
        if event.prev_hash != previous:
            return Verdict(checked, event.seq, "与前一条的散列不相接 (does not follow the one before)")
        if event.hash != hash_of(event):
            return Verdict(checked, event.seq, "内容与散列不符 (content does not match its hash)")
        previous = event.hash
        if checked % 1000 == 0:
            progress(checked)
    if (checked, previous) != (head_seq, head_hash):
        return Verdict(checked, checked + 1, "日志末尾缺失 (the end of the log is missing)")
    return Verdict(checked, None, "完整 (intact)")
