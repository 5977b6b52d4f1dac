"""Measuring when a row reaches each phone over its socket."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from functools import partial

from scenario.phone import Phone, Row

Wanted = Callable[[Row], bool]


class Watch:
    """Notes the moment (time.monotonic) a wanted row first comes to each phone. One watch at a time."""

    def __init__(self, phones: Sequence[Phone], wanted: Wanted) -> None:
        self._phones, self._wanted = phones, wanted
        self._moments: dict[Phone, float] = {}
        self._noted = threading.Condition()
        for phone in phones:
            phone.on_row = partial(self._note, phone)

    def _note(self, phone: Phone, row: Row, at: float) -> None:
        if self._wanted(row):
            with self._noted:
                self._moments.setdefault(phone, at)
                self._noted.notify_all()

    def wait(self, timeout: float) -> list[float]:
        """Wait for all phones; return the moments so far in order, fewer than there are phones if time ran out."""
        with self._noted:
            self._noted.wait_for(lambda: len(self._moments) == len(self._phones), timeout)
            return sorted(self._moments.values())


def concerns(kind: str, item_id: str, op: str = "put", ver: int = 0) -> Wanted:
    """Want rows about one thing, from a version on."""
    return lambda row: (row["kind"], row["id"], row["op"]) == (kind, item_id, op) and row["ver"] >= ver


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value that this share of the ordered values does not exceed (nearest rank)."""
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]
