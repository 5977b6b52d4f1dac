"""Fixtures of the kitchen's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.newsroom.kitchen import demand_true_board
from tests.newsroom.outlets import Outlets, open_outlets
from tests.support.server import Server


@pytest.fixture(scope="module")
def outlets(make_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outlets]:
    """Give a server of the module's own with vendors of its own, which must meet no error it has no answer for."""
    made = open_outlets(make_server, tmp_path_factory.mktemp("outlets"))
    yield made
    assert not (found := made.server.unexpected()), "\n".join(found)
    demand_true_board(made.server)
    for vendor in (made.wechat, made.weibo, made.partner):
        vendor.stop()
