"""Where a request may stand, who may act on it, and what decides what they can do. No database here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a request stands."""

    FILED = "filed"
    ACCEPTED = "accepted"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    REPLIED = "replied"
    CLOSED = "closed"
    DECLINED = "declined"


class Side(StrEnum):
    """On whose behalf somebody acts. A helper is an office that is not the one in the lead."""

    CITIZEN = "citizen"
    DISPATCH = "dispatch"
    OFFICE = "office"
    HELPER = "helper"
    SUPERVISION = "supervision"


class Urgency(StrEnum):
    """How soon somebody should look. It orders the lists and changes no limit."""

    NORMAL = "normal"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Closing(StrEnum):
    """Who says that it is solved: only the first two are the citizen's own word."""

    CITIZEN = "citizen"
    CALLBACK = "callback"
    UNREACHABLE = "unreachable"
    OFFICE = "office"


OPEN = (State.FILED, State.ACCEPTED, State.ASSIGNED, State.IN_PROGRESS, State.REPLIED)
# While the house owes the citizen something, the due date presses.
CLOCK_RUNS = (State.ACCEPTED, State.ASSIGNED, State.IN_PROGRESS)
MAX_RETURNS = 2
MAX_ASKS = 2
LOW_RESULT = 2
REOPEN_WITHIN = timedelta(days=30)
CONFIRM_WITHIN = timedelta(days=7)

STATE_WORDS: dict[State, str] = {
    State.FILED: "诉求刚提交，尚未受理",
    State.ACCEPTED: "诉求已受理，等待派单",
    State.ASSIGNED: "诉求已派单，等待签收",
    State.IN_PROGRESS: "诉求正在办理",
    State.REPLIED: "诉求已答复，等待市民确认",
    State.CLOSED: "诉求已办结",
    State.DECLINED: "诉求不予受理",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """All that decides what can be done to a request, but for who does it and when."""

    state: State
    returns: int = 0
    rated: bool = False
    closed_at: datetime | None = None
    consult: bool = False
    waiting: bool = False
    asks: int = 0
    extended: bool = False
    complex: bool = False
    callback_due: bool = False
    review_open: bool = False
    merged: bool = False

    @property
    def for_supervisor(self) -> bool:
        """Tell whether it has been returned so often that only the supervisor decides where it goes."""
        return self.state is State.ACCEPTED and self.returns >= MAX_RETURNS
