"""What all processes know together about a channel: its access token, and the vendor's names for our files."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from backend.ids import new_id
from backend.publishing.channel import Unreachable
from backend.publishing.models import ChannelToken, ChannelUpload
from backend.unit_of_work import Database

# A vendor's answer takes seconds; a process that dies while it asks is not waited for longer than this.
_FETCH_LEASE = timedelta(seconds=20)
_WAIT_S = 0.2
# A token is given up a little before it ends, so that it does not end on the way.
_MARGIN = timedelta(minutes=3)


class DatabaseShelf:
    """The shelf of one channel, in the database. Tokens lie there encrypted with the house's key."""

    def __init__(self, database: Database, channel_id: str, secret_key: str) -> None:
        self._database, self._id = database, channel_id
        self._name = f"{os.getpid()}-{new_id()}"
        digest = hashlib.sha256(f"channel tokens\n{secret_key}".encode()).digest()
        self._cipher = Fernet(base64.urlsafe_b64encode(digest))

    def token(self, refused: str | None, fetch: Callable[[], tuple[str, int]]) -> str:
        """Return the access token; see `channel.Shelf`.

        Raises:
            Unreachable: another process is fetching one, and has not got it in time.
        """
        deadline = time.monotonic() + _FETCH_LEASE.total_seconds()
        while True:
            known, mine = self._look(refused)
            if known is not None:
                return known
            if mine:
                return self._fetch(fetch)
            if time.monotonic() > deadline:
                raise Unreachable("token_busy")
            time.sleep(_WAIT_S)

    def _look(self, refused: str | None) -> tuple[str | None, bool]:
        """Return the token if there is a good one, or whether it is for this process to fetch it."""
        with self._database.reading() as session:
            row = session.get(ChannelToken, self._id)
            known = self._open(row, refused)
        if known is not None:
            return known, False
        with self._database.unit() as unit:
            row = unit.session.get(ChannelToken, self._id, with_for_update=True)
            if row is None:
                row = ChannelToken(channel_id=self._id)
                unit.session.add(row)
            known = self._open(row, refused)
            if known is not None:
                return known, False
            if row.fetching_until is not None and row.fetching_until > unit.now and row.fetching_by != self._name:
                return None, False
            row.fetching_by, row.fetching_until = self._name, unit.now + _FETCH_LEASE
            return None, True

    def _open(self, row: ChannelToken | None, refused: str | None) -> str | None:
        if row is None or row.secret is None or row.expires_at is None:
            return None
        if row.expires_at <= self._database.clock.now():
            return None
        try:
            token = self._cipher.decrypt(row.secret.encode()).decode()
        except InvalidToken:
            # The house's key was changed; the token is fetched anew.
            return None
        return None if token == refused else token

    def _fetch(self, fetch: Callable[[], tuple[str, int]]) -> str:
        try:
            token, seconds = fetch()
        except BaseException:
            self._let_go()
            raise
        with self._database.unit() as unit:
            row = unit.session.get_one(ChannelToken, self._id, with_for_update=True)
            row.secret = self._cipher.encrypt(token.encode()).decode()
            row.expires_at = unit.now + max(timedelta(seconds=seconds) - _MARGIN, timedelta(seconds=seconds / 2))
            row.fetching_by = row.fetching_until = None
        return token

    def _let_go(self) -> None:
        with self._database.unit() as unit:
            unit.session.execute(
                sa.update(ChannelToken)
                .where(ChannelToken.channel_id == self._id, ChannelToken.fetching_by == self._name)
                .values(fetching_by=None, fetching_until=None)
            )

    def uploaded(self, media_id: str, purpose: str) -> str | None:
        """Return what the vendor calls a file that was uploaded before."""
        with self._database.reading() as session:
            row = session.get(ChannelUpload, (self._id, media_id, purpose))
            return row.name if row else None

    def keep_upload(self, media_id: str, purpose: str, name: str) -> None:
        """Remember what the vendor calls a file."""
        with self._database.unit() as unit:
            row = ChannelUpload(channel_id=self._id, media_id=media_id, purpose=purpose, name=name, at=unit.now)
            unit.session.merge(row)
