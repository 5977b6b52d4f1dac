"""Looking into a server's database, and working on it with the house's own objects from this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from backend.clock import SystemClock
from backend.db import Engine
from backend.sealing import lend
from backend.unit_of_work import Database
from tests.support.server import Server
from tests.support.tables import keys_of


def url_of(server: Server) -> str:
    """Return where a server keeps its data."""
    url = server.env.get("DATABASE_URL") or f"sqlite:///{server.data_dir / 'ronghui.db'}"
    return url.replace("postgresql://", "postgresql+psycopg2://")


@contextmanager
def opened(server: Server) -> Iterator[Database]:
    """Open a server's database, as another process of the house would."""
    engine = Engine(url_of(server))
    lend(engine.sa, keys_of(server))
    yield Database(engine, SystemClock())
    engine.sa.dispose()


def rows(server: Server, statement: str, **values: Any) -> list[Any]:
    """Run a query."""
    with opened(server) as database, database.reading() as session:
        return list(session.execute(sa.text(statement), values).all())
