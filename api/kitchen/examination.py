"""Examination: 三审三校."""

from __future__ import annotations

from api.edge import blueprint

blp = blueprint("examination", "审核 Examination: 三审三校")
