"""What counts as a look, and when two of them are one. No database."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from backend.clock import SHANGHAI
from backend.policy import Actor, Grant, Role


class What(StrEnum):
    """How a case was looked at: opened by itself, as a row of a list with its text, or for its public version."""

    CASE = "case"
    LIST = "list"
    TWIN = "twin"
    SCREEN = "screen"


# What one person reads within an hour of having read it is the same look.
ONE_LOOK = timedelta(hours=1)
MOST_LISTED = 500
_READERS = (Role.SERVICE_STAFF, Role.DISPATCHER, Role.SUPERVISOR)


def is_same(last: datetime | None, now: datetime) -> bool:
    """Tell whether a look now belongs to the one that began at `last`."""
    return last is not None and now < last + ONE_LOOK


def start_of_day(now: datetime) -> datetime:
    """Return when the day in Shanghai began: of a screen, all openings of a day are one look."""
    return now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


def reading_as(actor: Actor, office: str | None) -> Grant | None:
    """Return the grant by which somebody reads a case that lies with `office`; None for who is not of the house."""
    held = [grant for grant in actor.grants if grant.role in _READERS]
    at_office = [grant for grant in held if grant.role is Role.SERVICE_STAFF and grant.office == office]
    everywhere = [grant for grant in held if grant.role is not Role.SERVICE_STAFF]
    return next(iter([*at_office, *everywhere]), None)
