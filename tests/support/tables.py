"""Looking into a server's database from outside, for what no endpoint shows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.config import load_settings
from tests.support.server import Server


def run(server: Server, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """Run one statement on a server's database; return its rows, if it gives any."""
    engine = sa.create_engine(load_settings(server.env).database_url, connect_args=_patience(server))
    try:
        with engine.begin() as connection:
            result = connection.execute(sa.text(statement), values)
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def _patience(server: Server) -> dict[str, Any]:
    return {} if "DATABASE_URL" in server.env else {"timeout": 30}


def run_many(server: Server, statement: str, rows: list[dict[str, Any]]) -> None:
    """Run one statement for each of many rows."""
    engine = sa.create_engine(load_settings(server.env).database_url, connect_args=_patience(server))
    with engine.begin() as connection:
        connection.execute(sa.text(statement), rows)
    engine.dispose()
