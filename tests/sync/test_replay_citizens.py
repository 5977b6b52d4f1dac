"""The same as test_replay.py, for what citizens, offices and live blogs do."""

from __future__ import annotations

import pytest

from tests.sync.deeds import Deed
from tests.sync.replay import OF_CITIZENS, compare_all, replay
from tests.sync.world import World


@pytest.mark.parametrize("deed", OF_CITIZENS, ids=lambda deed: deed.name)
def test_replay(world: World, deed: Deed) -> None:
    replay(world, deed)


def test_everybody_is_in_step_at_the_end(world: World) -> None:
    compare_all(world)
