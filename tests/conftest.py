"""Fixtures: one running application a worker of pytest, and clients to use it with.

`TEST_POSTGRES_URL` runs the same suite on PostgreSQL, `ASYNC_MODE` in another async mode.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from fakes import fcm
from tests.support.server import ScratchDatabase, Server, postgres_url

# Requests to servers on this machine never go through a proxy.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

# A server on a busy machine is slow at times, and that is no finding. CI plays the same examples every time; at a
# desk they are new ones.
_CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
settings.register_profile("ci", _CALM, derandomize=True, print_blob=True)
settings.register_profile("desk", _CALM)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or "desk")

# Files with few tests that last minutes. With several workers they begin first, so that none of them is waited for
# alone in the end.
LONG = (
    *(
        "newsroom/test_publishing_chaos",
        "sync/test_kill",
        "contract/test_openapi",
        "contract/test_kitchen",
        "sync/test_replay",
        "sync/test_replay_citizens",
        "web/test_sync_client",
    ),
    *("sync/test_model", "newsroom/test_play", "test_processes", "test_edge", "test_scenario"),
    *("newsroom/test_newspaper", "sync/test_jobs", "test_bells", "test_push_storms", "test_push_vendors"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, and leave all others in their order."""
    rank = {name: place for place, name in enumerate(LONG)}
    root = Path(__file__).parent
    items.sort(key=lambda item: rank.get(str(item.path.relative_to(root).with_suffix("")), len(LONG)))


_shared: list[Server] = []
# Breaking news that nobody reviewed within half an hour closes the fast lane of whoever signed it. So a house that
# tests share is left for a new one before that, however slow the machine.
SHARED_FOR_S = 15 * 60
_shared_since = 0.0


@pytest.fixture(scope="session")
def vendor() -> Iterator[fcm.FakeFcm]:
    """Give a fake push vendor, shared by all servers of this pytest process."""
    served = fcm.serve()
    yield served
    served.stop()


@pytest.fixture
def well_behaved(vendor: fcm.FakeFcm) -> Iterator[None]:
    """Have the push vendor without rules and messages, before and after."""
    vendor.reset()
    yield
    vendor.reset()


Found = Callable[..., Server]


@pytest.fixture(scope="session")
def found(vendor: fcm.FakeFcm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """Give what founds servers, each to be stopped and cleared away by the `ExitStack` that it is founded on.

    The demo district is loaded once and copied, which saves each of them some seconds; `fresh` begins with nothing.
    """
    with ExitStack() as lasting:

        def scratch(stack: ExitStack, template: ScratchDatabase | None = None) -> ScratchDatabase | None:
            if not (admin := postgres_url()):
                return None
            database = ScratchDatabase(admin, template)
            stack.callback(database.drop)
            return database

        @cache
        def loaded() -> tuple[Path, ScratchDatabase | None]:
            database = scratch(lasting)
            data_dir = tmp_path_factory.mktemp("loaded")
            first = Server(data_dir, vendor, database.url if database else None)
            lasting.callback(_stop, first)
            first.start().stop()
            return data_dir, database

        def make(stack: ExitStack, *, start: bool = True, fresh: bool = False, **env: str) -> Server:
            data_dir: Path = tmp_path_factory.mktemp("server")
            template = None
            if not fresh:
                district, template = loaded()
                ignored = shutil.ignore_patterns("server.log", "fcm.json")
                shutil.copytree(district, data_dir, ignore=ignored, dirs_exist_ok=True)
            database = scratch(stack, template)
            made = Server(data_dir, vendor, database.url if database else None, **env)
            stack.callback(_stop, made)
            return made.start() if start else made

        yield make


def _stop(made: Server) -> None:
    if made.process is not None and made.process.poll() is None:
        made.kill()


@pytest.fixture(scope="module")
def make_server(found: Found) -> Iterator[Callable[..., Server]]:
    """Give a maker of further servers, for tests that kill, restart or move the clock far. They end with the module."""
    with ExitStack() as stack:
        yield partial(found, stack)


@pytest.fixture(scope="session")
def make_lasting_server(found: Found) -> Iterator[Callable[..., Server]]:
    """Give a maker of servers that several modules share."""
    with ExitStack() as stack:
        yield partial(found, stack)


@pytest.fixture(scope="module")
def server(make_lasting_server: Callable[..., Server]) -> Server:
    """Give the server that most tests share; tests make their own things in it and never count on being alone."""
    global _shared_since  # noqa: PLW0603  # one shared house a process of pytest
    if not _shared or time.monotonic() - _shared_since > SHARED_FOR_S:
        # Nobody uses the one before any more, and its tasks would go on.
        for left in _shared:
            _stop(left)
        _shared.append(make_lasting_server())
        _shared_since = time.monotonic()
    return _shared[-1]


@pytest.fixture(scope="module", autouse=True)
def nothing_unexpected() -> Iterator[None]:
    """Fail the module in which the shared server met an error that it had no answer for."""
    yield
    for made in _shared:
        unexpected = made.unexpected()
        assert not unexpected, "\n".join(unexpected)
