"""Looking into a server's database from outside, for what no endpoint shows."""

from __future__ import annotations

import importlib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import backend
from backend.config import load_settings
from backend.db import Base
from backend.sealing import DataKeys, KeyLost, sealed_columns
from tests.support.server import Server


def keys_of(server: Server) -> DataKeys:
    """Return the keys that a server's database is sealed with."""
    return DataKeys(load_settings(server.env).data_keys)


@cache
def metadata() -> sa.MetaData:
    """Return all tables of the house, as its models have them."""
    root = Path(backend.__path__[0])
    for file in root.rglob("*.py"):
        if "__tablename__" in file.read_text(encoding="utf-8"):
            importlib.import_module(".".join(("backend", *file.relative_to(root).with_suffix("").parts)))
    return Base.metadata


def in_clear(server: Server, rows: list[tuple[Any, ...]]) -> str:
    """Write rows as text to be searched, with what is sealed in them opened, in whichever columns it lies."""
    return "\n".join(str([unsealed(server, value) for value in row]) for row in rows)


def unsealed(server: Server, value: Any) -> Any:
    """Return what was sealed as this, whichever column it is from; anything else as it is."""
    if isinstance(value, str) and value.startswith("s1."):
        keys = keys_of(server)
        for column in sealed_columns(metadata()):
            with suppress(KeyLost):
                return keys.unseal(value, column.type.column)
    return value


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
