"""Engine, column types and transactions. The same code drives SQLite and PostgreSQL.

SQLite: WAL, `synchronous=FULL`, no busy time-out; a writer begins IMMEDIATE in a cooperative retry loop, because the
library's own waiting would freeze every green thread of the process. PostgreSQL: READ COMMITTED for units of work,
one read-only snapshot (REPEATABLE READ) for reads.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool
from sqlalchemy.types import TypeDecorator

DEFAULT_POOL = 10
_POOL_WAIT_S = 10.0
_PING_AFTER_S = 1.0
_LOCK_WAIT_S = 30.0
_LOCK_RETRY_S = 0.002
_DEADLOCK, _SERIALIZATION = "40P01", "40001"

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of all tables."""

    metadata = sa.MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. Refuses naive values."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Turn into UTC before storing."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give back an aware value, which SQLite forgets."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class CanonicalJson(TypeDecorator[Any]):
    """JSON as text with sorted keys: the bytes that are hashed are the bytes that are stored."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Write canonical text."""
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        """Read it back."""
        return None if value is None else json.loads(value)


def canonical(value: Any) -> str:
    """Write JSON with sorted keys and no spaces, so that equal values are equal text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def insert_into(session: Session, table: type[Any]) -> Any:
    """Begin an INSERT that can say what happens to rows that are there already."""
    return (sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert)(table)


def take_turns(session: Session, *names: str) -> None:
    """Have all transactions that name one of these go one after the other, each until its end.

    For what is counted and has no row of its own to be locked; SQLite has one writer anyway. All names of a transaction
    are given at once, so that two never wait for each other.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    digests = (hashlib.sha256(name.encode()).digest() for name in names)
    for number in sorted({int.from_bytes(digest[:8], "big", signed=True) for digest in digests}):
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def delete_some(session: Session, rows: type[Any] | sa.Table, old: sa.ColumnElement[bool], most: int) -> bool:
    """Delete so many of the rows that this is true of; tell whether more may be left.

    Long lists are deleted by many short transactions: SQLite has one writer, who keeps all others waiting.
    """
    table: sa.Table = rows if isinstance(rows, sa.Table) else sa.inspect(rows).local_table
    key = sa.tuple_(*table.primary_key.columns)
    some = sa.select(*table.primary_key.columns).where(old).limit(most)
    delete = sa.delete(table).where(key.in_(some))
    gone = session.execute(delete.execution_options(synchronize_session=False))
    return cast("sa.CursorResult[Any]", gone).rowcount >= most


def is_transient(error: DBAPIError) -> bool:
    """Tell whether running the same unit of work again may succeed (deadlock or serialisation failure)."""
    return getattr(error.orig, "pgcode", None) in {_DEADLOCK, _SERIALIZATION}


class Engine:
    """A database engine that opens read snapshots and write transactions."""

    def __init__(self, url: str, pool: int = DEFAULT_POOL) -> None:
        self._pool = pool
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.sa = self._sqlite() if self.is_sqlite else self._postgresql()
        # One writer at a time is SQLite's own rule; queueing for it here is fair and costs no polling.
        self._writer = threading.Lock()

    # Errors are logged, and what a statement was given may be somebody's name or number.

    def _sqlite(self) -> sa.Engine:
        engine = sa.create_engine(
            self.url,
            connect_args={"timeout": 0, "check_same_thread": False},
            pool_size=16,
            max_overflow=64,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _postgresql(self) -> sa.Engine:
        engine = sa.create_engine(
            self.url,
            pool_size=self._pool,
            max_overflow=self._pool,
            pool_timeout=_POOL_WAIT_S,
            connect_args={"connect_timeout": 5},
            hide_parameters=True,
        )
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ping_if_idle, engine.dialect))
        return engine

    @property
    def shared_connections(self) -> int | None:
        """How many connections those may use who can wait, so that some are left; None where there is no such bound."""
        return None if self.is_sqlite else self._pool * 2 - max(1, self._pool // 2)

    @property
    def is_crowded(self) -> bool:
        """Whether so many connections are in use that those who must not wait might have to."""
        pool, most = self.sa.pool, self.shared_connections
        return most is not None and isinstance(pool, QueuePool) and pool.checkedout() > most

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session on one consistent snapshot, read only."""
        options: dict[str, Any] = (
            {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with self.sa.connect() as connection, Session(connection.execution_options(**options)) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session in a write transaction. The caller commits; leaving without a commit rolls back."""
        if not self.is_sqlite:
            with Session(self.sa, expire_on_commit=False) as session:
                yield session
            return
        with self._writer, self.sa.connect() as connection:
            _begin_immediate(connection)
            with Session(connection, expire_on_commit=False, join_transaction_mode="control_fully") as session:
                yield session


def _note_use(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _ping_if_idle(dialect: sa.Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Ask a connection that has lain for a while whether it is still there, and have it replaced if not.

    The library's own pre-ping asks each time, which is a fifth of a short read. One that breaks between two uses in
    quick succession is met by the statement, which is a 503 and replaces all of them.
    """
    if time.monotonic() - record.info.get("used_at", time.monotonic()) < _PING_AFTER_S:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error:
        raise DisconnectionError from None


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions by itself: BEGIN IMMEDIATE and BEGIN are told apart below.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=0"):
        _retry(lambda statement=pragma: connection.execute(f"PRAGMA {statement}"))


def _begin_sqlite(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("immediate") else "BEGIN")


def _begin_immediate(connection: sa.Connection) -> None:
    connection.execution_options(immediate=True)
    _retry(connection.begin)


def _retry(attempt: Any) -> None:
    """Try until another process lets go of the file, yielding to other green threads meanwhile."""
    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            attempt()
            return
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_LOCK_RETRY_S)
