"""How many phones are let in a second: what this process has been seen to bear, and no more.

After a restart a whole district comes back at once. Serving all of them a little would leave all of them waiting;
so as many are served as can be, and each of the others is told a moment of its own to come back.
"""

from __future__ import annotations

import secrets
import threading

LEAST_RATE = 200.0
BURST_S = 1.0
# How late the process may be with its own timer before it counts as overrun.
LATE_S = 0.25
LONGEST_WAIT_S = 60.0
SPREAD_MS = 2000


class Admission:
    """A bucket of tokens whose rate follows how late the process is, and a queue in time for who finds it empty.

    Args:
        rate: phones a second at most, which is also where it begins (setting `HELLO_RATE`).
    """

    def __init__(self, rate: float) -> None:
        self._highest = self._rate = rate
        self._tokens, self._filled_at = rate * BURST_S, 0.0
        self._last_place = 0.0
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        """Phones that are let in a second."""
        return self._rate

    def observe(self, lag_s: float) -> None:
        """Take note of how late the process was with something due now. Called about ten times a second."""
        with self._lock:
            if lag_s > LATE_S:
                self._rate = max(min(LEAST_RATE, self._highest), self._rate * 0.7)
            else:
                self._rate = min(self._highest, self._rate * 1.02)

    def ask(self, now: float) -> int | None:
        """Let a phone in (None), or return after how many milliseconds it should ask again.

        Args:
            now: seconds of a monotonic clock.
        """
        with self._lock:
            self._tokens = min(self._rate * BURST_S, self._tokens + (now - self._filled_at) * self._rate)
            self._filled_at = now
            if self._tokens >= 1:
                self._tokens -= 1
                return None
            # Each that is turned away gets a place of its own, as far apart as they can be served.
            self._last_place = min(max(self._last_place, now) + 1 / self._rate, now + LONGEST_WAIT_S)
            return int((self._last_place - now) * 1000) + secrets.randbelow(SPREAD_MS)
