"""How late this process is with what is due now: the sign of too much work that shows whatever the work is."""

from __future__ import annotations

import random
import threading
import time

# At a quarter of what is too late, less is taken on; what is taken on then settles there.
_EARLY = 4
_LESS, _MORE, _LEAST = 0.6, 0.02, 0.01


class Pressure:
    """Fed by a timer that wants to be called every `every_s` seconds; asked for each thing that could be put off.

    While the process is late, only a share of them is taken on, which shrinks fast and grows slowly; and none while it
    is more than `high_s` seconds late (setting `SHED_AFTER_S`). It is late as long as its database has been crowded,
    too: then the timer comes in time, and everybody waits for a connection.
    """

    def __init__(self, every_s: float, high_s: float) -> None:
        self._every_s, self._high_s = every_s, high_s
        self._share = 1.0
        self._crowded_since: float | None = None
        self._crowded_s = 0.0
        # Nothing is late before the timer has been called once.
        self._seen_at: float | None = None

    def observe(self, lag_s: float, *, crowded: bool) -> None:
        """Take note of how late the timer was called, and whether connections to the database are running out."""
        self._seen_at = now = time.monotonic()
        self._crowded_since = (self._crowded_since or now) if crowded else None
        self._crowded_s = now - self._crowded_since if self._crowded_since else 0.0
        if max(lag_s, self._crowded_s) > self._high_s / _EARLY:
            self._share = max(_LEAST, self._share * _LESS)
        else:
            self._share = min(1.0, self._share + _MORE)

    def has_room(self) -> bool:
        """Tell whether one more thing that could be put off is to be taken on."""
        if self._seen_at is None:
            return True
        # What the timer cannot say since it waits for its own turn.
        late_s = max(time.monotonic() - self._seen_at - self._every_s, self._crowded_s)
        return late_s <= self._high_s and (self._share >= 1 or random.random() < self._share)  # noqa: S311  # no secret


class Trickle:
    """For what must never come to a stop and can be forged by anybody: so many a second get through, whatever comes."""

    def __init__(self, per_s: float) -> None:
        self._per_s = per_s
        self._left = per_s
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def lets_through(self) -> bool:
        """Take one of this second's, if there is one left."""
        with self._lock:
            now = time.monotonic()
            self._left = min(self._per_s, self._left + (now - self._at) * self._per_s)
            self._at = now
            if self._left < 1:
                return False
            self._left -= 1
            return True
