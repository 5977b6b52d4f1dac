"""Who is connected here, which streams each phone holds, and until when. Memory of one process only."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.policy import ANONYMOUS, Actor
from backend.sync.streams import user


@dataclass(slots=True, eq=False)
class Connection:
    """A phone that has said hello, and the connection of the library (`channel`) that it is reached by.

    `expires_at` is when its token, or the first of its rights, ends.
    """

    sid: str
    channel: Any
    actor: Actor = ANONYMOUS
    streams: frozenset[str] = frozenset()
    expires_at: datetime | None = None
    token_expires_at: datetime | None = None
    gone: bool = field(default=False)


class Connections:
    """The phones of this process, by connection, by stream and by person."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        # A stream that one phone holds, as nearly all private ones are, is kept as that phone, not as a set of one.
        self._members: dict[str, Connection | set[Connection]] = {}
        self.lock = threading.RLock()

    def add(self, connection: Connection) -> None:
        """Remember a phone and the streams it holds."""
        with self.lock:
            self._by_sid[connection.sid] = connection
            for stream in connection.streams:
                self._join(stream, connection)

    def get(self, sid: str) -> Connection | None:
        """Return the phone, or None before its hello and after its end."""
        return self._by_sid.get(sid)

    def remove(self, sid: str) -> None:
        """Forget a phone."""
        with self.lock:
            connection = self._by_sid.pop(sid, None)
            if connection is not None:
                connection.gone = True
                for stream in connection.streams:
                    self._leave(stream, connection)

    def hold(self, connection: Connection, streams: Iterable[str]) -> frozenset[str]:
        """Set the streams a phone holds; return those it lost."""
        with self.lock:
            wanted, held = frozenset(streams), connection.streams
            connection.streams = wanted
            if not connection.gone and connection.sid in self._by_sid:
                for stream in held - wanted:
                    self._leave(stream, connection)
                for stream in wanted - held:
                    self._join(stream, connection)
            return held - wanted

    def _join(self, stream: str, connection: Connection) -> None:
        members = self._members.get(stream)
        if members is None:
            self._members[stream] = connection
        elif isinstance(members, set):
            members.add(connection)
        elif members is not connection:
            self._members[stream] = {members, connection}

    def _leave(self, stream: str, connection: Connection) -> None:
        members = self._members.get(stream)
        if isinstance(members, set):
            members.discard(connection)
        if members is connection or members == set():
            del self._members[stream]

    def members(self, stream: str) -> list[Connection]:
        """List the phones that hold a stream."""
        with self.lock:
            members = self._members.get(stream)
            if members is None:
                return []
            return list(members) if isinstance(members, set) else [members]

    def held(self, streams: Iterable[str]) -> set[str]:
        """Return those of the streams that any phone here holds."""
        return {stream for stream in streams if stream in self._members}

    def of_person(self, account_id: str) -> list[Connection]:
        """List the phones on which a person is signed in."""
        # Everybody who is signed in holds the stream of their own.
        return [phone for phone in self.members(user(account_id)) if phone.actor.id == account_id]

    def all(self) -> list[Connection]:
        """List all phones."""
        with self.lock:
            return list(self._by_sid.values())

    def __len__(self) -> int:
        return len(self._by_sid)
