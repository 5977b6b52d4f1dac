"""Alembic's entry: migrates the application's own engine, in one transaction."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from flask import current_app
from sqlalchemy.exc import OperationalError

from backend.db import CanonicalJson, UtcDateTime
from backend.sealing import BlindIndex, Sealed

LOCK_WAIT_S, LOCK_PAUSE_S, LOCK_TRIES = 3, 2, 12
_LOCK_NOT_AVAILABLE = "55P03"
engine = current_app.extensions["database"].engine.sa
metadata = current_app.extensions["base"].metadata


def render_item(kind: str, item: Any, _autogenerate: Any) -> str | Literal[False]:
    """Write the house's own column types as the plain ones they are stored as, so that migrations stand alone."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, BlindIndex):
        return "sa.String(length=64)"
    if kind == "type" and isinstance(item, CanonicalJson | Sealed):
        return "sa.Text()"
    return False


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave the engines' own index of search alone: its tables differ, and `backend.search.index` owns them."""
    return kind != "table" or name is None or not name.startswith("search_index")


def _mind_references(connection: sa.Connection, *, mind: bool) -> None:
    """Let SQLite look away while a table is made anew: dropping the old one would break every reference to it.

    It can only be told outside a transaction, so the driver is asked and not SQLAlchemy, which would begin one.
    """
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        raw.execute(f"PRAGMA foreign_keys={'ON' if mind else 'OFF'}")  # type: ignore[union-attr]  # it is connected


def _demand_references(connection: sa.Connection) -> None:
    """Raise if a reference leads nowhere now; the migration is undone then."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        if broken:
            raise RuntimeError(f"the migration broke references: {broken[:5]}")


def run() -> None:
    """Run migrations online, all of them or none; there is no offline mode.

    A table that others use is waited for briefly, and again a moment later: whoever asked for it after us would have to
    wait as long as we do.

    Raises:
        SystemExit: somebody held a table all the while.
    """
    for _ in range(LOCK_TRIES):
        try:
            _migrate()
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) != _LOCK_NOT_AVAILABLE:
                raise
            sys.stderr.write("有事务占着要改的表，稍后再试 (a table is in use, trying again)\n")
            time.sleep(LOCK_PAUSE_S)
        else:
            return
    raise SystemExit("要改的表一直被占用，没有改动 (a table was in use all the while; nothing was changed)")


def _migrate() -> None:
    with engine.connect() as connection, _briefly(connection):
        _mind_references(connection, mind=False)
        context.configure(
            connection=connection,
            target_metadata=metadata,
            compare_type=True,
            render_as_batch=True,
            render_item=render_item,
            include_name=include_name,
            # SQLite can undo its DDL too, though alembic does not count on it: a migration is whole or not there.
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            _demand_references(connection)
        _mind_references(connection, mind=True)


@contextmanager
def _briefly(connection: sa.Connection) -> Iterator[None]:
    """Have PostgreSQL wait for a lock for some seconds only, until this connection is given back."""
    if connection.dialect.name != "postgresql":
        yield
        return
    # Committed, so that alembic finds no transaction open.
    connection.exec_driver_sql(f"SET lock_timeout = '{LOCK_WAIT_S}s'")
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.exec_driver_sql("RESET lock_timeout")
        connection.commit()


run()
