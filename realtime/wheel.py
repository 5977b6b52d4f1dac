"""One timer for all phones: each is due once a period, and they are spread over it, so that no moment is a rush."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
SLOT_S = 0.1


class Wheel(Generic[T]):
    """Members in slots of a tenth of a second. Whoever is no longer wanted is forgotten when its turn comes.

    Args:
        period_s: how often each member is due.
        wanted: tells whether a member is still to be served.
    """

    def __init__(self, period_s: float, wanted: Callable[[T], bool]) -> None:
        count = max(1, round(period_s / SLOT_S))
        self._slots: list[list[T]] = [[] for _ in range(count)]
        # In turn: phones that come together are due apart, and all slots fill equally.
        self._order = itertools.cycle(range(count))
        self._wanted = wanted
        self._turn: float | None = None
        self._position = 0

    def add(self, member: T) -> None:
        """Let a member be due once a period from now on."""
        self._slots[next(self._order)].append(member)

    def due(self, now: float) -> list[T]:
        """Return whoever is due by `now` (seconds of a monotonic clock) and was not before."""
        if self._turn is None:
            self._turn = now
        found: list[T] = []
        # After a long pause everybody is due once, not once for each period that was missed.
        self._turn = max(self._turn, now - SLOT_S * len(self._slots))
        while self._turn + SLOT_S <= now:
            self._turn += SLOT_S
            self._position = (self._position + 1) % len(self._slots)
            members = [member for member in self._slots[self._position] if self._wanted(member)]
            self._slots[self._position] = members
            found += members
        return found
