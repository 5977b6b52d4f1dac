"""Rows: the lines of a person's account, how they are written, hashed and added up. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from backend.clock import iso
from backend.db import canonical
from backend.oversight.assessment.formula import points, thousandths

T = TypeVar("T")
# Called now and then by whatever takes long, so that the rest of the house goes on.
Breathe = Callable[[], None]
_AT_ONCE = 1000


def hold_breath() -> None:
    """Give nobody a turn: for what is short."""


RULES = {
    "multi": "稿件",
    "time": "时效",
    "mobile": "移动首发",
    "reach": "传播",
    "pass_review": "审稿",
    "pass_proof": "校对",
    "finding": "发现差错",
    "lead": "线索转选题",
    "shift": "值班",
    "on_site": "应急到场",
    "pickup": "上级媒体转载",
    "penalty_author": "差错（作者）",
    "penalty_check": "差错（把关）",
    "adjustment": "申诉调整",
}


@dataclass(frozen=True, slots=True)
class Window:
    """The time of a period: from a moment until just before another."""

    start: datetime
    end: datetime

    def has(self, at: datetime) -> bool:
        """Tell whether a moment lies in it."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a person's account. `thing` is what it is about besides the story: `{kind, id}`."""

    person: str
    story: str | None
    thing: Mapping[str, str]
    desk: str
    rule: str
    rule_set: int
    amount: Decimal
    at: datetime
    inputs: Mapping[str, Any]
    event_seqs: tuple[int, ...]

    def as_data(self) -> dict[str, Any]:
        """Write it as it is hashed, stored and shown; the amount is text with three decimals."""
        return {
            "person": self.person,
            "story": self.story,
            "thing": dict(self.thing),
            "desk": self.desk,
            "rule": self.rule,
            "rule_set": self.rule_set,
            "amount": points(thousandths(self.amount)),
            "at": iso(self.at),
            "inputs": dict(self.inputs),
            "event_seqs": list(self.event_seqs),
        }

    @property
    def key(self) -> tuple[Any, ...]:
        """Where it stands among the others; no two are alike in it."""
        return (self.person, self.story or "", self.rule, self.thing["kind"], self.thing["id"], self.event_seqs)


def breathing(things: Iterable[T], breathe: Breathe) -> Iterator[T]:
    """Go through many things, and let others have a turn every thousand of them."""
    for number, thing in enumerate(things):
        if number % _AT_ONCE == 0:
            breathe()
        yield thing


def result_hash(rows: Iterable[Mapping[str, Any]]) -> str:
    """Hash rows as `Row.as_data` writes them: SHA-256 over the canonical JSON of their list, in its order."""
    digest = hashlib.sha256(b"[")
    for number, row in enumerate(rows):
        digest.update(("," if number else "").encode() + canonical(row).encode())
    digest.update(b"]")
    return digest.hexdigest()


def totals(rows: Iterable[Row]) -> dict[str, Decimal]:
    """Return the plain sum of each person's rows."""
    found: dict[str, Decimal] = {}
    for row in rows:
        found[row.person] = found.get(row.person, Decimal(0)) + row.amount
    return found
