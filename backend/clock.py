"""The one source of time, injected everywhere, so that a test can move it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

# The zone of the house: whoever says today, or names an hour without a zone, means this one.
SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Anything that knows what time it is."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class FileClock:
    """The machine's clock plus the seconds written in a file.

    Test mode only: web, worker and test share the file, so one write moves time for every process at once.
    A missing or empty file means no offset.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mtime_ns = -1
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the moved moment, aware, in UTC."""
        try:
            mtime_ns = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            return datetime.now(UTC)
        if mtime_ns != self._mtime_ns:
            self._offset = timedelta(seconds=float(self._path.read_text() or 0))
            self._mtime_ns = mtime_ns
        return datetime.now(UTC) + self._offset


def iso(moment: datetime) -> str:
    """Write a moment as ISO 8601 with offset, as it goes on the wire."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def iso_or_none(moment: datetime | None) -> str | None:
    """Write a moment that may not have come."""
    return None if moment is None else iso(moment)


def local_day(moment: datetime) -> date:
    """Return the date in Shanghai."""
    return moment.astimezone(SHANGHAI).date()
