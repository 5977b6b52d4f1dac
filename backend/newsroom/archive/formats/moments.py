"""Dates as other houses write them. Without a zone they are Shanghai's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime

from backend.clock import SHANGHAI

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_DAY = r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))"
_TIME = r"(\d{1,2}):?(\d{2})(?::?(\d{2}))?(?:[.,]\d{1,9})?"
_ZONE = r"(Z|[+-]\d{2}:?\d{2})"
_MOMENT = re.compile(rf"{_DAY}(?:(?:[Tt]|\s*){_TIME}\s*{_ZONE}?)?", re.ASCII)


def read_moment(text: str, *, end_of_day: bool = False) -> datetime | None:
    """Return the moment a text means, None if it means none. A day alone begins at midnight, or ends there."""
    text = text.strip()
    if len(text) > 64:
        return None
    try:
        moment = _house_style(text, end_of_day=end_of_day) or _mail_style(text)
        # Far years cannot be turned into UTC, and nobody means them.
        usable = moment is not None and _FIRST_YEAR <= moment.year <= _LAST_YEAR
        return moment.astimezone(UTC) if moment is not None and usable else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _house_style(text: str, *, end_of_day: bool) -> datetime | None:
    """Read ISO 8601 in its long and short form, and what Chinese tables have."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    year, *rest = match.groups()
    month, day = next((rest[at], rest[at + 1]) for at in (0, 2, 4) if rest[at])
    hour, minute, second, zone = rest[6:]
    moment = datetime(int(year), int(month), int(day), tzinfo=_zone(zone))
    if hour is None:
        return moment + timedelta(days=1) if end_of_day else moment
    return datetime.combine(moment.date(), time(int(hour), int(minute), int(second or 0)), moment.tzinfo)


def _zone(text: str | None) -> tzinfo:
    if text is None:
        return SHANGHAI
    if text == "Z":
        return UTC
    sign = -1 if text[0] == "-" else 1
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _mail_style(text: str) -> datetime | None:
    """Read what RSS has (RFC 822). `CST` is China's time in Chinese feeds, not that of Chicago."""
    moment = parsedate_to_datetime(re.sub(r"\bCST$", "+0800", text))
    if moment.tzinfo is not None:
        return moment
    # "-0000" says UTC and nothing of where it was written.
    return moment.replace(tzinfo=UTC if text.endswith("-0000") else SHANGHAI)
