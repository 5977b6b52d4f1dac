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

# The release of before: not each migration changes a table, but some of a release do.
LEVEL_10 = "0025"
_TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"

pytestmark = pytest.mark.skipif(not postgres_url(), reason="SQLite has one lock for all, and waits for it by itself")


def test_a_table_in_use_is_waited_for_in_turns_and_nobody_else_waits(make_server: Callable[..., Server]) -> None:
    house = make_server(start=False)
    house.flask("db", "downgrade", LEVEL_10)
    ended: list[CompletedProcess[str]] = []
    migrating = threading.Thread(target=lambda: ended.append(house.flask("prepare", check=False)))
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"
    with closing(psycopg2.connect(house.env["DATABASE_URL"])) as holder:
        # Somebody who has looked at every table, and is not done.
        every = ", ".join(str(name) for (name,) in tables.run(house, _TABLES))
        holder.cursor().execute(f"LOCK TABLE {every} IN ACCESS SHARE MODE")
        migrating.start()
        wait_until(lambda: tables.run(house, waiting) == [(1,)], 60)
        # It gives way, so that those behind it get through, and comes again.
        wait_until(lambda: tables.run(house, waiting) == [(0,)])
        assert tables.run(house, "SELECT count(*) > 0 FROM job") == [(True,)]
        assert not ended
        holder.rollback()
    migrating.join(120)
    assert ended[0].returncode == 0, ended[0].stderr
    assert "再试" in ended[0].stderr
    house.start()
    assert house.anonymous().get("/feed").ok
