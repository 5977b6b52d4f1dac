"""Taking the duty, offering it, and answering the offer."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from backend.errors import demand_version, invalid, not_found
from backend.ids import new_id
from backend.jobs.worker import JobRun
from backend.newsroom.board.actions import clear_alarms, raise_alarm
from backend.newsroom.roster import list_on_duty, person_of
from backend.oversight.board.past import Boards
from backend.oversight.board.view import View, reader_of
from backend.oversight.duty.models import DutyTurn, Handover
from backend.oversight.duty.open_list import open_list
from backend.oversight.duty.rules import ANSWER_WITHIN, CHIEFS, DUTY, GIVER, HANDOVER, LIST_CHECKED, DutyFacts
from backend.policy import Role
from backend.sync import streams
from backend.unit_of_work import UnitOfWork

DESK = "command"
UNANSWERED = "handover_unanswered"
UNANSWERED_JOB = "handover.unanswered"


def take_duty(unit: UnitOfWork, reason: str | None) -> DutyTurn:
    """Come on duty where nobody is; a chief editor relieves the one who is, with a reason.

    Raises:
        AppError: 409 `guard_failed` with the guard `vacant`, or `not_on_duty` for who is on duty already.
    """
    turn = _current(unit)
    if turn is not None:
        facts = DutyFacts(
            is_vacant=False,
            is_chief=Role.CHIEF_EDITOR in unit.actor.roles,
            has_reason=bool(reason),
            is_holder=turn.holder_id == unit.actor.id,
        )
        turn.state = DUTY.step("relieve", turn.state, facts)
        for offered in _offered(unit, turn.id):
            offered.state = HANDOVER.step("lapse", offered.state)
            _handover_changed(unit, offered, "lapsed")
        _end(unit, turn)
    return _begin(unit, reason)


def offer_duty(unit: UnitOfWork, boards: Boards, to_id: str, note: str) -> Handover:
    """Offer the duty to a colleague who may hold it, with the open list as it stands.

    Raises:
        AppError: 409 with the guard `giver` for somebody who is not on duty, or `one_offer`; 422 on `to`.
    """
    turn = _current(unit)
    if turn is None:
        raise GIVER.refusal()
    is_giver, is_offered = turn.holder_id == unit.actor.id, bool(_offered(unit, turn.id))
    DUTY.step("offer", turn.state, DutyFacts(is_giver=is_giver, is_offered=is_offered))
    if to_id not in {account.id for account in list_on_duty(unit.session, CHIEFS, unit.now)}:
        raise invalid("to", "unknown", "要交给今天有值班资格的同事")
    if person_of(unit.session, to_id) == person_of(unit.session, unit.actor.id):
        raise invalid("to", "mismatch", "不能交班给自己")
    row = Handover(
        id=new_id(),
        ver=0,
        state="offered",
        turn_id=turn.id,
        from_id=unit.actor.id,
        to_id=to_id,
        note=note,
        items=_list(unit, boards),
        checked=[],
        offered_at=unit.now,
        answer_due=unit.now + ANSWER_WITHIN,
        answered_at=None,
        reason=None,
    )
    unit.session.add(row)
    unit.enqueue(UNANSWERED_JOB, f"{UNANSWERED_JOB}:{row.id}", {"id": row.id}, run_at=row.answer_due)
    return _handover_changed(unit, row, "offered", to=to_id, items=len(row.items))


def accept_duty(
    unit: UnitOfWork, boards: Boards, handover_id: str, checked: list[str], if_match: int | None
) -> Handover:
    """Accept the duty. Everything that is open now must be among `checked`, also what came after the offer.

    Raises:
        AppError: 409 with the guard `receiver`, or `list_checked` with what is `missing`.
    """
    row = _access(unit, handover_id, if_match)
    items = _list(unit, boards)
    missing = [item for item in items if item["key"] not in checked]
    facts = DutyFacts(is_receiver=row.to_id == unit.actor.id, missing=len(missing))
    HANDOVER.way("accept", row.state)
    if facts.is_receiver and missing:
        raise LIST_CHECKED.refusal(missing=missing)
    row.state = HANDOVER.step("accept", row.state, facts)
    row.items, row.checked, row.answered_at = items, sorted({item["key"] for item in items}), unit.now
    turn = unit.session.get_one(DutyTurn, row.turn_id, with_for_update=True)
    turn.state = DUTY.step("end", turn.state)
    clear_alarms(unit, UNANSWERED, row.id)
    _handover_changed(unit, row, "accepted")
    _end(unit, turn)
    _begin(unit, None)
    return row


def answer_handover(unit: UnitOfWork, handover_id: str, command: str, reason: str, if_match: int | None) -> Handover:
    """Decline an offer, or take it back (`decline`, `withdraw`); whoever was on duty stays so."""
    row = _access(unit, handover_id, if_match)
    facts = DutyFacts(is_receiver=row.to_id == unit.actor.id, is_giver=row.from_id == unit.actor.id)
    row.state = HANDOVER.step(command, row.state, facts)
    row.reason, row.answered_at = reason, unit.now
    clear_alarms(unit, UNANSWERED, row.id)
    return _handover_changed(unit, row, row.state)


def sound_unanswered(run: JobRun) -> None:
    """Tell the leaders that a hand-over has not been answered; the job of its tenth minute."""
    with run.unit() as unit:
        row = unit.session.get(Handover, run.args["id"], with_for_update=True)
        if row is not None and row.state == "offered":
            raise_alarm(
                unit,
                key=f"{UNANSWERED}:{row.id}",
                kind=UNANSWERED,
                about=("handover", row.id),
                to=(Role.LEADER, Role.CHIEF_EDITOR, Role.DUTY_EDITOR),
                text="交班已过十分钟，还没有人接班；原值班同事继续负责。",
            )


def _current(unit: UnitOfWork) -> DutyTurn | None:
    return unit.session.scalars(sa.select(DutyTurn).where(DutyTurn.desk == DESK).with_for_update()).one_or_none()


def _offered(unit: UnitOfWork, turn_id: str) -> list[Handover]:
    query = sa.select(Handover).where(Handover.turn_id == turn_id, Handover.state == "offered")
    return list(unit.session.scalars(query.with_for_update()))


def _access(unit: UnitOfWork, handover_id: str, if_match: int | None) -> Handover:
    # Turns are locked before their hand-overs, everywhere.
    _current(unit)
    row = unit.session.get(Handover, handover_id, with_for_update=True)
    if row is None:
        raise not_found("交接单")
    demand_version(row.ver, if_match, "交接单已有新变化，请先读取最新版本。")
    return row


def _list(unit: UnitOfWork, boards: Boards) -> list[dict[str, Any]]:
    return open_list(View(boards.present(unit.session), reader_of(unit.actor)))


def _begin(unit: UnitOfWork, reason: str | None) -> DutyTurn:
    turn = DutyTurn(
        id=new_id(),
        ver=0,
        state="on",
        desk=DESK,
        holder_id=unit.actor.id,
        began_at=unit.now,
        ended_at=None,
        reason=reason,
    )
    unit.session.add(turn)
    return _turn_changed(unit, turn, "taken")


def _end(unit: UnitOfWork, turn: DutyTurn) -> None:
    turn.desk, turn.ended_at = None, unit.now
    minutes = int((unit.now - turn.began_at).total_seconds() // 60)
    _turn_changed(unit, turn, "shift_ended", account=turn.holder_id, minutes=minutes)


def _turn_changed(unit: UnitOfWork, turn: DutyTurn, verb: str, **data: Any) -> DutyTurn:
    turn.ver += 1
    unit.session.flush()
    unit.record(f"duty.{verb}", turn.id, turn.ver, state=turn.state, holder=turn.holder_id, **data)
    unit.place("duty", turn.id, turn.ver, {streams.KITCHEN} if turn.state == "on" else set())
    return turn


def _handover_changed(unit: UnitOfWork, row: Handover, verb: str, **data: Any) -> Handover:
    row.ver += 1
    unit.session.flush()
    unit.record(f"handover.{verb}", row.id, row.ver, state=row.state, **data)
    unit.place("handover", row.id, row.ver, {streams.KITCHEN} if row.state == "offered" else set())
    return row
