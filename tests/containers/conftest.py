"""One image for all tests of containers."""

from __future__ import annotations

import pytest

from tests.containers.podman import Podman


@pytest.fixture(scope="session")
def podman() -> Podman:
    """A podman whose store holds the house's image."""
    tool = Podman()
    tool.build()
    return tool
