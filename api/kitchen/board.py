"""The board."""

from __future__ import annotations

from api.edge import blueprint

blp = blueprint("board", "指挥调度 The board")
