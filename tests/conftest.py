"""Fixtures: one running application a worker of pytest, and clients to use it with.

`TEST_POSTGRES_URL` runs the same suite on PostgreSQL, `ASYNC_MODE` in another async mode.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fakes import fcm
from tests.support.server import ScratchDatabase, Server, postgres_url

# Requests to servers on this machine never go through a proxy.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"


@pytest.fixture(scope="session")
def vendor() -> Iterator[fcm.FakeFcm]:
    """Give a fake push vendor, shared by all servers of this pytest process."""
    served = fcm.serve()
    yield served
    served.stop()


@pytest.fixture(scope="session")
def make_server(
    vendor: fcm.FakeFcm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Server]]:
    """Give a maker of further servers, for tests that kill, restart or move the clock far."""
    with ExitStack() as stack:

        def make(*, start: bool = True, **env: str) -> Server:
            database = None
            if admin := postgres_url():
                database = ScratchDatabase(admin)
                stack.callback(database.drop)
            data_dir: Path = tmp_path_factory.mktemp("server")
            made = Server(data_dir, vendor, database.url if database else None, **env)
            stack.callback(_stop, made)
            return made.start() if start else made

        yield make


def _stop(made: Server) -> None:
    if made.process is not None and made.process.poll() is None:
        made.kill()


@pytest.fixture(scope="session")
def server(make_server: Callable[..., Server]) -> Server:
    """Give the server that most tests share; tests make their own things in it and never count on being alone."""
    return make_server()
