"""A phone's outbox: mutations are applied in order, once each, and their answers are kept for repeats."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.db import delete_some
from backend.errors import AppError, Code
from backend.sync.models import MutationAnswer, MutationClient
from backend.unit_of_work import UnitOfWork

ANSWERS_KEPT = timedelta(days=30)


def get_answer(session: Session, account_id: str, client_id: str, mid: int) -> dict[str, Any] | None:
    """Return the stored answer of a mutation that was sent before."""
    stored = session.get(MutationAnswer, (account_id, client_id, mid))
    return json.loads(stored.answer) if stored else None


def demand_next(unit: UnitOfWork, client_id: str, mid: int) -> dict[str, Any] | None:
    """Move the client's counter on to `mid`; return the stored answer if this mutation was applied before.

    Raises:
        AppError: 409 `mid_gap` with `expected` when an earlier mutation has not come yet.
    """
    client = unit.session.get(MutationClient, (unit.actor.id, client_id), with_for_update=True)
    if client is None:
        client = MutationClient(account_id=unit.actor.id, client_id=client_id, last_mid=0)
        unit.session.add(client)
        unit.session.flush()
    if mid <= client.last_mid:
        answer = get_answer(unit.session, unit.actor.id, client_id, mid)
        # An answer older than what is kept can only be that it was applied.
        return answer or {"mid": mid, "status": "applied"}
    if mid != client.last_mid + 1:
        expected = client.last_mid + 1
        raise AppError(Code.MID_GAP, 409, f"缺少第 {expected} 条操作。", data={"expected": expected})
    client.last_mid = mid
    return None


def store_answer(unit: UnitOfWork, client_id: str, answer: dict[str, Any]) -> None:
    """Keep an answer for repeats; both it and `answer` get the log's number once that is known."""
    stored = MutationAnswer(
        account_id=unit.actor.id, client_id=client_id, mid=answer["mid"], answer=_written(answer), at=unit.now
    )
    unit.session.add(stored)
    unit.session.flush()

    def number(seq: int) -> None:
        answer["seq"] = seq
        stored.answer = _written(answer)

    unit.when_numbered.append(number)


def _written(answer: dict[str, Any]) -> str:
    return json.dumps(answer, ensure_ascii=False)


def forget_person(session: Session, account_id: str) -> None:
    """Delete the stored answers and the counters of somebody who closes their account."""
    for table in (MutationAnswer, MutationClient):
        session.execute(sa.delete(table).where(table.account_id == account_id))


def prune(session: Session, before: datetime, most: int) -> bool:
    """Forget so many of the answers older than a moment; tell whether more may be left."""
    return delete_some(session, MutationAnswer, MutationAnswer.at < before, most)
