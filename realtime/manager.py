"""The library's memory of who is connected, without what costs time for each phone that comes or goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import socketio  # type: ignore[import-untyped]  # the library ships no types


class PhoneManager(socketio.Manager):  # type: ignore[misc]  # for the same reason
    """Keeps no room for every single connection.

    The library makes such a room to address one phone by its sid, and goes through all rooms when a phone leaves:
    with 15,000 phones online, 15,000 rooms for each of them that goes. Here a sid is its own address.
    """

    def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Register a connection to a namespace; None if there is one already."""
        if self.sid_from_eio_sid(eio_sid, namespace) is not None:
            return None
        sid: str = self.server.eio.generate_id()
        self.basic_enter_room(sid, namespace, None, eio_sid=eio_sid)
        self.pending_connect.setdefault(namespace, []).append(sid)
        return sid

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Yield (sid, Engine.IO sid) of a room, of several, or of the one connection that has this sid."""
        if isinstance(room, str):
            eio_sid = self.eio_sid_from_sid(room, namespace)
            if eio_sid is not None:
                yield room, eio_sid
                return
        yield from super().get_participants(namespace, room)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:
        """List the rooms of a connection, its own included, as the library does."""
        return [sid, *super().get_rooms(sid, namespace)] if self.eio_sid_from_sid(sid, namespace) else []

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        """Return the Engine.IO sid of a connection, or None."""
        everybody = self.rooms.get(namespace, {}).get(None)
        return everybody.get(sid) if everybody is not None else None
