"""A house of its own for the tests of sync: they change people's rights, and ticks come every second."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.server import Server
from tests.sync.world import World


@pytest.fixture(scope="session")
def house(make_server: Callable[..., Server]) -> Server:
    """Give the server that the tests of sync share."""
    return make_server(TICK_S="1")


@pytest.fixture(scope="session")
def world(house: Server) -> World:
    """Give the people of that server, and ways to make things there."""
    return World(house)
