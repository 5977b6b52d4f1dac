"""When an answer is due.

First cut: working days are Monday to Friday in Asia/Shanghai, without public holidays and make-up days; a due date is
the end of the office day (17:30) of the last of them. The day something is accepted does not count.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
END_OF_DAY = time(17, 30)
WORKING_DAYS = {"consult": 1, "help": 5, "complaint": 5}
REVIEW_DAYS = 3
_SATURDAY = 5


def local_day(moment: datetime) -> date:
    """Return the date in Shanghai."""
    return moment.astimezone(ZONE).date()


def due_after(start: datetime, working_days: int) -> datetime:
    """Return the end of the `working_days`-th working day after the day of `start`."""
    day, left = local_day(start), working_days
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return datetime.combine(day, END_OF_DAY, ZONE)


def due_for(kind: str, accepted_at: datetime) -> datetime:
    """Return when a request for a service of this kind must be answered."""
    return due_after(accepted_at, WORKING_DAYS[kind])


def day_bounds(moment: datetime) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the day in Shanghai that `moment` falls on."""
    begins = datetime.combine(local_day(moment), time(), ZONE)
    return begins, begins + timedelta(days=1)
