"""Who is connected here, which streams each phone holds, and until when. Memory of one process only."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.policy import ANONYMOUS, Actor


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
    gone: bool = False


class _Groups:
    """Phones by some name. One phone, as nearly all private streams have, is kept as itself, not as a group of one.

    Groups keep the order in which phones came (a dictionary, not a set). What belongs to phones that came one after
    the other lies side by side in memory, in the kernel too, and a pass over thousands of them is measurably quicker.
    """

    def __init__(self) -> None:
        self._groups: dict[str, Connection | dict[Connection, None]] = {}

    def join(self, name: str, phone: Connection) -> None:
        group = self._groups.get(name)
        if group is None:
            self._groups[name] = phone
        elif isinstance(group, dict):
            group[phone] = None
        elif group is not phone:
            self._groups[name] = {group: None, phone: None}

    def leave(self, name: str, phone: Connection) -> None:
        group = self._groups.get(name)
        if isinstance(group, dict):
            group.pop(phone, None)
        if group is phone or group == {}:
            del self._groups[name]

    def list(self, name: str) -> list[Connection]:
        group = self._groups.get(name)
        if group is None:
            return []
        return list(group) if isinstance(group, dict) else [group]

    def __contains__(self, name: str) -> bool:
        return name in self._groups


class Connections:
    """The phones of this process, by connection, by stream and by person."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._by_stream, self._by_person = _Groups(), _Groups()
        self.lock = threading.RLock()

    def add(self, connection: Connection) -> None:
        """Remember a phone and the streams it holds."""
        with self.lock:
            self._by_sid[connection.sid] = connection
            self._by_person.join(connection.actor.id, connection)
            for stream in connection.streams:
                self._by_stream.join(stream, connection)

    def get(self, sid: str) -> Connection | None:
        """Return the phone, or None before its hello and after its end."""
        return self._by_sid.get(sid)

    def remove(self, sid: str) -> None:
        """Forget a phone."""
        with self.lock:
            connection = self._by_sid.pop(sid, None)
            if connection is not None:
                connection.gone = True
                self._by_person.leave(connection.actor.id, connection)
                for stream in connection.streams:
                    self._by_stream.leave(stream, connection)

    def belong(self, connection: Connection, actor: Actor) -> None:
        """Say whose phone it is from now on; a change of that person's rights finds it."""
        with self.lock:
            self._by_person.leave(connection.actor.id, connection)
            connection.actor = actor
            if not connection.gone:
                self._by_person.join(actor.id, connection)

    def hold(self, connection: Connection, streams: Iterable[str]) -> frozenset[str]:
        """Set the streams a phone holds; return those it lost."""
        with self.lock:
            wanted, held = frozenset(streams), connection.streams
            connection.streams = wanted
            if not connection.gone:
                for stream in held - wanted:
                    self._by_stream.leave(stream, connection)
                for stream in wanted - held:
                    self._by_stream.join(stream, connection)
            return held - wanted

    def members(self, stream: str) -> list[Connection]:
        """List the phones that hold a stream."""
        with self.lock:
            return self._by_stream.list(stream)

    def held(self, streams: Iterable[str]) -> set[str]:
        """Return those of the streams that any phone here holds."""
        return {stream for stream in streams if stream in self._by_stream}

    def of_person(self, account_id: str) -> list[Connection]:
        """List the phones on which a person is signed in."""
        with self.lock:
            return self._by_person.list(account_id)

    def all(self) -> list[Connection]:
        """List all phones."""
        with self.lock:
            return list(self._by_sid.values())

    def __len__(self) -> int:
        return len(self._by_sid)
