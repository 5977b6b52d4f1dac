"""Greenlets that deal with phones' messages: as few as it takes, since most messages never have to wait."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

MOST = 512
_log = structlog.get_logger(__name__)


class Caller(Protocol):
    """Somebody whose messages wait to be dealt with."""

    def answer(self) -> None:
        """Deal with them; may block."""


class Crew:
    """One greenlet works through all callers; if a call blocks, the next greenlet, called beforehand, takes over."""

    def __init__(self, spawn: Callable[..., object]) -> None:
        self._spawn = spawn
        self._callers: deque[Caller] = deque()
        self._at_work, self._coming = 0, False

    def call(self, caller: Caller) -> None:
        """Have a caller answered soon, in the order of the calls."""
        self._callers.append(caller)
        self._call_relief()

    def _call_relief(self) -> None:
        if not self._coming and self._at_work < MOST:
            self._coming = True
            self._spawn(self._work)

    def _work(self) -> None:
        self._coming = False
        self._at_work += 1
        try:
            while self._callers:
                caller = self._callers.popleft()
                if self._callers:
                    self._call_relief()
                try:
                    caller.answer()
                except Exception:
                    _log.exception("realtime.unexpected")
        finally:
            self._at_work -= 1
