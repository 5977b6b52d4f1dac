"""Giving receipts: with every step, inside its transaction; and once for the steps of older houses."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

import sqlalchemy as sa

from backend.clock import iso
from backend.events.models import Event
from backend.jobs import queue
from backend.jobs.worker import JobRun
from backend.media.queries import hashes_of
from backend.requests.models import RequestStep, ServiceRequest
from backend.requests.receipts.form import GENESIS, receipt_hash, receipt_message, text_hash
from backend.requests.receipts.keys import Keyring, SigningKey
from backend.requests.receipts.models import ReceiptKey, RequestReceipt
from backend.unit_of_work import Database, UnitOfWork

BACKFILL = "receipt.backfill"
_AT_ONCE = 100
_STARS = ("attitude", "result")


def install(database: Database, keyring: Keyring) -> None:
    """Give a receipt with each step that a request takes from now on."""
    database.on_event("request.", partial(_on_event, keyring))


def _on_event(keyring: Keyring, unit: UnitOfWork, event: Event) -> None:
    case = unit.session.get(ServiceRequest, event.entity_id)
    if case is not None:
        give_receipts(unit, keyring.current(), case)


def give_receipts(unit: UnitOfWork, key: SigningKey, case: ServiceRequest) -> int:
    """Give the receipts that a case's steps still lack, in order; return how many. The case must be locked."""
    given = sa.select(RequestReceipt.step_id).where(RequestReceipt.request_id == case.id)
    lacking = sa.select(RequestStep).where(RequestStep.request_id == case.id, RequestStep.id.not_in(given))
    steps = unit.session.scalars(lacking.order_by(RequestStep.position)).all()
    if not steps:
        return 0
    _keep_key(unit, key)
    number, prev_hash = _last(unit, case.id)
    for step in steps:
        number += 1
        row = _sign(unit, key, case, step, (number, prev_hash))
        unit.session.add(row)
        prev_hash = row.body["hash"]
    unit.session.flush()
    return len(steps)


def _last(unit: UnitOfWork, case_id: str) -> tuple[int, str]:
    query = sa.select(RequestReceipt).where(RequestReceipt.request_id == case_id)
    last = unit.session.scalars(query.order_by(RequestReceipt.step.desc()).limit(1)).one_or_none()
    return (last.step, last.body["hash"]) if last else (0, GENESIS)


def _sign(
    unit: UnitOfWork, key: SigningKey, case: ServiceRequest, step: RequestStep, link: tuple[int, str]
) -> RequestReceipt:
    number, prev_hash = link
    salt, text = secrets.token_hex(16), text_of(case, step)
    body: dict[str, Any] = {
        "case": case.code,
        "step": number,
        "action": step.action,
        "state": step.to_state,
        "at": iso(step.at),
        "by": step.by,
        "office": step.office_id,
        "rating": {star: step.rating[star] for star in _STARS if star in step.rating} if step.rating else None,
        "text_sha256": None if text is None else text_hash(salt, text),
        "media_sha256": hashes_of(unit.session, case.media if step.action == "file" else step.media),
        "prev_hash": prev_hash,
        "key": key.id,
    }
    body["hash"] = receipt_hash(body)
    body["signature"] = key.sign(receipt_message(body))
    return RequestReceipt(request_id=case.id, step=number, step_id=step.id, body=body, salt=salt)


def text_of(case: ServiceRequest, step: RequestStep) -> str | None:
    """Return the text that a step's receipt stands for; filing stands for title and text."""
    return f"{case.title}\n\n{case.text}" if step.action == "file" else step.text


def _keep_key(unit: UnitOfWork, key: SigningKey) -> None:
    """Publish a key with its first use, and note that the one before has done its work."""
    if unit.session.get(ReceiptKey, key.id) is not None:
        return
    before = sa.update(ReceiptKey).where(ReceiptKey.used_until.is_(None)).values(used_until=unit.now)
    unit.session.execute(before)
    unit.session.add(ReceiptKey(id=key.id, public_key=key.public_key, used_from=unit.now, used_until=None))
    unit.session.flush()


def schedule(unit: UnitOfWork) -> None:
    """Ask for the receipts of what happened before there were any; asked once and never again."""
    unit.enqueue(BACKFILL, BACKFILL, {"after": ""}, lane=queue.BULK)


def backfill(keyring: Keyring, run: JobRun) -> None:
    """Give receipts to some older cases, and ask for the next ones; the handler of its job."""
    with run.unit() as unit:
        query = sa.select(ServiceRequest).where(ServiceRequest.id > run.args["after"])
        query = query.order_by(ServiceRequest.id).limit(_AT_ONCE).with_for_update()
        cases = unit.session.scalars(query).all()
        for case in cases:
            give_receipts(unit, keyring.current(), case)
        if len(cases) == _AT_ONCE:
            last = cases[-1].id
            unit.enqueue(BACKFILL, f"{BACKFILL}:{last}", {"after": last}, lane=queue.BULK)
