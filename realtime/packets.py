"""A stricter reading of Socket.IO packets than the library's, and the end of a connection that sends others."""

from __future__ import annotations

from typing import Any

import structlog
from socketio import packet  # type: ignore[import-untyped]  # the library ships no types

# The library would run its own handlers for these names, as if they had happened.
_RESERVED = {"connect", "disconnect", "*"}
_BINARY = {packet.BINARY_EVENT, packet.BINARY_ACK}
_log = structlog.get_logger(__name__)


class StrictPacket(packet.Packet):  # type: ignore[misc]  # for the same reason
    """A packet of JSON text; an event has a name, and not one of the library's own."""

    uses_binary_events = False

    def decode(self, encoded_packet: Any) -> int:
        """Read a packet.

        Raises:
            ValueError: it is binary, broken, or an event without a name.
        """
        if not isinstance(encoded_packet, str):
            raise ValueError("binary")  # noqa: TRY004  # what is refused is the packet, not a type of ours
        super().decode(encoded_packet)
        if self.packet_type in _BINARY:
            raise ValueError("binary")
        if self.packet_type == packet.EVENT:
            self._check_event()
        return 0

    def _check_event(self) -> None:
        if not isinstance(self.data, list) or not self.data or not isinstance(self.data[0], str):
            raise ValueError("an event without a name")
        if self.data[0] in _RESERVED:
            self.data[0] = f"reserved {self.data[0]}"


def read_strictly(server: Any) -> None:
    """Make a Socket.IO server close connections that send broken packets, instead of logging a stack for each.

    Handlers of the house answer for their own errors, so whatever arrives here is the packet's fault.
    """
    server.packet_class = StrictPacket
    handle = server.eio.handlers["message"]

    def message(connection: str, data: Any) -> Any:
        try:
            return handle(connection, data)
        except Exception as error:
            _log.info("realtime.broken_packet", reason=type(error).__name__)
            server.eio.disconnect(connection)
            return None

    server.eio.on("message", message)
