"""A rule set: every number of the assessment as data, and the one the house begins with. No database.

Numbers are decimals written as text, so that what is stored is what is reckoned with.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from backend.db import canonical

TYPES = {
    "brief": "简讯",
    "photo_set": "组图",
    "text": "文字稿",
    "short_video": "短视频",
    "live": "直播",
    "in_depth": "深度报道",
}
GRADES = ("A", "B", "C", "D")
SEVERITIES = ("S1", "S2", "S3")
STEPS = ("P1", "R1", "P2", "R2", "P3", "R3")
# How high a medium stands that took a piece over; each higher than the one before it.
LEVELS = {"district": "区级", "city": "市级", "national": "中央"}

# NEWSROOM.md section 6. What it leaves open is in docs/adr/0014.
FIRST: dict[str, Any] = {
    "base": {"brief": "2", "photo_set": "5", "text": "6", "short_video": "10", "live": "15", "in_depth": "20"},
    "grade": {"A": "1.5", "B": "1.2", "C": "1.0", "D": "0.6"},
    "usual_grade": "C",
    "types": {
        "brief_below_chars": 200,
        "in_depth_from_chars": 3000,
        "photo_set_from_images": 4,
        "photo_set_below_chars": 600,
    },
    "kinds": {"edited": "0.10", "mechanical": "0.03", "cap": "0.40"},
    "time": {"in_time": "0.10", "late": "0.05", "late_minutes": 30, "floor": "0.30"},
    "mobile": {"points": "1", "media": ["app", "wechat", "weibo"]},
    "reach": {"factor": "3", "cap": "12", "scale": "1000", "divisor": "100"},
    "checker": {
        "review": "0.5",
        "proof_per_1000_chars": "0.2",
        "finding": "0.5",
        "finding_cap": "3",
        "read_floor_ms_per_1000_chars": 60_000,
        "sla_minutes": {"P1": 20, "R1": 30, "P2": 20, "R2": 30, "P3": 20, "R3": 30},
    },
    "other": {"lead": "1", "shift": "4", "on_site": "3", "on_site_minutes": 30},
    "penalty": {
        "severity": {"S1": "20", "S2": "8", "S3": "2"},
        "authors": "0.40",
        "step": "0.10",
        "self_reported": "0.5",
    },
    "pickup": {"district": "0", "city": "3", "national": "10"},
    "public_days": 3,
}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A version and its values. `number` reads one of them as a decimal: `rules.number("kinds", "cap")`."""

    version: int
    values: dict[str, Any]

    def number(self, *path: str) -> Decimal:
        """Return the decimal at this place."""
        return Decimal(self.at(*path))

    def at(self, *path: str) -> Any:
        """Return what stands at this place."""
        found: Any = self.values
        for name in path:
            found = found[name]
        return found

    def minutes(self, *path: str) -> timedelta:
        """Return the minutes at this place."""
        return timedelta(minutes=self.at(*path))


def hash_of(values: dict[str, Any]) -> str:
    """Hash the values of a rule set (SHA-256 over canonical JSON): a trial binds what it tried."""
    return hashlib.sha256(canonical(values).encode()).hexdigest()
