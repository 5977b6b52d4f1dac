"""The dictionary of the text aids."""

from __future__ import annotations

from api.edge import blueprint

blp = blueprint("dictionary", "词库 The dictionary of the text aids")
