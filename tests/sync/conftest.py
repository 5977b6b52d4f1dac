"""A house of its own for each module of the tests of sync: they change people's rights, and ticks come every second."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.db import Engine
from backend.sealing import lend
from backend.unit_of_work import Database
from fakes import fcm, weibo
from tests.support.server import ScratchDatabase, Server, postgres_url
from tests.support.tables import keys_of
from tests.sync.database import url_of
from tests.sync.world import World


@pytest.fixture(scope="module")
def blog() -> Iterator[weibo.FakeWeibo]:
    """Give the vendor that the house of these tests publishes to; it has others of its own."""
    made = weibo.serve()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server], blog: weibo.FakeWeibo) -> Server:
    """Give the server that the tests of a module of sync share."""
    return make_server(
        TICK_S="1",
        WEIBO_URL=blog.url,
        WEIBO_ACCESS_TOKEN=weibo.TOKEN,
        WEIBO_DOMAIN=weibo.DOMAIN,
        WEIBO_RIP="203.0.113.7",
    )


@pytest.fixture(scope="module")
def world(house: Server, blog: weibo.FakeWeibo) -> World:
    """Give the people of that server, and ways to make things there."""
    return World(house, blog)


@dataclass(frozen=True)
class Migrated:
    """A server that was never started, on a database made by `flask db upgrade` and holding nothing."""

    server: Server
    scratch: ScratchDatabase | None


@pytest.fixture(scope="session")
def migrated(vendor: fcm.FakeFcm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """Migrate once; the tests work on copies."""
    scratch = ScratchDatabase(admin) if (admin := postgres_url()) else None
    made = Server(tmp_path_factory.mktemp("migrated"), vendor, scratch.url if scratch else None)
    made.flask("db", "upgrade")
    yield Migrated(made, scratch)
    if scratch is not None:
        scratch.drop()


@pytest.fixture
def empty(migrated: Migrated, vendor: fcm.FakeFcm, tmp_path: Path) -> Iterator[Server]:
    """Give a copy of the migrated and empty one, for one test."""
    if migrated.scratch is None:
        copy = Server(tmp_path / "data", vendor)
        shutil.copyfile(migrated.server.data_dir / "ronghui.db", copy.data_dir / "ronghui.db")
        yield copy
        return
    scratch = ScratchDatabase(str(postgres_url()), migrated.scratch)
    yield Server(tmp_path / "data", vendor, scratch.url)
    scratch.drop()


class HandClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 1, 8, tzinfo=UTC)

    def now(self) -> datetime:
        """Return its time."""
        return self._now

    def move(self, seconds: float) -> None:
        """Move it on."""
        self._now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HandClock:
    """Give the clock of `database`."""
    return HandClock()


@pytest.fixture
def database(empty: Server, clock: HandClock) -> Iterator[Database]:
    """Give the house's own database object on an empty database."""
    engine = Engine(url_of(empty))
    lend(engine.sa, keys_of(empty))
    yield Database(engine, clock)
    engine.sa.dispose()
