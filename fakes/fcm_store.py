"""What the fake Firebase remembers, within bounds."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from itertools import islice
from typing import Any

MAX_MESSAGES = 200_000
MAX_SUBSCRIPTIONS = 200_000
PAGE = 10_000


class Store:
    """Messages taken, subscriptions, and counts. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._messages: deque[dict[str, Any]] = deque(maxlen=MAX_MESSAGES)
        self._subscriptions: dict[tuple[str, str], None] = {}
        self._refused: Counter[str] = Counter()
        self._taken = self._number = 0

    def take(self, project: str, message: dict[str, Any]) -> str:
        """Remember a message with the time it came; return the name the vendor gives it."""
        with self._lock:
            self._taken += 1
            self._number += 1
            name = name_message(project, self._number)
            self._messages.append({"n": self._number, "at": time.time(), "name": name, "message": message})
        return name

    def messages(self, since: int, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` messages with a number above `since`, oldest first."""
        with self._lock:
            first = self._messages[0]["n"] if self._messages else 0
            start = max(0, since + 1 - first)
            return list(islice(self._messages, start, start + limit))

    def subscribe(self, topic: str, token: str) -> bool:
        """Put a token on a topic; False if there are too many already."""
        with self._lock:
            if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
                return False
            self._subscriptions[topic, token] = None
            return True

    def unsubscribe(self, topic: str, token: str) -> None:
        """Take a token off a topic, if it is on it."""
        with self._lock:
            self._subscriptions.pop((topic, token), None)

    def topics(self) -> dict[str, list[str]]:
        """Return who is subscribed to what."""
        found: dict[str, list[str]] = {}
        with self._lock:
            for topic, token in self._subscriptions:
                found.setdefault(topic, []).append(token)
        return found

    def count_refusal(self, code: str) -> None:
        """Count a message or a subscription that was refused."""
        with self._lock:
            self._refused[code] += 1

    def counts(self) -> dict[str, Any]:
        """Return how many messages were taken, and how many calls were refused by code."""
        with self._lock:
            return {"accepted": self._taken, "refused": dict(self._refused)}

    def clear(self) -> None:
        """Forget everything. Numbers go on rising, so that a reader's `since` stays good."""
        with self._lock:
            self._messages.clear()
            self._subscriptions.clear()
            self._refused.clear()
            self._taken = 0


def name_message(project: str, number: int) -> str:
    """Name a message as the vendor does."""
    return f"projects/{project}/messages/0:{time.time_ns() // 1000}%{number:016x}"
