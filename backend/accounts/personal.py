"""Everything held about a person: each domain registers how it exports and how it erases its part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend import idempotency
from backend.accounts.actions import access_me
from backend.accounts.queries import present_me
from backend.accounts.sign_in import end_sessions
from backend.sync import mutations
from backend.unit_of_work import UnitOfWork

Export = Callable[[Session, str], Any]
Erase = Callable[[UnitOfWork, str], None]


class PersonalData:
    """The parts, by name."""

    def __init__(self) -> None:
        self._parts: dict[str, tuple[Export, Erase]] = {}

    def register(self, name: str, export: Export, erase: Erase) -> None:
        """Add a domain's part. Done once, by the composition root."""
        self._parts[name] = (export, erase)

    def export(self, session: Session, account_id: str, now: datetime) -> dict[str, Any]:
        """Return `{account, <part>: …}` for one person."""
        parts = {name: export(session, account_id) for name, (export, _) in self._parts.items()}
        return {"account": present_me(session, account_id, now)} | parts

    def erase(self, unit: UnitOfWork, account_id: str) -> None:
        """Erase the actor's parts and close the account."""
        for _, erase in self._parts.values():
            erase(unit, account_id)
        delete_me(unit)


def delete_me(unit: UnitOfWork) -> None:
    """Close the actor's account: name and phone go, sessions end; what the law wants kept no longer leads to them."""
    account = access_me(unit)
    account.name, account.phone, account.town = "已注销用户", None, None
    idempotency.forget_person(unit.session, account.id)
    mutations.forget_person(unit.session, account.id)
    account.disabled_at = unit.now
    account.ver += 1
    unit.record("account.deleted", account.id, account.ver)
    end_sessions(unit, account.id, "deleted")
    unit.place("me", account.id, account.ver, set())
