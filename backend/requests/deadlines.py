"""How long things may take, by the 12345 rules of the city: working days for answers, office hours for taking.

The limits are those of SERVICES.md (requests, clocks). How days are counted is the business of `backend.workdays`.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from backend.clock import SHANGHAI, local_day

# Working days, by the kind of service.
WORKING_DAYS = {"consult": 1, "help": 5, "complaint": 5}
COMPLEX_DAYS = 15
# Supervised, sent back, or rated so low that it is looked into.
REVIEW_DAYS = 3
# Office hours within which an office signs for what it has been given.
TAKE_WITHIN = timedelta(hours=4)


def day_bounds(moment: datetime) -> tuple[datetime, datetime]:
    """Return the beginning and the end of the day in Shanghai that `moment` falls on."""
    begins = datetime.combine(local_day(moment), time(), SHANGHAI)
    return begins, begins + timedelta(days=1)
