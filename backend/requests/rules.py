"""The way of a request: states, who may do what in which of them, and the guards. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend.errors import AppError, Code, guard_failed
from backend.policy import Actor, Role


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
    """On whose behalf somebody acts."""

    CITIZEN = "citizen"
    DISPATCH = "dispatch"
    OFFICE = "office"
    SUPERVISION = "supervision"


OPEN = (State.FILED, State.ACCEPTED, State.ASSIGNED, State.IN_PROGRESS, State.REPLIED)
# While the house owes the citizen something, the due date presses.
CLOCK_RUNS = (State.ACCEPTED, State.ASSIGNED, State.IN_PROGRESS)
MAX_RETURNS = 2
REOPEN_WITHIN = timedelta(days=30)
_STAYS: Mapping[State, State] = {state: state for state in OPEN}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done. `tells_citizen`: whether the text that comes with it is also for the citizen."""

    event: str
    sides: frozenset[Side]
    moves: Mapping[State, State]
    tells_citizen: bool = True


def _by(*sides: Side) -> frozenset[Side]:
    return frozenset(sides)


COMMANDS: dict[str, Command] = {
    "accept": Command("accepted", _by(Side.DISPATCH), {State.FILED: State.ACCEPTED}),
    "decline": Command("declined", _by(Side.DISPATCH), {State.FILED: State.DECLINED}),
    # Assigning what is only filed accepts it first, as a step of its own.
    "assign": Command(
        "assigned",
        _by(Side.DISPATCH),
        {State.FILED: State.ASSIGNED, State.ACCEPTED: State.ASSIGNED},
        tells_citizen=False,
    ),
    "take": Command("taken", _by(Side.OFFICE), {State.ASSIGNED: State.IN_PROGRESS}),
    "return": Command("returned", _by(Side.OFFICE), {State.ASSIGNED: State.ACCEPTED}, tells_citizen=False),
    "reply": Command("replied", _by(Side.OFFICE), {State.IN_PROGRESS: State.REPLIED}),
    "resolve": Command("resolved", _by(Side.OFFICE), {State.REPLIED: State.CLOSED, State.IN_PROGRESS: State.CLOSED}),
    "supervise": Command("supervised", _by(Side.SUPERVISION), _STAYS, tells_citizen=False),
    "message": Command("messaged", _by(Side.CITIZEN, Side.OFFICE), _STAYS),
    "rate": Command("rated", _by(Side.CITIZEN), {State.REPLIED: State.CLOSED, State.CLOSED: State.CLOSED}),
    "reopen": Command(
        "reopened", _by(Side.CITIZEN), {State.REPLIED: State.IN_PROGRESS, State.CLOSED: State.IN_PROGRESS}
    ),
}

_WORDS: dict[State, str] = {
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
    """All that decides what can be done to a request."""

    state: State
    returns: int = 0
    rated: bool = False
    closed_at: datetime | None = None


def demand(command: str, side: Side, facts: Facts, now: datetime) -> State:
    """Return the state that `command` leads to when `side` gives it.

    Raises:
        AppError: 409 `illegal_state` with what that side could do instead; 409 `guard_failed` naming the guard:
            no_third_return, rated_once or reopen_window.
    """
    rule = COMMANDS[command]
    if facts.state not in rule.moves:
        raise AppError(
            Code.ILLEGAL_STATE,
            409,
            f"{_WORDS[facts.state]}，现在不能这样操作。",
            data={"state": str(facts.state), "allowed": allowed_to(side, facts)},
        )
    refusal = _lasting_guard(command, facts) or _passing_guard(command, facts, now)
    if refusal is not None:
        raise guard_failed(*refusal)
    return rule.moves[facts.state]


def _lasting_guard(command: str, facts: Facts) -> tuple[str, str] | None:
    """Name the guard that forbids this until something happens to the request, or None."""
    if command == "return" and facts.returns >= MAX_RETURNS:
        return "no_third_return", "这件诉求已退单两次，不能再退，请签收办理；有异议请报督办专员。"
    if command == "rate" and facts.rated:
        return "rated_once", "您已经评价过这次办理。"
    return None


def _passing_guard(command: str, facts: Facts, now: datetime) -> tuple[str, str] | None:
    """Name the guard that forbids this because of the time, or None."""
    if command == "reopen" and facts.closed_at is not None and now > facts.closed_at + REOPEN_WITHIN:
        return "reopen_window", "办结已超过30天，请重新提交一件诉求。"
    return None


def allowed_to(side: Side, facts: Facts) -> list[str]:
    """List what a side can do to the request as it stands.

    The passing of time does not shorten the list: it is rendered once for a version and must stay true to it.
    """
    return [
        name
        for name, rule in COMMANDS.items()
        if side in rule.sides and facts.state in rule.moves and _lasting_guard(name, facts) is None
    ]


def allowed_to_staff(facts: Facts) -> list[str]:
    """List what the house can do now, whoever of the staff it falls to."""
    sides = (Side.DISPATCH, Side.OFFICE, Side.SUPERVISION)
    return list(dict.fromkeys(name for side in sides for name in allowed_to(side, facts)))


def staff_offices(actor: Actor) -> frozenset[str]:
    """Return the offices this person handles requests for today; other roles at an office do not count."""
    return frozenset(grant.office for grant in actor.grants if grant.role is Role.SERVICE_STAFF and grant.office)


def sees_all(actor: Actor) -> bool:
    """Tell whether this person works on the requests of all offices."""
    return not actor.roles.isdisjoint({Role.DISPATCHER, Role.SUPERVISOR})


def masked(contact: str) -> str:
    """Hide the middle of a telephone number or address: its owner recognises it, a stranger looking on does not."""
    if len(contact) <= 4:
        return "*" * len(contact)
    ends = max(1, min(4, len(contact) // 3))
    return contact[:ends] + "*" * (len(contact) - 2 * ends) + contact[-ends:]
