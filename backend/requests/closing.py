"""After the answer: the call-back where the citizen is silent, and the review where they are not content."""

from __future__ import annotations

from backend.jobs.worker import JobRun
from backend.requests import clocks
from backend.requests.models import ServiceRequest
from backend.requests.queries import access_desk_request
from backend.requests.redoing import begin_again
from backend.requests.rules import CONFIRM_WITHIN, Closing, Side, State
from backend.requests.steps import demand_current, move, place
from backend.unit_of_work import UnitOfWork

CALLBACK_OUTCOMES = ("confirmed", "disputed", "unreachable")
REVIEW_OUTCOMES = ("upheld", "redo")
_CLOSING = {"confirmed": Closing.CALLBACK, "unreachable": Closing.UNREACHABLE}


def make_callback_due(run: JobRun) -> None:
    """Put an answer on the dispatcher's list of call-backs, if the citizen has been silent for seven days."""
    with run.unit() as unit:
        case = unit.session.get(ServiceRequest, run.args["request"], with_for_update=True)
        if case is None or case.state != State.REPLIED or case.callback_due or case.replied_at is None:
            return
        # The answer of an earlier round has a job of its own, which comes too early for this one.
        if case.replied_at + CONFIRM_WITHIN > unit.now:
            return
        case.callback_due = True
        move(unit, case, "callback_due", Side.DISPATCH)
        place(unit, case)


def record_callback(
    unit: UnitOfWork, request_id: str, *, outcome: str, text: str, if_match: int | None = None
) -> ServiceRequest:
    """Write down what the citizen said when they were called 回访: closed, or sent back to work."""
    case = access_desk_request(unit.session, unit.actor, request_id, lock=True)
    demand_current(case, if_match)
    if outcome == "disputed":
        move(unit, case, "redo", Side.DISPATCH, text=text)
        begin_again(unit, case)
    else:
        move(unit, case, "callback", Side.DISPATCH, text=text)
        case.closing = str(_CLOSING[outcome])
    place(unit, case)
    return case


def open_review(unit: UnitOfWork, case: ServiceRequest) -> None:
    """Let the supervisor look into a closed request that its citizen rated low."""
    case.review = "open"
    clocks.start_review(unit, case, clocks.REVIEW)


def conclude_review(
    unit: UnitOfWork, request_id: str, *, outcome: str, text: str, if_match: int | None = None
) -> ServiceRequest:
    """End the review of a low rating: the result is upheld, or the request goes back to work. The citizen reads why."""
    case = access_desk_request(unit.session, unit.actor, request_id, lock=True)
    demand_current(case, if_match)
    if outcome == "redo":
        move(unit, case, "redo", Side.SUPERVISION, text=text)
        begin_again(unit, case)
    else:
        move(unit, case, "review", Side.SUPERVISION, text=text)
        case.review = "upheld"
        clocks.stop(unit, case, clocks.REVIEW)
    place(unit, case)
    return case
