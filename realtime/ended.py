"""Sign-ins that have ended while their tokens still say that they are good."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from backend.accounts.models import LoginSession
from backend.accounts.rules import ACCESS_LIFETIME


class EndedSessions:
    """Kept for as long as a token lives, so that a hello needs no database to know that a token counts no longer."""

    def __init__(self) -> None:
        self._ended_at: dict[str, datetime] = {}

    def begin(self, session: Session, now: datetime) -> None:
        """Read those that ended lately; called before the first phone comes."""
        query = sa.select(LoginSession.id, LoginSession.ended_at).where(LoginSession.ended_at > now - ACCESS_LIFETIME)
        self._ended_at = {session_id: ended_at or now for session_id, ended_at in session.execute(query).tuples()}

    def add(self, session_id: str, now: datetime) -> None:
        """Note that a sign-in has ended."""
        oldest = next(iter(self._ended_at), None)
        while oldest is not None and self._ended_at[oldest] < now - ACCESS_LIFETIME:
            del self._ended_at[oldest]
            oldest = next(iter(self._ended_at), None)
        self._ended_at[session_id] = now

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._ended_at
