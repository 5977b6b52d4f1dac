"""Connections to PostgreSQL that break: while they lie idle nobody notices; in the middle of work it is one refusal."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg2
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from backend.db import Engine
from tests.support.server import ROOT, ScratchDatabase, Server, postgres_url, wait_until

pytestmark = pytest.mark.skipif(not postgres_url(), reason="needs PostgreSQL: a file does not hang up")


@pytest.fixture
def database() -> Iterator[ScratchDatabase]:
    made = ScratchDatabase(postgres_url() or "")
    yield made
    made.drop()


def hang_up(database: ScratchDatabase) -> None:
    """End all connections to it from the database's side, as a restart does."""
    admin = psycopg2.connect(postgres_url())
    admin.autocommit = True
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
    admin.cursor().execute(ended, (database.name,))
    admin.close()


def engine_of(database: ScratchDatabase) -> Engine:
    return Engine(database.url.replace("postgresql://", "postgresql+psycopg2://", 1))


def read(engine: Engine) -> int:
    with engine.reading() as session:
        return session.scalar(sa.text("SELECT pg_backend_pid()")) or 0


def test_one_that_broke_while_it_lay_idle_is_replaced_unnoticed(database: ScratchDatabase) -> None:
    engine = engine_of(database)
    used = read(engine)
    used_at = time.monotonic()
    assert read(engine) == used, "it is used again"
    hang_up(database)
    wait_until(lambda: time.monotonic() > used_at + 1.5)
    assert read(engine) not in {0, used}
    engine.sa.dispose()


def test_one_that_breaks_between_two_uses_is_one_refusal(database: ScratchDatabase) -> None:
    engine = engine_of(database)
    used = read(engine)
    hang_up(database)
    with pytest.raises(OperationalError):
        read(engine)
    assert read(engine) not in {0, used}
    engine.sa.dispose()


def test_one_of_another_alphabet_is_refused_by_name_and_left_empty(
    database: ScratchDatabase, make_server: Callable[..., Server]
) -> None:
    server = make_server(start=False)
    other = f"{database.name}_ascii"
    with closing(psycopg2.connect(postgres_url())) as admin:
        admin.autocommit = True
        admin.cursor().execute(f"CREATE DATABASE {other} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
        try:
            env = server.env | {"DATABASE_URL": database.url.replace(database.name, other)}
            command = [sys.executable, "-m", "flask", "--app", "wsgi", "prepare"]
            run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
            assert run.returncode == 1
            assert "SQL_ASCII" in run.stderr
            assert "Traceback" not in run.stderr
            with closing(psycopg2.connect(env["DATABASE_URL"])) as connection, connection.cursor() as cursor:
                cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
                assert cursor.fetchone() == (0,)
        finally:
            admin.cursor().execute(f"DROP DATABASE {other} WITH (FORCE)")
