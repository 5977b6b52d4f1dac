"""Orders of the command desk about things of any section: each is kept with who gave it, when, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of, present_person
from backend.clock import iso
from backend.ids import new_id
from backend.newsroom.editing.actions import set_story_priority
from backend.newsroom.interview.actions import set_assignment_priority
from backend.newsroom.planning.actions import set_topic_priority
from backend.oversight.board.models import BoardOrder
from backend.paging import Page, in_order, paged
from backend.unit_of_work import UnitOfWork

PRIORITY: Mapping[str, Callable[[UnitOfWork, str, int], Any]] = {
    "assignment": set_assignment_priority,
    "story": set_story_priority,
    "topic": set_topic_priority,
}


def set_priority(unit: UnitOfWork, kind: str, thing_id: str, priority: int, reason: str) -> BoardOrder:
    """Put a thing before or behind others (1 is first), and keep the reason; 404 for one that is not there."""
    PRIORITY[kind](unit, thing_id, priority)
    row = BoardOrder(
        id=new_id(),
        command="priority",
        kind=kind,
        thing_id=thing_id,
        value=str(priority),
        reason=reason,
        by=unit.actor.id,
        at=unit.now,
    )
    unit.session.add(row)
    unit.record("order.given", row.id, 1, command=row.command, about=[kind, thing_id], value=row.value)
    return row


def list_orders(session: Session, page: Page) -> dict[str, Any]:
    """List orders, the latest first."""
    return paged(
        session,
        sa.select(BoardOrder),
        page,
        moment=BoardOrder.at,
        id=BoardOrder.id,
        write=in_order(lambda rows: {row.id: present_order(session, row) for row in rows}),
    )


def present_order(session: Session, row: BoardOrder) -> dict[str, Any]:
    """Write an order."""
    return {
        "id": row.id,
        "command": row.command,
        "about": {"kind": row.kind, "id": row.thing_id},
        "value": row.value,
        "reason": row.reason,
        "by": present_person(row.by, names_of(session, [row.by])),
        "at": iso(row.at),
    }
