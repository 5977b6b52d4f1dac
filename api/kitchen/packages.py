"""Packages and renditions."""

from __future__ import annotations

from api.edge import blueprint

blp = blueprint("packages", "产品包 Packages and renditions")
