"""Units, desks and people."""

from __future__ import annotations

from api.edge import blueprint

blp = blueprint("units", "媒体单位 Units, desks and people")
