"""Who is on duty, and which person an account is: what the sections ask of the roster."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account, RoleGrant
from backend.policy import Role


def list_on_duty(session: Session, roles: Collection[Role], at: datetime, desk: str | None = None) -> Sequence[Account]:
    """List the staff who hold one of these roles at a moment (at a desk, if one is given), by id."""
    holds = sa.select(RoleGrant.account_id).where(
        RoleGrant.role.in_([str(role) for role in roles]),
        RoleGrant.valid_from <= at,
        sa.or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > at),
    )
    if desk is not None:
        holds = holds.where(RoleGrant.desk == desk)
    query = sa.select(Account).where(Account.id.in_(holds), Account.disabled_at.is_(None))
    return session.scalars(query.order_by(Account.id)).all()


def persons_of(session: Session, account_ids: Collection[str]) -> dict[str, str]:
    """Return the person behind each account, by account id. Rules that demand two people ask for these."""
    wanted = set(account_ids)
    rows = session.execute(sa.select(Account.id, Account.person_id).where(Account.id.in_(wanted)))
    return {row[0]: row[1] for row in rows}


def person_of(session: Session, account_id: str) -> str:
    """Return the person behind an account; the system stands for itself."""
    return persons_of(session, [account_id]).get(account_id, account_id)
