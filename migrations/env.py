"""Alembic's entry: migrates the application's own engine, in one transaction."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from flask import current_app

from backend.db import CanonicalJson, UtcDateTime
from backend.sealing import BlindIndex, Sealed

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
    """Run migrations online; there is no offline mode."""
    with engine.connect() as connection:
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


run()
