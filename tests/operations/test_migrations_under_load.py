"""A release migrates while the house works: whoever holds a table is waited for, and holds up nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from subprocess import CompletedProcess

import psycopg2
import pytest

from tests.support import tables
from tests.support.server import Server, postgres_url, wait_until

pytestmark = pytest.mark.skipif(not postgres_url(), reason="SQLite has one lock for all, and waits for it by itself")


def test_a_table_in_use_is_waited_for_in_turns_and_nobody_else_waits(make_server: Callable[..., Server]) -> None:
    house = make_server(start=False)
    # One release behind: the column of the last one is not there yet.
    tables.run(house, "ALTER TABLE job DROP COLUMN trace")
    tables.run(house, "UPDATE alembic_version SET version_num = '0021'")
    ended: list[CompletedProcess[str]] = []
    migrating = threading.Thread(target=lambda: ended.append(house.flask("prepare", check=False)))
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'job'::regclass"
    with closing(psycopg2.connect(house.env["DATABASE_URL"])) as holder:
        holder.cursor().execute("SELECT count(*) FROM job")
        migrating.start()
        wait_until(lambda: tables.run(house, waiting) == [(1,)], 60)
        # It gives way, so that those behind it get through, and comes again.
        wait_until(lambda: tables.run(house, waiting) == [(0,)])
        assert tables.run(house, "SELECT count(*) >= 0 FROM job") == [(True,)]
        assert not ended
        holder.rollback()
    migrating.join(120)
    assert ended[0].returncode == 0, ended[0].stderr
    assert "再试" in ended[0].stderr
    house.start()
    assert house.anonymous().get("/feed").ok
