"""How much one phone may say: a few messages when it comes and when its screen changes, and never hundreds.

Without a bound one socket that says hello in a loop would use up what all other phones are let in by.
"""

from __future__ import annotations

from datetime import timedelta

WINDOW_S = 10
# Twenty times what the app says when it comes back with all of its screens open.
MOST_MESSAGES = 200


class Talk:
    """Counts messages by connection, in windows of `WINDOW_S` seconds. Who is silent costs nothing."""

    def __init__(self) -> None:
        self._window, self._said = 0, dict[str, int]()

    def ask(self, sid: str, now: float) -> timedelta | None:
        """Let a message pass (None), or return after how long the phone may speak again.

        Args:
            sid: the connection.
            now: seconds of a monotonic clock.
        """
        window = int(now // WINDOW_S)
        if window != self._window:
            self._window, self._said = window, {}
        said = self._said[sid] = self._said.get(sid, 0) + 1
        return None if said <= MOST_MESSAGES else timedelta(seconds=(window + 1) * WINDOW_S - now)
