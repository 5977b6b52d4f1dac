"""A database as one file and back: by PostgreSQL's own programs, or SQLite's own backup.

Both take one snapshot while the house goes on working, and both give back all or nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from backend.db import Base, Engine
from backend.sync.models import Head

# What libpq takes from its environment; a password must not stand on a command line, where everybody reads it.
_LIBPQ = {
    **{name: f"PG{name.upper()}" for name in ("host", "port", "user", "password", "options", "service", "passfile")},
    **{name: f"PG{name.upper()}" for name in ("sslmode", "sslrootcert", "sslcert", "sslkey")},
    "dbname": "PGDATABASE",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
_AT_ONCE, _PAGES = 2000, 1024
Progress = Callable[[str], None]


class BackupError(Exception):
    """A backup or a restore that cannot be; the text says why, in words for the operator."""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a table held: how many rows, and the SHA-256 of them in the order of their keys."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What tells whether two databases are the same.

    `database` is the name of the engine, `revision` that of the last migration, `event_seq` and `event_hash` are the
    head of the log.
    """

    database: str
    revision: str
    event_seq: int
    event_hash: str
    tables: dict[str, Digest]


def dump(engine: Engine, target: Path, progress: Progress) -> Facts:
    """Write the database into a file and return the facts, both of one moment.

    Raises:
        BackupError: a program is missing or failed.
    """
    if engine.is_sqlite:
        with closing(sqlite3.connect(engine.url.database or "")) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=_PAGES)
        copied = Engine(f"sqlite:///{target}")
        facts = read_facts(copied, progress)
        copied.sa.dispose()
        with closing(sqlite3.connect(target)) as copy:
            # One file, with nothing beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        return facts
    with _snapshot(engine) as (connection, name):
        progress("数据库 database")
        _run("pg_dump", ["--format=custom", "--no-owner", "--no-acl", f"--snapshot={name}", f"--file={target}"], engine)
        return _facts(connection, progress)


def load(engine: Engine, source: Path) -> None:
    """Put a dump into an empty database, all of it or nothing.

    Raises:
        BackupError: the database is not empty, or a program is missing or failed.
    """
    demand_empty(engine)
    if engine.is_sqlite:
        engine.sa.dispose()
        path = Path(engine.url.database or "")
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(path)) as target:
            copy.backup(target, pages=-1)
        return
    options = ["--no-owner", "--no-acl", "--exit-on-error", "--single-transaction"]
    _run("pg_restore", [*options, f"--dbname={_arguments(engine)['dbname']}", str(source)], engine)


def demand_empty(engine: Engine) -> None:
    """Refuse a database that has tables.

    Raises:
        BackupError: it has.
    """
    with engine.sa.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
    if tables:
        raise BackupError("数据库不是空的，不能恢复到这里 (the database is not empty; nothing was changed)")


def read_facts(engine: Engine, progress: Progress) -> Facts:
    """Return the facts of a database, all of one moment.

    Raises:
        BackupError: there is no house in it.
    """
    if engine.is_sqlite:
        with engine.sa.connect() as connection:
            return _facts(connection, progress)
    with _snapshot(engine) as (connection, _):
        return _facts(connection, progress)


def _facts(connection: sa.Connection, progress: Progress) -> Facts:
    there = set(sa.inspect(connection).get_table_names())
    if Head.__tablename__ not in there:
        raise BackupError("数据库里什么也没有 (there is nothing in the database); flask --app wsgi prepare")
    found = {}
    for table in sorted(Base.metadata.tables.values(), key=lambda table: table.name):
        if table.name in there:
            progress(table.name)
            found[table.name] = _digest(connection, table)
    head = connection.execute(sa.select(Head.event_seq, Head.event_hash)).one()
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    return Facts(connection.dialect.name, str(revision), head.event_seq, head.event_hash, found)


def _digest(connection: sa.Connection, table: sa.Table) -> Digest:
    keys = list(table.primary_key.columns) or list(table.columns)
    # The values as they lie there: reading them through our types would hide a difference in their bytes.
    columns = [sa.type_coerce(column, sa.types.NullType()) for column in sorted(table.columns, key=lambda c: c.name)]
    # By bytes and not by a language's rules, which are another machine's to change.
    order = [sa.collate(key, "C") if _is_text(connection, key) else key for key in keys]
    query = sa.select(*columns).order_by(*order).execution_options(yield_per=_AT_ONCE)
    rows, running = 0, hashlib.sha256()
    for row in connection.execute(query):
        rows += 1
        running.update(repr([_plain(value) for value in row]).encode())
    return Digest(rows, running.hexdigest())


def _is_text(connection: sa.Connection, column: sa.Column[Any]) -> bool:
    return connection.dialect.name == "postgresql" and isinstance(column.type, sa.String)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


@contextmanager
def _snapshot(engine: Engine) -> Iterator[tuple[sa.Connection, str]]:
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.sa.connect() as plain:
        connection = plain.execution_options(**options)
        # In one zone, so that moments read the same on another server.
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        yield connection, str(connection.exec_driver_sql("SELECT pg_export_snapshot()").scalar())


def _arguments(engine: Engine) -> dict[str, str]:
    _, given = engine.sa.dialect.create_connect_args(engine.url)
    return {name: str(value) for name, value in given.items()}


def _run(program: str, arguments: list[str], engine: Engine) -> None:
    path = shutil.which(program)
    if path is None:
        raise BackupError(f"找不到 {program}，请安装 postgresql-client ({program} is missing)")
    env = dict(os.environ) | {_LIBPQ[name]: value for name, value in _arguments(engine).items() if name in _LIBPQ}
    done = subprocess.run([path, *arguments], env=env, capture_output=True, text=True, check=False)  # noqa: S603  # ours
    if done.returncode != 0:
        raise BackupError(f"{program}: {done.stderr.strip() or done.returncode}")
