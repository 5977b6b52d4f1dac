"""Connections to PostgreSQL that break: while they lie idle nobody notices; in the middle of work it is one refusal."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg2
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from backend.db import Engine
from tests.support.server import ScratchDatabase, postgres_url, wait_until

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
