"""Reading receipts: a case's file for its citizen, and the published keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso, iso_or_none
from backend.requests.models import RequestStep, ServiceRequest
from backend.requests.receipts.actions import text_of
from backend.requests.receipts.form import ALGORITHM, FORMAT, file_message
from backend.requests.receipts.keys import SigningKey
from backend.requests.receipts.models import ReceiptKey, RequestReceipt

_OF_KEY = ("id", "algorithm", "public_key")


def receipts_file(
    session: Session, key: SigningKey, case: ServiceRequest, now: datetime, *, texts: bool
) -> dict[str, Any]:
    """Write a case's receipts as a file that stands for itself.

    It is signed as a whole too, so that leaving out the last receipts shows. `texts` adds the texts that the citizen
    may read, each with the salt that lets anybody see that it is the one the receipt stands for.
    """
    rows = _rows(session, case.id)
    used = {row.body["key"] for row in rows} | {key.id}
    file: dict[str, Any] = {
        "format": FORMAT,
        "case": case.code,
        "issued_at": iso(now),
        "keys": [{name: each[name] for name in _OF_KEY} for each in _keys(session, used, key)],
        "receipts": [row.body for row in rows],
        "key": key.id,
    }
    if texts:
        file["texts"] = _texts(session, case, rows)
    return file | {"signature": key.sign(file_message(file))}


def _rows(session: Session, case_id: str) -> list[RequestReceipt]:
    query = sa.select(RequestReceipt).where(RequestReceipt.request_id == case_id)
    return list(session.scalars(query.order_by(RequestReceipt.step)))


def _texts(session: Session, case: ServiceRequest, rows: list[RequestReceipt]) -> list[dict[str, Any]]:
    query = sa.select(RequestStep).where(RequestStep.request_id == case.id)
    steps = {step.id: step for step in session.scalars(query)}
    found = ((row, text_of(case, steps[row.step_id])) for row in rows if steps[row.step_id].visible_to_citizen)
    return [{"step": row.step, "salt": row.salt, "text": text} for row, text in found if text is not None]


def list_keys(session: Session, key: SigningKey) -> dict[str, Any]:
    """List all public keys that ever signed, the one in use first."""
    keys = sorted(_keys(session, None, key), key=lambda each: each["used_from"] or "9", reverse=True)
    return {"items": keys, "current": key.id, "next": None}


def _keys(session: Session, ids: set[str] | None, key: SigningKey) -> list[dict[str, Any]]:
    query = sa.select(ReceiptKey).order_by(ReceiptKey.used_from, ReceiptKey.id)
    if ids is not None:
        query = query.where(ReceiptKey.id.in_(ids))
    found = [_write_key(row) for row in session.scalars(query)]
    if all(each["id"] != key.id for each in found):
        # It has signed no receipt yet, but this very file it may.
        found.append(_write_key(ReceiptKey(id=key.id, public_key=key.public_key)))
    return found


def _write_key(row: ReceiptKey) -> dict[str, Any]:
    return {
        "id": row.id,
        "algorithm": ALGORITHM,
        "public_key": row.public_key,
        "used_from": iso_or_none(row.used_from),
        "used_until": iso_or_none(row.used_until),
    }


def export_receipts(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write all receipts of a citizen's cases, for that citizen."""
    query = sa.select(RequestReceipt).join(ServiceRequest, ServiceRequest.id == RequestReceipt.request_id)
    query = query.where(ServiceRequest.citizen_id == account_id)
    rows = session.scalars(query.order_by(RequestReceipt.request_id, RequestReceipt.step))
    return [row.body | {"salt": row.salt} for row in rows]
