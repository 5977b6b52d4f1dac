"""How late this process is with what is due now: the one sign of too much work that shows whatever the work is."""

from __future__ import annotations

import time


class Pressure:
    """Fed by a timer that wants to be called every `every_s` seconds; asked by whoever could put something off.

    It is high while the process is more than `high_s` seconds late (setting `SHED_AFTER_S`).
    """

    def __init__(self, every_s: float, high_s: float) -> None:
        self._every_s, self._high_s = every_s, high_s
        self._lag_s = 0.0
        # Nothing is late before the timer has been called once.
        self._seen_at: float | None = None

    def observe(self, lag_s: float) -> None:
        """Take note of how late the timer was called."""
        self._lag_s, self._seen_at = lag_s, time.monotonic()

    @property
    def is_high(self) -> bool:
        """Whether what can wait should: the timer was late, or has waited for its turn since."""
        if self._seen_at is None:
            return False
        return max(self._lag_s, time.monotonic() - self._seen_at - self._every_s) > self._high_s
