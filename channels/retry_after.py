"""How long a server asks to be left alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# What asks for more is a mistake, or as good as a refusal.
_LONGEST = timedelta(days=1)


def read_retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the moment that `Retry-After` names in seconds or as a date, None without one that makes sense."""
    said = (headers.get("Retry-After") or "").strip()
    if said.isascii() and said.isdecimal():
        return now + min(timedelta(seconds=int(said[:9])), _LONGEST)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(moment, now + _LONGEST) if moment > now else None
