"""The way of a request: who may do what in which state, and where it leads. No database here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from backend.errors import AppError, Code
from backend.policy import Actor, Role
from backend.requests.guards import GUARDS, Refusal, passing_guard
from backend.requests.states import (
    CLOCK_RUNS,
    CONFIRM_WITHIN,
    LOW_RESULT,
    MAX_ASKS,
    MAX_RETURNS,
    OPEN,
    REOPEN_WITHIN,
    STATE_WORDS,
    Closing,
    Facts,
    Side,
    State,
    Urgency,
)

__all__ = [
    "CLOCK_RUNS",
    "COMMANDS",
    "CONFIRM_WITHIN",
    "LOW_RESULT",
    "MAX_ASKS",
    "MAX_RETURNS",
    "OPEN",
    "REOPEN_WITHIN",
    "STATE_WORDS",
    "Closing",
    "Command",
    "Facts",
    "Side",
    "State",
    "Urgency",
    "allowed_to",
    "allowed_to_staff",
    "demand",
    "masked",
    "sees_all",
    "staff_offices",
]

_STAYS: Mapping[State, State] = {state: state for state in OPEN}
_BEFORE_ANSWER: Mapping[State, State] = {state: state for state in OPEN if state is not State.REPLIED}
_AT_OFFICE: Mapping[State, State] = {State.ASSIGNED: State.ASSIGNED, State.IN_PROGRESS: State.IN_PROGRESS}
_IN_HAND: Mapping[State, State] = {State.IN_PROGRESS: State.IN_PROGRESS}


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that can be done.

    `tells_citizen`: whether the text that comes with it is also for the citizen. `inner`: given by another command or
    by a job, and so on nobody's list. `follows`: on a merged request it is done to the leading one, and comes from it.
    """

    event: str
    sides: frozenset[Side]
    moves: Mapping[State, State]
    tells_citizen: bool = True
    inner: bool = False
    follows: bool = False


def _by(*sides: Side) -> frozenset[Side]:
    return frozenset(sides)


_DISPATCH, _OFFICE, _SUPERVISION = _by(Side.DISPATCH), _by(Side.OFFICE), _by(Side.SUPERVISION)
_CITIZEN = _by(Side.CITIZEN)

COMMANDS: dict[str, Command] = {
    "accept": Command("accepted", _DISPATCH, {State.FILED: State.ACCEPTED}),
    "decline": Command("declined", _DISPATCH, {State.FILED: State.DECLINED}),
    # Answering or assigning what is only filed accepts it first, as a step of its own.
    "answer": Command("answered", _DISPATCH, {State.FILED: State.REPLIED, State.ACCEPTED: State.REPLIED}, follows=True),
    "assign": Command(
        "assigned",
        _DISPATCH,
        {State.FILED: State.ASSIGNED, State.ACCEPTED: State.ASSIGNED},
        tells_citizen=False,
        follows=True,
    ),
    "decide": Command("decided", _SUPERVISION, {State.ACCEPTED: State.ASSIGNED}, tells_citizen=False, follows=True),
    "take": Command("taken", _OFFICE, {State.ASSIGNED: State.IN_PROGRESS}, follows=True),
    "return": Command("returned", _OFFICE, {State.ASSIGNED: State.ACCEPTED}, tells_citizen=False, follows=True),
    "reply": Command("replied", _OFFICE, {State.IN_PROGRESS: State.REPLIED}, follows=True),
    "resolve": Command(
        "resolved", _OFFICE, {State.REPLIED: State.CLOSED, State.IN_PROGRESS: State.CLOSED}, follows=True
    ),
    "ask": Command("asked", _OFFICE, _IN_HAND, follows=True),
    "extend": Command("extended", _SUPERVISION, _IN_HAND, follows=True),
    "complex": Command("found_complex", _SUPERVISION, _IN_HAND, follows=True),
    "join": Command("joined", _by(Side.DISPATCH, Side.SUPERVISION), _AT_OFFICE, tells_citizen=False, follows=True),
    "note": Command("noted", _by(Side.OFFICE, Side.HELPER), _AT_OFFICE, tells_citizen=False),
    "supervise": Command("supervised", _SUPERVISION, _STAYS, tells_citizen=False),
    "urgency": Command("ranked", _by(Side.DISPATCH, Side.SUPERVISION), _BEFORE_ANSWER, tells_citizen=False),
    "merge": Command("merged", _DISPATCH, _BEFORE_ANSWER, tells_citizen=False, follows=True),
    "message": Command("messaged", _by(Side.CITIZEN, Side.OFFICE), _STAYS),
    "confirm": Command("confirmed", _CITIZEN, {State.REPLIED: State.CLOSED}),
    "rate": Command("rated", _CITIZEN, {State.REPLIED: State.CLOSED, State.CLOSED: State.CLOSED}),
    "reopen": Command("reopened", _CITIZEN, {State.REPLIED: State.IN_PROGRESS, State.CLOSED: State.IN_PROGRESS}),
    "callback": Command("called_back", _DISPATCH, {State.REPLIED: State.CLOSED}),
    "review": Command("reviewed", _SUPERVISION, {State.CLOSED: State.CLOSED}),
    # What a call-back or a review may end in.
    "redo": Command(
        "redone",
        _by(Side.DISPATCH, Side.SUPERVISION),
        {State.REPLIED: State.IN_PROGRESS, State.CLOSED: State.IN_PROGRESS},
        inner=True,
    ),
    "callback_due": Command("callback_due", _DISPATCH, {State.REPLIED: State.REPLIED}, inner=True),
}


def demand(command: str, side: Side, facts: Facts, now: datetime) -> State:
    """Return the state that `command` leads to when `side` gives it.

    Raises:
        AppError: 409 `illegal_state` with what that side could do instead; 409 `guard_failed` naming the guard, with
            the same list.
    """
    rule = COMMANDS[command]
    if facts.state not in rule.moves:
        raise AppError(
            Code.ILLEGAL_STATE,
            409,
            f"{STATE_WORDS[facts.state]}，现在不能这样操作。",
            data={"state": str(facts.state), "allowed": allowed_to(side, facts)},
        )
    refusal = _lasting_guard(command, facts) or passing_guard(command, facts, now)
    if refusal is not None:
        guard, words = refusal
        raise AppError(Code.GUARD_FAILED, 409, words, data={"guard": guard, "allowed": allowed_to(side, facts)})
    return rule.moves[facts.state]


def _lasting_guard(command: str, facts: Facts) -> Refusal | None:
    """Name the guard that forbids this until something happens to the request, or None."""
    if facts.merged and COMMANDS[command].follows:
        return "merged", "这件诉求已并入另一件，请在主办的那一件上操作，结果会一并告知本件市民。"
    guard = GUARDS.get(command)
    return guard(facts) if guard else None


def allowed_to(side: Side, facts: Facts) -> list[str]:
    """List what a side can do to the request as it stands.

    The passing of time does not shorten the list: it is rendered once for a version and must stay true to it.
    """
    return [
        name
        for name, rule in COMMANDS.items()
        if side in rule.sides and not rule.inner and facts.state in rule.moves and _lasting_guard(name, facts) is None
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
