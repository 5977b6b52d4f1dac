"""The cases behind the rates of the routing aid: the events themselves, as of the board that shows the rates."""

from __future__ import annotations

from datetime import datetime, time
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import SHANGHAI, iso
from backend.events.models import Event
from backend.oversight.board.fold import DECIDED, MERGED, routed
from backend.oversight.board.past import Boards
from backend.oversight.board.view import first_routing_day

ABOUT = ("service", "office", "duplicates")


def list_routing(
    session: Session, boards: Boards, as_of_seq: int | None, about: str, *, hit: bool | None, after: int, limit: int
) -> dict[str, Any]:
    """List the cases behind a rate.

    Raises:
        AppError: 422 `unknown` for an event that has not happened.
    """
    state = boards.present(session) if as_of_seq is None else boards.past(session, as_of_seq)
    begins = datetime.combine(first_routing_day(state.at), time(), SHANGHAI)
    query = sa.select(Event).where(
        Event.type == (MERGED if about == "duplicates" else DECIDED),
        Event.seq > after,
        Event.seq <= state.seq,
        Event.at >= begins,
    )
    events = session.scalars(query.order_by(Event.seq).execution_options(yield_per=200))
    judged = ((event, routed(event.type, event.data).get(about)) for event in events)
    rows = (_row(event, about, hit=was) for event, was in judged if was is not None and hit in {None, was})
    found = list(islice(rows, limit + 1))
    more, found = len(found) > limit, found[:limit]
    return {"as_of_seq": state.seq, "items": found, "next": found[-1]["seq"] if more else None}


def _row(event: Event, about: str, *, hit: bool) -> dict[str, Any]:
    merged = about == "duplicates"
    return {
        "seq": event.seq,
        "at": iso(event.at),
        "request": event.entity_id,
        "hit": hit,
        "given": (event.data["into"] if hit else None) if merged else event.data[about]["given"],
        "chosen": event.data["into"] if merged else event.data[about]["chosen"],
    }
