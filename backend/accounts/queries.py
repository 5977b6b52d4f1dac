"""Reading accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account, LoginSession, RoleGrant
from backend.clock import iso
from backend.policy import Actor, Grant, Role, own_streams
from backend.sync.streams import Audience


def get_by_username(session: Session, username: str) -> Account | None:
    """Return the staff account of this name."""
    return session.scalars(sa.select(Account).where(Account.username == username)).one_or_none()


def get_actor(session: Session, account_id: str, session_id: str | None, now: datetime) -> Actor | None:
    """Return the account as an actor with its rights of now; None if it is closed or the session has ended."""
    account = session.get(Account, account_id)
    if account is None or account.disabled_at is not None:
        return None
    if session_id is not None:
        login = session.get(LoginSession, session_id)
        if login is None or login.account_id != account_id or login.ended_at is not None:
            return None
    return Actor(account.id, account.kind, _grants(session, account_id, now), session_id)


def _grants(session: Session, account_id: str, now: datetime) -> tuple[Grant, ...]:
    query = sa.select(RoleGrant).where(
        RoleGrant.account_id == account_id,
        RoleGrant.valid_from <= now,
        sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > now),
    )
    rows = session.scalars(query.order_by(RoleGrant.id))
    return tuple(Grant(Role(row.role), row.desk, row.office, row.valid_to) for row in rows)


def names_of(session: Session, ids: Sequence[str | None]) -> dict[str, str]:
    """Return the names of these accounts."""
    wanted = {account_id for account_id in ids if account_id}
    return {row.id: row.name for row in session.scalars(sa.select(Account).where(Account.id.in_(wanted)))}


def present_me(session: Session, account_id: str, now: datetime) -> dict[str, Any]:
    """Write an account as its owner sees it."""
    account = session.get_one(Account, account_id)
    actor = Actor(account.id, account.kind, _grants(session, account_id, now))
    return {
        "id": account.id,
        "ver": account.ver,
        "kind": account.kind,
        "name": account.name,
        "phone": account.phone,
        "username": account.username,
        "title": account.title,
        "town": account.town,
        "locale": account.locale,
        "totp": account.totp_secret is not None,
        "roles": [
            {
                "role": str(grant.role),
                "desk": grant.desk,
                "office": grant.office,
                "until": iso(grant.until) if grant.until else None,
            }
            for grant in actor.grants
        ],
        "streams": own_streams(actor),
    }


def load_me(session: Session, ids: Sequence[str], audience: Audience, now: datetime) -> dict[str, dict[str, Any]]:
    """Render accounts for the sync stream; only their owner ever holds them."""
    if audience is not Audience.OWNER:
        return {}
    return {account_id: present_me(session, account_id, now) for account_id in ids}


def load_sessions(session: Session, ids: Sequence[str], audience: Audience) -> dict[str, dict[str, Any]]:
    """Render a person's open sign-ins."""
    if audience is not Audience.OWNER:
        return {}
    query = sa.select(LoginSession).where(LoginSession.id.in_(ids), LoginSession.ended_at.is_(None))
    return {row.id: {"id": row.id, "ver": 1, "opened_at": iso(row.opened_at)} for row in session.scalars(query)}
