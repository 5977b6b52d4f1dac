"""The command-and-dispatch board."""

from __future__ import annotations

from typing import Any

from api.edge import Read, blueprint, route
from backend.newsroom.board.queries import read_board
from backend.newsroom.board.schemas import BoardSchema

blp = blueprint("board", "指挥调度 The command-and-dispatch board")


@route(blp, "GET /kitchen/board", needs="kitchen.read", returns=BoardSchema)
def get_board(call: Read) -> dict[str, Any]:
    """指挥大屏 What is late, and how much lies where."""
    return read_board(call.session)
