"""Reading who is on duty, what is being handed over, and who was on duty before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.oversight.board.past import Boards
from backend.oversight.board.view import View, reader_of
from backend.oversight.duty.actions import DESK
from backend.oversight.duty.models import DutyTurn, Handover
from backend.oversight.duty.open_list import open_list
from backend.oversight.duty.rules import HANDOVER
from backend.paging import Page, in_order, paged
from backend.policy import Actor
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]


def read_duty(session: Session, boards: Boards, actor: Actor) -> dict[str, Any]:
    """Write who is on duty, the hand-over that waits for an answer, and what is on the open list now."""
    turn = session.scalars(sa.select(DutyTurn).where(DutyTurn.desk == DESK)).one_or_none()
    offered = session.scalars(
        sa.select(Handover).where(Handover.state == "offered").order_by(Handover.offered_at.desc()).limit(1)
    ).one_or_none()
    return {
        "turn": None if turn is None else present_turns(session, [turn])[turn.id],
        "handover": None if offered is None else present_handovers(session, [offered])[offered.id],
        "open_list": open_list(View(boards.present(session), reader_of(actor))),
    }


def list_turns(session: Session, page: Page) -> dict[str, Any]:
    """List turns of duty, the latest first."""
    return paged(
        session,
        sa.select(DutyTurn),
        page,
        moment=DutyTurn.began_at,
        id=DutyTurn.id,
        write=in_order(lambda rows: present_turns(session, rows)),
    )


def access_handover(session: Session, handover_id: str) -> dict[str, Any]:
    """Write one hand-over; 404 if there is none."""
    row = session.get(Handover, handover_id)
    if row is None:
        raise not_found("交接单")
    return present_handovers(session, [row])[row.id]


def load_turns(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render turns for the kitchen's stream."""
    if audience is not Audience.STAFF:
        return {}
    return present_turns(session, session.scalars(sa.select(DutyTurn).where(DutyTurn.id.in_(ids))).all())


def load_handovers(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render hand-overs for the kitchen's stream."""
    if audience is not Audience.STAFF:
        return {}
    return present_handovers(session, session.scalars(sa.select(Handover).where(Handover.id.in_(ids))).all())


def present_turns(session: Session, rows: Sequence[DutyTurn]) -> Written:
    """Write turns of duty, by id."""
    people = names_of(session, [row.holder_id for row in rows])
    return {
        row.id: {
            "id": row.id,
            "ver": row.ver,
            "state": row.state,
            "holder": present_person(row.holder_id, people),
            "began_at": iso(row.began_at),
            "ended_at": iso_or_none(row.ended_at),
            "reason": row.reason,
        }
        for row in rows
    }


def present_handovers(session: Session, rows: Sequence[Handover]) -> Written:
    """Write hand-overs, by id."""
    people = names_of(session, [person for row in rows for person in (row.from_id, row.to_id)])
    return {
        row.id: {
            "id": row.id,
            "ver": row.ver,
            "state": row.state,
            "turn": row.turn_id,
            "from": present_person(row.from_id, people),
            "to": present_person(row.to_id, people),
            "note": row.note,
            "items": row.items,
            "checked": row.checked,
            "offered_at": iso(row.offered_at),
            "answer_due": iso(row.answer_due),
            "answered_at": iso_or_none(row.answered_at),
            "reason": row.reason,
            "allowed": HANDOVER.allowed(row.state),
        }
        for row in rows
    }
