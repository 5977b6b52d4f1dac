"""What people are asked to agree to, and from which age they may agree themselves. No database here."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

# A new text of the notice gets a new version here, and everybody is asked again.
NOTICE_VERSION = "2026-11"
OF_AGE = 14
ONE_LOOK = timedelta(hours=1)
# For how many children one telephone speaks: more than families have, fewer than a class.
CHILDREN_A_PHONE = 5


class Purpose(StrEnum):
    """What somebody agrees to: the privacy notice, the real-name check, their place, a child's use by its guardian."""

    NOTICE = "notice"
    REAL_NAME = "real_name"
    LOCATION = "location"
    GUARDIAN = "guardian"


class Seen(StrEnum):
    """Whose data a member of staff had before them, besides requests: of who sent a tip, or signed up."""

    TIP = "tip"
    SIGN_UP = "sign_up"


def of_age_on(born: date) -> date:
    """Return the day from which a person needs no guardian's consent any more (个人信息保护法, article 31)."""
    try:
        return born.replace(year=born.year + OF_AGE)
    except ValueError:
        # Born on 29 February: the day after the 28th.
        return date(born.year + OF_AGE, 3, 1)
