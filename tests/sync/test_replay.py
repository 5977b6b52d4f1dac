"""For every action and every reader: what they held before, with the rows since, is what a newcomer is given."""

from __future__ import annotations

import pytest

from tests.support.server import Server
from tests.sync.deeds import DEEDS, SILENT, Deed
from tests.sync.replay import OF_NEWSROOM, compare_all, replay
from tests.sync.world import World


@pytest.mark.parametrize("deed", OF_NEWSROOM, ids=lambda deed: deed.name)
def test_replay(world: World, deed: Deed) -> None:
    replay(world, deed)


def test_everybody_is_in_step_at_the_end(world: World) -> None:
    compare_all(world)


def test_the_table_has_every_operation_that_writes(house: Server) -> None:
    paths = house.anonymous().does("GET", "/openapi.json")["paths"]
    prefix = "/api/v1"
    writes = {
        f"{method.upper()} {path.removeprefix(prefix)}"
        for path, operations in paths.items()
        for method in operations
        if method in {"post", "put", "patch", "delete"}
    }
    assert writes - SILENT == {call for deed in DEEDS for call in deed.calls}
