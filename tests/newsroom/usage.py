"""Phones that report their use, and the figures that come of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from backend.clock import SHANGHAI
from tests.support import tables
from tests.support.server import Server, wait_until

DAY = 86_400
Sample = dict[str, Any]
# The demo has made-up use of its own, up to the day it was loaded; tests live long after it.
FAR = 100 * DAY


def now_of(server: Server) -> datetime:
    """Return the time as the server has it."""
    offset = float(server.clock_file.read_text() or 0) if server.clock_file.exists() else 0.0
    return datetime.now(UTC) + timedelta(seconds=offset)


def today_of(server: Server) -> str:
    return now_of(server).astimezone(SHANGHAI).date().isoformat()


def to_hour(server: Server, hour: int, days: int = 0) -> None:
    """Move time on to this hour in Shanghai, of the next day that has it ahead, or so many days later."""
    now = now_of(server).astimezone(SHANGHAI)
    then = now.replace(hour=hour, minute=10, second=0, microsecond=0) + timedelta(days=days)
    if then <= now:
        then += timedelta(days=1)
    server.move_clock((then - now).total_seconds())


def sample(server: Server, kind: str, ago: float = 0, **more: Any) -> Sample:
    at = now_of(server) - timedelta(seconds=ago)
    return {"id": uuid.uuid4().hex, "at": at.isoformat(timespec="milliseconds"), "kind": kind} | more


def read(server: Server, article: str, *, complete: bool = True, seconds: int = 30, ago: float = 0) -> Sample:
    return sample(server, "read", ago, article=article, seconds=seconds, complete=complete)


def post(server: Server, installation: str, samples: Iterable[Sample], **headers: str) -> requests.Response:
    form = {"installation": installation, "samples": list(samples)}
    return requests.post(f"{server.url}/api/v1/usage", json=form, headers=headers, timeout=20)


def report(server: Server, installation: str, *samples: Sample) -> dict[str, Any]:
    """Report samples that must be taken in; return what became of them."""
    answer = post(server, installation, samples)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def phones(count: int) -> list[str]:
    """Make up installations."""
    return [uuid.uuid4().hex for _ in range(count)]


def figures(server: Server, who: str = "chief", **days: str) -> dict[str, dict[str, Any]]:
    """Return the figures by id; `first` and `last` are the days, today if none is given."""
    today = today_of(server)
    first, last = days.get("first", today), days.get("last", today)
    found = server.staff(who).does("GET", f"/kitchen/operation?from={first}&to={last}")
    return {figure["id"]: figure for figure in found["figures"]}


def row(figure: dict[str, Any], key: str) -> dict[str, Any]:
    """Return the cells of a row by their columns: a number, "hidden", or None for one that is not there yet."""
    line = next(line for line in figure["rows"] if line["key"] == key)
    return {
        column["id"]: "hidden" if cell.get("suppressed") else cell["value"]
        for column, cell in zip(figure["columns"], line["values"], strict=True)
    }


def counted(server: Server) -> None:
    """Wait until everything that has come in by now is counted."""
    server.move_clock(3_661)
    due = "SELECT kind, key FROM job WHERE kind LIKE 'operation.%' AND state IN ('ready', 'leased') AND run_at <= :now"
    now = now_of(server)
    wait_until(lambda: not tables.run(server, due, now=now), 60, 0.1)
