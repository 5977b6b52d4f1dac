"""A vendor that answers nobody, found out by several jobs at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from backend.inbox.rings.actions import rest_vendor, resting, wake_vendor
from backend.unit_of_work import Database
from tests.sync.conftest import HandClock

AT_ONCE = 4


def find_out(database: Database, wait_s: float = 0) -> None:
    with database.unit() as unit:
        rest_vendor(unit, "jpush", wait_s)


def rests_for(database: Database, clock: HandClock) -> float:
    with database.reading() as session:
        row = resting(session, "jpush", clock.now())
        return (row.until - clock.now()).total_seconds() if row else 0


def test_a_vendor_is_left_alone_for_longer_each_time_and_for_as_long_as_it_asks(
    database: Database, clock: HandClock
) -> None:
    waits = []
    for _ in range(8):
        find_out(database)
        waits.append(rests_for(database, clock))
        clock.move(waits[-1])
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    find_out(database, wait_s=300)
    assert rests_for(database, clock) == 300
    with database.unit() as unit:
        wake_vendor(unit, "jpush")
    assert rests_for(database, clock) == 0
    find_out(database)
    assert rests_for(database, clock) == 2


def test_several_jobs_that_find_it_out_at_once_all_end_and_count_once(database: Database, clock: HandClock) -> None:
    for _ in range(10):
        together = threading.Barrier(AT_ONCE)

        def at_once(_number: int, together: threading.Barrier = together) -> None:
            together.wait()
            find_out(database)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(at_once, range(AT_ONCE)))
        assert rests_for(database, clock) == 2
        with database.unit() as unit:
            wake_vendor(unit, "jpush")
