"""Interview: assignments and material."""

from __future__ import annotations

from api.edge import blueprint

blp = blueprint("interview", "采访 Interview: assignments and material")
