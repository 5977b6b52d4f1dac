"""Who is connected here, which streams each phone holds, and until when. Memory of one process only."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from backend.policy import ANONYMOUS, Actor


@dataclass
class Connection:
    """A phone that has said hello. `expires_at` is when its token, or the first of its rights, ends."""

    sid: str
    actor: Actor = ANONYMOUS
    streams: set[str] = field(default_factory=set)
    expires_at: datetime | None = None
    token_expires_at: datetime | None = None


class Connections:
    """The phones of this process, by connection, by stream and by person."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._members: dict[str, set[str]] = {}
        self._of_person: dict[str, set[str]] = {}
        self.lock = threading.RLock()

    def add(self, connection: Connection) -> None:
        """Remember a phone and the streams it holds."""
        with self.lock:
            self._by_sid[connection.sid] = connection
            self._of_person.setdefault(connection.actor.id, set()).add(connection.sid)
            for stream in connection.streams:
                self._members.setdefault(stream, set()).add(connection.sid)

    def get(self, sid: str) -> Connection | None:
        """Return the phone, or None before its hello and after its end."""
        return self._by_sid.get(sid)

    def remove(self, sid: str) -> None:
        """Forget a phone."""
        with self.lock:
            connection = self._by_sid.pop(sid, None)
            if connection is not None:
                self._part(connection)
                self._leave(connection, connection.streams)

    def belong(self, connection: Connection, actor: Actor) -> None:
        """Say whose phone it is from now on; a change of that person's rights finds it."""
        with self.lock:
            self._part(connection)
            connection.actor = actor
            if connection.sid in self._by_sid:
                self._of_person.setdefault(actor.id, set()).add(connection.sid)

    def _part(self, connection: Connection) -> None:
        phones = self._of_person.get(connection.actor.id, set())
        phones.discard(connection.sid)
        if not phones:
            self._of_person.pop(connection.actor.id, None)

    def hold(self, connection: Connection, streams: Iterable[str]) -> set[str]:
        """Set the streams a phone holds; return those it lost."""
        with self.lock:
            wanted = set(streams)
            lost = connection.streams - wanted
            self._leave(connection, lost)
            for stream in wanted - connection.streams:
                self._members.setdefault(stream, set()).add(connection.sid)
            connection.streams = wanted
            return lost

    def _leave(self, connection: Connection, streams: Iterable[str]) -> None:
        for stream in streams:
            members = self._members.get(stream, set())
            members.discard(connection.sid)
            if not members:
                self._members.pop(stream, None)

    def members(self, stream: str) -> list[str]:
        """List the phones that hold a stream."""
        with self.lock:
            return list(self._members.get(stream, ()))

    def held(self, streams: Iterable[str]) -> set[str]:
        """Return those of the streams that any phone here holds."""
        return {stream for stream in streams if stream in self._members}

    def of_person(self, account_id: str) -> list[Connection]:
        """List the phones on which a person is signed in."""
        with self.lock:
            return [self._by_sid[sid] for sid in self._of_person.get(account_id, ())]

    def all(self) -> list[Connection]:
        """List all phones."""
        with self.lock:
            return list(self._by_sid.values())

    def __len__(self) -> int:
        return len(self._by_sid)
