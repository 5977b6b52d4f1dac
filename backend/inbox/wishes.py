"""Reading what recipients want: of people by their preferences, of phones that are nobody's by their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import Account
from backend.inbox.models import Device, Preference
from backend.inbox.rules import Wishes, wishes_of


def recipient_of(device: Device) -> str:
    """Return whom a bell on this phone is for: the person signed in on it, or the phone itself."""
    return device.account_id or device.id


def wishes_of_accounts(session: Session, accounts: Collection[str]) -> dict[str, Wishes]:
    """Read what these people want; who has closed their account is left out."""
    if not accounts:
        return {}
    held = {
        row.account_id: row.values
        for row in session.scalars(sa.select(Preference).where(Preference.account_id.in_(list(accounts))))
    }
    query = sa.select(Account.id, Account.town, Account.locale).where(
        Account.id.in_(list(accounts)), Account.disabled_at.is_(None)
    )
    return {
        account: wishes_of(held.get(account), home=town, locale=locale)
        for account, town, locale in session.execute(query)
    }


def wishes_of_devices(session: Session, devices: Iterable[Device]) -> Mapping[str, Wishes]:
    """Read for these phones what their recipients want, by recipient."""
    devices = list(devices)
    found = wishes_of_accounts(session, {device.account_id for device in devices if device.account_id})
    for device in devices:
        if device.account_id is None:
            found[device.id] = wishes_of(device.preferences, locale=device.locale)
    return found
