"""Waking up by PostgreSQL's NOTIFY. Losing one costs a tick of the pump, never a row."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from typing import Any

import psycopg2
import structlog
from sqlalchemy.engine import URL

from backend.unit_of_work import CHANNEL

_WAIT_S = 5.0
_log = structlog.get_logger(__name__)


class Listener:
    """Holds a connection of its own, outside the pool, and calls `wake` for each notification."""

    def __init__(self, url: URL, wake: Callable[[], None]) -> None:
        # As the engine connects: an address may name several servers, of which the one that writes is wanted.
        _, arguments = url.get_dialect()().create_connect_args(url)
        self._arguments: dict[str, Any] = {**arguments, "connect_timeout": 5}
        self._wake = wake
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End within five seconds."""
        self._stopping.set()

    def run_forever(self) -> None:
        """Listen until stopped; reconnect when the database goes away."""
        while not self._stopping.is_set():
            try:
                self._listen()
            except psycopg2.Error:
                _log.warning("listener.reconnecting")
                self._stopping.wait(1)

    def _listen(self) -> None:
        connection = psycopg2.connect(**self._arguments)
        try:
            connection.autocommit = True
            connection.cursor().execute(f"LISTEN {CHANNEL}")
            # What was committed while nobody listened is found by looking once.
            self._wake()
            while not self._stopping.is_set():
                if not any(select.select([connection], [], [], _WAIT_S)):
                    continue
                connection.poll()
                if connection.notifies:
                    connection.notifies.clear()
                    self._wake()
        finally:
            connection.close()
