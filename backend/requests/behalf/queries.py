"""Who else than its citizen may see a case, and whom somebody trusts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.queries import names_of
from backend.clock import iso, iso_or_none
from backend.errors import not_found
from backend.requests.behalf.models import Behalf, Trust
from backend.requests.behalf.rules import TrustState
from backend.sync.streams import Audience

Written = dict[str, dict[str, Any]]
_ACTIVE = sa.and_(Trust.state == str(TrustState.ACTIVE), Behalf.hidden_at.is_(None))


def shared_with(actor_id: str) -> sa.Select[str]:
    """Choose the ids of the cases that somebody filed for a person who still trusts them, and does not hide them."""
    query = sa.select(Behalf.request_id).join(Trust, Trust.id == Behalf.trust_id)
    return query.where(Trust.relative_id == actor_id, _ACTIVE)


def relatives_of(session: Session, request_id: str) -> list[str]:
    """List the relatives who see a case besides its citizen."""
    query = sa.select(Trust.relative_id).join(Behalf, Behalf.trust_id == Trust.id)
    found = session.scalars(query.where(Behalf.request_id == request_id, _ACTIVE))
    return [account_id for account_id in found if account_id]


def owner_for(session: Session, actor_id: str, request_id: str, citizen_id: str) -> str:
    """Return whose the case is for this actor: their own if they are a relative who may see it."""
    if actor_id != citizen_id and actor_id in relatives_of(session, request_id):
        return actor_id
    return citizen_id


def present_behalf(session: Session, ids: Sequence[str]) -> Written:
    """Write of each case that was filed for its citizen by whom, and on what consent."""
    rows = session.scalars(sa.select(Behalf).where(Behalf.request_id.in_(ids))).all()
    trusts = {row.id: row for row in session.scalars(sa.select(Trust).where(Trust.id.in_([r.trust_id for r in rows])))}
    return {row.request_id: _present_behalf(row, trusts.get(row.trust_id or "")) for row in rows}


def _present_behalf(row: Behalf, trust: Trust | None) -> dict[str, Any]:
    consent = {"how": row.consent_how, "at": iso(row.consent_at), "note": row.consent_note} if row.consent_at else None
    return {
        "kind": row.kind,
        "label": trust.label if trust else None,
        "consent": consent,
        "hidden": row.hidden_at is not None,
        "shared": trust is not None and trust.state == TrustState.ACTIVE and row.hidden_at is None,
    }


def list_trusts(session: Session, account_id: str) -> dict[str, Any]:
    """List a person's trusts of both directions, newest first."""
    query = sa.select(Trust).where(sa.or_(Trust.elder_id == account_id, Trust.relative_id == account_id))
    rows = session.scalars(query.order_by(Trust.created_at.desc(), Trust.id.desc()).limit(100)).all()
    written = present_trusts(session, rows)
    return {"items": [written[row.id] for row in rows], "next": None}


def access_trust(session: Session, actor_id: str, trust_id: str, *, lock: bool = False) -> Trust:
    """Return a trust that the actor is one side of; 404 for any other."""
    row = session.get(Trust, trust_id, with_for_update=lock or None)
    if row is None or actor_id not in {row.elder_id, row.relative_id}:
        raise not_found("亲属授权")
    return row


def present_trusts(session: Session, rows: Sequence[Trust]) -> Written:
    """Write trusts alike for both sides. Before it is accepted, neither learns the other's name from it.

    Whether a number that was asked has an account is not told either: an asked elder is never named.
    """
    names = names_of(session, [account for row in rows for account in (row.elder_id, row.relative_id)])
    return {row.id: _present_trust(row, names) for row in rows}


def _present_trust(row: Trust, names: dict[str, str]) -> dict[str, Any]:
    known = row.accepted_at is not None
    # Who is asked must know by whom; who asks must not learn whether there is anybody.
    elder = known or row.state == TrustState.INVITED or (row.accepted_at is None and row.relative_id is None)
    return {
        "id": row.id,
        "ver": row.ver,
        "label": row.label,
        "state": row.state,
        "elder": _person(row.elder_id, names) if elder else None,
        "relative": _person(row.relative_id, names),
        "created_at": iso(row.created_at),
        "expires_at": iso(row.expires_at) if not known else None,
        "accepted_at": iso_or_none(row.accepted_at),
        "ended_at": iso_or_none(row.ended_at),
    }


def _person(account_id: str | None, names: dict[str, str]) -> dict[str, str] | None:
    return {"id": account_id, "name": names.get(account_id, "")} if account_id else None


def load_trusts(session: Session, ids: Sequence[str], audience: Audience) -> Written:
    """Render trusts for the streams of their two sides."""
    if audience is not Audience.OWNER:
        return {}
    return present_trusts(session, session.scalars(sa.select(Trust).where(Trust.id.in_(ids))).all())


def export_trusts(session: Session, account_id: str) -> list[dict[str, Any]]:
    """Write a person's trusts, for that person."""
    items: list[dict[str, Any]] = list_trusts(session, account_id)["items"]
    return items
