"""Putting inbox entries on many people's streams at a steady rate: `python -m bench.writer URL PEOPLE ROWS SECONDS`.

ROWS is how many a second. Each title carries the moment at which its unit of work began, as the load program reads it.
Prints how many rows were committed.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator

import sqlalchemy as sa

from backend.accounts.models import Account
from backend.clock import SystemClock
from backend.config import load_settings
from backend.db import Engine
from backend.ids import new_id
from backend.inbox.models import Bell
from backend.sync import streams
from backend.unit_of_work import Database, UnitOfWork

A_UNIT = 50


def main(url: str, people: int, rows_a_second: int, seconds: float) -> int:
    """Write at this rate for so long; return how many rows were committed."""
    database = Database(Engine(load_settings({"DATABASE_URL": url, "DEMO": "1"}).database_url), SystemClock())
    with database.reading() as session:
        query = sa.select(Account.id).where(Account.kind == "citizen", Account.name.like("市民%"))
        owners = itertools.cycle(session.scalars(query.order_by(Account.id).limit(people)).all())
    begun, written = time.monotonic(), 0
    while (now := time.monotonic()) < begun + seconds:
        due = begun + written / rows_a_second
        if now < due:
            # Not a wait for something to happen but the rate itself.
            time.sleep(due - now)
        with database.unit() as unit:
            ring(unit, itertools.islice(owners, A_UNIT))
        written += A_UNIT
    return written


def ring(unit: UnitOfWork, owners: Iterator[str]) -> None:
    """Put an entry into the inbox of each, as the planner does when a case takes a step."""
    stamp = time.monotonic_ns()
    for owner in owners:
        bell = Bell(
            id=new_id(),
            ver=1,
            account_id=owner,
            key=new_id(),
            title=f"诉求 20261125-0001 已受理 bench-@{stamp}-",
            text="点开查看办理进度",
            about_kind="request",
            about_id=owner,
            gone=False,
            at=unit.now,
            read_at=None,
        )
        unit.session.add(bell)
        unit.place("bell", bell.id, bell.ver, {streams.user(owner)})


if __name__ == "__main__":
    print(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])))
