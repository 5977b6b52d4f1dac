"""Reading how one's own check stands. Nobody else ever does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.clock import iso
from backend.community.identity.models import Identity
from backend.community.identity.rules import REFUSALS, Refusal, State
from backend.sync.streams import Audience


def get_identity(session: Session, account_id: str) -> dict[str, Any]:
    """Write how a person's check stands, also where there was none."""
    row = session.get(Identity, account_id)
    if row is None:
        return {"id": account_id, "ver": 0, "state": str(State.NONE), "name": None, "alias": None, "at": None}
    return present_identity(row)


def present_identity(row: Identity) -> dict[str, Any]:
    """Write it, with the mask of the name; `code` and `words` where it was refused."""
    refused = {"code": row.code, "words": REFUSALS[Refusal(row.code)]} if row.code else {}
    return {
        "id": row.account_id,
        "ver": row.ver,
        "state": row.state,
        "name": row.masked,
        "alias": row.alias,
        "at": iso(row.at),
    } | refused


def load_identities(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render them for their owner's stream."""
    if audience is not Audience.OWNER:
        return {}
    query = sa.select(Identity).where(Identity.account_id.in_(ids))
    return {row.account_id: present_identity(row) for row in session.scalars(query)}


def export_identity(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Return what is kept of a check: one entry, or none."""
    row = session.get(Identity, account_id)
    return [] if row is None else [present_identity(row)]
