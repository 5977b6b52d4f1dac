"""Signing up and signing off. The gathering's row is held meanwhile, so places are given to one after the other.

The organiser's desk is told that the list has moved, and never what stands in it: whoever reads names asks for them,
and is noted (docs/privacy.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from backend.community.gatherings import queries
from backend.community.gatherings.models import Gathering, SignUp
from backend.community.gatherings.rules import (
    IN,
    WAITING,
    Party,
    demand_before_start,
    demand_sign_up,
    let_in,
    state_for,
    taken,
)
from backend.community.identity.actions import demand_guarded
from backend.errors import guard_failed, not_found
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

LINE_JOB = "gathering.line"
# A desk is told no oftener than this, whatever number of people sign up meanwhile.
TELL_EVERY = timedelta(seconds=1)
_EDITING_DESK = "editing"


def sign_up(
    unit: UnitOfWork, gathering_id: str, *, people: int, note: str | None = None, contact_ok: bool = False
) -> SignUp:
    """Sign up as the actor with so many people in all, or change what one has said.

    Raises:
        AppError: 409 `sign_up_open`; 409 `capacity` for more than ever fit, or than fit beside the others; 409
            `guardian_needed` for a known child whose guardian has not agreed.
    """
    demand_guarded(unit)
    gathering = queries.access_gathering(unit.session, gathering_id, lock=True)
    demand_sign_up(gathering.state, gathering.sign_up_until, unit.now)
    if people > gathering.capacity:
        raise guard_failed("capacity", f"这项活动一共只有 {gathering.capacity} 个名额。")
    rows = _line(unit, gathering.id)
    row = next((each for each in rows if each.account_id == unit.actor.id), None)
    if row is None:
        row = SignUp(
            id=new_id(),
            ver=0,
            gathering_id=gathering.id,
            account_id=unit.actor.id,
            state=state_for(gathering.capacity, _parties(rows), people),
            number=gathering.next_number,
            at=unit.now,
        )
        gathering.next_number += 1
        unit.session.add(row)
        rows.append(row)
    elif (row.people, row.note, row.contact_ok) == (people, note, contact_ok):
        return row
    elif row.state == IN and taken(_parties(rows)) - row.people + people > gathering.capacity:
        raise guard_failed("capacity", "剩下的名额不够再加人了。")
    row.people, row.note, row.contact_ok = people, note, contact_ok
    _changed(unit, row, "changed" if row.ver else "made")
    _move_up(unit, gathering, rows)
    _line_moved(unit, gathering)
    return row


def sign_off(unit: UnitOfWork, gathering_id: str) -> None:
    """Take one's sign-up back; whoever waits for the place gets it."""
    gathering = queries.access_gathering(unit.session, gathering_id, lock=True)
    rows = _line(unit, gathering.id)
    row = next((each for each in rows if each.account_id == unit.actor.id), None)
    if row is None:
        raise not_found("报名")
    demand_before_start(gathering.state, gathering.starts_at, unit.now)
    _leave(unit, gathering, rows, row)


def erase_sign_ups(unit: UnitOfWork, account_id: str) -> None:
    """Take back all sign-ups of a person who closes their account."""
    query = sa.select(SignUp.gathering_id).where(SignUp.account_id == account_id).order_by(SignUp.gathering_id)
    for gathering_id in unit.session.scalars(query).all():
        gathering = unit.session.get_one(Gathering, gathering_id, with_for_update=True)
        rows = _line(unit, gathering_id)
        row = next((each for each in rows if each.account_id == account_id), None)
        if row is not None:
            _leave(unit, gathering, rows, row)


def _leave(unit: UnitOfWork, gathering: Gathering, rows: list[SignUp], row: SignUp) -> None:
    unit.record("sign_up.ended", row.id, row.ver + 1, gathering=gathering.id)
    unit.place("sign_up", row.id, row.ver + 1, set())
    unit.session.delete(row)
    rows.remove(row)
    if gathering.state != "cancelled" and unit.now < gathering.starts_at:
        _move_up(unit, gathering, rows)
    _line_moved(unit, gathering)


def desk_of(gathering: Gathering) -> str:
    """Name the stream of those who make a gathering."""
    return streams.notices_desk(gathering.office_id) if gathering.office_id else streams.desk(_EDITING_DESK)


def tell_desk(run: JobRun) -> None:
    """Tell the organiser's desk that its list of guests is another one than it was."""
    with run.unit() as unit:
        gathering = unit.session.get_one(Gathering, run.args["id"], with_for_update=True)
        gathering.line_told = gathering.line
        unit.session.flush()
        place_guest_list(unit, gathering)


def place_guest_list(unit: UnitOfWork, gathering: Gathering) -> None:
    """Put the list on its desk as far as that is told of it; nowhere before the first guest and after the end."""
    stands = gathering.line_told > 0 and gathering.ends_at > unit.now
    unit.place("guest_list", gathering.id, gathering.line_told, {desk_of(gathering)} if stands else set())


def _line_moved(unit: UnitOfWork, gathering: Gathering) -> None:
    if gathering.line == gathering.line_told:
        # Nobody is on the way to the desk; the row is held, so who comes next sees that somebody is.
        key = f"{LINE_JOB}:{gathering.id}:{gathering.line}"
        unit.enqueue(LINE_JOB, key, {"id": gathering.id}, run_at=unit.now + TELL_EVERY)
    gathering.line += 1
    unit.session.flush()


def _move_up(unit: UnitOfWork, gathering: Gathering, rows: Sequence[SignUp]) -> None:
    found = set(let_in(gathering.capacity, _parties(rows)))
    for row in rows:
        if row.id in found and row.state == WAITING:
            row.state = IN
            _changed(unit, row, "let_in")


def _line(unit: UnitOfWork, gathering_id: str) -> list[SignUp]:
    query = sa.select(SignUp).where(SignUp.gathering_id == gathering_id).order_by(SignUp.number)
    # What this session may have read before it held the gathering is old by now.
    return list(unit.session.scalars(query.execution_options(populate_existing=True)))


def _parties(rows: Sequence[SignUp]) -> list[Party]:
    return [Party(row.id, row.state, row.people) for row in rows]


def _changed(unit: UnitOfWork, row: SignUp, verb: str) -> None:
    row.ver += 1
    unit.session.flush()
    unit.record(f"sign_up.{verb}", row.id, row.ver, gathering=row.gathering_id, state=row.state)
    unit.place("sign_up", row.id, row.ver, {streams.user(row.account_id)})
