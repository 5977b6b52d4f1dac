"""What tests of push targets hand over, and the moment at which they do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from notifications.targets.base import Push

NOW = datetime(2019, 8, 2, 1, 0, tzinfo=UTC)


class FixedClock:
    """A clock that always shows `NOW`."""

    def now(self) -> datetime:
        """Return it."""
        return NOW


def a_push(**changes: Any) -> Push:
    """Make a push as most are, but for what is given."""
    fields = {
        "title": "宝山融媒体中心成立",
        "body": "七个单位合到一处，一次采集，多种生成。",
        "data": {"kind": "article", "id": "0190-1", "seq": "42"},
        "collapse_key": "article:0190-1",
        "ttl_s": 3600,
        "priority": "high",
    }
    return Push(**{**fields, **changes})
