"""Dates as the W3C's note has them (www.w3.org/TR/NOTE-datetime). No database here."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from backend.clock import SHANGHAI
from backend.errors import FieldError
from backend.open311.refusals import bad, fault

LONGEST = timedelta(days=90)
_ZONE = r"(?P<zone>Z|[+\- ][0-9]{2}:?[0-9]{2})?"
_TIME = rf"[T ](?P<time>[0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}([.][0-9]{{1,6}})?)?){_ZONE}"
# The years that the house deals with, all of which can be turned into UTC and moved by 90 days.
_MOMENT = re.compile(rf"(?P<day>(19|20|21)[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}})({_TIME})?", re.ASCII)


def write_moment(moment: datetime) -> str:
    """Write a moment in Shanghai's time with its zone, to the second."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


def read_moment(text: str, *, end: bool = False) -> datetime:
    """Read a moment. Without a zone it is Shanghai's; a day alone is its beginning, or its last second for an `end`.

    The specification demands a zone, but clients leave it out, and a plus that was not escaped arrives as a blank.

    Raises:
        ValueError: for what is no date.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    if found["time"] is None:
        day = datetime.fromisoformat(found["day"]).replace(tzinfo=SHANGHAI)
        return day + timedelta(days=1, seconds=-1) if end else day
    zone = (found["zone"] or "").replace(" ", "+")
    moment = datetime.fromisoformat(f"{found['day']}T{found['time']}{zone}")
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def read_span(start: str | None, end: str | None, now: datetime) -> tuple[datetime, datetime]:
    """Return the first moment to be shown and the first one no more: of 90 days at most, the latest by default.

    One date alone is completed to 90 days, the later of which ends now. The second that `end` names is included.

    Raises:
        AppError: 400 for what is no date, an end before its beginning, and a longer span.
    """
    first = _read("start_date", start, end=False)
    last = _read("end_date", end, end=True)
    if last is None:
        last = now if first is None else max(first, min(now, first + LONGEST))
    if first is None:
        first = last - LONGEST
    if last < first:
        raise bad(fault("end_date", "order", "end_date 早于 start_date"))
    if last - first > LONGEST:
        raise bad(fault("end_date", "too_long", "start_date 到 end_date 不能超过 90 天"))
    return first, last.replace(microsecond=0) + timedelta(seconds=1)


def _read(name: str, text: str | None, *, end: bool) -> datetime | None:
    if text is None:
        return None
    try:
        return read_moment(text, end=end)
    except ValueError:
        raise bad(_no_date(name)) from None


def _no_date(name: str) -> FieldError:
    return fault(name, "invalid", f"{name} 要写 W3C 格式的时间，例如 2026-01-01T00:00:00Z")
